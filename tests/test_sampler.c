// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/sampler.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/peak_notes.h"

#include <math.h>
#include <string.h>

#define N_DRAWS 2000U
#define MAX_FEATURES 1024U
#define YOUNGEST_AGE 0x01U
#define OLDEST_AGE 0x10U
#define ALL_AGES 0x1FU

static const TmbAugmentation defaults = TMB_DEFAULT_AUGMENTATION;

/// Nothing is done, though notes are altered.
static const TmbAugmentation nothing = { .altered  = 1.0,
                                         .exponent = 0.5,
                                         .unknown  = 1.0 };

static TmbSampler*
new_sampler(const PeakNotes* const       self,
            const uint8_t* const         ages,
            const TmbAugmentation* const settings)
{
  TmbSampler* sampler = NULL;
  assert_in_range(
    tmb_front_end_features(&self->dataset.front_end), 1U, MAX_FEATURES);
  assert_int_equal(
    tmb_sampler_new(&self->corpus, &self->dataset, ages, settings, &sampler),
    TMB_OK);
  return sampler;
}

/// Draw example number `i`.
static uint32_t
draw(const TmbSampler* const sampler, const uint64_t i, float* const features)
{
  TmbRandom random;
  tmb_random_init(&random, 1U, i);
  return tmb_sampler_draw(sampler, &random, features);
}

/// Mean fraction of a drawn note's segments that are there.
static float
fraction_of(const PeakNotes* const self, const float* const features)
{
  return features[tmb_front_end_features(&self->dataset.front_end) - 1U];
}

static void
sources_weigh_by_a_power_of_their_notes(void** const state)
{
  // Of 36 and 4 notes; only the small source's are young
  static const struct {
    double   exponent;
    unsigned percent; ///< Of the small source
  } rows[] = { { 0.0, 50U }, { 0.5, 25U }, { 1.0, 10U } };

  const PeakNotes* const self = (const PeakNotes*)*state;
  uint8_t                ages[PEAK_NOTES];
  for (uint32_t i = 0U; i < PEAK_NOTES; ++i) {
    ages[i] = (self->notes[i].source == 1U) ? YOUNGEST_AGE : OLDEST_AGE;
  }

  for (size_t r = 0U; r < sizeof(rows) / sizeof(*rows); ++r) {
    TmbAugmentation settings  = nothing;
    settings.exponent         = rows[r].exponent;
    TmbSampler* const sampler = new_sampler(self, ages, &settings);
    unsigned          n_low   = 0U;
    unsigned          n_small = 0U;
    assert_int_equal(tmb_sampler_notes(sampler), PEAK_NOTES);
    for (unsigned i = 0U; i < N_DRAWS; ++i) {
      float features[MAX_FEATURES];
      if (draw(sampler, i, features) == PEAK_LOW) {
        ++n_low;
        n_small += fraction_of(self, features) < 0.9f;
      }
    }
    assert_in_range(n_low, N_DRAWS * 45U / 100U, N_DRAWS * 55U / 100U);
    assert_in_range(
      100U * n_small / n_low, rows[r].percent - 5U, rows[r].percent + 5U);
    tmb_sampler_free(sampler);
  }
}

static void
classes_are_drawn_alike_but_for_the_unknown(void** const state)
{
  static const struct {
    const char* label;
    const char* name; ///< Of the high notes' class
    double      weight;
    unsigned    percent;
  } rows[] = { { "no such class", "flute", 3.0, 50U },
               { "as one class", TMB_UNKNOWN_LABEL, 1.0, 50U },
               { "as three", TMB_UNKNOWN_LABEL, 3.0, 75U },
               { "as none", TMB_UNKNOWN_LABEL, 0.0, 0U } };

  PeakNotes* const self = (PeakNotes*)*state;
  uint8_t          ages[PEAK_NOTES];
  memset(ages, OLDEST_AGE, sizeof(ages));
  for (size_t r = 0U; r < sizeof(rows) / sizeof(*rows); ++r) {
    TmbAugmentation settings = nothing;
    settings.unknown         = rows[r].weight;
    self->classes[PEAK_HIGH] = rows[r].name;

    TmbSampler* const sampler = new_sampler(self, ages, &settings);
    unsigned          n_high  = 0U;
    for (unsigned i = 0U; i < N_DRAWS; ++i) {
      float features[MAX_FEATURES];
      n_high += draw(sampler, i, features) == PEAK_HIGH;
    }
    const unsigned percent = (100U * n_high + N_DRAWS / 2U) / N_DRAWS;
    print_message("%s: %u %%\n", rows[r].label, percent);
    assert_in_range(percent + 5U, rows[r].percent, rows[r].percent + 10U);
    assert_true(n_high || rows[r].weight <= 0.0);
    tmb_sampler_free(sampler);
  }
}

