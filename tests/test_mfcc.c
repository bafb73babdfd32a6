// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/mel.h"
#include "dsp/mfcc.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static void
flat_bands_fill_the_first_coefficient_alone(void** const state)
{
  (void)state;
  float    bands[16];
  float    coeffs[16];
  TmbMfcc* mfcc = NULL;
  for (unsigned b = 0U; b < 16U; ++b) {
    bands[b] = -50.0f;
  }
  assert_int_equal(tmb_mfcc_new(16U, 16U, 0.0, &mfcc), TMB_OK);
  tmb_mfcc_apply(mfcc, bands, coeffs);
  assert_float_equal(coeffs[0], -200.0f, 1e-4f); // -50 sqrt(16)
  for (unsigned k = 1U; k < 16U; ++k) {
    assert_float_equal(coeffs[k], 0.0f, 1e-4f);
  }
  tmb_mfcc_free(mfcc);
}

static void
transform_keeps_energy(void** const state)
{
  (void)state;
  Signal   bands = signal_new(80U);
  float    coeffs[80];
  double   before = 0.0;
  double   after  = 0.0;
  TmbMfcc* mfcc   = NULL;
  signal_fill_noise(&bands);
  assert_int_equal(tmb_mfcc_new(80U, 80U, 0.0, &mfcc), TMB_OK);
  tmb_mfcc_apply(mfcc, bands.y, coeffs);
  for (unsigned i = 0U; i < 80U; ++i) {
    before += (double)bands.y[i] * (double)bands.y[i];
    after += (double)coeffs[i] * (double)coeffs[i];
  }
  assert_true(fabs(before - after) < 1e-5 * before);
  tmb_mfcc_free(mfcc);
  signal_free(&bands);
}

static void
decibels_have_a_floor(void** const state)
{
  (void)state;
  static const float power[] = { 0.0f,   -0.0f, 1e-45f, 1e-12f,
                                 1e-10f, -1.0f, NAN,    -INFINITY };
  float              db[8];
  tmb_power_to_db(power, 8U, db);
  for (unsigned i = 0U; i < 8U; ++i) {
    assert_float_equal(db[i], -100.0f, 1e-5f);
  }
}

static void
decibels_of_powers_of_ten_are_round(void** const state)
{
  (void)state;
  static const float power[] = { 1e-9f, 0.1f, 1.0f, 10.0f, 1e20f };
  static const float exact[] = { -90.0f, -10.0f, 0.0f, 10.0f, 200.0f };
  float              db[5];
  tmb_power_to_db(power, 5U, db);
  for (unsigned i = 0U; i < 5U; ++i) {
    assert_float_equal(db[i], exact[i], 1e-5f);
  }
}

static void
decibels_are_off_by_little_more_than_rounding(void** const state)
{
  (void)state;
  enum { N = 4096 };
  static float          power[N];
  static float          db[N];
  static const uint32_t infinity = 0x7F800000U;
  static const uint32_t floor    = 0x2EDBE6FFU; // 1e-10
  uint32_t              bits     = floor;
  while (bits < infinity) {
    uint32_t n = 0U;
    for (; n < N && bits < infinity; ++n, bits += 1009U) {
      memcpy(power + n, &bits, sizeof(bits));
    }
    tmb_power_to_db(power, n, db);
    for (uint32_t i = 0U; i < n; ++i) {
      const double exact = 10.0 * log10((double)power[i]);
      const double error = fabs((double)db[i] - exact);
      const double most  = (exact < 128.0)   ? 5e-6
                           : (exact < 256.0) ? 9e-6
                                             : 1.6e-5;
      if (!(error <= most)) {
        fail_msg("%.9g: off by %.3g dB", (double)power[i], error);
      }
    }
  }
}

static void
decibels_of_infinity_are_finite(void** const state)
{
  (void)state;
  const float power = INFINITY;
  float       db    = 0.0f;
  tmb_power_to_db(&power, 1U, &db);
  assert_float_equal(db, 385.31840f, 1e-4f);
}

static void
new_checks_its_sizes(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    uint32_t    n_bands;
    uint32_t    n_coeffs;
    double      lifter;
  } rows[] = {
    { "no bands", 0U, 0U, 0.0 },
    { "too many bands", TMB_MAX_BANDS + 1U, 1U, 0.0 },
    { "no coefficients", 40U, 0U, 0.0 },
    { "more coefficients than bands", 40U, 41U, 0.0 },
    { "negative lifter", 40U, 13U, -1.0 },
    { "lifter not a number", 40U, 13U, (double)NAN },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TmbMfcc* mfcc = NULL;
    if (tmb_mfcc_new(
          rows[r].n_bands, rows[r].n_coeffs, rows[r].lifter, &mfcc) !=
        TMB_BAD_ARG) {
      fail_msg("%s", rows[r].label);
    }
    assert_null(mfcc);
  }
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  TmbMfcc* mfcc = NULL;
  for (size_t n = 0U; n < 2U; ++n) {
    alloc_fail_from(n);
    const TmbStatus status = tmb_mfcc_new(40U, 13U, 0.0, &mfcc);
    assert_true(alloc_restore());
    assert_int_equal(status, TMB_NO_MEMORY);
    assert_null(mfcc);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(flat_bands_fill_the_first_coefficient_alone),
    cmocka_unit_test(transform_keeps_energy),
    cmocka_unit_test(decibels_have_a_floor),
    cmocka_unit_test(decibels_of_powers_of_ten_are_round),
    cmocka_unit_test(decibels_are_off_by_little_more_than_rounding),
    cmocka_unit_test(decibels_of_infinity_are_finite),
    cmocka_unit_test(new_checks_its_sizes),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("mfcc", tests, NULL, NULL);
}
