// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/fit.h"

#include "tests/support/alloc.h"
#include "tests/support/blas.h"
#include "tests/support/clouds.h"
#include "tests/support/cmocka.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 90U
#define N_HELD 30U

/// Examples that are easy to tell apart, and others to check.
typedef struct {
  Clouds* training;
  Clouds* held;
} Fixture;

static int
setup(void** const state)
{
  Fixture* const self = (Fixture*)calloc(1U, sizeof(Fixture));
  assert_non_null(self);
  self->training = clouds_new(N, 0.3, 1U);
  self->held     = clouds_new(N_HELD, 0.3, 2U);
  *state         = self;
  return 0;
}

static int
teardown(void** const state)
{
  Fixture* const self = (Fixture*)*state;
  clouds_free(self->held);
  clouds_free(self->training);
  free(self);
  return 0;
}

static TmbFitSettings
small_settings(void)
{
  TmbFitSettings settings   = tmb_plain_fit;
  settings.plan.layers[0].n = 8U;
  settings.n_epochs         = 20U;
  settings.n_batch          = 16U;
  settings.learning_rate    = 0.02;
  return settings;
}

/// What is told of the epochs.
typedef struct {
  uint32_t n_told;
  uint32_t last;
} Told;

/// A TmbEpochDone.
static void
take_epoch(void* const                context,
           const TmbHistoryRow* const row,
           const bool                 is_restored)
{
  Told* const told = (Told*)context;
  assert_false(is_restored);
  ++told->n_told;
  told->last = row->epoch;
}

static TmbStatus
try_fit(const Fixture* const        self,
        const TmbFitSettings* const settings,
        TmbFitted* const            fitted,
        TmbMessage* const           why)
{
  Told            told   = { 0U, 0U };
  const TmbFitJob job    = { .settings   = settings,
                             .training   = &self->training->examples,
                             .validation = &self->held->examples,
                             .n_threads  = 1U,
                             .done       = take_epoch,
                             .context    = &told };
  const TmbStatus status = tmb_fit(&job, fitted, why);
  if (!status) {
    assert_int_equal(told.n_told, fitted->history.n_rows);
    assert_int_equal(told.last, fitted->history.n_rows);
  }
  return status;
}

static TmbFitted
fit(const Fixture* const self, const TmbFitSettings* const settings)
{
  TmbFitted  fitted;
  TmbMessage why = { "" };
  if (try_fit(self, settings, &fitted, &why)) {
    fail_msg("%s", why.text);
  }
  assert_non_null(fitted.net);
  return fitted;
}

/// Let the network learn classes other than those that it is checked against.
static void
turn_classes(Clouds* const clouds)
{
  for (uint32_t i = 0U; i < clouds->examples.n; ++i) {
    clouds->classes[i] = (clouds->classes[i] + 1U) % CLOUD_CLASSES;
  }
}

static void
expect_same_net(const TmbFitted* const a, const TmbFitted* const b)
{
  const size_t size = a->net->n_learnt * sizeof(float);
  assert_memory_equal(a->net->values, b->net->values, size);
}

/// Through memory, since compilers have left such conversions out.
static double
rounded(const double value)
{
  const volatile float nearest = (float)value;
  return (double)nearest;
}

static void
a_history_is_no_more_exact_than_a_checkpoint_keeps_it(void** const state)
{
  const Fixture* const self     = (const Fixture*)*state;
  TmbFitSettings       settings = small_settings();
  settings.n_epochs             = 3U;
  settings.learning_rate        = 0.001;
  TmbFitted fitted              = fit(self, &settings);
  for (uint32_t i = 0U; i < 3U; ++i) {
    const TmbHistoryRow* const row = &fitted.history.rows[i];
    assert_true(row->learning_rate == rounded(row->learning_rate));
    assert_true(row->loss == rounded(row->loss));
    assert_true(row->accuracy == rounded(row->accuracy));
    assert_true(row->validation_loss == rounded(row->validation_loss));
    assert_true(row->validation_accuracy == rounded(row->validation_accuracy));
    assert_true(row->seconds == rounded(row->seconds));
  }
  tmb_fitted_clear(&fitted);
}

