// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/checkpoint.h"

#include "tests/support/alloc.h"
#include "tests/support/blas.h"
#include "tests/support/clouds.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"
#include "trainer/fit.h"
#include "trainer/safetensors_writer.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define N 50U
#define PATH "x.checkpoint"
#define DATA "0123456789abcdef"

static TmbFitSettings
small_settings(void)
{
  TmbFitSettings settings   = tmb_plain_fit;
  settings.plan.layers[0].n = 6U;
  settings.n_epochs         = 6U;
  settings.n_batch          = 16U;
  settings.learning_rate    = 0.01;
  return settings;
}

/// A training under way, with all that a checkpoint keeps.
typedef struct {
  TmbFitSettings settings;
  Clouds*        clouds;
  TmbLearner*    learner;
  float*         best;
  TmbHistory     history;
  TmbCheckpoint  checkpoint;
} Training;

static Training*
training_new(const TmbFitSettings settings, const uint32_t n_epochs)
{
  Training* const self = (Training*)calloc(1U, sizeof(Training));
  assert_non_null(self);
  self->settings = settings;
  self->clouds   = clouds_new(N, 0.5, 1U);
  assert_int_equal(
    tmb_learner_new(
      &self->settings, &self->clouds->examples, 1U, &self->learner),
    TMB_OK);

  TmbLearnt* const state = tmb_learner_state(self->learner);
  for (uint32_t i = 0U; i < n_epochs; ++i) {
    TmbEpochScore       score;
    const TmbHistoryRow row = { i + 1U, 0.25, 1.5, 0.5, (double)NAN, 1.0, 2.0 };
    assert_int_equal(tmb_learner_epoch(self->learner, i, &score), TMB_OK);
    assert_int_equal(tmb_history_add(&self->history, &row), TMB_OK);
  }
  if (settings.keeps_best) {
    self->best = (float*)calloc(state->net->n_learnt, sizeof(float));
    assert_non_null(self->best);
    self->best[0] = (float)n_epochs;
  }
  self->checkpoint = (TmbCheckpoint){ .settings = &self->settings,
                                      .data     = DATA,
                                      .state    = state,
                                      .best     = self->best,
                                      .history  = &self->history };
  return self;
}

static void
training_free(Training* const self)
{
  tmb_history_clear(&self->history);
  free(self->best);
  tmb_learner_free(self->learner);
  clouds_free(self->clouds);
  free(self);
}

static void
write_well(const Training* const training)
{
  TmbMessage why = { "" };
  if (tmb_checkpoint_write(PATH, &training->checkpoint, &why)) {
    fail_msg("%s", why.text);
  }
}

/// Read into a training that has not begun.
static TmbStatus
try_read(const TmbFitSettings settings, TmbMessage* const why)
{
  Training* const training = training_new(settings, 0U);
  const TmbStatus status =
    tmb_checkpoint_read(PATH, &training->checkpoint, why);
  training_free(training);
  return status;
}

static void
expect_refusal(const char* const label, const char* const reason)
{
  TmbMessage      why    = { "" };
  const TmbStatus status = try_read(small_settings(), &why);
  if (status != TMB_BAD_FILE || strncmp(why.text, PATH ": ", 14U) != 0 ||
      !strstr(why.text, reason)) {
    fail_msg("%s: %d, \"%s\"", label, (int)status, why.text);
  }
}

static void
assert_same(const float* const a, const float* const b, const size_t n)
{
  assert_true(!a == !b);
  if (a) {
    assert_memory_equal(a, b, n * sizeof(float));
  }
}

