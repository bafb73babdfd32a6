// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/mel.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <math.h>
#include <stdbool.h>

static void
scales_map_back(void** const state)
{
  (void)state;
  static const TmbMelScale scales[] = { TMB_MEL_HTK, TMB_MEL_SLANEY };
  for (unsigned i = 0U; i < 2U; ++i) {
    for (unsigned k = 0U; k < 160U; ++k) {
      const double hz  = 125.0 * (double)k;
      const double mel = tmb_hz_to_mel(scales[i], hz);
      assert_true(fabs(tmb_mel_to_hz(scales[i], mel) - hz) <=
                  1e-9 * (1.0 + hz));
    }
  }
}

static void
slaney_scale_is_linear_to_1_khz(void** const state)
{
  (void)state;
  assert_true(fabs(tmb_hz_to_mel(TMB_MEL_SLANEY, 1000.0) - 15.0) < 1e-12);
  assert_true(fabs(tmb_hz_to_mel(TMB_MEL_SLANEY, 500.0) - 7.5) < 1e-12);
  assert_true(fabs(tmb_hz_to_mel(TMB_MEL_SLANEY, 6400.0) - 42.0) < 1e-12);
}

static void
mean_of_a_flat_spectrum_is_flat(void** const state)
{
  (void)state;
  // At the bottom, bands are narrower than bins
  static const TmbMelConfig config = { 22050.0, 1024U,       80U,          30.0,
                                       10800.0, TMB_MEL_HTK, TMB_MEL_MEAN, 0U };
  TmbMel*                   mel    = NULL;
  float                     power[513];
  float                     bands[80];
  for (unsigned k = 0U; k < 513U; ++k) {
    power[k] = 3.0f;
  }

  assert_int_equal(tmb_mel_new(&config, &mel), TMB_OK);
  tmb_mel_apply(mel, power, bands);
  for (unsigned b = 0U; b < 80U; ++b) {
    assert_float_equal(bands[b], 3.0f, 1e-5f);
  }
  tmb_mel_free(mel);
}

static void
mean_of_a_straight_spectrum_is_its_centre_of_mass(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    double      rate_hz;
    uint32_t    n_fft;
    uint32_t    n_fine;
  } rows[] = {
    { "whole bins, wider than the lowest bands", 44100.0, 1024U, 0U },
    { "some half bins", 44100.0, 2048U, 120U },
    { "as many half bins as there can be", 22050.0, 1024U, 510U },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const TmbMelConfig config = {
      rows[r].rate_hz, rows[r].n_fft, 80U,          30.0,
      10800.0,         TMB_MEL_HTK,   TMB_MEL_MEAN, rows[r].n_fine
    };
    const double bin_hz = config.rate_hz / (double)config.n_fft;
    const double low    = tmb_hz_to_mel(TMB_MEL_HTK, 30.0);
    const double step   = (tmb_hz_to_mel(TMB_MEL_HTK, 10800.0) - low) / 81.0;
    TmbMel*      mel    = NULL;
    float        power[1200];
    float        bands[80];
    for (uint32_t k = 0U; k <= config.n_fft / 2U; ++k) {
      const bool     is_fine = k < config.n_fine;
      const uint32_t i       = is_fine ? 2U * k : k + config.n_fine;
      power[i]               = (float)((double)k * bin_hz);
      if (is_fine) {
        power[i + 1U] = (float)(((double)k + 0.5) * bin_hz);
      }
    }

    assert_int_equal(tmb_mel_new(&config, &mel), TMB_OK);
    tmb_mel_apply(mel, power, bands);
    for (unsigned b = 0U; b < 80U; ++b) {
      double exact = 0.0;
      for (unsigned corner = 0U; corner < 3U; ++corner) {
        exact +=
          tmb_mel_to_hz(TMB_MEL_HTK, low + (step * (double)(b + corner))) / 3.0;
      }
      if (!(fabs((double)bands[b] - exact) <= 1e-5 * exact)) {
        fail_msg("%s: band %u is %.7g Hz, not %.7g",
                 rows[r].label,
                 b,
                 (double)bands[b],
                 exact);
      }
    }
    tmb_mel_free(mel);
  }
}

