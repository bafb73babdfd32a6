// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/spectrum.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

#define TEST_PI 3.14159265358979323846
#define IMAGINARY ((double complex)_Complex_I)

static const struct {
  const char* label;
  uint32_t    n_window;
  uint32_t    n_fft;
} sizes[] = {
  { "smallest", 7U, 8U },        { "8 kHz, padded", 372U, 376U },
  { "22.05 kHz", 1024U, 1024U }, { "48 kHz, odd, padded", 2229U, 2250U },
  { "half empty", 512U, 1024U }, { "44.1 kHz", 2048U, 2048U },
};

/// What the interpolation multiplies a window by, at t in -1/2..1/2.
static double
half_bin_window(const double t)
{
  static const double c[] = { 2560.0 / 1323.0, -640.0 / 1323.0, 128.0 / 945.0 };
  double              g   = 0.0;
  for (unsigned i = 0U; i < 3U; ++i) {
    g += 2.0 * c[i] / TEST_PI * cos(((2.0 * (double)i) + 1.0) * TEST_PI * t);
  }
  return g;
}

/// Power of sample[i] * window[i] at bin k + 1/2, by the definition.
static double
naive_half_bin(const Signal* const samples,
               const double* const window,
               const uint32_t      n_fft,
               const uint32_t      k)
{
  double complex sum = 0.0;
  for (uint32_t i = 0U; i < samples->n; ++i) {
    const double angle =
      -2.0 * TEST_PI * ((double)k + 0.5) * (double)i / (double)n_fft;
    sum += (double)samples->y[i] * window[i] * cexp(angle * IMAGINARY);
  }
  return (creal(sum) * creal(sum)) + (cimag(sum) * cimag(sum));
}

static void
half_bins_are_those_of_a_similar_window(void** const state)
{
  (void)state;
  for (size_t r = 0U; r < sizeof(sizes) / sizeof(sizes[0]); ++r) {
    const uint32_t n_window = sizes[r].n_window;
    const uint32_t n_fft    = sizes[r].n_fft;
    const uint32_t n_fine   = (n_fft / 2U) - 2U;
    const uint32_t offset   = (n_fft - n_window) / 2U;
    Signal         noise    = signal_new(n_window);
    Signal         window   = signal_new(n_window);
    Signal         power    = signal_new((n_fft / 2U) + 1U + n_fine);
    double* const  similar  = (double*)calloc(n_window, sizeof(double));
    TmbSpectrum*   spectrum = NULL;
    assert_non_null(similar);
    signal_fill_noise(&noise);
    tmb_hann(window.y, n_window);
    assert_int_equal(tmb_spectrum_new(window.y, n_window, n_fft, &spectrum),
                     TMB_OK);
    tmb_spectrum_power_fine(
      spectrum, noise.y, n_fine, (n_fft / 2U) + 1U, power.y);

    double whole = 0.0;
    double half  = 0.0;
    for (uint32_t i = 0U; i < n_window; ++i) {
      const double w = (double)window.y[i];
      similar[i] =
        w * half_bin_window(((double)(offset + i) / (double)n_fft) - 0.5);
      whole += w * w;
      half += similar[i] * similar[i];
    }

    double signal = 0.0;
    double error  = 0.0;
    for (uint32_t k = 0U; k < n_fine; ++k) {
      const double exact =
        naive_half_bin(&noise, similar, n_fft, k) * whole / half;
      const double difference = (double)power.y[(2U * k) + 1U] - exact;
      signal += exact * exact;
      error += difference * difference;
    }
    const double snr_db = 10.0 * log10(signal / (error + 1e-300));
    if (!(snr_db > 120.0)) {
      fail_msg("%s: %.1f dB", sizes[r].label, snr_db);
    }

    tmb_spectrum_free(spectrum);
    free(similar);
    signal_free(&power);
    signal_free(&window);
    signal_free(&noise);
  }
}

