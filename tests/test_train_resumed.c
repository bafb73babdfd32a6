// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel train` that is cut off, and goes on

#include "dsp/model.h"
#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/toy_table.h"
#include "trainer/history.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define N_EPOCHS 80U
#define TRAIN                                                       \
  "train --features X.npy --labels y.npy --epochs 80 --hidden 100 " \
  "--history h.csv -o "
#define MODEL "m.safetensors"
#define REFERENCE "reference.safetensors"
#define CHECKPOINT "c.safetensors"
#define OLD "the old model"
#define MAX_RUNS 80U

static int
setup(void** const state)
{
  if (scratch_setup(state)) {
    return -1;
  }
  toy_table_save("X.npy", "y.npy", 1000U, 20U, 3U, 1U);
  return 0;
}

static double
now(void)
{
  struct timespec time;
  (void)clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (1e-9 * (double)time.tv_nsec);
}

static void
wait_seconds(const double seconds)
{
  const time_t          whole = (time_t)seconds;
  const struct timespec time  = { whole,
                                  (long)(1e9 * (seconds - (double)whole)) };
  (void)nanosleep(&time, NULL);
}

/// Begin a run, whose outputs are lost.
static pid_t
start(const char* const line)
{
  char              text[512]     = "";
  char*             rest          = NULL;
  const char*       arguments[40] = { process_command() };
  const char* const quiet         = "/dev/null";
  (void)snprintf(text, sizeof(text), "%s", line);
  for (size_t i = 1U; i < 39U; ++i) {
    arguments[i] = strtok_r(i == 1U ? text : NULL, " ", &rest);
  }

  const pid_t child = fork();
  assert_true(child >= 0);
  if (!child) {
    char* argv[40] = { NULL };
    for (size_t i = 0U; i < 39U && arguments[i]; ++i) {
      argv[i] = strdup(arguments[i]);
    }
    const int nothing = open(quiet, O_WRONLY);
    (void)dup2(nothing, STDOUT_FILENO);
    (void)execv(argv[0], argv);
    _exit(127);
  }
  return child;
}

static bool
file_exists(const char* const path)
{
  return !access(path, F_OK);
}

/// Whether two files have the same bytes.
static bool
files_equal(const char* const a, const char* const b)
{
  Bytes      left  = bytes_load(a);
  Bytes      right = bytes_load(b);
  const bool equal =
    left.n == right.n && !memcmp(left.bytes, right.bytes, left.n);
  bytes_free(&right);
  bytes_free(&left);
  return equal;
}

static bool
file_is(const char* const path, const char* const text)
{
  Bytes      bytes = bytes_load(path);
  const bool is =
    bytes.n == strlen(text) && !memcmp(bytes.bytes, text, bytes.n);
  bytes_free(&bytes);
  return is;
}

static TmbHistory
read_history(void)
{
  TmbMessage why     = { "" };
  TmbHistory history = { .n_rows = 0U };
  if (tmb_history_read("h.csv", &history, &why)) {
    fail_msg("%s", why.text);
  }
  return history;
}

/// Train to the end in one go; returns the seconds that it took.
static double
train_reference(const char* const options, TmbHistory* const history)
{
  char line[512];
  (void)snprintf(line, sizeof(line), TRAIN REFERENCE " %s", options);
  const double start_s = now();
  Process      process = cli_expect(0, line);
  const double seconds = now() - start_s;
  process_free(&process);
  *history = read_history();
  return seconds;
}

/// Expect what training in one go left, but for the seconds.
static void
expect_reference(const char* const options, const TmbHistory* const reference)
{
  if (!files_equal(MODEL, REFERENCE)) {
    fail_msg("%s: another model", options);
  }
  TmbHistory history = read_history();
  assert_int_equal(history.n_rows, reference->n_rows);
  for (uint32_t i = 0U; i < history.n_rows; ++i) {
    const TmbHistoryRow* const a = &history.rows[i];
    const TmbHistoryRow* const b = &reference->rows[i];
    assert_true(a->epoch == b->epoch && a->loss == b->loss &&
                a->accuracy == b->accuracy &&
                a->learning_rate == b->learning_rate &&
                a->validation_loss == b->validation_loss &&
                a->validation_accuracy == b->validation_accuracy);
  }
  tmb_history_clear(&history);
}

/**
   Kill a training again and again, at moments all over it, until it ends.

   No run may take as long as all of it: one that does not go on, but begins
   anew, never ends.
*/
static void
kill_until_done(const char* const options, const double seconds)
{
  char line[512];
  (void)snprintf(line,
                 sizeof(line),
                 TRAIN MODEL " --checkpoint " CHECKPOINT " --resume %s",
                 options);
  for (unsigned i = 0U; i < MAX_RUNS; ++i) {
    const double share  = 0.09 * (double)((i * 5U) % 9U);
    const pid_t  child  = start(line);
    int          status = 0;
    wait_seconds(share * seconds);
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) {
      assert_int_equal(WEXITSTATUS(status), 0);
      return;
    }

    // Killed: the model is the old one, or all of the new one
    if (!file_is(MODEL, OLD) && !files_equal(MODEL, REFERENCE)) {
      fail_msg("%s: half a model after %u kills", options, i + 1U);
    }
  }
  fail_msg("%s: it never ends", options);
}

static void
killed_at_any_moment_it_gives_the_same_model(void** const state)
{
  static const char* const rows[] = {
    "",
    "--every 3 --threads 2 --keep best",
    ("--every 2 --averaged 200 --schedule one-cycle --optimizer adamw "
     "--dropout 0.1 --mixup 0.2 --threads 1"),
    "--every 7 --optimizer sgd --schedule cosine --activation relu",
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbHistory   reference;
    const double seconds = train_reference(rows[i], &reference);
    bytes_save(OLD, strlen(OLD), MODEL);
    (void)remove(CHECKPOINT);
    kill_until_done(rows[i], seconds);
    expect_reference(rows[i], &reference);
    tmb_history_clear(&reference);
  }
}

