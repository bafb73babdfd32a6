// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/coverage.h"

#include "tests/support/cmocka.h"

#include <math.h>

/// Ten answers: the surer, the more often right.
static TmbConfidences
ten_answers(void)
{
  static const struct {
    double confidence;
    bool   is_right;
  } answers[] = {
    { 1.0, true },   { 0.9, true },  { 0.8, true },  { 0.7, false },
    { 0.65, true },  { 0.5, false }, { 0.45, true }, { 0.29, false },
    { 0.29, false }, { 0.1, false },
  };

  TmbConfidences self = { .n = 0U };
  for (size_t i = 0U; i < sizeof(answers) / sizeof(*answers); ++i) {
    tmb_confidences_add(&self, answers[i].confidence, answers[i].is_right);
  }
  return self;
}

static void
assert_coverage(const char* const label,
                const TmbCoverage coverage,
                const double      threshold,
                const double      share,
                const double      accuracy)
{
  const bool is_same = isnan(accuracy)
                         ? isnan(coverage.accuracy)
                         : fabs(coverage.accuracy - accuracy) < 1e-12;
  if (fabs(coverage.threshold - threshold) > 1e-12 ||
      fabs(coverage.coverage - share) > 1e-12 || !is_same) {
    fail_msg("%s: from %g on %g are named, %g of these rightly",
             label,
             coverage.threshold,
             coverage.coverage,
             coverage.accuracy);
  }
}

static void
what_is_less_sure_than_the_threshold_is_not_named(void** const state)
{
  static const struct {
    const char* label;
    double      threshold;
    double      share;
    double      accuracy;
  } rows[] = {
    { "all", 0.0, 1.0, 0.5 },
    { "on an answer", 0.65, 0.5, 0.8 },
    { "just above it", 0.651, 0.4, 0.75 },
    { "on two answers", 0.29, 0.9, 5.0 / 9.0 },
    { "the surest", 1.0, 0.1, 1.0 },
  };

  (void)state;
  const TmbConfidences self = ten_answers();
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    assert_coverage(rows[i].label,
                    tmb_coverage_from(&self, rows[i].threshold),
                    rows[i].threshold,
                    rows[i].share,
                    rows[i].accuracy);
  }
}

static void
a_share_is_named_from_the_highest_threshold_that_leaves_it(void** const state)
{
  static const struct {
    const char* label;
    double      share;
    double      threshold;
    double      named;
    double      accuracy;
  } rows[] = {
    { "all", 1.0, 0.1, 1.0, 0.5 },
    { "half", 0.5, 0.65, 0.5, 0.8 },
    { "more than half", 0.51, 0.5, 0.6, 4.0 / 6.0 },
    { "two are equally sure", 0.8, 0.29, 0.9, 5.0 / 9.0 },
    { "none", 0.0, 1.001, 0.0, (double)NAN },
  };

  (void)state;
  const TmbConfidences self = ten_answers();
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    assert_coverage(rows[i].label,
                    tmb_coverage_of(&self, rows[i].share),
                    rows[i].threshold,
                    rows[i].named,
                    rows[i].accuracy);
  }
}

static void
a_precision_is_reached_from_the_lowest_threshold_that_gives_it(
  void** const state)
{
  // Thresholds between two answers are as good: the lowest is taken
  static const struct {
    const char* label;
    double      precision;
    double      threshold;
    double      named;
    double      accuracy;
  } rows[] = {
    { "nothing is asked", 0.0, 0.0, 1.0, 0.5 },
    { "eight of ten", 0.8, 0.501, 0.5, 0.8 },
    { "all", 1.0, 0.701, 0.3, 1.0 },
    { "more than can be", 1.1, 1.001, 0.0, (double)NAN },
  };

  (void)state;
  const TmbConfidences self = ten_answers();
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    assert_coverage(rows[i].label,
                    tmb_coverage_precise(&self, rows[i].precision),
                    rows[i].threshold,
                    rows[i].named,
                    rows[i].accuracy);
  }
}

static void
of_nothing_nothing_is_named(void** const state)
{
  (void)state;
  const TmbConfidences none = { .n = 0U };
  assert_coverage("from", tmb_coverage_from(&none, 0.4), 0.4, 0.0, (double)NAN);
  assert_coverage("of", tmb_coverage_of(&none, 0.5), 1.001, 0.0, (double)NAN);
  assert_coverage(
    "precise", tmb_coverage_precise(&none, 0.9), 1.001, 0.0, (double)NAN);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_less_sure_than_the_threshold_is_not_named),
    cmocka_unit_test(
      a_share_is_named_from_the_highest_threshold_that_leaves_it),
    cmocka_unit_test(
      a_precision_is_reached_from_the_lowest_threshold_that_gives_it),
    cmocka_unit_test(of_nothing_nothing_is_named),
  };
  return cmocka_run_group_tests_name("coverage", tests, NULL, NULL);
}
