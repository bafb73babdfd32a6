// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/exponential.h"

#include "tests/support/cmocka.h"

#include <math.h>
#include <stddef.h>

#define LEAST (-87.0f)
#define LARGEST 88.0f
#define N_EACH 4096U ///< Between two whole numbers

/// Units in the last place of the exact value.
static double
error_of(const float x)
{
  const double exact = exp((double)x);
  const double unit  = ldexp(1.0, ilogb(exact) - 23);
  return fabs((double)tmb_exponential(x) - exact) / unit;
}

static void
it_is_within_two_units_in_the_last_place(void** const state)
{
  (void)state;
  double worst = 0.0;
  for (unsigned i = 0U; i <= N_EACH * (unsigned)(LARGEST - LEAST); ++i) {
    const float  x     = LEAST + ((float)i / N_EACH);
    const double error = error_of(x);
    if (!(error <= 2.0)) {
      fail_msg("at %.9g it is %.3f units off", (double)x, error);
    }
    worst = fmax(worst, error);
  }
  print_message("%.3f units at most\n", worst);
}

static void
it_is_exact_where_rounding_changes_sides(void** const state)
{
  (void)state;
  // Around the middles between multiples of ln 2, where n is chosen
  for (int n = -125; n <= 126; ++n) {
    float x = (float)(((double)n + 0.5) * log(2.0));
    for (unsigned i = 0U; i < 8U; ++i) {
      x = nextafterf(x, -100.0f);
    }
    for (unsigned i = 0U; i < 16U; ++i) {
      if (x >= LEAST && x <= LARGEST && !(error_of(x) <= 2.0)) {
        fail_msg("at %.9g it is %.3f units off", (double)x, error_of(x));
      }
      x = nextafterf(x, 100.0f);
    }
  }
}

static void
beyond_its_ends_it_is_as_at_them(void** const state)
{
  static const struct {
    const char* label;
    float       x;
    float       as;
  } rows[] = {
    { "a little less", -87.5f, LEAST }, { "far less", -1e30f, LEAST },
    { "least", -HUGE_VALF, LEAST },     { "a little more", 88.5f, LARGEST },
    { "far more", 1e30f, LARGEST },     { "most", HUGE_VALF, LARGEST },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const float y = tmb_exponential(rows[i].x);
    if (!(isfinite(y) && y > 0.0f && y == tmb_exponential(rows[i].as))) {
      fail_msg("%s: %g", rows[i].label, (double)y);
    }
  }
}

static void
of_0_it_is_1_and_of_no_number_none(void** const state)
{
  (void)state;
  assert_true(tmb_exponential(0.0f) == 1.0f);
  assert_true(tmb_exponential(-0.0f) == 1.0f);
  assert_true(isnan(tmb_exponential(NAN)));
  assert_true(isnan(tmb_exponential(-NAN)));
}

static void
powers_are_within_2e_5_of_a_decibel(void** const state)
{
  (void)state;
  double worst = 0.0;
  for (unsigned i = 0U; i <= 7590U; ++i) {
    const float  level = -377.0f + (0.1f * (float)i);
    const double error =
      (10.0 * log10((double)tmb_db_to_power(level))) - (double)level;
    if (!(fabs(error) <= 2e-5)) {
      fail_msg("at %.9g dB it is %.3g dB off", (double)level, error);
    }
    worst = fmax(worst, fabs(error));
  }
  print_message("%.3g dB at most\n", worst);
  assert_true(tmb_db_to_power(0.0f) == 1.0f);
  assert_true(tmb_db_to_power(-1e9f) == tmb_db_to_power(-400.0f));
  assert_true(isnan(tmb_db_to_power(NAN)));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_is_within_two_units_in_the_last_place),
    cmocka_unit_test(it_is_exact_where_rounding_changes_sides),
    cmocka_unit_test(beyond_its_ends_it_is_as_at_them),
    cmocka_unit_test(of_0_it_is_1_and_of_no_number_none),
    cmocka_unit_test(powers_are_within_2e_5_of_a_decibel),
  };
  return cmocka_run_group_tests_name("exponential", tests, NULL, NULL);
}