static void
half_of_the_notes_are_drawn_at_their_last_age(void** const state)
{
  static const struct {
    const char* label;
    uint8_t     ages;
    unsigned    n_ages;
  } rows[] = { { "all", ALL_AGES, 5U },
               { "all but the oldest", 0x0FU, 4U },
               { "two", 0x09U, 2U },
               { "one", 0x02U, 1U } };

  const PeakNotes* const self = (const PeakNotes*)*state;
  for (size_t r = 0U; r < sizeof(rows) / sizeof(*rows); ++r) {
    uint8_t ages[PEAK_NOTES];
    memset(ages, rows[r].ages, sizeof(ages));
    TmbSampler* const sampler = new_sampler(self, ages, &nothing);
    float             fractions[TMB_MAX_AGES] = { 0.0f };
    unsigned          counts[TMB_MAX_AGES]    = { 0U };
    unsigned          n                       = 0U;
    for (unsigned i = 0U; i < N_DRAWS; ++i) {
      float features[MAX_FEATURES];
      (void)draw(sampler, i, features);

      unsigned at = 0U;
      while (at < n && fractions[at] != fraction_of(self, features)) {
        ++at;
      }
      assert_in_range(at, 0U, rows[r].n_ages - 1U);
      fractions[at] = fraction_of(self, features);
      n             = (at == n) ? n + 1U : n;
      ++counts[at];
    }

    print_message("%s\n", rows[r].label);
    assert_int_equal(n, rows[r].n_ages);
    for (unsigned i = 0U; i < n; ++i) {
      bool is_last = true;
      for (unsigned j = 0U; j < n; ++j) {
        is_last = is_last && fractions[j] <= fractions[i];
      }
      const unsigned percent = (n == 1U) ? 100U
                               : is_last ? 50U
                                         : 50U / (n - 1U);
      assert_in_range(100U * counts[i] / N_DRAWS + 4U, percent, percent + 8U);
    }
    tmb_sampler_free(sampler);
  }
}

static void
what_may_not_be_drawn_is_not(void** const state)
{
  const PeakNotes* const self = (const PeakNotes*)*state;
  uint8_t                ages[PEAK_NOTES];
  for (uint32_t i = 0U; i < PEAK_NOTES; ++i) {
    ages[i] = (self->notes[i].class_index == PEAK_HIGH) ? OLDEST_AGE : 0U;
  }

  TmbSampler* const sampler = new_sampler(self, ages, &defaults);
  assert_int_equal(tmb_sampler_notes(sampler), 20U);
  for (unsigned i = 0U; i < 100U; ++i) {
    float features[MAX_FEATURES];
    assert_int_equal(draw(sampler, i, features), PEAK_HIGH);
    assert_true(fraction_of(self, features) > 0.999f); // All of it is there
  }
  tmb_sampler_free(sampler);

  TmbSampler* none = NULL;
  memset(ages, 0, sizeof(ages));
  assert_int_equal(
    tmb_sampler_new(&self->corpus, &self->dataset, ages, &defaults, &none),
    TMB_BAD_ARG);
  assert_null(none);
}

static void
what_may_not_be_drawn_lends_nothing(void** const state)
{
  // Every other note, and the end of the others, may not be looked at
  PeakNotes* const self = (PeakNotes*)*state;
  TmbAugmentation  all  = defaults;
  uint8_t          ages[PEAK_NOTES];
  float            before[N_DRAWS / 10U][MAX_FEATURES];
  const uint32_t   n_seen = self->dataset.front_end.ages[2].n_frames;
  for (uint32_t i = 0U; i < PEAK_NOTES; ++i) {
    ages[i] = (i % 2U) ? 0U : 0x07U;
  }
  all.tail = 1.0;
  all.body = 1.0;
  for (unsigned round = 0U; round < 2U; ++round) {
    TmbSampler* const sampler = new_sampler(self, ages, &all);
    for (unsigned i = 0U; i < N_DRAWS / 10U; ++i) {
      float features[MAX_FEATURES] = { 0.0f };
      (void)draw(sampler, i, features);
      if (round) {
        assert_memory_equal(before[i], features, sizeof(features));
      } else {
        memcpy(before[i], features, sizeof(features));
      }
    }
    tmb_sampler_free(sampler);
    for (uint32_t i = 0U; i < PEAK_NOTES; ++i) {
      const uint32_t first = ages[i] ? n_seen * PEAK_BANDS : 0U;
      for (uint32_t j = first; j < PEAK_FRAMES * PEAK_BANDS; ++j) {
        self->levels[self->notes[i].start + j] = (int16_t)(j % 100U);
      }
    }
  }
}

