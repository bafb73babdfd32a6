// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/spectrogram_image.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <math.h>
#include <stdbool.h>

#define N_BANDS 100U
#define MAX_COLUMNS 200U

static TmbImageConfig
config_for(const double rate_hz, const double start_s, const double end_s)
{
  return (TmbImageConfig){ .rate_hz     = rate_hz,
                           .start_s     = start_s,
                           .end_s       = end_s,
                           .n_bands     = N_BANDS,
                           .fmin_hz     = 30.0,
                           .fmax_hz     = 4000.0,
                           .max_columns = MAX_COLUMNS };
}

/// Push a signal in blocks, and finish.
static TmbImage*
draw(const TmbImageConfig config, const Signal* const signal)
{
  TmbImage* image = NULL;
  assert_int_equal(tmb_image_new(&config, &image), TMB_OK);
  for (uint32_t i = 0U; i < signal->n; i += 1000U) {
    const uint32_t left = signal->n - i;
    tmb_image_push(image, signal->y + i, left < 1000U ? left : 1000U);
  }
  tmb_image_finish(image);
  assert_true(tmb_image_columns(image) <= MAX_COLUMNS);
  return image;
}

/// The time of a column's middle.
static double
time_of(const TmbImage* const image, const uint32_t column)
{
  double first_s = 0.0;
  double step_s  = 0.0;
  tmb_image_times(image, &first_s, &step_s);
  return first_s + (step_s * (double)column);
}

static float
largest_in(const TmbImage* const image, const uint32_t column)
{
  float largest = -INFINITY;
  for (uint32_t b = 0U; b < N_BANDS; ++b) {
    largest = fmaxf(largest, tmb_image_column(image, column)[b]);
  }
  return largest;
}

/// Demand that columns lie evenly over the part, and how many there are.
static void
expect_columns(const char* const     label,
               const TmbImage* const image,
               const double          start_s,
               const double          end_s,
               const uint32_t        least)
{
  const uint32_t n      = tmb_image_columns(image);
  const double   step_s = time_of(image, 1U) - time_of(image, 0U);
  if (n < least || fabs(time_of(image, 0U) - start_s) > step_s ||
      fabs(time_of(image, n - 1U) - end_s) > step_s) {
    fail_msg("%s: %u columns from %g s, %g s each",
             label,
             n,
             time_of(image, 0U),
             step_s);
  }
}

