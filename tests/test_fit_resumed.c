// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/fit.h"

#include "tests/support/blas.h"
#include "tests/support/clouds.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define N 50U
#define N_HELD 20U
#define N_EPOCHS 6U
#define PATH "x.checkpoint"
#define COPY "copy.checkpoint"
#define NORMED "conv 3x3 pool conv 2x3 dense 6"

/// How a training goes, and what is special about it.
typedef struct {
  const char* label;
  TmbMethod   method;
  TmbSchedule schedule;
  uint32_t    n_averaged;
  bool        keeps_best;
  bool        is_drawn;  ///< By chance
  uint32_t    n_threads; ///< If not
  uint32_t    every;     ///< Epochs between checkpoints
  uint32_t    copied;    ///< Epochs done when the file is copied
  const char* network;   ///< Null for a dense layer
} Row;

// clang-format off
static const Row rows[] = {
  { "Adam",             TMB_ADAM,  TMB_CONSTANT,  0U, false, false, 1U, 1U, 3U, NULL },
  { "AdamW",            TMB_ADAMW, TMB_COSINE,    0U, false, false, 1U, 1U, 1U, NULL },
  { "SGD",              TMB_SGD,   TMB_CONSTANT,  0U, false, false, 1U, 1U, 5U, NULL },
  { "averaged",         TMB_ADAMW, TMB_CONSTANT,  3U, false, false, 1U, 1U, 2U, NULL },
  { "the best",         TMB_ADAM,  TMB_CONSTANT,  0U, true,  false, 1U, 1U, 4U, NULL },
  { "the best average", TMB_SGD,   TMB_ONE_CYCLE, 3U, true,  false, 1U, 1U, 4U, NULL },
  { "one cycle",        TMB_ADAM,  TMB_ONE_CYCLE, 0U, false, false, 1U, 1U, 2U, NULL },
  { "drawn",            TMB_ADAMW, TMB_ONE_CYCLE, 0U, false, true,  1U, 1U, 3U, NULL },
  { "drawn, averaged",  TMB_SGD,   TMB_COSINE,    3U, true,  true,  1U, 1U, 3U, NULL },
  { "three threads",    TMB_ADAM,  TMB_CONSTANT,  3U, true,  false, 3U, 1U, 3U, NULL },
  { "every second",     TMB_ADAM,  TMB_CONSTANT,  0U, false, false, 1U, 2U, 3U, NULL },
  { "when it is over",  TMB_ADAM,  TMB_CONSTANT,  0U, true,  false, 1U, 4U, 6U, NULL },
  { "normalised",       TMB_ADAMW, TMB_ONE_CYCLE, 3U, false, true,  1U, 1U, 2U, NORMED },
  { "the best of such", TMB_ADAM,  TMB_CONSTANT,  0U, true,  false, 2U, 1U, 3U, NORMED },
  { "such, all done",   TMB_ADAMW, TMB_ONE_CYCLE, 3U, true,  true,  1U, 1U, 6U, NORMED },
};
// clang-format on
enum { N_ROWS = sizeof(rows) / sizeof(*rows) };

static TmbFitSettings
settings_of(const Row* const row)
{
  TmbFitSettings settings   = tmb_plain_fit;
  settings.plan.layers[0].n = 6U;
  settings.n_epochs         = N_EPOCHS;
  settings.n_batch          = 16U;
  settings.learning_rate    = 0.03;
  settings.dropout          = 0.2;
  settings.weight_decay     = 0.01;
  settings.mixup            = 0.2;
  settings.label_smoothing  = 0.05;
  settings.method           = row->method;
  settings.schedule         = row->schedule;
  settings.n_averaged       = row->n_averaged;
  settings.keeps_best       = row->keeps_best;
  if (row->network) {
    TmbMessage why = { "" };
    assert_int_equal(tmb_net_plan_read(row->network, &settings.plan, &why),
                     TMB_OK);
  }
  return settings;
}