/// Wait until the history has an epoch or more.
static void
wait_for_history(void)
{
  for (unsigned i = 0U; i < 5000U; ++i) {
    if (file_exists("h.csv")) {
      Bytes bytes          = bytes_load("h.csv");
      bytes.bytes[bytes.n] = '\0';
      const bool is_begun  = strstr((const char*)bytes.bytes, "\n1,") ||
                            strstr((const char*)bytes.bytes, "\r\n1,");
      bytes_free(&bytes);
      if (is_begun) {
        return;
      }
    }
    wait_seconds(0.001);
  }
  fail_msg("there is no history");
}

static void
an_interrupt_ends_the_epoch_and_saves(void** const state)
{
  static const int signals[] = { SIGINT, SIGTERM };

  // Its next checkpoint would not be due for long
  static const char options[] = "--every 1000 --keep best";

  (void)state;
  TmbHistory reference;
  (void)train_reference(options, &reference);
  for (size_t i = 0U; i < sizeof(signals) / sizeof(*signals); ++i) {
    char line[512];
    (void)snprintf(line,
                   sizeof(line),
                   TRAIN MODEL " --checkpoint " CHECKPOINT " --resume %s",
                   options);
    (void)remove(CHECKPOINT);
    (void)remove("h.csv");
    const pid_t child  = start(line);
    int         status = 0;
    wait_for_history();
    assert_int_equal(kill(child, signals[i]), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 130);

    TmbMessage why;
    TmbModel*  model = NULL;
    assert_int_equal(tmb_model_load(MODEL, &model, &why), TMB_OK);
    tmb_model_free(model);
    TmbHistory history = read_history();
    assert_in_range(history.n_rows, 1U, N_EPOCHS - 1U);
    tmb_history_clear(&history);
    assert_false(files_equal(MODEL, REFERENCE));

    Process process = cli_expect(0, line);
    process_free(&process);
    expect_reference(options, &reference);
  }
  tmb_history_clear(&reference);
}

static void
what_is_done_is_not_done_again(void** const state)
{
  (void)state;
  TmbHistory reference;
  (void)train_reference("", &reference);
  for (unsigned i = 0U; i < 3U; ++i) {
    Process process =
      cli_expect(0, TRAIN MODEL " --checkpoint " CHECKPOINT " --resume");
    assert_non_null(strstr(process.out, "80 epochs of"));
    process_free(&process);
    expect_reference("", &reference);

    // As if the model could not be written
    bytes_save(OLD, strlen(OLD), MODEL);
    if (i) {
      TmbHistory history = read_history();
      assert_true(history.rows[0].seconds > 0.0);
      tmb_history_clear(&history);
    }
  }
  tmb_history_clear(&reference);
}

static void
a_checkpoint_of_another_training_is_refused(void** const state)
{
  static const struct {
    const char* options;
    const char* reason;
  } rows[] = {
    { "--hidden 50", "other settings: network differs" },
    { "--learning-rate 0.01", "other settings: learning_rate differs" },
    { "--seed 2", "other data" }, // Other rows are held out
    { "--keep best", "other settings: keep differs" },
    { "--features X2.npy", "other data" },
    { "--labels y2.npy", "other data" },
  };

  (void)state;
  toy_table_save("X3.npy", "y2.npy", 1000U, 20U, 2U, 1U);
  toy_table_save("X2.npy", "y3.npy", 1000U, 20U, 3U, 2U);
  Process process =
    cli_expect(0, TRAIN MODEL " --epochs 3 --checkpoint " CHECKPOINT);
  process_free(&process);
  Bytes checkpoint = bytes_load(CHECKPOINT);
  Bytes model      = bytes_load(MODEL);
  Bytes history    = bytes_load("h.csv");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[512];
    (void)snprintf(line,
                   sizeof(line),
                   TRAIN MODEL " --epochs 3 --checkpoint " CHECKPOINT
                               " --resume %s",
                   rows[i].options);
    process = cli_run(line, NULL);
    if (process.status != 1 ||
        !is_sentence(process.err, CHECKPOINT, rows[i].reason)) {
      fail_msg("%s: %s", rows[i].options, process.err);
    }
    process_free(&process);
  }

  // Nor is one that was cut short
  bytes_save(checkpoint.bytes, checkpoint.n / 2U, CHECKPOINT);
  process =
    cli_run(TRAIN MODEL " --epochs 3 --resume --checkpoint " CHECKPOINT, NULL);
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err, CHECKPOINT, ""));
  process_free(&process);

  const struct {
    const char* path;
    Bytes*      before;
  } kept[] = { { MODEL, &model }, { "h.csv", &history } };
  for (size_t i = 0U; i < 2U; ++i) {
    Bytes now_there = bytes_load(kept[i].path);
    assert_int_equal(now_there.n, kept[i].before->n);
    assert_memory_equal(now_there.bytes, kept[i].before->bytes, now_there.n);
    bytes_free(&now_there);
  }
  bytes_free(&history);
  bytes_free(&model);
  bytes_free(&checkpoint);
}

int
main(void)
{
  (void)setenv("SOURCE_DATE_EPOCH", "1700000000", 1);

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(killed_at_any_moment_it_gives_the_same_model),
    TEST(an_interrupt_ends_the_epoch_and_saves),
    TEST(what_is_done_is_not_done_again),
    TEST(a_checkpoint_of_another_training_is_refused),
  };
  return cmocka_run_group_tests_name("train_resumed", tests, NULL, NULL);
}