static void
half_bins_are_for_bands_of_less_than_ten_bins(void** const state)
{
  (void)state;
  static const struct {
    const char*  label;
    TmbMelConfig config;
    uint32_t     n_fine;
  } rows[] = {
    { "usual",
      { 44100.0, 2048U, 80U, 30.0, 10800.0, TMB_MEL_HTK, TMB_MEL_MEAN, 0U },
      120U },
    { "at another rate",
      { 48000.0, 2250U, 80U, 30.0, 10800.0, TMB_MEL_HTK, TMB_MEL_MEAN, 0U },
      116U },
    { "all bands narrow",
      { 8000.0, 128U, 80U, 30.0, 10800.0, TMB_MEL_HTK, TMB_MEL_MEAN, 0U },
      62U },
    { "all bands wide",
      { 44100.0, 2048U, 3U, 30.0, 10800.0, TMB_MEL_HTK, TMB_MEL_MEAN, 0U },
      0U },
    { "not a mean",
      { 44100.0, 2048U, 80U, 30.0, 10800.0, TMB_MEL_HTK, TMB_MEL_AREA, 0U },
      0U },
    { "shortest transform",
      { 8000.0, 2U, 80U, 30.0, 4000.0, TMB_MEL_HTK, TMB_MEL_MEAN, 0U },
      0U },
    { "no bands",
      { 8000.0, 128U, 0U, 30.0, 4000.0, TMB_MEL_HTK, TMB_MEL_MEAN, 0U },
      0U },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const uint32_t n_fine = tmb_mel_fine_bins(&rows[r].config);
    if (n_fine != rows[r].n_fine) {
      fail_msg("%s: %u", rows[r].label, n_fine);
    }
  }
}

static void
bands_above_half_the_rate_stay_at_zero(void** const state)
{
  (void)state;
  static const TmbMelConfig config = { 8000.0,  512U,        80U,          30.0,
                                       10800.0, TMB_MEL_HTK, TMB_MEL_MEAN, 0U };
  TmbMel*                   mel    = NULL;
  float                     power[257];
  float                     bands[80];
  for (unsigned k = 0U; k < 257U; ++k) {
    power[k] = 1.0f;
  }

  assert_int_equal(tmb_mel_new(&config, &mel), TMB_OK);
  tmb_mel_apply(mel, power, bands);

  const double low  = tmb_hz_to_mel(TMB_MEL_HTK, config.fmin_hz);
  const double high = tmb_hz_to_mel(TMB_MEL_HTK, config.fmax_hz);
  for (unsigned b = 0U; b < 80U; ++b) {
    const double start_hz =
      tmb_mel_to_hz(TMB_MEL_HTK, low + ((high - low) * (double)b / 81.0));
    if (start_hz > 4000.0) {
      assert_true(bands[b] == 0.0f);
    } else if (start_hz < 3500.0) {
      assert_true(bands[b] > 0.0f);
    }
  }
  tmb_mel_free(mel);
}

static void
a_bin_goes_to_the_triangles_that_hold_it(void** const state)
{
  (void)state;
  static const TmbMelConfig config = { 22050.0, 2048U,       40U,          0.0,
                                       11025.0, TMB_MEL_HTK, TMB_MEL_PEAK, 0U };
  TmbMel*                   mel    = NULL;
  float                     power[1025] = { 0.0f };
  float                     bands[40];
  power[400] = 1.0f;

  // Triangles overlap by half, and their heights at a point add up to one
  assert_int_equal(tmb_mel_new(&config, &mel), TMB_OK);
  tmb_mel_apply(mel, power, bands);
  unsigned n_lit = 0U;
  float    sum   = 0.0f;
  for (unsigned b = 0U; b < 40U; ++b) {
    n_lit += bands[b] > 0.0f;
    sum += bands[b];
  }
  assert_int_equal(n_lit, 2U);
  assert_float_equal(sum, 1.0f, 1e-6f);
  tmb_mel_free(mel);
}

