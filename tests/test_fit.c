// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/blas.h"
#include "trainer/fit.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "trainer/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_NOTES 60U
#define N_FRAMES 44U
#define N_BANDS 80U
#define N_DRAWS 2000U
#define ALL_AGES 0x1FU
#define YOUNGEST_AGE 0x01U
#define OLDEST_AGE 0x10U

/// Notes with a peak at one band: it tells the class and the source.
typedef struct {
  TmbDataset dataset;
  TmbNote    notes[N_NOTES];
  int16_t    levels[N_NOTES * N_FRAMES * N_BANDS];
  uint8_t    ages[N_NOTES];
} Fixture;

enum { LOW_CLASS, HIGH_CLASS, N_CLASSES };

/// Peaks of the sources; 0 and 1 are of LOW_CLASS, 2 of HIGH_CLASS.
static const uint32_t peaks[] = { 8U, 36U, 70U };

static void
fill_note(Fixture* const self, const uint32_t i, const uint32_t source)
{
  const size_t start = (size_t)i * N_FRAMES * N_BANDS;
  self->notes[i] =
    (TmbNote){ i,      0U,       (source < 2U) ? LOW_CLASS : HIGH_CLASS,
               source, N_FRAMES, start };
  self->ages[i] = ALL_AGES;
  for (uint32_t j = 0U; j < N_FRAMES * N_BANDS; ++j) {
    const int distance = abs((int)(j % N_BANDS) - (int)peaks[source]);
    const int lead     = (j / N_BANDS < 3U) ? 50 : 0;

    self->levels[start + j] =
      (int16_t)(-100 * (3 * distance + lead + (int)(i % 5U)));
  }
}

/// 36 notes of source 0, 4 of source 1, 20 of source 2.
static int
setup(void** const state)
{
  Fixture* const self = (Fixture*)calloc(1U, sizeof(Fixture));
  assert_non_null(self);
  self->dataset = (TmbDataset){ .front_end = tmb_default_front_end,
                                .notes     = self->notes,
                                .n_notes   = N_NOTES,
                                .levels    = self->levels };
  for (uint32_t i = 0U; i < N_NOTES; ++i) {
    fill_note(self, i, (i < 36U) ? 0U : (i < 40U) ? 1U : 2U);
  }
  *state = self;
  return (int)tmb_mfcc_new(N_BANDS, 40U, 0.0, &self->dataset.mfcc);
}

static int
teardown(void** const state)
{
  Fixture* const self = (Fixture*)*state;
  tmb_mfcc_free(self->dataset.mfcc);
  free(self);
  return 0;
}

static TmbSampler*
new_sampler(const Fixture* const self)
{
  TmbSampler* sampler = NULL;
  assert_int_equal(tmb_sampler_new(&self->dataset, self->ages, &sampler),
                   TMB_OK);
  return sampler;
}

static void
classes_are_drawn_alike_and_sources_by_the_root_of_their_notes(
  void** const state)
{
  // Only the small source's notes are young, which the last feature tells
  Fixture* const self = (Fixture*)*state;
  for (uint32_t i = 0U; i < N_NOTES; ++i) {
    self->ages[i] = (self->notes[i].source == 1U) ? YOUNGEST_AGE : OLDEST_AGE;
  }

  TmbSampler* const sampler  = new_sampler(self);
  const uint32_t    n_in     = tmb_front_end_features(&self->dataset.front_end);
  float* const      features = (float*)calloc(n_in, sizeof(float));
  TmbRandom         random;
  tmb_random_init(&random, 1U, 0U);
  assert_int_equal(tmb_sampler_notes(sampler), N_NOTES);

  unsigned n_low   = 0U;
  unsigned n_small = 0U;
  for (unsigned i = 0U; i < N_DRAWS; ++i) {
    if (tmb_sampler_draw(sampler, &random, features) == LOW_CLASS) {
      ++n_low;
      n_small += features[n_in - 1U] < 0.9f;
    }
  }
  assert_in_range(n_low, N_DRAWS * 45U / 100U, N_DRAWS * 55U / 100U);

  // Roots of 36 and 4 notes: one draw in four is of the small source
  assert_in_range(n_small, n_low * 20U / 100U, n_low * 30U / 100U);
  free(features);
  tmb_sampler_free(sampler);
}