static void
all_epochs_are_taken_told_and_kept(void** const state)
{
  const Fixture* const self     = (const Fixture*)*state;
  const TmbFitSettings settings = small_settings();
  TmbFitted            fitted   = fit(self, &settings);
  TmbHistory* const    history  = &fitted.history;
  assert_int_equal(fitted.end, TMB_ALL_EPOCHS);
  assert_int_equal(fitted.kept, 20U);
  assert_int_equal(history->n_rows, 20U);
  for (uint32_t i = 0U; i < 20U; ++i) {
    const TmbHistoryRow* const row = &history->rows[i];
    assert_int_equal(row->epoch, i + 1U);
    assert_true(fabs(row->learning_rate - 0.02) < 1e-8);
    assert_true(row->seconds >= 0.0 && row->seconds < 60.0);
    assert_true(row->accuracy >= 0.0 && row->accuracy <= 1.0);
  }
  assert_true(history->rows[19].loss < 0.5 * history->rows[0].loss);
  assert_true(history->rows[19].validation_loss <
              0.5 * history->rows[0].validation_loss);
  assert_true(history->rows[19].validation_accuracy > 0.9);
  tmb_fitted_clear(&fitted);
}

static void
the_network_names_what_it_has_not_seen(void** const state)
{
  const Fixture* const self     = (const Fixture*)*state;
  const TmbFitSettings settings = small_settings();
  TmbFitted            fitted   = fit(self, &settings);
  unsigned             n_right  = 0U;
  for (uint32_t i = 0U; i < N_HELD; ++i) {
    float scratch[64];
    float posterior[CLOUD_CLASSES];
    tmb_net_forward(&fitted.net->net,
                    self->held->x + ((size_t)i * CLOUD_INPUTS),
                    0U,
                    scratch,
                    posterior);
    n_right += posterior[self->held->classes[i]] > 0.5f;
  }
  assert_int_equal(n_right, N_HELD);
  tmb_fitted_clear(&fitted);
}

static void
a_seed_gives_the_same_network_again_and_another_another(void** const state)
{
  const Fixture* const self     = (const Fixture*)*state;
  TmbFitSettings       settings = small_settings();
  settings.n_epochs             = 3U;
  settings.dropout              = 0.2;
  settings.mixup                = 0.2;
  TmbFitted first               = fit(self, &settings);
  TmbFitted again               = fit(self, &settings);
  settings.seed                 = 2U;
  TmbFitted other               = fit(self, &settings);
  expect_same_net(&first, &again);
  assert_memory_not_equal(
    first.net->values, other.net->values, first.net->n_learnt * sizeof(float));
  tmb_fitted_clear(&other);
  tmb_fitted_clear(&again);
  tmb_fitted_clear(&first);
}

static void
it_stops_when_the_target_is_reached(void** const state)
{
  // With one wrong class of ten, .9 is all that can be had: (float).9 is less
  static const struct {
    const char* label;
    uint32_t    n_held;
    uint32_t    n_wrong;
    double      target;
    TmbFitEnd   end;
  } rows[] = {
    { "half", N_HELD, 0U, 0.5, TMB_TARGET },
    { "all", N_HELD, 0U, 1.0, TMB_TARGET },
    { "just as many", 10U, 1U, 0.9, TMB_TARGET },
    { "a few more", 10U, 1U, 0.901, TMB_ALL_EPOCHS },
    { "none asked for", N_HELD, 0U, 0.0, TMB_ALL_EPOCHS },
  };

  const Fixture* const self = (const Fixture*)*state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFitSettings settings  = small_settings();
    settings.n_epochs        = 60U;
    settings.target_accuracy = rows[i].target;
    self->held->examples.n   = rows[i].n_held;
    self->held->classes[0]   = rows[i].n_wrong;

    TmbFitted         fitted  = fit(self, &settings);
    TmbHistory* const history = &fitted.history;
    if (fitted.end != rows[i].end) {
      fail_msg("%s: %d after %u epochs with %.9g",
               rows[i].label,
               (int)fitted.end,
               history->n_rows,
               history->rows[history->n_rows - 1U].validation_accuracy);
    }
    for (uint32_t j = 0U; j < history->n_rows; ++j) {
      const bool is_there =
        history->rows[j].validation_accuracy > rows[i].target - 1e-6;
      assert_true(rows[i].end == TMB_ALL_EPOCHS ||
                  is_there == (j + 1U == history->n_rows));
    }
    tmb_fitted_clear(&fitted);
  }
}