/// Half bins count in means only.
static void
other_bands_pass_half_bins_over(void** const state)
{
  (void)state;
  enum { N_FFT = 512, N_FINE = 40, N_BINS = (N_FFT / 2) + 1 };
  TmbMelConfig config = { .rate_hz = 8000.0,
                          .n_fft   = N_FFT,
                          .n_bands = 20U,
                          .fmax_hz = 4000.0,
                          .scale   = TMB_MEL_SLANEY,
                          .norm    = TMB_MEL_AREA };
  Signal       whole  = signal_new(N_BINS);
  Signal       fine   = signal_new(N_BINS + N_FINE);
  float        bands[2][20];
  signal_fill_noise(&whole);
  signal_fill_noise(&fine);
  for (size_t k = 0U; k < N_BINS; ++k) {
    fine.y[k + ((k < N_FINE) ? k : N_FINE)] = whole.y[k];
  }
  for (unsigned i = 0U; i < 2U; ++i) {
    TmbMel* mel   = NULL;
    config.n_fine = i ? N_FINE : 0U;
    assert_int_equal(tmb_mel_new(&config, &mel), TMB_OK);
    tmb_mel_apply(mel, i ? fine.y : whole.y, bands[i]);
    tmb_mel_free(mel);
  }
  for (unsigned b = 0U; b < 20U; ++b) {
    assert_true(fabsf(bands[0][b] - bands[1][b]) <= 1e-6f);
  }
  signal_free(&fine);
  signal_free(&whole);
}

static void
new_checks_its_config(void** const state)
{
  (void)state;
  static const struct {
    const char*  label;
    TmbMelConfig config;
  } rows[] = {
    { "no rate",
      { 0.0, 512U, 40U, 0.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK, 0U } },
    { "rate not a number",
      { (double)NAN, 512U, 40U, 0.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK, 0U } },
    { "no bins",
      { 8000.0, 0U, 40U, 0.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK, 0U } },
    { "no bands",
      { 8000.0, 512U, 0U, 0.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK, 0U } },
    { "too many bands",
      { 8000.0, 512U, 257U, 0.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK, 0U } },
    { "below zero",
      { 8000.0, 512U, 40U, -1.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK, 0U } },
    { "upside down",
      { 8000.0, 512U, 40U, 4000.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK, 0U } },
    { "edge not a number",
      { 8000.0, 512U, 40U, 0.0, (double)NAN, TMB_MEL_HTK, TMB_MEL_PEAK, 0U } },
    { "too many half bins",
      { 8000.0, 512U, 40U, 0.0, 4000.0, TMB_MEL_HTK, TMB_MEL_MEAN, 255U } },
    { "more half bins than a number can count",
      { 8000.0, 2U, 40U, 0.0, 4000.0, TMB_MEL_HTK, TMB_MEL_MEAN, ~0U } },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TmbMel* mel = NULL;
    if (tmb_mel_new(&rows[r].config, &mel) != TMB_BAD_ARG) {
      fail_msg("%s", rows[r].label);
    }
    assert_null(mel);
  }
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  static const TmbMelConfig config = { 8000.0, 512U,        40U,          0.0,
                                       4000.0, TMB_MEL_HTK, TMB_MEL_PEAK, 0U };
  TmbMel*                   mel    = NULL;
  for (size_t n = 0U; n < 3U; ++n) {
    alloc_fail_from(n);
    const TmbStatus status = tmb_mel_new(&config, &mel);
    assert_true(alloc_restore());
    assert_int_equal(status, TMB_NO_MEMORY);
    assert_null(mel);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(scales_map_back),
    cmocka_unit_test(slaney_scale_is_linear_to_1_khz),
    cmocka_unit_test(mean_of_a_flat_spectrum_is_flat),
    cmocka_unit_test(mean_of_a_straight_spectrum_is_its_centre_of_mass),
    cmocka_unit_test(half_bins_are_for_bands_of_less_than_ten_bins),
    cmocka_unit_test(bands_above_half_the_rate_stay_at_zero),
    cmocka_unit_test(a_bin_goes_to_the_triangles_that_hold_it),
    cmocka_unit_test(other_bands_pass_half_bins_over),
    cmocka_unit_test(new_checks_its_config),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("mel", tests, NULL, NULL);
}