static void
what_may_not_be_drawn_is_not(void** const state)
{
  Fixture* const self     = (Fixture*)*state;
  const uint32_t n_in     = tmb_front_end_features(&self->dataset.front_end);
  float* const   features = (float*)calloc(n_in, sizeof(float));
  for (uint32_t i = 0U; i < N_NOTES; ++i) {
    self->ages[i] =
      (self->notes[i].class_index == HIGH_CLASS) ? OLDEST_AGE : 0U;
  }

  TmbRandom         random;
  TmbSampler* const sampler = new_sampler(self);
  tmb_random_init(&random, 1U, 0U);
  assert_int_equal(tmb_sampler_notes(sampler), 20U);
  for (unsigned i = 0U; i < 100U; ++i) {
    assert_int_equal(tmb_sampler_draw(sampler, &random, features), HIGH_CLASS);
    assert_true(features[n_in - 1U] > 0.999f); // All of the note is there
  }
  free(features);
  tmb_sampler_free(sampler);

  TmbSampler* none = NULL;
  memset(self->ages, 0, sizeof(self->ages));
  assert_int_equal(tmb_sampler_new(&self->dataset, self->ages, &none),
                   TMB_BAD_ARG);
  assert_null(none);
}

static TmbFitSettings
small_settings(void)
{
  TmbFitSettings settings = tmb_default_fit;
  settings.hidden[0]      = 8U;
  settings.n_hidden       = 1U;
  settings.n_epochs       = 30U;
  settings.n_batch        = 16U;
  settings.mixup          = 0.0;
  settings.dropout        = 0.0;
  return settings;
}

typedef struct {
  uint32_t n_epochs;
  double   first_loss;
  TmbEpoch last;
} History;

static void
take_epoch(void* const context, const TmbEpoch* const epoch)
{
  History* const history = (History*)context;
  if (!history->n_epochs++) {
    history->first_loss = epoch->loss;
  }
  history->last = *epoch;
}

static TmbOwnNet*
fit(const Fixture* const self,
    const TmbFitSettings settings,
    History* const       history)
{
  TmbOwnNet*        net     = NULL;
  TmbSampler* const sampler = new_sampler(self);
  assert_int_equal(tmb_fit(sampler,
                           tmb_front_end_features(&self->dataset.front_end),
                           N_CLASSES,
                           &settings,
                           take_epoch,
                           history,
                           &net),
                   TMB_OK);
  tmb_sampler_free(sampler);
  return net;
}

static void
the_loss_falls_and_the_network_names_the_notes(void** const state)
{
  const Fixture* const self    = (const Fixture*)*state;
  History              history = { .n_epochs = 0U };
  TmbOwnNet* const     net     = fit(self, small_settings(), &history);
  assert_int_equal(history.n_epochs, 30U);
  assert_int_equal(history.last.epoch, 30U);
  assert_true(history.last.loss < 0.5 * history.first_loss);

  float frames[N_FRAMES * N_BANDS];
  float features[512];
  float scratch[1024];
  assert_in_range(tmb_net_inputs(&net->net), 1U, 512U);
  for (uint32_t i = 0U; i < N_NOTES; ++i) {
    float posterior[N_CLASSES];
    tmb_dataset_frames(&self->dataset, i, frames);
    tmb_dataset_describe(&self->dataset, i, 4U, frames, features);
    tmb_net_forward(&net->net, features, scratch, posterior);
    assert_true(posterior[self->notes[i].class_index] > 0.8f);
  }
  tmb_own_net_free(net);
}

