// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/bodies.h"

#include "tests/support/cmocka.h"

#include <math.h>
#include <string.h>

#define N_BANDS 80U
#define FLOOR_DB 80.0

static void
the_mean_is_of_powers_and_its_largest_is_1(void** const state)
{
  // Of the second band 10 and 30 dB: 505 mW on the average
  static const float frames[2][4] = { { 0.0f, 10.0f, 27.0f, -100.0f },
                                      { 0.0f, 30.0f, 27.0f, -100.0f } };

  (void)state;
  float power[4];
  tmb_mean_power(frames[0], 2U, 4U, power);
  assert_true(fabsf(power[0] - 1.0f / 505.0f) < 1e-6f);
  assert_true(fabsf(power[1] - 1.0f) < 1e-6f);
  assert_true(fabsf(power[2] - 501.187f / 505.0f) < 1e-5f);
  assert_true(power[3] < 1e-11f);

  tmb_mean_power(frames[1], 1U, 4U, power);
  assert_true(fabsf(power[2] - 0.501187f) < 1e-5f);
}

/// A spectrum whose levels are a line of `slope_db` a band, but for a curve
/// that no body knows.
static void
fill(float* const power, const double slope_db, const double gain_db)
{
  for (uint32_t b = 0U; b < N_BANDS; ++b) {
    const double fine_db =
      6.0 * cos(3.141592653589793 * 20.0 * ((double)b + 0.5) / (double)N_BANDS);
    const double level = gain_db - 20.0 + (slope_db * (double)b) + fine_db;
    power[b]           = (float)pow(10.0, level / 10.0);
  }
}

static void
the_difference_of_two_bodies_is_smooth_and_knows_no_loudness(void** const state)
{
  (void)state;
  TmbCosines cosines;
  float      power[N_BANDS];
  float      a[TMB_N_COSINES] = { 0.0f };
  float      b[TMB_N_COSINES] = { 0.0f };
  float      levels_db[N_BANDS];
  tmb_cosines_init(&cosines, N_BANDS);
  fill(power, -0.1, 0.0);
  tmb_body_add(&cosines, power, FLOOR_DB, a);
  fill(power, -0.4, 10.0);
  tmb_body_add(&cosines, power, FLOOR_DB, b);

  // The whole difference is a line of -.3 dB a band around its middle; half of
  // it is lent, and the cosines are a little flat at its ends
  tmb_body_difference(&cosines, a, b, 0.5f, levels_db);
  for (uint32_t i = 4U; i < N_BANDS - 4U; ++i) {
    const double expected = -0.15 * ((double)i - 39.5);
    assert_true(fabs((double)levels_db[i] - expected) < 0.25);
  }
  tmb_body_difference(&cosines, a, a, 1.0f, levels_db);
  for (uint32_t i = 0U; i < N_BANDS; ++i) {
    assert_true(fabsf(levels_db[i]) < 1e-6f);
  }
}

static void
what_is_below_the_floor_is_all_the_same(void** const state)
{
  (void)state;
  TmbCosines cosines;
  float      power[N_BANDS]   = { 1.0f };
  float      a[TMB_N_COSINES] = { 0.0f };
  float      b[TMB_N_COSINES] = { 0.0f };
  tmb_cosines_init(&cosines, N_BANDS);
  tmb_body_add(&cosines, power, FLOOR_DB, a);
  for (uint32_t i = 1U; i < N_BANDS; ++i) {
    power[i] = 1e-9f;
  }
  tmb_body_add(&cosines, power, FLOOR_DB, b);
  assert_memory_equal(a, b, sizeof(a));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_mean_is_of_powers_and_its_largest_is_1),
    cmocka_unit_test(
      the_difference_of_two_bodies_is_smooth_and_knows_no_loudness),
    cmocka_unit_test(what_is_below_the_floor_is_all_the_same),
  };
  return cmocka_run_group_tests_name("bodies", tests, NULL, NULL);
}