/// What is told, and when the checkpoint is to be copied.
typedef struct {
  uint32_t copied;
  uint32_t n_restored;
  uint32_t n_new;
} Told;

/// A TmbEpochDone.  It is told before its checkpoint is written, so what lies
/// there now is that of the epochs before.
static void
take_epoch(void* const                context,
           const TmbHistoryRow* const row,
           const bool                 is_restored)
{
  Told* const told = (Told*)context;
  told->n_restored += is_restored;
  told->n_new += !is_restored;
  assert_int_equal(row->epoch, told->n_restored + told->n_new);
  if (row->epoch == told->copied + 1U) {
    Bytes bytes = bytes_load(PATH);
    bytes_save(bytes.bytes, bytes.n, COPY);
    bytes_free(&bytes);
  }
}

/// Train as a row says; `told` has no copy to make, unless it says so.
static TmbFitted
fit_epochs(const Row* const  row,
           const uint32_t    n_epochs,
           const char* const path,
           const bool        is_asked,
           Told* const       told)
{
  Clouds* const  training = clouds_new(N, 1.0, 1U);
  Clouds* const  held     = clouds_new(N_HELD, 1.0, 2U);
  TmbFitSettings settings = settings_of(row);
  settings.n_epochs       = n_epochs;
  if (row->is_drawn) {
    clouds_draw_by_chance(training);
  }

  const TmbFitJob job = { .settings      = &settings,
                          .training      = &training->examples,
                          .validation    = &held->examples,
                          .n_threads     = row->n_threads,
                          .checkpointing = { path, row->every, is_asked, "1" },
                          .done          = take_epoch,
                          .context       = told };
  TmbFitted       fitted;
  TmbMessage      why = { "" };
  if (tmb_fit(&job, &fitted, &why)) {
    fail_msg("%s: %s", row->label, why.text);
  }
  clouds_free(held);
  clouds_free(training);
  return fitted;
}

static TmbFitted
fit(const Row* const  row,
    const char* const path,
    const bool        is_asked,
    Told* const       told)
{
  return fit_epochs(row, N_EPOCHS, path, is_asked, told);
}

static void
expect_same(const TmbFitted* const a, const TmbFitted* const b)
{
  assert_int_equal(a->kept, b->kept);
  assert_int_equal(a->end, b->end);
  assert_memory_equal(
    a->net->values, b->net->values, a->net->n_learnt * sizeof(float));
  assert_int_equal(a->history.n_rows, b->history.n_rows);
  for (uint32_t i = 0U; i < a->history.n_rows; ++i) {
    const TmbHistoryRow* const ours   = &a->history.rows[i];
    const TmbHistoryRow* const theirs = &b->history.rows[i];
    assert_int_equal(ours->epoch, theirs->epoch);
    assert_true(ours->learning_rate == theirs->learning_rate);
    assert_true(ours->loss == theirs->loss);
    assert_true(ours->accuracy == theirs->accuracy);
    assert_true(ours->validation_loss == theirs->validation_loss);
    assert_true(ours->validation_accuracy == theirs->validation_accuracy);
  }
}

static void
a_training_that_goes_on_gives_what_an_uninterrupted_one_does(void** const state)
{
  (void)state;
  for (size_t i = 0U; i < N_ROWS; ++i) {
    const Row* const row     = &rows[i];
    const uint32_t   n_there = (row->copied < N_EPOCHS)
                                 ? row->copied / row->every * row->every
                                 : N_EPOCHS;
    Told             first   = { row->copied, 0U, 0U };
    Told             rest    = { N_EPOCHS, 0U, 0U };
    Told             plain   = { N_EPOCHS, 0U, 0U };
    print_message("%s\n", row->label);

    TmbFitted without = fit(row, NULL, false, &plain);
    TmbFitted whole   = fit(row, PATH, false, &first);
    if (row->copied == N_EPOCHS) {
      assert_int_equal(rename(PATH, COPY), 0);
    }
    TmbFitted resumed = fit(row, COPY, true, &rest);
    expect_same(&whole, &without);
    expect_same(&whole, &resumed);
    assert_int_equal(first.n_restored, 0U);
    assert_int_equal(rest.n_restored, n_there);
    assert_int_equal(rest.n_new, N_EPOCHS - n_there);
    tmb_fitted_clear(&resumed);
    tmb_fitted_clear(&whole);
    tmb_fitted_clear(&without);
    (void)unlink(PATH);
    assert_int_equal(unlink(COPY), 0);
  }
}

