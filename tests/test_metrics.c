// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/metrics.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"

#include <math.h>

#define N_CLASSES 4U

enum { VIOLIN, VIOLA, PIANO, ORGAN };

static const TmbClass classes[N_CLASSES] = {
  { "violin", "strings", 40 },
  { "viola", "strings", 41 },
  { "piano", "keys", 0 },
  { "organ", "keys", 19 },
};

/// cmocka's own compares as float.
static void
assert_close(const double value, const double expected, const double tolerance)
{
  if (!(fabs(value - expected) <= tolerance)) {
    fail_msg("%.9g is not %.9g", value, expected);
  }
}

static TmbMetrics*
new_metrics(const uint32_t n_sources, const uint32_t n_recordings)
{
  TmbMetrics* metrics = NULL;
  assert_int_equal(
    tmb_metrics_new(classes, N_CLASSES, n_sources, n_recordings, &metrics),
    TMB_OK);
  return metrics;
}

/// Add `n` answers of one kind.
static void
add(TmbMetrics* const metrics,
    const uint32_t    source,
    const uint32_t    truth,
    const float       posterior[N_CLASSES],
    const unsigned    n)
{
  for (unsigned i = 0U; i < n; ++i) {
    tmb_metrics_add(metrics, 0U, source, truth, posterior);
  }
}

static const float says_violin[N_CLASSES] = { 0.7f, 0.1f, 0.15f, 0.05f };
static const float says_viola[N_CLASSES]  = { 0.3f, 0.4f, 0.2f, 0.1f };
static const float says_piano[N_CLASSES]  = { 0.3f, 0.32f, 0.36f, 0.02f };

static void
a_confusion_made_by_hand_gives_the_shares_worked_out_by_hand(void** const state)
{
  (void)state;
  TmbMetrics* const metrics = new_metrics(2U, 1U);
  add(metrics, 0U, VIOLIN, says_violin, 9U); // A cell of 12: 9 right
  add(metrics, 0U, VIOLIN, says_viola, 3U);  // Right by family
  add(metrics, 1U, PIANO, says_piano, 8U);   // A cell of 8: all right, but
                                             // more speaks for strings
  add(metrics, 1U, ORGAN, says_violin, 5U);  // Too few for a cell

  const TmbScores scores = tmb_metrics_scores(metrics, 0.0);
  assert_int_equal(scores.n_notes, 25U);
  assert_close(scores.notes, 17.0 / 25.0, 1e-12);
  assert_close(scores.notes_top3, 20.0 / 25.0, 1e-12);
  assert_int_equal(scores.n_cells, 2U);
  assert_close(scores.cells, (9.0 / 12.0 + 1.0) / 2.0, 1e-12);
  assert_close(scores.cells_family, (1.0 + 0.0) / 2.0, 1e-12);
  assert_close(scores.cells_top3, 1.0, 1e-12);
  assert_int_equal(scores.n_recordings, 0U);

  const TmbTally violin = tmb_metrics_class(metrics, VIOLIN);
  assert_int_equal(violin.n, 12U);
  assert_int_equal(violin.n_right, 9U);
  assert_int_equal(violin.n_claimed, 14U);
  const TmbTally second = tmb_metrics_source(metrics, 1U);
  assert_int_equal(second.n, 13U);
  assert_int_equal(second.n_right, 8U);
  assert_int_equal(tmb_metrics_confusion(metrics, VIOLIN, VIOLA), 3U);
  assert_int_equal(tmb_metrics_confusion(metrics, VIOLA, VIOLIN), 0U);
  tmb_metrics_free(metrics);
}

static void
nothing_counted_gives_zeros(void** const state)
{
  (void)state;
  TmbMetrics* const metrics = new_metrics(1U, 1U);
  const TmbScores   scores  = tmb_metrics_scores(metrics, 0.5);
  assert_int_equal(scores.n_notes, 0U);
  assert_close(scores.notes, 0.0, 0.0);
  assert_close(scores.cells, 0.0, 0.0);
  tmb_metrics_free(metrics);
}

static void
a_recording_is_named_by_the_geometric_mean_of_its_notes(void** const state)
{
  static const float doubt[N_CLASSES]   = { 0.4f, 0.3f, 0.2f, 0.1f };
  static const float certain[N_CLASSES] = { 0.0f, 1.0f, 0.0f, 0.0f };
  enum { ONE_NOTE, TWO_NOTES, NO_NOTES, NOT_EXPECTED, N_RECORDINGS };

  (void)state;
  TmbMetrics* const metrics = new_metrics(1U, N_RECORDINGS);
  tmb_metrics_expect(metrics, ONE_NOTE, VIOLIN);
  tmb_metrics_expect(metrics, TWO_NOTES, VIOLA);
  tmb_metrics_expect(metrics, NO_NOTES, PIANO);
  tmb_metrics_add(metrics, ONE_NOTE, 0U, VIOLIN, doubt);
  tmb_metrics_add(metrics, TWO_NOTES, 0U, VIOLA, doubt);
  tmb_metrics_add(metrics, TWO_NOTES, 0U, VIOLA, certain);
  tmb_metrics_add(metrics, NOT_EXPECTED, 0U, VIOLIN, doubt);

  static const struct {
    const char* name;
    double      threshold;
    double      right;
  } rows[] = {
    { "what is below it is unknown", 0.45, 1.0 / 3.0 },
    { "all is named", 0.3, 2.0 / 3.0 },
    { "two agreeing notes are surer than one", 0.9, 1.0 / 3.0 },
    { "nothing is sure enough", 1.1, 0.0 },
  };
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const TmbScores scores = tmb_metrics_scores(metrics, rows[i].threshold);
    print_message("%s\n", rows[i].name);
    assert_int_equal(scores.n_recordings, 3U);
    assert_close(scores.recordings, rows[i].right, 1e-12);
  }
  tmb_metrics_free(metrics);
}

static void
a_failed_allocation_is_reported(void** const state)
{
  (void)state;
  TmbStatus status = TMB_NO_MEMORY;
  for (size_t n = 0U; status; ++n) {
    TmbMetrics* metrics = NULL;
    alloc_fail_from(n);
    status            = tmb_metrics_new(classes, N_CLASSES, 1U, 1U, &metrics);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    tmb_metrics_free(metrics);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(
      a_confusion_made_by_hand_gives_the_shares_worked_out_by_hand),
    cmocka_unit_test(nothing_counted_gives_zeros),
    cmocka_unit_test(a_recording_is_named_by_the_geometric_mean_of_its_notes),
    cmocka_unit_test(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
