// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel sweep`, as it is called

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/swept.h"
#include "tests/support/toy_corpus.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
all_combinations_are_trained_and_the_best_is_marked(void** const state)
{
  static const char* const rates[]  = { "0.01", "0.001" };
  static const char* const layers[] = { "4", "8x4" };
  static const char* const sizes[]  = { "10", "30" };

  (void)state;
  Process process =
    cli_expect(0,
               "sweep " SWEEP_ROWS "--learning-rates 0.01,0.001 --hidden 4,8x4 "
               "--batch 10,30 --epochs 6 -o runs");
  SweepRow     results[8] = { { .text = "" } };
  const Folder folder     = { "runs" };
  assert_int_equal(sweep_read("runs", results, 8U), 8U);
  assert_int_equal(folder_count(&folder), 9U);

  unsigned n_best  = 0U;
  double   highest = 0.0;
  double   marked  = 0.0;
  for (unsigned i = 0U; i < 8U; ++i) {
    // The last list's items come one after another most slowly
    const char* const rate  = rates[i / 4U];
    const char* const size  = sizes[(i / 2U) % 2U];
    const char* const layer = layers[i % 2U];
    char              name[64];
    char              quoted[SWEEP_MAX_PATH];
    (void)snprintf(
      name, sizeof(name), "rate-%s-hidden-%s-batch-%s", rate, layer, size);
    (void)snprintf(quoted,
                   sizeof(quoted),
                   "\"%s\"",
                   sweep_file("runs", name, "model.safetensors"));
    assert_string_equal(results[i].fields[SWEEP_RATE], rate);
    assert_string_equal(results[i].fields[SWEEP_HIDDEN], layer);
    assert_string_equal(results[i].fields[SWEEP_BATCH], size);
    assert_string_equal(results[i].fields[SWEEP_END], "all epochs");
    assert_string_equal(results[i].fields[SWEEP_MODEL], quoted);
    assert_row_is_of(&results[i], sweep_file("runs", name, "history.csv"));
    assert_int_equal(
      access(sweep_file("runs", name, "model.safetensors"), F_OK), 0);
    assert_int_equal(access(sweep_file("runs", name, "checkpoint"), F_OK), 0);

    const double accuracy = sweep_number(&results[i], SWEEP_BEST_ACCURACY);
    highest               = fmax(highest, accuracy);
    if (!strcmp(results[i].fields[SWEEP_BEST], "1")) {
      ++n_best;
      marked = accuracy;
      assert_non_null(strstr(process.out, name)); // Said below the table
    }
    (void)snprintf(
      name, sizeof(name), "rate %s, hidden %s, batch %s ", rate, layer, size);
    assert_int_equal(text_count(process.out, name), 1U);
  }
  assert_int_equal(n_best, 1U);
  assert_true(marked == highest);
  assert_int_equal(text_count(process.out, "\n* rate "), 1U);
  process_free(&process);
}

static void
runs_are_named_after_what_differs(void** const state)
{
  static const struct {
    const char* lists;
    const char* name;
  } rows[] = {
    { "", "\n* rate 0.001  " },
    { "--hidden 4,8", "hidden 8  " },
    { "--hidden 8 --batch 10,20", " batch 20  " },
    { "--hidden 4,8x8 --batch 10,20", "hidden 8x8, batch 10 " },
    { "--hidden 8 --learning-rates 0.1,0.01", " rate 0.1  " },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[256];
    (void)snprintf(line,
                   sizeof(line),
                   "sweep " SWEEP_ROWS "--epochs 1 -o runs %s",
                   rows[i].lists);
    Process process = cli_expect(0, line);
    if (text_count(process.out, rows[i].name) != 1U) {
      fail_msg("%s: %s", rows[i].lists, process.out);
    }
    process_free(&process);
  }
}