static void
what_is_written_is_read_bit_for_bit(void** const state)
{
  static const struct {
    const char* label;
    TmbMethod   method;
    uint32_t    n_averaged;
    bool        keeps_best;
  } rows[] = {
    { "Adam", TMB_ADAM, 0U, false },
    { "AdamW, averaged", TMB_ADAMW, 4U, false },
    { "SGD, averaged, best", TMB_SGD, 4U, true },
    { "Adam, best", TMB_ADAM, 0U, true },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFitSettings settings = small_settings();
    TmbMessage     why      = { "" };
    settings.method         = rows[i].method;
    settings.n_averaged     = rows[i].n_averaged;
    settings.keeps_best     = rows[i].keeps_best;
    settings.seed           = UINT64_C(9007199254740993); // No double has it

    Training* const before = training_new(settings, 2U);
    Training* const after  = training_new(settings, 0U);
    write_well(before);
    if (tmb_checkpoint_read(PATH, &after->checkpoint, &why)) {
      fail_msg("%s: %s", rows[i].label, why.text);
    }

    const TmbLearnt* const ours   = before->checkpoint.state;
    const TmbLearnt* const theirs = after->checkpoint.state;
    const size_t           n      = ours->net->n_learnt;
    assert_int_equal(theirs->n_steps, 8U);
    assert_same(ours->net->values, theirs->net->values, n);
    assert_same(ours->answer->values, theirs->answer->values, n);
    assert_same(ours->optimizer.mean, theirs->optimizer.mean, n);
    assert_same(ours->optimizer.square, theirs->optimizer.square, n);
    assert_same(before->best, after->best, n);
    assert_int_equal(after->history.n_rows, 2U);
    for (uint32_t j = 0U; j < 2U; ++j) {
      const TmbHistoryRow* const row = &after->history.rows[j];
      assert_int_equal(row->epoch, j + 1U);
      assert_true(row->learning_rate == 0.25 && row->loss == 1.5);
      assert_true(row->accuracy == 0.5 && isnan(row->validation_loss));
      assert_true(row->validation_accuracy == 1.0 && row->seconds == 2.0);
    }
    training_free(after);
    training_free(before);
  }
}

static void
other_settings_are_named(void** const state)
{
  enum { N_ROWS = 18 };
  static const char* const keys[N_ROWS] = {
    "network",  "network",         "activation",      "epochs",
    "batch",    "optimizer",       "schedule",        "learning_rate",
    "dropout",  "weight_decay",    "label_smoothing", "mixup",
    "averaged", "target_accuracy", "patience",        "keep",
    "seed",     "augment",
  };

  (void)state;
  TmbFitSettings others[N_ROWS];
  for (size_t i = 0U; i < N_ROWS; ++i) {
    others[i] = small_settings();
  }
  others[0].plan.layers[0].n   = 7U;
  others[1].plan.n_layers      = 0U;
  others[2].plan.activation    = TMB_TANH;
  others[3].n_epochs           = 7U;
  others[4].n_batch            = 15U;
  others[5].method             = TMB_SGD;
  others[7].learning_rate      = nextafter(0.01, 1.0);
  others[8].dropout            = 0.1;
  others[9].weight_decay       = 0.1;
  others[10].label_smoothing   = 0.1;
  others[11].mixup             = 0.1;
  others[12].n_averaged        = 1U;
  others[13].target_accuracy   = 0.5;
  others[14].patience          = 1U;
  others[15].keeps_best        = true;
  others[16].seed              = 2U;
  others[17].augmentation.warp = 4.0;

  // Where the rate falls, it matters how many epochs there will be
  for (size_t i = 0U; i < N_ROWS; ++i) {
    others[i].schedule = (i == 6U) ? TMB_CONSTANT : TMB_COSINE;
  }
  TmbFitSettings settings = small_settings();
  settings.schedule       = TMB_COSINE;

  Training* const training = training_new(settings, 1U);
  write_well(training);
  training_free(training);
  for (size_t i = 0U; i < N_ROWS; ++i) {
    char       text[128];
    TmbMessage why = { "" };
    (void)snprintf(text,
                   sizeof(text),
                   "%s: it is a checkpoint of other settings: %s differs",
                   PATH,
                   keys[i]);
    assert_int_equal(try_read(others[i], &why), TMB_BAD_FILE);
    assert_string_equal(why.text, text);
  }
}

/// Write another text of the same length in place of the one in the file.
static void
replace_text(const char* const old, const char* const new)
{
  Bytes        bytes = bytes_load(PATH);
  const size_t n     = strlen(old);
  size_t       at    = 0U;
  assert_int_equal(strlen(new), n);
  while (at + n <= bytes.n && memcmp(bytes.bytes + at, old, n) != 0) {
    ++at;
  }
  if (at + n > bytes.n) {
    fail_msg("there is no %s", old);
  }
  memcpy(bytes.bytes + at, new, n);
  bytes_save(bytes.bytes, bytes.n, PATH);
  bytes_free(&bytes);
}