static void
without_a_checkpoint_it_begins_anew(void** const state)
{
  (void)state;
  Told      told    = { N_EPOCHS, 0U, 0U };
  TmbFitted fitted  = fit(&rows[0], PATH, true, &told);
  Told      again   = { N_EPOCHS, 0U, 0U };
  TmbFitted ignored = fit(&rows[0], PATH, false, &again);
  assert_int_equal(told.n_new, N_EPOCHS);
  assert_int_equal(again.n_new, N_EPOCHS); // Nobody asked to go on
  expect_same(&fitted, &ignored);
  tmb_fitted_clear(&ignored);
  tmb_fitted_clear(&fitted);
}

static void
a_training_at_a_constant_rate_can_be_prolonged(void** const state)
{
  (void)state;
  Told      first   = { N_EPOCHS, 0U, 0U };
  Told      whole   = { N_EPOCHS, 0U, 0U };
  Told      rest    = { N_EPOCHS, 0U, 0U };
  TmbFitted shorter = fit_epochs(&rows[0], 2U, PATH, false, &first);
  TmbFitted longer  = fit(&rows[0], PATH, true, &rest);
  TmbFitted without = fit(&rows[0], NULL, false, &whole);
  assert_int_equal(first.n_new, 2U);
  assert_int_equal(rest.n_restored, 2U);
  expect_same(&longer, &without);
  tmb_fitted_clear(&without);
  tmb_fitted_clear(&longer);
  tmb_fitted_clear(&shorter);
}

static void
a_checkpoint_that_can_not_be_used_ends_it(void** const state)
{
  static const struct {
    const char* label;
    const char* path;
    bool        is_asked;
    TmbStatus   status;
    const char* reason;
  } cases[] = {
    { "garbage", PATH, true, TMB_BAD_FILE, PATH ": " },
    { "no such folder",
      "none/x",
      false,
      TMB_WRITE_FAILED,
      "none/x can't be written: No such file or directory" },
  };

  (void)state;
  bytes_save("x", 1U, PATH);
  Clouds* const        clouds   = clouds_new(N, 1.0, 1U);
  const TmbFitSettings settings = settings_of(&rows[0]);
  for (size_t i = 0U; i < sizeof(cases) / sizeof(*cases); ++i) {
    const TmbFitJob job = { .settings      = &settings,
                            .training      = &clouds->examples,
                            .validation    = &clouds->examples,
                            .n_threads     = 1U,
                            .checkpointing = {
                              cases[i].path, 1U, cases[i].is_asked, "1" } };
    TmbFitted       fitted;
    TmbMessage      why = { "" };
    print_message("%s\n", cases[i].label);
    assert_int_equal(tmb_fit(&job, &fitted, &why), cases[i].status);
    assert_non_null(strstr(why.text, cases[i].reason));
    assert_null(fitted.net);
    tmb_fitted_clear(&fitted);
  }
  clouds_free(clouds);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_training_that_goes_on_gives_what_an_uninterrupted_one_does),
    TEST(without_a_checkpoint_it_begins_anew),
    TEST(a_training_at_a_constant_rate_can_be_prolonged),
    TEST(a_checkpoint_that_can_not_be_used_ends_it),
  };
  return cmocka_run_group_tests_name("fit_resumed", tests, blas_setup, NULL);
}