static void
it_stops_when_it_becomes_no_better(void** const state)
{
  static const struct {
    const char* label;
    uint32_t    patience;
    bool        is_turned; ///< It becomes worse from the first epoch on
    uint32_t    n_epochs;  ///< That it takes
    TmbFitEnd   end;
  } rows[] = {
    { "one is too many", 1U, true, 2U, TMB_NO_PATIENCE },
    { "three are", 3U, true, 4U, TMB_NO_PATIENCE },
    { "the last would be too many", 20U, true, 20U, TMB_ALL_EPOCHS },
    { "no limit", 0U, true, 20U, TMB_ALL_EPOCHS },
    { "it becomes better", 2U, false, 20U, TMB_ALL_EPOCHS },
  };

  const Fixture* const self = (const Fixture*)*state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFitSettings settings = small_settings();
    settings.learning_rate  = 0.005;
    settings.patience       = rows[i].patience;
    Clouds* const held      = clouds_new(N_HELD, 0.3, 2U);
    if (rows[i].is_turned) {
      settings.learning_rate = 0.05;
      turn_classes(held);
    }

    const Fixture fixture = { self->training, held };
    TmbFitted     fitted  = fit(&fixture, &settings);
    print_message("%s\n", rows[i].label);
    assert_int_equal(fitted.end, rows[i].end);
    assert_int_equal(fitted.history.n_rows, rows[i].n_epochs);
    assert_int_equal(fitted.kept, rows[i].n_epochs);
    tmb_fitted_clear(&fitted);
    clouds_free(held);
  }
}

static void
the_best_epoch_is_kept_or_the_last(void** const state)
{
  static const struct {
    const char* label;
    uint32_t    n_averaged;
  } rows[] = { { "its weights", 0U }, { "the average of its weights", 4U } };

  const Fixture* const self = (const Fixture*)*state;
  turn_classes(self->held); // So that the first epoch is the best
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFitSettings settings = small_settings();
    settings.learning_rate  = 0.05;
    settings.n_epochs       = 6U;
    settings.n_averaged     = rows[i].n_averaged;
    TmbFitted last          = fit(self, &settings);
    settings.keeps_best     = true;
    TmbFitted best          = fit(self, &settings);
    print_message("%s\n", rows[i].label);
    assert_int_equal(last.kept, 6U);
    assert_int_equal(best.kept, tmb_history_best(&best.history)->epoch);
    assert_in_range(best.kept, 1U, 5U);

    // The checked network of that epoch, and no other, is so good
    const TmbHistoryRow* const row   = &best.history.rows[best.kept - 1U];
    TmbLearner*                asked = NULL;
    TmbEpochScore              score = { .loss = 0.0 };
    TmbFitSettings             plain = settings;
    plain.n_averaged                 = 0U;
    assert_int_equal(
      tmb_learner_new(&plain, &self->training->examples, 1U, &asked), TMB_OK);
    memcpy(tmb_learner_state(asked)->net->values,
           best.net->values,
           best.net->n_learnt * sizeof(float));
    assert_int_equal(tmb_learner_check(asked, &self->held->examples, &score),
                     TMB_OK);
    assert_true(fabs(score.loss - row->validation_loss) < 1e-6);
    tmb_learner_free(asked);
    tmb_fitted_clear(&best);
    tmb_fitted_clear(&last);
  }
}