static void
a_run_that_fails_leaves_the_others(void** const state)
{
  (void)state;
  Process process = cli_run(
    "sweep " SWEEP_ROWS "--learning-rates 0.01,100,0.001 "
    "--hidden 16 --batch 10 --optimizer adamw --weight-decay 0.5 --epochs 5 "
    "-o runs --report page.html",
    NULL);
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err, "rate 100: ", "learning rate is too"));
  assert_int_equal(text_count(process.out, "\n* rate "), 1U);
  process_free(&process);

  SweepRow results[3] = { { .text = "" } };
  assert_int_equal(sweep_read("runs", results, 3U), 3U);
  for (unsigned i = 0U; i < 3U; ++i) {
    const bool has_failed = i == 1U;
    char       path[SWEEP_MAX_PATH];
    (void)snprintf(path,
                   sizeof(path),
                   "runs/rate-%s-hidden-16-batch-10/model.safetensors",
                   results[i].fields[SWEEP_RATE]);
    assert_string_equal(results[i].fields[SWEEP_END],
                        has_failed ? "failed" : "all epochs");
    assert_int_equal(access(path, F_OK), has_failed ? -1 : 0);
  }
  assert_string_equal(results[1].fields[SWEEP_BEST], "0");
}

static void
the_report_has_all_runs(void** const state)
{
  static const char* const words[] = {
    "<h1>runs</h1>",       "<h2>Sweep</h2>",       "rate 0.01, hidden 4",
    "rate 0.01, hidden 8", "rate 0.001, hidden 4", "rate 0.001, hidden 8",
    "target 50 %",
  };

  (void)state;
  cli_run_well("sweep " SWEEP_ROWS
               "--learning-rates 0.01,0.001 --hidden 4,8 --epochs 4 "
               "--target-accuracy 0.5 -o runs --report runs/page.html --plots "
               "pictures");
  Bytes bytes          = bytes_load("runs/page.html");
  bytes.bytes[bytes.n] = '\0';
  for (size_t i = 0U; i < sizeof(words) / sizeof(*words); ++i) {
    if (!strstr((const char*)bytes.bytes, words[i])) {
      fail_msg("\"%s\" is missing", words[i]);
    }
  }
  bytes_free(&bytes);
  assert_int_equal(access("pictures/sweep.svg", F_OK), 0);
}

static void
runs_end_at_the_target_or_without_patience(void** const state)
{
  (void)state;
  SweepRow results[2] = { { .text = "" } };
  cli_run_well("sweep " SWEEP_ROWS
               "--learning-rates 0.01,1e-9 --hidden 8 --batch 10 "
               "--epochs 40 --target-accuracy 0.9 --patience 3 --keep best "
               "-o runs");
  assert_int_equal(sweep_read("runs", results, 2U), 2U);
  assert_string_equal(results[0].fields[SWEEP_END], "target");
  assert_true(sweep_number(&results[0], SWEEP_LAST_ACCURACY) >= 0.9);
  assert_true((int)sweep_number(&results[0], SWEEP_EPOCHS) < 40);
  assert_string_equal(results[1].fields[SWEEP_END], "no better");
  assert_int_equal((int)sweep_number(&results[1], SWEEP_EPOCHS),
                   (int)sweep_number(&results[1], SWEEP_BEST_EPOCH) + 3);
}

static void
what_cannot_be_swept_is_one_sentence_before_the_work(void** const state)
{
  static const struct {
    const char* line;
    const char* name;
    const char* reason;
  } rows[] = {
    { "sweep " SWEEP_ROWS "-o none/runs",
      "none/runs can't be made",
      "No such file" },
    { "sweep " SWEEP_ROWS "-o X.npy", "X.npy/", "Not a directory" },
    { "sweep " SWEEP_ROWS "-o taken", "taken/results.csv", "Is a directory" },
    { "sweep " SWEEP_ROWS "-o runs --report none/page.html",
      "none/page.html",
      "No such file" },
    { "sweep " SWEEP_ROWS "-o runs --report y.npy", "y.npy", "it is read" },
    { "sweep --features none.npy --labels y.npy -o runs",
      "none.npy",
      "No such file" },
    { "sweep " SWEEP_ROWS "-o runs --hidden 8,4096x4096",
      "rate-0.001-hidden-4096x4096-batch-100",
      "too large for a file" },
    { "sweep nowhere -o runs", "nowhere", "No such file" },
  };

  (void)state;
  assert_int_equal(mkdir("taken", 0777), 0);
  assert_int_equal(mkdir("taken/results.csv", 0777), 0);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Process process = cli_run(rows[i].line, NULL);
    if (process.status != 1 || *process.out ||
        !is_sentence(process.err, rows[i].name, rows[i].reason)) {
      fail_msg("%s: %d, %s", rows[i].line, process.status, process.err);
    }
    process_free(&process);
    assert_int_equal(access("runs/results.csv", F_OK), -1);
  }
  assert_int_equal(access("y.npy", F_OK), 0);
}

