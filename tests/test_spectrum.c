// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/spectrum.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <math.h>
#include <stdlib.h>

#define TEST_PI 3.14159265358979323846

/// A spectrum whose window is all ones, so that answers are simple.
static TmbSpectrum*
new_flat(const uint32_t n_window, const uint32_t n_fft)
{
  Signal window = signal_new(n_window);
  for (uint32_t i = 0U; i < n_window; ++i) {
    window.y[i] = 1.0f;
  }

  TmbSpectrum* spectrum = NULL;
  assert_int_equal(tmb_spectrum_new(window.y, n_window, n_fft, &spectrum),
                   TMB_OK);
  signal_free(&window);
  return spectrum;
}

static void
impulse_has_equal_power_in_all_bins(void** const state)
{
  (void)state;
  float samples[64] = { 0.0f };
  float power[33];
  samples[5] = 0.5f;

  TmbSpectrum* const spectrum = new_flat(64U, 64U);
  tmb_spectrum_power(spectrum, samples, power);
  for (unsigned k = 0U; k < 33U; ++k) {
    assert_float_equal(power[k], 0.25f, 1e-6f);
  }
  tmb_spectrum_free(spectrum);
}

static void
dc_is_in_the_first_bin_alone(void** const state)
{
  (void)state;
  float samples[64];
  float power[33];
  for (unsigned i = 0U; i < 64U; ++i) {
    samples[i] = 0.5f;
  }

  TmbSpectrum* const spectrum = new_flat(64U, 64U);
  tmb_spectrum_power(spectrum, samples, power);
  assert_float_equal(power[0], 1024.0f, 1e-3f);
  for (unsigned k = 1U; k < 33U; ++k) {
    assert_float_equal(power[k], 0.0f, 1e-9f);
  }
  tmb_spectrum_free(spectrum);
}

static void
sine_on_a_bin_is_in_that_bin_alone(void** const state)
{
  (void)state;
  Signal signal = signal_new(64U);
  float  power[33];
  signal_add_sine(&signal, 64.0, 0.0, 10.0, 1.0);

  TmbSpectrum* const spectrum = new_flat(64U, 64U);
  tmb_spectrum_power(spectrum, signal.y, power);
  for (unsigned k = 0U; k < 33U; ++k) {
    const float exact = (k == 10U) ? 1024.0f : 0.0f;
    assert_float_equal(power[k], exact, 1e-3f);
  }
  tmb_spectrum_free(spectrum);
  signal_free(&signal);
}

static void
silence_has_no_power(void** const state)
{
  (void)state;
  const float samples[30] = { 0.0f };
  float       power[17];

  TmbSpectrum* const spectrum = new_flat(30U, 32U);
  tmb_spectrum_power(spectrum, samples, power);
  for (unsigned k = 0U; k < 17U; ++k) {
    assert_true(power[k] == 0.0f);
  }
  tmb_spectrum_free(spectrum);
}

/// Power spectrum by the definition, in double.
static void
naive_power(const float* const samples,
            const float* const window,
            const uint32_t     n_window,
            const uint32_t     n_fft,
            double* const      power)
{
  double* const turns = (double*)calloc(n_fft, 2U * sizeof(double));
  assert_non_null(turns);
  for (size_t i = 0U; i < n_fft; ++i) {
    const double angle   = 2.0 * TEST_PI * (double)i / (double)n_fft;
    turns[2U * i]        = cos(angle);
    turns[(2U * i) + 1U] = -sin(angle);
  }
  for (uint32_t k = 0U; k <= n_fft / 2U; ++k) {
    double re = 0.0;
    double im = 0.0;
    for (uint32_t i = 0U; i < n_window; ++i) {
      const double x    = (double)samples[i] * (double)window[i];
      const size_t turn = (size_t)(((uint64_t)k * i) % n_fft);
      re += x * turns[2U * turn];
      im += x * turns[(2U * turn) + 1U];
    }
    power[k] = (re * re) + (im * im);
  }
  free(turns);
}

static void
power_agrees_with_a_naive_dft(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    uint32_t    n_window;
    uint32_t    n_fft;
  } rows[] = {
    { "shortest", 1U, 2U },
    { "odd window", 29U, 30U },
    { "22.05 kHz", 1024U, 1024U },
    { "48 kHz: odd window, padded", 2229U, 2250U },
    { "half empty", 512U, 1024U },
    { "44.1 kHz", 2048U, 2048U },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const uint32_t n_window = rows[r].n_window;
    const uint32_t n_fft    = rows[r].n_fft;
    const uint32_t n_bins   = (n_fft / 2U) + 1U;
    Signal         noise    = signal_new(n_window);
    Signal         window   = signal_new(n_window);
    Signal         power    = signal_new(n_bins);
    double* const  exact    = (double*)calloc(n_bins, sizeof(double));
    TmbSpectrum*   spectrum = NULL;
    assert_non_null(exact);
    signal_fill_noise(&noise);
    tmb_hann(window.y, n_window);
    window.y[0] = 0.01f; // Or the shortest window would be all zero

    assert_int_equal(tmb_spectrum_new(window.y, n_window, n_fft, &spectrum),
                     TMB_OK);
    tmb_spectrum_power(spectrum, noise.y, power.y);
    naive_power(noise.y, window.y, n_window, n_fft, exact);

    double signal = 0.0;
    double error  = 0.0;
    for (uint32_t k = 0U; k < n_bins; ++k) {
      const double difference = (double)power.y[k] - exact[k];
      signal += exact[k] * exact[k];
      error += difference * difference;
    }
    const double snr_db = 10.0 * log10(signal / (error + 1e-300));
    if (!(snr_db > 120.0)) {
      fail_msg("%s: %.1f dB", rows[r].label, snr_db);
    }

    tmb_spectrum_free(spectrum);
    free(exact);
    signal_free(&power);
    signal_free(&window);
    signal_free(&noise);
  }
}

static void
new_checks_its_sizes(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    uint32_t    n_window;
    uint32_t    n_fft;
  } rows[] = {
    { "no window", 0U, 64U },
    { "window longer than transform", 65U, 64U },
    { "odd transform", 63U, 63U },
    { "too long", 64U, TMB_MAX_FFT + 2U },
  };
  const float window[65] = { 0.0f };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TmbSpectrum* spectrum = NULL;
    if (tmb_spectrum_new(window, rows[r].n_window, rows[r].n_fft, &spectrum) !=
        TMB_BAD_ARG) {
      fail_msg("%s", rows[r].label);
    }
    assert_null(spectrum);
  }
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  const float  window[8] = { 0.0f };
  TmbSpectrum* spectrum  = NULL;
  for (size_t n = 0U; n < 6U; ++n) {
    alloc_fail_from(n);
    const TmbStatus status = tmb_spectrum_new(window, 8U, 8U, &spectrum);
    assert_true(alloc_restore());
    assert_int_equal(status, TMB_NO_MEMORY);
    assert_null(spectrum);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(impulse_has_equal_power_in_all_bins),
    cmocka_unit_test(dc_is_in_the_first_bin_alone),
    cmocka_unit_test(sine_on_a_bin_is_in_that_bin_alone),
    cmocka_unit_test(silence_has_no_power),
    cmocka_unit_test(power_agrees_with_a_naive_dft),
    cmocka_unit_test(new_checks_its_sizes),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("spectrum", tests, NULL, NULL);
}