static void
a_seed_gives_the_same_network_again_and_another_another(void** const state)
{
  const Fixture* const self     = (const Fixture*)*state;
  History              history  = { .n_epochs = 0U };
  TmbFitSettings       settings = small_settings();
  settings.n_epochs             = 3U;
  TmbOwnNet* const first        = fit(self, settings, &history);
  TmbOwnNet* const again        = fit(self, settings, &history);
  settings.seed                 = 2U;
  TmbOwnNet* const other        = fit(self, settings, &history);

  const size_t size = first->n_learnt * sizeof(float);
  assert_memory_equal(first->values, again->values, size);
  assert_memory_not_equal(first->values, other->values, size);
  tmb_own_net_free(other);
  tmb_own_net_free(again);
  tmb_own_net_free(first);
}

static void
a_constant_feature_is_ignored(void** const state)
{
  Fixture* const self     = (Fixture*)*state;
  History        history  = { .n_epochs = 0U };
  TmbFitSettings settings = small_settings();
  settings.n_epochs       = 1U;
  memset(self->ages, OLDEST_AGE, sizeof(self->ages));

  TmbOwnNet* const net  = fit(self, settings, &history);
  const uint32_t   last = tmb_net_inputs(&net->net) - 1U;
  assert_true(fabsf(net->mean[last] - 1.0f) < 1e-6f);
  assert_true(net->scale[last] <= 0.0f && net->scale[0] > 0.0f);
  tmb_own_net_free(net);
}

static void
a_rate_that_is_far_too_high_is_reported(void** const state)
{
  const Fixture* const self     = (const Fixture*)*state;
  TmbOwnNet*           net      = NULL;
  TmbSampler* const    sampler  = new_sampler(self);
  TmbFitSettings       settings = small_settings();
  settings.learning_rate        = 1e30;
  assert_int_equal(tmb_fit(sampler,
                           tmb_front_end_features(&self->dataset.front_end),
                           N_CLASSES,
                           &settings,
                           NULL,
                           NULL,
                           &net),
                   TMB_BAD_ARG);
  assert_null(net);
  tmb_sampler_free(sampler);
}

static void
a_failed_allocation_is_reported(void** const state)
{
  const Fixture* const self     = (const Fixture*)*state;
  TmbStatus            status   = TMB_NO_MEMORY;
  TmbFitSettings       settings = small_settings();
  settings.n_epochs             = 1U;
  for (size_t n = 0U; status; ++n) {
    TmbSampler* sampler = NULL;
    TmbOwnNet*  net     = NULL;
    alloc_fail_from(n);
    status = tmb_sampler_new(&self->dataset, self->ages, &sampler);
    if (!status) {
      status = tmb_fit(sampler,
                       tmb_front_end_features(&self->dataset.front_end),
                       N_CLASSES,
                       &settings,
                       NULL,
                       NULL,
                       &net);
    }
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    tmb_own_net_free(net);
    tmb_sampler_free(sampler);
  }
}

static int
load_blas(void** const state)
{
  (void)state;
  TmbMessage why = { "" };
  assert_int_equal(tmb_blas_load(&why), TMB_OK);
  return 0;
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(
      classes_are_drawn_alike_and_sources_by_the_root_of_their_notes,
      setup,
      teardown),
    cmocka_unit_test_setup_teardown(
      what_may_not_be_drawn_is_not, setup, teardown),
    cmocka_unit_test_setup_teardown(
      the_loss_falls_and_the_network_names_the_notes, setup, teardown),
    cmocka_unit_test_setup_teardown(
      a_seed_gives_the_same_network_again_and_another_another, setup, teardown),
    cmocka_unit_test_setup_teardown(
      a_constant_feature_is_ignored, setup, teardown),
    cmocka_unit_test_setup_teardown(
      a_rate_that_is_far_too_high_is_reported, setup, teardown),
    cmocka_unit_test_setup_teardown(
      a_failed_allocation_is_reported, setup, teardown),
  };
  return cmocka_run_group_tests_name("fit", tests, load_blas, NULL);
}
