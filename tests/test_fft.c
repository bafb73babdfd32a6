// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/fft.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <math.h>
#include <string.h>

#define TEST_PI 3.14159265358979323846

/// A transform of `samples`, which it keeps as its input.
static TmbFft*
new_fft(const Signal* const samples)
{
  TmbFft* fft = NULL;
  assert_int_equal(tmb_fft_new(samples->n, &fft), TMB_OK);
  memcpy(tmb_fft_input(fft), samples->y, samples->n * sizeof(float));
  return fft;
}

/// Error of all bins against the definition in double, dB below their power.
static double
snr_db(const Signal* const samples,
       const float* const  re,
       const float* const  im)
{
  const uint32_t n      = samples->n;
  double         signal = 0.0;
  double         error  = 0.0;
  for (uint32_t k = 0U; k <= n / 2U; ++k) {
    double exact_re = 0.0;
    double exact_im = 0.0;
    for (uint32_t i = 0U; i < n; ++i) {
      const uint32_t turn  = (uint32_t)(((uint64_t)k * i) % n);
      const double   angle = -2.0 * TEST_PI * (double)turn / (double)n;
      exact_re += (double)samples->y[i] * cos(angle);
      exact_im += (double)samples->y[i] * sin(angle);
    }
    signal += (exact_re * exact_re) + (exact_im * exact_im);
    error +=
      pow((double)re[k] - exact_re, 2.0) + pow((double)im[k] - exact_im, 2.0);
  }
  return 10.0 * log10(signal / (error + 1e-300));
}

static void
bins_agree_with_a_naive_dft(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    uint32_t    n;
  } rows[] = {
    { "shortest", 2U },
    { "two pairs", 4U },
    { "odd number of pairs", 6U },
    { "more pairs than fit a vector", 18U },
    { "odd factors", 1350U },
    { "48 kHz", 2304U },
    { "44.1 kHz", 2048U },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Signal noise = signal_new(rows[r].n);
    Signal re    = signal_new((rows[r].n / 2U) + 1U);
    Signal im    = signal_new((rows[r].n / 2U) + 1U);
    signal_fill_noise(&noise);
    TmbFft* const fft = new_fft(&noise);
    tmb_fft_run(fft, re.n, re.y, im.y);

    const double found_db = snr_db(&noise, re.y, im.y);
    if (!(found_db > 132.0)) {
      fail_msg("%s: %.1f dB", rows[r].label, found_db);
    }
    tmb_fft_free(fft);
    signal_free(&im);
    signal_free(&re);
    signal_free(&noise);
  }
}

static void
run_keeps_its_input(void** const state)
{
  (void)state;
  Signal noise = signal_new(96U);
  float  re[2][49];
  float  im[2][49];
  signal_fill_noise(&noise);
  TmbFft* const fft = new_fft(&noise);
  for (unsigned i = 0U; i < 2U; ++i) {
    tmb_fft_run(fft, 49U, re[i], im[i]);
    assert_memory_equal(tmb_fft_input(fft), noise.y, 96U * sizeof(float));
  }
  assert_memory_equal(re[0], re[1], sizeof(re[0]));
  assert_memory_equal(im[0], im[1], sizeof(im[0]));
  tmb_fft_free(fft);
  signal_free(&noise);
}

static void
input_is_zero_at_first(void** const state)
{
  (void)state;
  TmbFft* fft = NULL;
  float   re[9];
  float   im[9];
  assert_int_equal(tmb_fft_new(16U, &fft), TMB_OK);
  tmb_fft_run(fft, 9U, re, im);
  for (unsigned k = 0U; k < 9U; ++k) {
    assert_true(re[k] == 0.0f && im[k] == 0.0f);
  }
  tmb_fft_free(fft);
}

static void
length_is_the_least_that_fftw_likes(void** const state)
{
  (void)state;
  static const uint32_t rows[][2] = {
    { 0U, 2U },       { 1U, 2U },       { 2U, 2U },       { 3U, 4U },
    { 5U, 6U },       { 7U, 8U },       { 9U, 10U },      { 11U, 12U },
    { 13U, 16U },     { 19U, 20U },     { 25U, 30U },     { 1024U, 1024U },
    { 1023U, 1024U }, { 2049U, 2304U }, { 2305U, 2560U }, { 65535U, 65536U },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    assert_int_equal(tmb_fft_length(rows[r][0]), rows[r][1]);
  }
}

static void
new_checks_its_length(void** const state)
{
  (void)state;
  static const uint32_t rows[] = { 0U, 1U, 63U, TMB_MAX_FFT + 2U };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TmbFft* fft = NULL;
    assert_int_equal(tmb_fft_new(rows[r], &fft), TMB_BAD_ARG);
    assert_null(fft);
  }
}

static void
new_reports_a_failed_allocation(void** const state)
{
  (void)state;
  TmbFft* fft = NULL;
  alloc_fail_from(0U);
  const TmbStatus status = tmb_fft_new(8U, &fft);
  assert_true(alloc_restore());
  assert_int_equal(status, TMB_NO_MEMORY);
  assert_null(fft);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bins_agree_with_a_naive_dft),
    cmocka_unit_test(run_keeps_its_input),
    cmocka_unit_test(input_is_zero_at_first),
    cmocka_unit_test(length_is_the_least_that_fftw_likes),
    cmocka_unit_test(new_checks_its_length),
    cmocka_unit_test(new_reports_a_failed_allocation),
  };
  return cmocka_run_group_tests_name("fft", tests, NULL, NULL);
}