static void
what_is_no_checkpoint_of_this_training_is_refused(void** const state)
{
  static const struct {
    const char* label;
    const char* old;
    const char* new;
    const char* reason;
  } rows[] = {
    { "earlier format",
      "checkpoint\":\"2\"",
      "checkpoint\":\"1\"",
      "it is no checkpoint that this version can read" },
    { "later format",
      "checkpoint\":\"2\"",
      "checkpoint\":\"3\"",
      "it is no checkpoint that this version can read" },
    { "no format",
      "timbrel.checkpoint",
      "timbrel.checkpoin_",
      "no checkpoint" },
    { "no settings", "timbrel.settings", "timbrel.setting_", "no checkpoint" },
    { "no data", "timbrel.data", "timbrel.dat_", "no checkpoint" },
    { "other data", DATA, "0123456789abcdee", "a checkpoint of other data" },
    { "settings that are no JSON",
      "\"timbrel.settings\":\"{",
      "\"timbrel.settings\":\"[",
      "a checkpoint of other settings" },
    { "no steps", "timbrel.steps", "timbrel.step_", "metadata are incomplete" },
    { "steps in words",
      "steps\":\"4\"",
      "steps\":\"x\"",
      "metadata are incomplete" },
    { "no weights", "\"weights\"", "\"weight_\"", "weights" },
    { "no gradient", "\"gradient\"", "\"gradien_\"", "gradient" },
    { "no square", "\"square\"", "\"squar_\"", "square" },
    { "no history", "\"history\"", "\"histor_\"", "history" },
    { "a history on its side",
      "\"shape\":[1,6]",
      "\"shape\":[6,1]",
      "its history has another form" },
    { "doubles", "\"dtype\":\"F32\"", "\"dtype\":\"F64\"", "F64" },
    { "no JSON", "{\"__metadata__\"", "[\"__metadata__\"", "JSON" },
  };

  (void)state;
  Training* const training = training_new(small_settings(), 1U);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    write_well(training);
    replace_text(rows[i].old, rows[i].new);
    expect_refusal(rows[i].label, rows[i].reason);
  }
  training_free(training);
}

static void
a_tensor_of_another_size_is_refused(void** const state)
{
  // The same settings, but with examples of fewer classes
  (void)state;
  TmbLearner*          learner  = NULL;
  const TmbFitSettings settings = small_settings();
  Training* const      training = training_new(settings, 1U);
  TmbExamples          fewer    = training->clouds->examples;
  fewer.n_classes               = 2U;
  assert_int_equal(tmb_learner_new(&settings, &fewer, 1U, &learner), TMB_OK);
  training->checkpoint.state = tmb_learner_state(learner);
  write_well(training);
  expect_refusal("fewer classes", "its weights are of another network");
  tmb_learner_free(learner);
  training_free(training);
}

static void
a_history_that_is_too_long_is_refused(void** const state)
{
  (void)state;
  const uint32_t  n        = TMB_MAX_EPOCHS + 1U;
  Training* const training = training_new(small_settings(), 1U);
  TmbHistory      longer   = { .n_rows = n };
  longer.rows              = (TmbHistoryRow*)calloc(n, sizeof(TmbHistoryRow));
  assert_non_null(longer.rows);
  training->checkpoint.history = &longer;
  write_well(training);
  expect_refusal("too long", "its history is too long");
  tmb_history_clear(&longer);
  training_free(training);
}

static void
a_file_cut_short_anywhere_is_refused(void** const state)
{
  (void)state;
  Training* const training = training_new(small_settings(), 1U);
  Training* const other    = training_new(small_settings(), 0U);
  write_well(training);
  Bytes bytes = bytes_load(PATH);
  for (size_t n = 0U; n < bytes.n; n += (n < 32U) ? 1U : 13U) {
    TmbMessage why = { "" };
    bytes_save(bytes.bytes, n, PATH);
    if (tmb_checkpoint_read(PATH, &other->checkpoint, &why) != TMB_BAD_FILE ||
        strncmp(why.text, PATH ": ", 14U) != 0) {
      fail_msg("%zu bytes: %s", n, why.text);
    }
    assert_int_equal(other->history.n_rows, 0U);
  }
  bytes_free(&bytes);
  training_free(other);
  training_free(training);
}