static void
without_validation_the_last_epoch_is_kept(void** const state)
{
  const Fixture* const self     = (const Fixture*)*state;
  TmbFitSettings       settings = small_settings();
  settings.n_epochs             = 5U;
  settings.keeps_best           = true;
  settings.patience             = 1U;
  settings.target_accuracy      = 0.1;
  self->held->examples.n        = 0U;
  TmbFitted fitted              = fit(self, &settings);
  assert_int_equal(fitted.end, TMB_ALL_EPOCHS);
  assert_int_equal(fitted.kept, 5U);
  for (uint32_t i = 0U; i < 5U; ++i) {
    assert_true(isnan(fitted.history.rows[i].validation_loss));
    assert_true(isnan(fitted.history.rows[i].validation_accuracy));
    assert_true(isfinite(fitted.history.rows[i].loss));
  }
  tmb_fitted_clear(&fitted);
}

static void
no_examples_are_refused(void** const state)
{
  const Fixture* const self     = (const Fixture*)*state;
  const TmbFitSettings settings = small_settings();
  TmbFitted            fitted;
  TmbMessage           why   = { "" };
  self->training->examples.n = 0U;
  assert_int_equal(try_fit(self, &settings, &fitted, &why), TMB_BAD_ARG);
  assert_string_equal(why.text, "there is nothing left to train on");
  assert_null(fitted.net);
  tmb_fitted_clear(&fitted);
}

static void
weights_beyond_all_bounds_are_reported_at_once(void** const state)
{
  static const struct {
    const char*   label;
    TmbActivation activation;
    TmbMethod     method;
    uint32_t      n_averaged;
    bool          keeps_best;
  } rows[] = {
    { "ReLU", TMB_RELU, TMB_ADAM, 0U, false },
    { "sigmoid", TMB_SIGMOID, TMB_SGD, 0U, false },
    { "averaged", TMB_RELU, TMB_ADAMW, 4U, false },
    { "the best was well", TMB_RELU, TMB_ADAM, 0U, true },
  };

  const Fixture* const self = (const Fixture*)*state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFitSettings settings = small_settings();
    TmbFitted      fitted;
    TmbMessage     why       = { "" };
    settings.plan.activation = rows[i].activation;
    settings.method          = rows[i].method;
    settings.n_averaged      = rows[i].n_averaged;
    settings.keeps_best      = rows[i].keeps_best;
    settings.learning_rate   = 1e37;
    settings.weight_decay    = 1.0;

    const TmbStatus status = try_fit(self, &settings, &fitted, &why);
    if (status != TMB_BAD_ARG ||
        !strstr(why.text, "grew beyond all bounds in epoch 1:")) {
      fail_msg("%s: %d, \"%s\"", rows[i].label, (int)status, why.text);
    }
    assert_null(fitted.net);
    tmb_fitted_clear(&fitted);
  }
}

static void
a_failed_allocation_is_reported(void** const state)
{
  const Fixture* const self     = (const Fixture*)*state;
  TmbStatus            status   = TMB_NO_MEMORY;
  TmbFitSettings       settings = small_settings();
  settings.n_epochs             = 3U;
  settings.keeps_best           = true;
  settings.n_averaged           = 3U;
  for (size_t n = 0U; status; ++n) {
    TmbFitted  fitted;
    TmbMessage why = { "" };
    alloc_fail_from(n);
    status            = try_fit(self, &settings, &fitted, &why);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_true(!failed || strstr(why.text, "memory"));
    tmb_fitted_clear(&fitted);
  }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
    TEST(all_epochs_are_taken_told_and_kept),
    TEST(a_history_is_no_more_exact_than_a_checkpoint_keeps_it),
    TEST(the_network_names_what_it_has_not_seen),
    TEST(a_seed_gives_the_same_network_again_and_another_another),
    TEST(it_stops_when_the_target_is_reached),
    TEST(it_stops_when_it_becomes_no_better),
    TEST(the_best_epoch_is_kept_or_the_last),
    TEST(without_validation_the_last_epoch_is_kept),
    TEST(no_examples_are_refused),
    TEST(weights_beyond_all_bounds_are_reported_at_once),
    TEST(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("fit", tests, blas_setup, NULL);
}
