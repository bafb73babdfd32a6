// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/onset_score.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "trainer/random.h"

#include <math.h>

#define MOST 6U

typedef struct {
  size_t n;
  double s[MOST];
} Times;

/// Marks that were told 10 ms after the times that they state.
static TmbMarks
marks_of(const Times* const times)
{
  TmbMarks marks = { .n = 0U };
  for (size_t i = 0U; i < times->n; ++i) {
    const double t = times->s[i];
    assert_int_equal(tmb_marks_add(&marks, t, t + 0.010), TMB_OK);
  }
  return marks;
}

static size_t
count_pairs(const Times* const annotated,
            const Times* const told,
            const double       tolerance_s)
{
  TmbMarks     a = marks_of(annotated);
  TmbMarks     t = marks_of(told);
  const size_t n = tmb_onsets_match(&a, &t, tolerance_s, NULL);
  tmb_marks_free(&a);
  tmb_marks_free(&t);
  return n;
}

static void
onsets_are_paired_once_each(void** const state)
{
  static const struct {
    const char* label;
    Times       annotated;
    Times       told;
    size_t      n_pairs;
  } rows[] = {
    { "nothing", { 0U, { 0.0 } }, { 0U, { 0.0 } }, 0U },
    { "none told", { 2U, { 1.0, 2.0 } }, { 0U, { 0.0 } }, 0U },
    { "none annotated", { 0U, { 0.0 } }, { 1U, { 1.0 } }, 0U },
    { "exact", { 2U, { 1.0, 2.0 } }, { 2U, { 1.0, 2.0 } }, 2U },
    { "late by the tolerance", { 1U, { 1.0 } }, { 1U, { 1.0625 } }, 1U },
    { "early by the tolerance", { 1U, { 1.0 } }, { 1U, { 0.9375 } }, 1U },
    { "too late", { 1U, { 1.0 } }, { 1U, { 1.0626 } }, 0U },
    { "too early", { 1U, { 1.0 } }, { 1U, { 0.9374 } }, 0U },
    { "told twice", { 1U, { 1.0 } }, { 2U, { 0.99, 1.01 } }, 1U },
    { "annotated twice", { 2U, { 0.99, 1.01 } }, { 1U, { 1.0 } }, 1U },
    { "the nearest would cost one",
      { 2U, { 1.0, 1.06 } },
      { 2U, { 0.95, 1.01 } },
      2U },
    { "a chain", { 3U, { 1.0, 1.1, 1.2 } }, { 3U, { 1.05, 1.15, 1.25 } }, 3U },
    { "one between two", { 2U, { 1.0, 1.1 } }, { 3U, { 0.5, 1.05, 1.5 } }, 1U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const size_t n = count_pairs(&rows[i].annotated, &rows[i].told, 0.0625);
    if (n != rows[i].n_pairs) {
      fail_msg("%s: %zu pairs", rows[i].label, n);
    }
  }
}

/// The most pairs that the annotated onsets from `a` on can form.
static size_t
best_of_all(const TmbMarks* const annotated,
            const size_t          a,
            const TmbMarks* const told,
            const unsigned        used)
{
  if (a == annotated->n) {
    return 0U;
  }

  size_t best = best_of_all(annotated, a + 1U, told, used);
  for (size_t t = 0U; t < told->n; ++t) {
    const double distance =
      fabs(told->items[t].onset_s - annotated->items[a].onset_s);
    if (!(used & (1U << t)) && distance <= 0.5) {
      const size_t n =
        1U + best_of_all(annotated, a + 1U, told, used | (1U << t));
      best = n > best ? n : best;
    }
  }
  return best;
}

static void
no_other_pairing_has_more_pairs(void** const state)
{
  (void)state;
  TmbRandom random;
  tmb_random_init(&random, 1U, 0U);
  for (unsigned trial = 0U; trial < 3000U; ++trial) {
    TmbMarks lists[2] = { { .n = 0U } };
    for (unsigned i = 0U; i < 2U; ++i) {
      const uint32_t n = tmb_random_below(&random, 7U);
      double         t = 0.0;
      for (uint32_t k = 0U; k < n; ++k) {
        t += 0.125 * tmb_random_below(&random, 8U); // Ties and equal distances
        assert_int_equal(tmb_marks_add(&lists[i], t, t), TMB_OK);
      }
    }
    assert_int_equal(tmb_onsets_match(&lists[0], &lists[1], 0.5, NULL),
                     best_of_all(&lists[0], 0U, &lists[1], 0U));
    tmb_marks_free(&lists[0]);
    tmb_marks_free(&lists[1]);
  }
}

static void
assert_near(const double value, const double expected)
{
  if (!(fabs(value - expected) < 1e-12)) {
    fail_msg("%.12g is not %.12g", value, expected);
  }
}

static void
recordings_add_up(void** const state)
{
  static const Times first_truth  = { 3U, { 1.0, 2.0, 3.0 } };
  static const Times first_told   = { 3U, { 1.01, 2.04, 2.5 } };
  static const Times second_truth = { 1U, { 0.5 } };
  static const Times second_told  = { 2U, { 0.48, 0.7 } };

  (void)state;
  TmbOnsetScore      score    = { .n_files = 0U };
  const Times* const lists[4] = {
    &first_truth, &first_told, &second_truth, &second_told
  };
  for (unsigned i = 0U; i < 4U; i += 2U) {
    TmbMarks annotated = marks_of(lists[i]);
    TmbMarks told      = marks_of(lists[i + 1U]);
    assert_int_equal(tmb_onset_score_add(&score, &annotated, &told), TMB_OK);
    tmb_marks_free(&annotated);
    tmb_marks_free(&told);
  }
  assert_int_equal(score.n_files, 2U);
  assert_int_equal(score.n_annotated, 4U);
  assert_int_equal(score.n_told, 5U);

  const TmbOnsetRates wide = tmb_onset_rates(&score, TMB_WITHIN_50_MS);
  assert_near(wide.precision, 3.0 / 5.0);
  assert_near(wide.recall, 3.0 / 4.0);
  assert_near(wide.f, 2.0 * 0.6 * 0.75 / (0.6 + 0.75));
  const TmbOnsetRates narrow = tmb_onset_rates(&score, TMB_WITHIN_25_MS);
  assert_near(narrow.precision, 2.0 / 5.0);
  assert_near(narrow.recall, 2.0 / 4.0);

  // Deviations -20, 10, 40 ms; all told 10 ms after the time that they state
  TmbOnsetTimes times;
  assert_int_equal(tmb_onset_times(&score, &times), TMB_OK);
  assert_near(times.deviation_median_s, 0.010);
  assert_near(times.deviation_mean_s, 0.010);
  assert_near(times.delay_median_s, 0.020);
  assert_near(times.delay_95_s, 0.020 + (0.9 * 0.030));
  tmb_onset_score_free(&score);
}

static void
what_is_not_known_is_not_a_number(void** const state)
{
  static const Times truth = { 1U, { 1.0 } };

  (void)state;
  TmbOnsetScore       score = { .n_files = 0U };
  TmbOnsetTimes       times;
  const TmbOnsetRates rates = tmb_onset_rates(&score, TMB_WITHIN_50_MS);
  assert_true(isnan(rates.precision) && isnan(rates.recall) && isnan(rates.f));
  assert_int_equal(tmb_onset_times(&score, &times), TMB_OK);
  assert_true(isnan(times.delay_median_s) && isnan(times.deviation_mean_s));

  // A detector that does not tell when it knew
  TmbMarks annotated = marks_of(&truth);
  TmbMarks told      = { .n = 0U };
  assert_int_equal(tmb_marks_add(&told, 1.02, (double)NAN), TMB_OK);
  assert_int_equal(tmb_onset_score_add(&score, &annotated, &told), TMB_OK);
  assert_int_equal(tmb_onset_times(&score, &times), TMB_OK);
  assert_true(isnan(times.delay_median_s) && isnan(times.delay_95_s));
  assert_near(times.deviation_median_s, 0.02);
  tmb_marks_free(&annotated);
  tmb_marks_free(&told);
  tmb_onset_score_free(&score);
}

/// As numpy.quantile() has them.
static void
quantiles_are_interpolated(void** const state)
{
  static const double values[] = { 1.0, 2.0, 4.0, 8.0, 16.0 };
  static const struct {
    const char* label;
    size_t      n;
    double      share;
    double      expected;
  } rows[] = {
    { "least", 5U, 0.0, 1.0 },
    { "largest", 5U, 1.0, 16.0 },
    { "median of five", 5U, 0.5, 4.0 },
    { "median of four", 4U, 0.5, 3.0 },
    { "95th percentile", 5U, 0.95, 14.4 },
    { "one value", 1U, 0.3, 1.0 },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const double value = tmb_quantile(values, rows[i].n, rows[i].share);
    if (!(fabs(value - rows[i].expected) < 1e-12)) {
      fail_msg("%s: %g", rows[i].label, value);
    }
  }
  assert_true(isnan(tmb_quantile(values, 0U, 0.5)));
}

static void
a_failed_allocation_is_reported(void** const state)
{
  static const Times truth = { 1U, { 1.0 } };

  (void)state;
  TmbMarks      marks = marks_of(&truth);
  TmbMarks      none  = { .n = 0U };
  TmbOnsetScore score = { .n_files = 0U };
  TmbOnsetTimes times;
  alloc_fail_from(0U);
  const TmbStatus marks_status = tmb_marks_add(&none, 1.0, 1.0);
  const TmbStatus score_status = tmb_onset_score_add(&score, &marks, &marks);
  const TmbStatus times_status = tmb_onset_times(&score, &times);
  assert_true(alloc_restore());
  assert_int_equal(marks_status, TMB_NO_MEMORY);
  assert_int_equal(score_status, TMB_NO_MEMORY);
  assert_int_equal(times_status, TMB_NO_MEMORY);
  assert_int_equal(none.n, 0U);
  assert_int_equal(score.n_files, 0U);
  tmb_marks_free(&marks);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(onsets_are_paired_once_each),
    cmocka_unit_test(no_other_pairing_has_more_pairs),
    cmocka_unit_test(recordings_add_up),
    cmocka_unit_test(what_is_not_known_is_not_a_number),
    cmocka_unit_test(quantiles_are_interpolated),
    cmocka_unit_test(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("onset score", tests, NULL, NULL);
}