static void
a_folder_without_permission_is_refused(void** const state)
{
  (void)state;
  assert_int_equal(mkdir("locked", 0777), 0);
  assert_int_equal(chmod("locked", 0555), 0);
  assert_int_equal(chmod(".", 0755), 0); // For somebody else
  const uid_t user    = user_drop();
  Process     process = cli_run("sweep " SWEEP_ROWS "-o locked", NULL);
  user_restore(user);
  assert_int_equal(process.status, 1);
  // A sanitizer, which can't look for leaks then, may add to it
  assert_non_null(
    strstr(process.err, "locked/results.csv can't be written: Permission"));
  process_free(&process);
}

static void
wrong_usage_is_one_sentence(void** const state)
{
  static const char many[] =
    "sweep " SWEEP_ROWS
    "-o runs --learning-rates .1,.2,.3,.4,.5 --hidden 1,2,3,4,5 "
    "--batch 1,2,3";
  static const struct {
    const char* line;
    const char* word;
  } rows[] = {
    { "sweep " SWEEP_ROWS, "which folder" },
    { "sweep -o runs", "which corpus" },
    { "sweep " SWEEP_ROWS "corpus -o runs", "which corpus" },
    { "sweep --features X.npy -o runs", "belong together" },
    { "sweep " SWEEP_ROWS "-o runs --plots p", "--plots needs --report" },
    { "sweep " SWEEP_ROWS "-o runs --learning-rates 0.1,,0.2", "not \"\"" },
    { "sweep " SWEEP_ROWS "-o runs --learning-rates 0.1,", "not \"\"" },
    { "sweep " SWEEP_ROWS "-o runs --learning-rates 0.1,x", "not \"x\"" },
    { "sweep " SWEEP_ROWS "-o runs --learning-rates nan", "not \"nan\"" },
    { "sweep " SWEEP_ROWS "-o runs --learning-rates 0.1,1e6", "not \"1e6\"" },
    { "sweep " SWEEP_ROWS "-o runs --hidden 8,0", "--hidden takes" },
    { "sweep " SWEEP_ROWS "-o runs --hidden 8x,8", "--hidden takes" },
    { "sweep " SWEEP_ROWS "-o runs --hidden 1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1",
      "at most 15 layers" },
    { "sweep " SWEEP_ROWS "-o runs --hidden 8 --network pool",
      "exclude each other" },
    { "sweep " SWEEP_ROWS "-o runs --batch 8,1.5", "--batch takes" },
    { "sweep " SWEEP_ROWS "-o runs --batch 8,8",
      "two runs would be called rate-" },
    { "sweep " SWEEP_ROWS "-o runs --learning-rates 0.01,1e-2", "two runs" },
    { "sweep " SWEEP_ROWS "-o runs --learning-rates 0.0123456789,0.0123456788",
      "two runs" },
    { many, "more than 64 combinations" },
    { "sweep " SWEEP_ROWS "-o runs --augment warp=2", "is for recordings" },
    { "sweep " SWEEP_ROWS "-o runs --augment tone=2", "not \"tone\"" },
    { "sweep " SWEEP_ROWS "-o runs --jobs 0", "--jobs takes" },
    { "sweep " SWEEP_ROWS "-o runs --every 0", "--every takes" },
    { "sweep " SWEEP_ROWS "-o runs --checkpoint x",
      "unknown option --checkpoint" },
    { "sweep " SWEEP_ROWS "-o", "-o needs a value" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Process process = cli_run(rows[i].line, NULL);
    if (process.status != 2 || *process.out ||
        !is_sentence(process.err, rows[i].word, "timbrel sweep --help")) {
      fail_msg("%s: %d, %s", rows[i].line, process.status, process.err);
    }
    process_free(&process);
    assert_int_equal(access("runs", F_OK), -1);
  }

  Process process = cli_expect(0, "sweep --help");
  assert_memory_equal(process.out, "Usage: timbrel sweep", 20U);
  process_free(&process);
}

static void
a_network_in_words_is_that_of_all_runs(void** const state)
{
  (void)state;
  Process process = cli_expect(
    0, "sweep " SWEEP_ROWS "--network pool --batch 10,20 --epochs 2 -o runs");
  assert_int_equal(text_count(process.out, " batch 10 "), 1U);
  assert_int_equal(text_count(process.out, "pool"), 0U);
  process_free(&process);
  assert_int_equal(access("runs/rate-0.001-batch-10/model.safetensors", F_OK),
                   0);
  SweepRow results[2];
  assert_int_equal(sweep_read("runs", results, 2U), 2U);
  assert_string_equal(results[0].fields[SWEEP_HIDDEN], "pool");
  assert_string_equal(results[1].fields[SWEEP_HIDDEN], "pool");
}

static void
recordings_can_be_swept_over_too(void** const state)
{
#define SMALL "--hidden 8,4 --epochs 4 --batch 16 --dropout 0 "
  (void)state;
  toy_corpus_write("toy", 4U);
  Process process =
    cli_expect(0, "sweep toy " SMALL "-o runs --report page.html");
  assert_non_null(strstr(process.out, "24 recordings"));
  assert_int_equal(text_count(process.out, "\n* hidden "), 1U);
  process_free(&process);

  SweepRow results[2] = { { .text = "" } };
  assert_int_equal(sweep_read("runs", results, 2U), 2U);
  assert_row_is_of(&results[0],
                   "runs/rate-0.004-hidden-8-batch-16/history.csv");
  assert_row_is_of(&results[1],
                   "runs/rate-0.004-hidden-4-batch-16/history.csv");
  assert_int_equal(
    access("runs/rate-0.004-hidden-8-batch-16/checkpoint.recordings.0", F_OK),
    0);

  // The model is what training alone with the same settings gives
  cli_run_well("train toy --hidden 8 --epochs 4 --batch 16 --dropout 0 --split "
               "recordings -o alone --threads 1");
  assert_true(files_are_equal(
    "alone", "runs/rate-0.004-hidden-8-batch-16/model.safetensors"));

  cli_run_well("sweep toy " SMALL "-o sources --split sources --jobs 2");
  assert_int_equal(
    access("sources/rate-0.004-hidden-4-batch-16/checkpoint.sources.1", F_OK),
    0);

  // A recording that can't be read is left out, and said
  bytes_save("no sound", 8U, "toy/saw/left/zz.wav");
  process = cli_run("sweep toy " SMALL "-o again", NULL);
  assert_int_equal(process.status, 1);
  assert_non_null(strstr(process.err, "zz.wav"));
  assert_int_equal(sweep_read("again", results, 2U), 2U);
  process_free(&process);
}

int
main(void)
{
  // So that a model has the same bytes before midnight and after
  assert_int_equal(setenv("SOURCE_DATE_EPOCH", "86400", 1), 0);
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, sweep_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(all_combinations_are_trained_and_the_best_is_marked),
    TEST(runs_are_named_after_what_differs),
    TEST(a_run_that_fails_leaves_the_others),
    TEST(the_report_has_all_runs),
    TEST(runs_end_at_the_target_or_without_patience),
    TEST(what_cannot_be_swept_is_one_sentence_before_the_work),
    TEST(a_folder_without_permission_is_refused),
    TEST(wrong_usage_is_one_sentence),
    TEST(a_network_in_words_is_that_of_all_runs),
    TEST(recordings_can_be_swept_over_too),
  };
  return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
