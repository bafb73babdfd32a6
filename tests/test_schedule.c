// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/schedule.h"

#include "tests/support/cmocka.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define N_STEPS 1000U

static const struct {
  const char* label;
  TmbSchedule schedule;
  double      first;
  double      peak; ///< Where the share is 1, and from where on it falls
  double      last;
} rows[] = {
  { "constant", TMB_CONSTANT, 1.0, 0.0, 1.0 },
  { "cosine", TMB_COSINE, 1.0, 0.0, 0.0 },
  { "one-cycle", TMB_ONE_CYCLE, 0.04, 0.3, 0.0 },
};
enum { N_SCHEDULES = sizeof(rows) / sizeof(*rows) };

static void
schedules_begin_peak_and_end_where_they_should(void** const state)
{
  (void)state;
  for (size_t i = 0U; i < N_SCHEDULES; ++i) {
    const TmbSchedule schedule = rows[i].schedule;
    const double      first    = tmb_schedule_share(schedule, 0.0);
    const double      peak     = tmb_schedule_share(schedule, rows[i].peak);
    const double      last     = tmb_schedule_share(schedule, 1.0);
    assert_string_equal(tmb_schedule_names[schedule], rows[i].label);
    if (!(fabs(first - rows[i].first) < 1e-12 && fabs(peak - 1.0) < 1e-12 &&
          fabs(last - rows[i].last) < 1e-12)) {
      fail_msg("%s: %g, %g, %g", rows[i].label, first, peak, last);
    }
  }
  assert_null(tmb_schedule_names[N_SCHEDULES]);
}

static void
shares_rise_to_the_peak_fall_after_it_and_stay_from_0_to_1(void** const state)
{
  (void)state;
  for (size_t i = 0U; i < N_SCHEDULES; ++i) {
    double before = tmb_schedule_share(rows[i].schedule, 0.0);
    for (unsigned j = 1U; j <= N_STEPS; ++j) {
      const double progress = (double)j / N_STEPS;
      const double share    = tmb_schedule_share(rows[i].schedule, progress);
      const bool   is_right =
        (progress <= rows[i].peak) ? share >= before : share <= before;
      if (!is_right || !(share >= 0.0 && share <= 1.0)) {
        fail_msg(
          "%s: %g after %g at %g", rows[i].label, share, before, progress);
      }
      if (!(fabs(share - before) < 0.01)) {
        fail_msg("%s: jumps at %g", rows[i].label, progress);
      }
      before = share;
    }
  }
}

static void
a_cosine_is_half_way_down_in_the_middle(void** const state)
{
  (void)state;
  assert_true(fabs(tmb_schedule_share(TMB_COSINE, 0.5) - 0.5) < 1e-12);
  assert_true(fabs(tmb_schedule_share(TMB_ONE_CYCLE, 0.65) - 0.5) < 1e-12);
  assert_true(fabs(tmb_schedule_share(TMB_ONE_CYCLE, 0.15) - 0.52) < 1e-12);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(schedules_begin_peak_and_end_where_they_should),
    cmocka_unit_test(
      shares_rise_to_the_peak_fall_after_it_and_stay_from_0_to_1),
    cmocka_unit_test(a_cosine_is_half_way_down_in_the_middle),
  };
  return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
