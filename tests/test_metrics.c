// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/metrics.h"

#include "dsp/net.h"
#include "tests/support/alloc.h"
#include "tests/support/close.h"
#include "tests/support/cmocka.h"
#include "trainer/evidence.h"
#include "trainer/random.h"

#include <math.h>

#define N_CLASSES 4U

enum { VIOLIN, VIOLA, PIANO, ORGAN };

static const TmbClass classes[N_CLASSES] = {
  { "violin", "strings", 40 },
  { "viola", "strings", 41 },
  { "piano", "keys", 0 },
  { "organ", "keys", 19 },
};

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

  assert_int_equal(tmb_metrics_family_of(metrics, VIOLA), VIOLIN);
  assert_int_equal(tmb_metrics_family_of(metrics, ORGAN), PIANO);
  const TmbTally strings = tmb_metrics_family(metrics, VIOLIN);
  assert_int_equal(strings.n, 12U);
  assert_int_equal(strings.n_right, 12U);
  const TmbTally keys = tmb_metrics_family(metrics, PIANO);
  assert_int_equal(keys.n, 13U);
  assert_int_equal(keys.n_right, 0U);
  tmb_metrics_free(metrics);
}

static void
log_loss_is_the_mean_of_what_each_answer_lacked(void** const state)
{
  static const float half[N_CLASSES]  = { 0.5f, 0.25f, 0.125f, 0.125f };
  static const float never[N_CLASSES] = { 1.0f, 0.0f, 0.0f, 0.0f };

  (void)state;
  TmbMetrics* const metrics = new_metrics(1U, 1U);
  add(metrics, 0U, VIOLIN, half, 3U);
  add(metrics, 0U, PIANO, half, 2U);
  assert_close(
    tmb_metrics_scores(metrics, 0.0).log_loss, 9.0 * log(2.0) / 5.0, 1e-12);

  // What was held to be impossible costs much, but not all
  add(metrics, 0U, PIANO, never, 1U);
  assert_close(tmb_metrics_scores(metrics, 0.0).log_loss,
               (9.0 * log(2.0) - log(TMB_LEAST_POSTERIOR)) / 6.0,
               1e-12);
  tmb_metrics_free(metrics);
}

/// Add `n` answers "violin" of a confidence, of which some are right.
static void
add_confident(TmbMetrics* const metrics,
              const float       confidence,
              const unsigned    n,
              const unsigned    n_right)
{
  const float rest                 = (1.0f - confidence) / 3.0f;
  const float posterior[N_CLASSES] = { confidence, rest, rest, rest };
  add(metrics, 0U, VIOLIN, posterior, n_right);
  add(metrics, 0U, VIOLA, posterior, n - n_right);
}

static void
calibration_error_is_what_confidence_and_accuracy_differ_by(void** const state)
{
  static const struct {
    const char* name;
    double      error;
    struct {
      float    confidence;
      unsigned n;
      unsigned n_right;
    } groups[2];
  } rows[] = {
    { "nothing", 0.0, { { 0.5f, 0U, 0U } } },
    { "perfect", 0.0, { { 0.75f, 8U, 6U }, { 0.5f, 4U, 2U } } },
    { "certain and right", 0.0, { { 1.0f, 3U, 3U } } },
    { "too sure by 0.2", 0.2, { { 0.8f, 10U, 6U }, { 0.5f, 10U, 3U } } },
    { "not sure enough", 0.25, { { 0.5f, 4U, 3U } } },
    { "one bin, in which errors cancel",
      0.03125,
      { { 0.625f, 4U, 4U }, { 0.6875f, 4U, 1U } } },
    { "two bins, between which they don't",
      0.5,
      { { 0.5f, 4U, 4U }, { 0.75f, 4U, 1U } } },
    { "bins weigh by their notes",
      0.075,
      { { 0.75f, 8U, 6U }, { 0.875f, 2U, 1U } } },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    print_message("%s\n", rows[i].name);
    TmbMetrics* const metrics = new_metrics(1U, 1U);
    for (size_t j = 0U; j < 2U; ++j) {
      add_confident(metrics,
                    rows[i].groups[j].confidence,
                    rows[i].groups[j].n,
                    rows[i].groups[j].n_right);
    }
    assert_close(
      tmb_metrics_scores(metrics, 0.0).calibration_error, rows[i].error, 1e-7);
    tmb_metrics_free(metrics);
  }
}

