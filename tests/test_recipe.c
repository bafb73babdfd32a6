// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  The recipe for the factory model was found outside this project, in Python.
  Its features and its network must give the same here: what they were measured
  to do is then true of these, too.  See tests/golden/README.md.
*/

#include "dsp/note.h"
#include "tests/support/cmocka.h"
#include "tests/support/npy.h"
#include "trainer/net_plan.h"
#include "trainer/own_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_FILES 7U
#define N_AGES 5U
#define N_FRAMES 44U
#define N_BANDS 80U
#define N_ROWS 13U ///< Of an input: twelve segments, and how many are there
#define N_FEATURES 961U
#define N_CLASSES 26U

#define TOLERANCE 1e-5

static const char plan_text[] =
  "idct conv 32x7 pool conv 48x5 pool conv 64x3 pool dense 128";

/// What turns levels into features, and these into posteriors.
typedef struct {
  TmbFrontEnd front_end;
  TmbMfcc*    mfcc;
  TmbOwnNet*  net;
  float*      scratch;
  NpyArray    patches; ///< [file, frame][band] dB
} Recipe;

static Recipe
new_recipe(void)
{
  const TmbNetEnds ends   = { N_FEATURES, N_BANDS, N_CLASSES };
  TmbNetPlan       plan   = { .activation = TMB_RELU };
  TmbMessage       why    = { "" };
  TmbNet           shape  = { .n_layers = 0U };
  Recipe           self   = { .front_end = tmb_default_front_end };
  self.front_end.n_coeffs = N_BANDS;
  assert_int_equal(tmb_front_end_features(&self.front_end), N_FEATURES);
  assert_int_equal(self.front_end.n_ages, N_AGES);
  assert_int_equal(tmb_mfcc_new(N_BANDS, N_BANDS, 0.0, &self.mfcc), TMB_OK);
  assert_int_equal(tmb_net_plan_read(plan_text, &plan, &why), TMB_OK);
  assert_int_equal(tmb_net_plan_fit(&plan, &ends, &shape, &why), TMB_OK);
  assert_int_equal(tmb_own_net_new(&shape, false, &self.net), TMB_OK);

  NpyArray weights = npy_load("recipe/weights");
  assert_int_equal(weights.n_columns, self.net->n_learnt);
  memcpy(self.net->values, weights.values, self.net->n_learnt * sizeof(float));
  npy_free(&weights);

  self.scratch = (float*)calloc(tmb_net_scratch(&self.net->net), sizeof(float));
  assert_non_null(self.scratch);
  self.patches = npy_load("recipe/patches");
  assert_int_equal(self.patches.n_rows, N_FILES * N_FRAMES);
  assert_int_equal(self.patches.n_columns, N_BANDS);
  return self;
}

static void
free_recipe(Recipe* const self)
{
  npy_free(&self->patches);
  free(self->scratch);
  tmb_own_net_free(self->net);
  tmb_mfcc_free(self->mfcc);
}

/// Features of a file's note at an age.
static void
describe(const Recipe* const self,
         const uint32_t      file,
         const uint32_t      age,
         float               features[N_FEATURES])
{
  tmb_note_features(&self->front_end,
                    self->mfcc,
                    self->patches.values + ((size_t)file * N_FRAMES * N_BANDS),
                    self->front_end.ages[age].n_frames,
                    features);
}

/// A segment's level in a band, from its coefficients.
static double
level(const TmbLayer* const idct,
      const float* const    coeffs,
      const uint32_t        band)
{
  double sum = 0.0;
  for (uint32_t k = 0U; k < N_BANDS; ++k) {
    sum +=
      (double)coeffs[k] * (double)idct->weight[((size_t)k * N_BANDS) + band];
  }
  return sum;
}

static void
features_hold_the_recipe_s_levels(void** const state)
{
  static const uint32_t files[] = { 0U, 2U };

  (void)state;
  Recipe                self   = new_recipe();
  const TmbLayer* const idct   = &self.net->net.layers[0];
  NpyArray              inputs = npy_load("recipe/inputs");
  const float*          exact  = inputs.values;
  float                 features[N_FEATURES];
  assert_int_equal(inputs.n_rows, 2U * N_AGES * N_ROWS);
  assert_int_equal(inputs.n_columns, N_BANDS);
  for (uint32_t i = 0U; i < 2U * N_AGES; ++i) {
    describe(&self, files[i / N_AGES], i % N_AGES, features);
    for (uint32_t v = 0U; v < N_ROWS * N_BANDS; ++v) {
      const uint32_t row = v / N_BANDS;
      const double   ours =
        (row < N_ROWS - 1U)
            ? level(idct, features + ((size_t)row * N_BANDS), v % N_BANDS)
            : (double)features[N_FEATURES - 1U];
      if (!(fabs(ours - (double)*exact) <= TOLERANCE)) {
        fail_msg("file %u, age %u, segment %u, band %u: %g, not %g",
                 files[i / N_AGES],
                 i % N_AGES,
                 row,
                 v % N_BANDS,
                 ours,
                 (double)*exact);
      }
      ++exact;
    }
  }
  npy_free(&inputs);
  free_recipe(&self);
}

static void
posteriors_are_the_recipe_s_at_every_age(void** const state)
{
  (void)state;
  Recipe       self       = new_recipe();
  NpyArray     posteriors = npy_load("recipe/posteriors");
  const float* exact      = posteriors.values;
  float        features[N_FEATURES];
  float        ours[N_CLASSES];
  assert_int_equal(posteriors.n_rows, N_FILES * N_AGES);
  assert_int_equal(posteriors.n_columns, N_CLASSES);
  for (uint32_t i = 0U; i < N_FILES * N_AGES; ++i) {
    describe(&self, i / N_AGES, i % N_AGES, features);
    tmb_net_forward(&self.net->net, features, i % N_AGES, self.scratch, ours);
    for (uint32_t k = 0U; k < N_CLASSES; ++k) {
      if (!(fabs((double)ours[k] - (double)*exact) <= TOLERANCE)) {
        fail_msg("file %u, age %u, class %u: %g, not %g",
                 i / N_AGES,
                 i % N_AGES,
                 k,
                 (double)ours[k],
                 (double)*exact);
      }
      ++exact;
    }
  }
  npy_free(&posteriors);
  free_recipe(&self);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(features_hold_the_recipe_s_levels),
    cmocka_unit_test(posteriors_are_the_recipe_s_at_every_age),
  };
  return cmocka_run_group_tests_name("recipe", tests, NULL, NULL);
}
