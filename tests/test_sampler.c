// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/sampler.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/peak_notes.h"

#include <stdlib.h>
#include <string.h>

#define N_DRAWS 2000U
#define YOUNGEST_AGE 0x01U
#define OLDEST_AGE 0x10U

static TmbSampler*
new_sampler(const PeakNotes* const self, const uint8_t* const ages)
{
  TmbSampler* sampler = NULL;
  assert_int_equal(tmb_sampler_new(&self->dataset, ages, &sampler), TMB_OK);
  return sampler;
}

static void
classes_are_drawn_alike_and_sources_by_the_root_of_their_notes(
  void** const state)
{
  // Only the small source's notes are young, which the last feature tells
  const PeakNotes* const self = (const PeakNotes*)*state;
  uint8_t                ages[PEAK_NOTES];
  for (uint32_t i = 0U; i < PEAK_NOTES; ++i) {
    ages[i] = (self->notes[i].source == 1U) ? YOUNGEST_AGE : OLDEST_AGE;
  }

  TmbSampler* const sampler  = new_sampler(self, ages);
  const uint32_t    n_in     = tmb_front_end_features(&self->dataset.front_end);
  float* const      features = (float*)calloc(n_in, sizeof(float));
  TmbRandom         random;
  tmb_random_init(&random, 1U, 0U);
  assert_int_equal(tmb_sampler_notes(sampler), PEAK_NOTES);

  unsigned n_low   = 0U;
  unsigned n_small = 0U;
  for (unsigned i = 0U; i < N_DRAWS; ++i) {
    if (tmb_sampler_draw(sampler, &random, features) == PEAK_LOW) {
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
  const PeakNotes* const self = (const PeakNotes*)*state;
  const uint32_t n_in     = tmb_front_end_features(&self->dataset.front_end);
  float* const   features = (float*)calloc(n_in, sizeof(float));
  uint8_t        ages[PEAK_NOTES];
  for (uint32_t i = 0U; i < PEAK_NOTES; ++i) {
    ages[i] = (self->notes[i].class_index == PEAK_HIGH) ? OLDEST_AGE : 0U;
  }

  TmbRandom         random;
  TmbSampler* const sampler = new_sampler(self, ages);
  tmb_random_init(&random, 1U, 0U);
  assert_int_equal(tmb_sampler_notes(sampler), 20U);
  for (unsigned i = 0U; i < 100U; ++i) {
    assert_int_equal(tmb_sampler_draw(sampler, &random, features), PEAK_HIGH);
    assert_true(features[n_in - 1U] > 0.999f); // All of the note is there
  }
  free(features);
  tmb_sampler_free(sampler);

  TmbSampler* none = NULL;
  memset(ages, 0, sizeof(ages));
  assert_int_equal(tmb_sampler_new(&self->dataset, ages, &none), TMB_BAD_ARG);
  assert_null(none);
}

static void
a_failed_allocation_is_reported(void** const state)
{
  const PeakNotes* const self   = (const PeakNotes*)*state;
  TmbStatus              status = TMB_NO_MEMORY;
  uint8_t                ages[PEAK_NOTES];
  memset(ages, OLDEST_AGE, sizeof(ages));
  for (size_t n = 0U; status; ++n) {
    TmbSampler* sampler = NULL;
    alloc_fail_from(n);
    status            = tmb_sampler_new(&self->dataset, ages, &sampler);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    tmb_sampler_free(sampler);
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, peak_notes_setup, peak_notes_teardown)
  const struct CMUnitTest tests[] = {
    TEST(classes_are_drawn_alike_and_sources_by_the_root_of_their_notes),
    TEST(what_may_not_be_drawn_is_not),
    TEST(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("sampler", tests, NULL, NULL);
}