static void
a_bin_holds_its_upper_end(void** const state)
{
  static const struct {
    float    confidence;
    uint32_t bin;
  } rows[] = {
    { 0.25f, 2U }, { 0.5f, 4U }, { 0.5001f, 5U }, { 0.9999f, 9U }, { 1.0f, 9U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbMetrics* const metrics = new_metrics(1U, 1U);
    add_confident(metrics, rows[i].confidence, 3U, 2U);
    for (uint32_t j = 0U; j < TMB_N_BINS; ++j) {
      const bool   is_it = j == rows[i].bin;
      const TmbBin bin   = tmb_metrics_bin(metrics, j);
      assert_int_equal(bin.n, is_it ? 3U : 0U);
      assert_close(
        bin.confidence, is_it ? (double)rows[i].confidence : 0.0, 1e-12);
    }
    tmb_metrics_free(metrics);
  }
}

#define N_RANDOM 1000U

/// Expected calibration error as its definition has it, a bin at a time.
static double
error_by_definition(float                 posteriors[N_RANDOM][N_CLASSES],
                    const uint32_t* const truths)
{
  double error = 0.0;
  for (uint32_t bin = 0U; bin < TMB_N_BINS; ++bin) {
    double n          = 0.0;
    double accuracy   = 0.0;
    double confidence = 0.0;
    for (size_t i = 0U; i < N_RANDOM; ++i) {
      const uint32_t best = tmb_largest(posteriors[i], N_CLASSES);
      const double   p    = (double)posteriors[i][best];
      if ((uint32_t)ceil(p * TMB_N_BINS) == bin + 1U) {
        n += 1.0;
        accuracy += (best == truths[i]);
        confidence += p;
      }
    }
    if (n > 0.0) {
      error += n / N_RANDOM * fabs((accuracy / n) - (confidence / n));
    }
  }
  return error;
}

static void
random_answers_are_scored_as_the_definitions_say(void** const state)
{
  static float    posteriors[N_RANDOM][N_CLASSES];
  static uint32_t truths[N_RANDOM];

  (void)state;
  TmbMetrics* const metrics = new_metrics(0U, 0U);
  double            loss    = 0.0;
  unsigned          n_keys  = 0U;
  TmbRandom         random;
  tmb_random_init(&random, 1U, 0U);
  for (size_t i = 0U; i < N_RANDOM; ++i) {
    float sum = 0.0f;
    for (uint32_t j = 0U; j < N_CLASSES; ++j) {
      posteriors[i][j] = (float)pow(tmb_random_uniform(&random), 3.0) + 1e-3f;
      sum += posteriors[i][j];
    }
    for (uint32_t j = 0U; j < N_CLASSES; ++j) {
      posteriors[i][j] /= sum;
    }
    truths[i] = tmb_random_below(&random, N_CLASSES);
    tmb_metrics_add_row(metrics, truths[i], posteriors[i]);
    loss -= log((double)posteriors[i][truths[i]]);
    n_keys +=
      truths[i] >= PIANO && posteriors[i][PIANO] + posteriors[i][ORGAN] > 0.5f;
  }

  const TmbScores scores = tmb_metrics_scores(metrics, 0.0);
  assert_close(scores.log_loss, loss / N_RANDOM, 1e-9);
  assert_close(
    scores.calibration_error, error_by_definition(posteriors, truths), 1e-9);
  assert_int_equal(tmb_metrics_family(metrics, PIANO).n_right, n_keys);
  tmb_metrics_free(metrics);
}

static void
f1_weighs_what_is_missed_and_what_is_wrongly_claimed(void** const state)
{
  static const struct {
    const char* name;
    TmbTally    tally;
    double      f1;
  } rows[] = {
    { "some of both", { 12U, 9U, 14U }, 18.0 / 26.0 },
    { "all right", { 3U, 3U, 3U }, 1.0 },
    { "never claimed", { 5U, 0U, 0U }, 0.0 },
    { "always wrong", { 0U, 0U, 5U }, 0.0 },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    print_message("%s\n", rows[i].name);
    assert_close(tmb_tally_f1(&rows[i].tally), rows[i].f1, 1e-12);
  }
  const TmbTally nothing = { 0U, 0U, 0U };
  assert_true(isnan(tmb_tally_f1(&nothing)));
}

static void
rows_of_a_matrix_have_no_cells_and_no_recordings(void** const state)
{
  (void)state;
  TmbMetrics* const metrics = new_metrics(0U, 0U);
  for (unsigned i = 0U; i < 9U; ++i) {
    tmb_metrics_add_row(metrics, i < 6U ? VIOLIN : PIANO, says_violin);
  }
  const TmbScores scores = tmb_metrics_scores(metrics, 0.0);
  assert_int_equal(scores.n_notes, 9U);
  assert_close(scores.notes, 6.0 / 9.0, 1e-12);
  assert_close(scores.notes_top3, 1.0, 1e-12);
  assert_int_equal(scores.n_cells, 0U);
  assert_close(scores.cells, 0.0, 0.0);
  assert_int_equal(scores.n_recordings, 0U);
  assert_int_equal(tmb_metrics_class(metrics, VIOLIN).n_claimed, 9U);
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
  assert_close(scores.log_loss, 0.0, 0.0);
  assert_close(scores.calibration_error, 0.0, 0.0);
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
    cmocka_unit_test(log_loss_is_the_mean_of_what_each_answer_lacked),
    cmocka_unit_test(
      calibration_error_is_what_confidence_and_accuracy_differ_by),
    cmocka_unit_test(a_bin_holds_its_upper_end),
    cmocka_unit_test(random_answers_are_scored_as_the_definitions_say),
    cmocka_unit_test(f1_weighs_what_is_missed_and_what_is_wrongly_claimed),
    cmocka_unit_test(rows_of_a_matrix_have_no_cells_and_no_recordings),
    cmocka_unit_test(nothing_counted_gives_zeros),
    cmocka_unit_test(a_recording_is_named_by_the_geometric_mean_of_its_notes),
    cmocka_unit_test(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