static void
columns_are_spread_over_any_length(void** const state)
{
  static const struct {
    const char* label;
    double      seconds;
    bool        is_known; ///< Its length, from the start
    unsigned    least;
  } rows[] = {
    { "too short for as many as are of use", 0.05, true, 100U },
    { "short", 0.2, true, 199U },
    { "some windows a column", 5.0, true, 199U },
    { "many windows a column", 60.0, true, 199U },
    { "short, of unknown length", 0.2, false, 17U },
    { "long, of unknown length: at least half", 60.0, false, 100U },
    { "the same, and odd", 61.7, false, 100U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Signal signal = signal_new((uint32_t)(8000.0 * rows[i].seconds));
    signal_fill_noise(&signal);
    TmbImage* const image = draw(
      config_for(
        8000.0, 0.0, rows[i].is_known ? rows[i].seconds : (double)INFINITY),
      &signal);
    expect_columns(rows[i].label, image, 0.0, rows[i].seconds, rows[i].least);
    tmb_image_free(image);
    signal_free(&signal);
  }
}

static void
only_the_part_is_seen(void** const state)
{
  (void)state;
  Signal signal = signal_new(80000U);
  signal_fill_noise(&signal);
  TmbImage* const part = draw(config_for(8000.0, 2.0, 4.0), &signal);
  expect_columns("part", part, 2.0, 4.0, 199U);

  // The first window has what comes before the part, too
  assert_true(largest_in(part, 0U) > -50.0f);
  assert_true(largest_in(part, tmb_image_columns(part) - 1U) > -50.0f);
  tmb_image_free(part);

  TmbImage* const after = draw(config_for(8000.0, 10.5, 11.0), &signal);
  assert_int_equal(tmb_image_columns(after), 0U);
  tmb_image_free(after);
  signal_free(&signal);
}

static void
a_click_is_where_it_happened(void** const state)
{
  static const double lengths[] = { 1.0, 20.0, (double)INFINITY };

  (void)state;
  Signal signal  = signal_new(160000U);
  signal.y[6400] = 1.0f; // At 0.8 s
  for (size_t i = 0U; i < 3U; ++i) {
    TmbImage* const image = draw(config_for(8000.0, 0.0, lengths[i]), &signal);
    uint32_t        best  = 0U;
    for (uint32_t c = 1U; c < tmb_image_columns(image); ++c) {
      best = largest_in(image, c) > largest_in(image, best) ? c : best;
    }
    const double step_s = time_of(image, 1U) - time_of(image, 0U);
    assert_true(fabs(time_of(image, best) - 0.8) <= step_s);
    tmb_image_free(image);
  }
  signal_free(&signal);
}

static void
a_full_scale_sine_is_at_minus_3_at_any_rate(void** const state)
{
  static const double rates[] = { 8000.0, 22050.0, 44100.0, 192000.0 };

  (void)state;
  for (size_t i = 0U; i < 4U; ++i) {
    Signal signal = signal_new((uint32_t)rates[i]);
    signal_add_sine(&signal, rates[i], 0.0, 200.0, 1.0);
    TmbImage* const image = draw(config_for(rates[i], 0.0, 1.0), &signal);
    const float     level = largest_in(image, 100U);
    if (!(fabsf(level + 3.0f) < 1.5f)) {
      fail_msg("%g Hz: %g dBFS", rates[i], (double)level);
    }
    tmb_image_free(image);
    signal_free(&signal);
  }
}

static void
silence_is_at_the_floor(void** const state)
{
  (void)state;
  Signal          signal = signal_new(8000U);
  TmbImage* const image  = draw(config_for(8000.0, 0.0, 1.0), &signal);
  for (uint32_t c = 0U; c < tmb_image_columns(image); ++c) {
    assert_true(largest_in(image, c) == (float)TMB_IMAGE_FLOOR_DB);
  }
  tmb_image_free(image);
  signal_free(&signal);
}

static void
bad_settings_are_refused(void** const state)
{
  static const struct {
    const char*    label;
    TmbImageConfig config;
  } rows[] = {
    { "no bands", { 8000.0, 0.0, 1.0, 0U, 30.0, 4000.0, 100U } },
    { "too many bands", { 8000.0, 0.0, 1.0, 257U, 30.0, 4000.0, 100U } },
    { "no columns", { 8000.0, 0.0, 1.0, 10U, 30.0, 4000.0, 1U } },
    { "ends at its start", { 8000.0, 1.0, 1.0, 10U, 30.0, 4000.0, 100U } },
    { "no time", { 8000.0, 0.0, (double)NAN, 10U, 30.0, 4000.0, 100U } },
    { "no frequencies", { 8000.0, 0.0, 1.0, 10U, 30.0, 30.0, 100U } },
    { "a rate too high", { 1e9, 0.0, 1.0, 10U, 30.0, 4000.0, 100U } },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbImage* image = NULL;
    if (tmb_image_new(&rows[i].config, &image) != TMB_BAD_ARG || image) {
      fail_msg("%s", rows[i].label);
    }
  }
}

static void
a_failed_allocation_leaks_nothing(void** const state)
{
  (void)state;
  const TmbImageConfig config = config_for(8000.0, 0.0, 1.0);
  for (size_t n = 0U;; ++n) {
    TmbImage* image = NULL;
    alloc_fail_from(n);
    const TmbStatus status = tmb_image_new(&config, &image);
    const bool      failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    tmb_image_free(image);
    if (!failed) {
      break;
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(columns_are_spread_over_any_length),
    cmocka_unit_test(only_the_part_is_seen),
    cmocka_unit_test(a_click_is_where_it_happened),
    cmocka_unit_test(a_full_scale_sine_is_at_minus_3_at_any_rate),
    cmocka_unit_test(silence_is_at_the_floor),
    cmocka_unit_test(bad_settings_are_refused),
    cmocka_unit_test(a_failed_allocation_leaks_nothing),
  };
  return cmocka_run_group_tests_name("spectrogram_image", tests, NULL, NULL);
}