static void
similar_window_is_nearest_to_hanns(void** const state)
{
  (void)state;
  // Least squares: what is left has nothing in common with any term
  double left     = 0.0;
  double energy   = 0.0;
  double terms[3] = { 0.0 };
  for (unsigned i = 0U; i < 4096U; ++i) {
    const double t    = (((double)i + 0.5) / 4096.0) - 0.5;
    const double hann = 0.5 + (0.5 * cos(2.0 * TEST_PI * t));
    const double miss = hann * (half_bin_window(t) - 1.0);
    energy += hann * hann;
    left += miss * miss;
    for (unsigned j = 0U; j < 3U; ++j) {
      terms[j] += miss * hann * cos(((2.0 * (double)j) + 1.0) * TEST_PI * t);
    }
  }
  for (unsigned j = 0U; j < 3U; ++j) {
    assert_true(fabs(terms[j]) < 1e-6 * energy);
  }
  assert_true(10.0 * log10(left / energy) < -33.0);
}

static void
half_bins_hold_as_much_power_as_whole_ones(void** const state)
{
  (void)state;
  for (size_t r = 0U; r < sizeof(sizes) / sizeof(sizes[0]); ++r) {
    const uint32_t n_window = sizes[r].n_window;
    Signal         impulse  = signal_new(n_window);
    Signal         window   = signal_new(n_window);
    Signal         power    = signal_new((sizes[r].n_fft / 2U) + 3U);
    TmbSpectrum*   spectrum = NULL;
    double         sums[4]  = { 0.0 };
    tmb_hann(window.y, n_window);
    assert_int_equal(
      tmb_spectrum_new(window.y, n_window, sizes[r].n_fft, &spectrum), TMB_OK);

    // Impulses at all times are as white as noise, and exact
    for (uint32_t i = 0U; i < n_window; ++i) {
      impulse.y[i] = 1.0f;
      tmb_spectrum_power_fine(
        spectrum, impulse.y, 2U, (sizes[r].n_fft / 2U) + 1U, power.y);
      impulse.y[i] = 0.0f;
      for (unsigned k = 0U; k < 4U; ++k) {
        sums[k] += (double)power.y[k];
      }
    }
    for (unsigned k = 1U; k < 4U; ++k) {
      if (!(fabs(sums[k] - sums[0]) < 1e-5 * sums[0])) {
        fail_msg("%s, %g bins", sizes[r].label, 0.5 * (double)k);
      }
    }
    tmb_spectrum_free(spectrum);
    signal_free(&power);
    signal_free(&window);
    signal_free(&impulse);
  }
}

static void
whole_bins_are_as_without_half_bins(void** const state)
{
  (void)state;
  Signal       noise    = signal_new(1024U);
  Signal       window   = signal_new(1024U);
  Signal       plain    = signal_new(513U);
  Signal       fine     = signal_new(513U + 100U);
  TmbSpectrum* spectrum = NULL;
  signal_fill_noise(&noise);
  tmb_hann(window.y, 1024U);
  assert_int_equal(tmb_spectrum_new(window.y, 1024U, 1024U, &spectrum), TMB_OK);
  tmb_spectrum_power(spectrum, noise.y, plain.y);
  tmb_spectrum_power_fine(spectrum, noise.y, 100U, 513U, fine.y);
  for (size_t k = 0U; k < 100U; ++k) {
    assert_true(fine.y[2U * k] == plain.y[k]);
  }
  assert_memory_equal(fine.y + 200, plain.y + 100, 413U * sizeof(float));
  tmb_spectrum_free(spectrum);
  signal_free(&fine);
  signal_free(&plain);
  signal_free(&window);
  signal_free(&noise);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(half_bins_are_those_of_a_similar_window),
    cmocka_unit_test(similar_window_is_nearest_to_hanns),
    cmocka_unit_test(half_bins_hold_as_much_power_as_whole_ones),
    cmocka_unit_test(whole_bins_are_as_without_half_bins),
  };
  return cmocka_run_group_tests_name("half bins", tests, NULL, NULL);
}