static void
what_is_no_file_of_this_kind_is_refused(void** const state)
{
  static char garbage[5000];

  (void)state;
  memset(garbage, 'x', sizeof(garbage));
  bytes_save(garbage, sizeof(garbage), PATH);
  expect_refusal("garbage", "header");

  assert_int_equal(truncate(PATH, (off_t)TMB_MAX_TENSOR_FILE + 1), 0);
  expect_refusal("too large", "it is too large for a checkpoint");

  assert_int_equal(unlink(PATH), 0);
  assert_int_equal(mkdir(PATH, 0777U), 0);
  expect_refusal("folder", "is a folder");

  assert_int_equal(rmdir(PATH), 0);
  assert_int_equal(mkfifo(PATH, 0666U), 0);
  expect_refusal("pipe", "is not a regular file");

  assert_int_equal(unlink(PATH), 0);
  TmbMessage why = { "" };
  assert_int_equal(try_read(small_settings(), &why), TMB_NO_FILE);
}

static void
a_file_without_permission_is_refused(void** const state)
{
  (void)state;
  bytes_save("x", 1U, PATH);
  assert_int_equal(chmod(".", 0777U), 0);
  assert_int_equal(chmod(PATH, 0U), 0);
  const uid_t user = user_drop();
  expect_refusal("no permission", "Permission denied");
  user_restore(user);
}

static void
a_full_disk_leaves_the_old_checkpoint(void** const state)
{
  (void)state;
  Training* const training = training_new(small_settings(), 1U);
  TmbMessage      why      = { "" };
  write_well(training);
  Bytes old = bytes_load(PATH);

  // A file may not grow beyond the limit, as if the disk had no more room
  struct rlimit whole;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
  const struct rlimit small = { 700U, whole.rlim_max };
  (void)signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  const TmbStatus status =
    tmb_checkpoint_write(PATH, &training->checkpoint, &why);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
  assert_int_equal(status, TMB_WRITE_FAILED);
  assert_string_equal(why.text, PATH " can't be written: File too large");

  Bytes kept = bytes_load(PATH);
  assert_int_equal(kept.n, old.n);
  assert_memory_equal(kept.bytes, old.bytes, old.n);
  bytes_free(&kept);
  bytes_free(&old);
  training_free(training);
}

static void
a_failed_allocation_is_reported(void** const state)
{
  (void)state;
  Training* const training = training_new(small_settings(), 3U);
  Training* const other    = training_new(small_settings(), 0U);
  TmbStatus       status   = TMB_NO_MEMORY;
  for (size_t n = 0U; status; ++n) {
    TmbMessage why = { "" };
    alloc_fail_from(n);
    status            = tmb_checkpoint_write(PATH, &training->checkpoint, &why);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_true(failed == !!strstr(why.text, PATH ": out of memory"));
  }

  status = TMB_NO_MEMORY;
  for (size_t n = 0U; status; ++n) {
    TmbMessage why = { "" };
    tmb_history_clear(&other->history);
    alloc_fail_from(n);
    status            = tmb_checkpoint_read(PATH, &other->checkpoint, &why);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_true(failed == !!strstr(why.text, PATH ": out of memory"));
  }
  training_free(other);
  training_free(training);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(what_is_written_is_read_bit_for_bit),
    TEST(other_settings_are_named),
    TEST(what_is_no_checkpoint_of_this_training_is_refused),
    TEST(a_tensor_of_another_size_is_refused),
    TEST(a_history_that_is_too_long_is_refused),
    TEST(a_file_cut_short_anywhere_is_refused),
    TEST(what_is_no_file_of_this_kind_is_refused),
    TEST(a_file_without_permission_is_refused),
    TEST(a_full_disk_leaves_the_old_checkpoint),
    TEST(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("checkpoint", tests, blas_setup, NULL);
}