static void
a_number_gives_the_same_example_whatever_came_before(void** const state)
{
  const PeakNotes* const self = (const PeakNotes*)*state;
  uint8_t                ages[PEAK_NOTES];
  memset(ages, ALL_AGES, sizeof(ages));
  TmbSampler* const sampler = new_sampler(self, ages, &defaults);
  TmbSampler* const again   = new_sampler(self, ages, &defaults);
  unsigned          n_same  = 0U;
  for (unsigned i = 0U; i < 50U; ++i) {
    float first[MAX_FEATURES]  = { 0.0f };
    float second[MAX_FEATURES] = { 0.0f };
    float other[MAX_FEATURES]  = { 0.0f };
    float difference           = 0.0f;
    assert_int_equal(draw(sampler, i, first), draw(again, i, second));
    assert_memory_equal(first, second, sizeof(first));
    (void)draw(again, 50U + i, other);
    for (unsigned j = 0U; j < MAX_FEATURES; ++j) {
      difference = fmaxf(difference, fabsf(first[j] - other[j]));
    }
    n_same += difference <= 0.0f;
  }
  assert_int_equal(n_same, 0U);
  tmb_sampler_free(again);
  tmb_sampler_free(sampler);
}

static void
an_alteration_of_nothing_changes_nothing(void** const state)
{
  const PeakNotes* const self = (const PeakNotes*)*state;
  const uint32_t  n_in     = tmb_front_end_features(&self->dataset.front_end);
  TmbAugmentation recorded = nothing;
  uint8_t         ages[PEAK_NOTES];
  memset(ages, ALL_AGES, sizeof(ages));
  recorded.altered          = 0.0;
  TmbSampler* const sampler = new_sampler(self, ages, &recorded);
  TmbSampler* const altered = new_sampler(self, ages, &nothing);
  for (unsigned i = 0U; i < 100U; ++i) {
    float first[MAX_FEATURES];
    float second[MAX_FEATURES];
    assert_int_equal(draw(sampler, i, first), draw(altered, i, second));
    for (uint32_t j = 0U; j < n_in; ++j) {
      assert_true(fabsf(first[j] - second[j]) < 1e-4f);
    }
  }
  tmb_sampler_free(altered);
  tmb_sampler_free(sampler);
}

/// Level of a band in a segment, as far as the coefficients tell.
static double
level_of(const float* const features, const uint32_t segment, const uint32_t b)
{
  const uint32_t     n      = tmb_default_front_end.n_coeffs;
  const float* const coeffs = features + ((size_t)segment * n);
  double             level  = (double)coeffs[0] / sqrt(PEAK_BANDS);
  for (uint32_t k = 1U; k < n; ++k) {
    level += (double)coeffs[k] * sqrt(2.0 / PEAK_BANDS) *
             cos(3.141592653589793 * k * ((double)b + 0.5) / PEAK_BANDS);
  }
  return level;
}

static void
several_notes_are_of_the_unknown_class(void** const state)
{
  static const struct {
    const char* label;
    const char* low;  ///< The low notes' class
    const char* high; ///< The high notes'
    uint32_t    n_classes;
    bool        is_mixed;
  } rows[] = {
    { "two families", "cello", "flute", PEAK_CLASSES + 1U, true },
    { "one family", "cello", "violin", PEAK_CLASSES + 1U, false },
    { "not known to Timbrel", "sine", "saw", PEAK_CLASSES + 1U, true },
    { "no unknown", "cello", "flute", PEAK_CLASSES, false },
    { "no second", "cello", TMB_UNKNOWN_LABEL, PEAK_CLASSES, false },
  };

  PeakNotes* const self     = (PeakNotes*)*state;
  TmbAugmentation  settings = nothing;
  uint8_t          ages[PEAK_NOTES];
  memset(ages, OLDEST_AGE, sizeof(ages));
  settings.several = 1.0;
  for (size_t r = 0U; r < sizeof(rows) / sizeof(*rows); ++r) {
    self->classes[PEAK_LOW]   = rows[r].low;
    self->classes[PEAK_HIGH]  = rows[r].high;
    self->corpus.n_classes    = rows[r].n_classes;
    TmbSampler* const sampler = new_sampler(self, ages, &settings);
    print_message("%s\n", rows[r].label);
    for (unsigned i = 0U; i < 100U; ++i) {
      float          features[MAX_FEATURES];
      const uint32_t drawn = draw(sampler, i, features);
      const double   high  = level_of(features, 8U, 70U);
      const double   low =
        fmax(level_of(features, 8U, 8U), level_of(features, 8U, 36U));
      assert_true((drawn == PEAK_CLASSES) == rows[r].is_mixed);
      // 20 dB are a unit
      assert_true((fabs(high - low) < 0.35) == rows[r].is_mixed);
    }
    tmb_sampler_free(sampler);
  }
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
    status =
      tmb_sampler_new(&self->corpus, &self->dataset, ages, &defaults, &sampler);
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
    TEST(sources_weigh_by_a_power_of_their_notes),
    TEST(classes_are_drawn_alike_but_for_the_unknown),
    TEST(half_of_the_notes_are_drawn_at_their_last_age),
    TEST(what_may_not_be_drawn_is_not),
    TEST(what_may_not_be_drawn_lends_nothing),
    TEST(a_number_gives_the_same_example_whatever_came_before),
    TEST(an_alteration_of_nothing_changes_nothing),
    TEST(several_notes_are_of_the_unknown_class),
    TEST(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("sampler", tests, NULL, NULL);
}
