// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel sweep`, as it is called

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/cut_off.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/toy_corpus.h"
#include "tests/support/toy_table.h"
#include "trainer/fit_options.h"
#include "trainer/history.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS "--features X.npy --labels y.npy "
#define MAX_PATH 160U
#define N_FIELDS 13U

/// Long enough to be cut off, with checkpoints that are not of the last epoch.
#define GRID                                                                  \
  ROWS "--learning-rates 0.01,0.001 --hidden 16,8x4 --batch 10 --epochs 300 " \
       "--every 7 "

static const char* const grid[] = {
  "rate-0.01-hidden-16-batch-10",
  "rate-0.01-hidden-8x4-batch-10",
  "rate-0.001-hidden-16-batch-10",
  "rate-0.001-hidden-8x4-batch-10",
};

#define N_GRID (sizeof(grid) / sizeof(*grid))

/// A scratch folder with rows to train on.
static int
setup(void** const state)
{
  const int status = scratch_setup(state);
  if (!status) {
    toy_table_save("X.npy", "y.npy", 300U, 4U, 3U, 1U);
    toy_table_save("other.npy", "other_y.npy", 300U, 4U, 3U, 2U);
  }
  return status;
}

/// A file of a run, valid until the call after the next.
static const char*
run_file(const char* const folder,
         const char* const run,
         const char* const name)
{
  static char     paths[2][MAX_PATH];
  static unsigned turn = 0U;
  turn ^= 1U;
  (void)snprintf(paths[turn], MAX_PATH, "%s/%s/%s", folder, run, name);
  return paths[turn];
}

/// A row of results.csv.
typedef struct {
  char  text[512];
  char* fields[N_FIELDS]; ///< In its text
} Result;

enum {
  RATE,
  HIDDEN,
  BATCH,
  EPOCHS,
  BEST_EPOCH,
  BEST_ACCURACY,
  BEST_LOSS,
  LAST_ACCURACY,
  LAST_LOSS,
  SECONDS,
  END,
  BEST,
  MODEL
};

/// Read results.csv, whose texts hold no commas here; returns how many rows.
static size_t
read_results(const char* const folder, Result* const results, const size_t most)
{
  char path[MAX_PATH];
  char line[512];
  (void)snprintf(path, sizeof(path), "%s/results.csv", folder);
  FILE* const file = fopen(path, "r");
  assert_non_null(file);
  assert_non_null(fgets(line, sizeof(line), file));
  assert_string_equal(
    line,
    "learning_rate,hidden,batch,epochs,best_epoch,best_accuracy,best_loss,"
    "last_accuracy,last_loss,seconds_per_epoch,end,best,model\r\n");

  size_t n = 0U;
  while (fgets(line, sizeof(line), file)) {
    assert_true(n < most);
    Result* const result = &results[n++];
    memcpy(result->text, line, sizeof(line));
    char* rest = result->text;
    for (size_t i = 0U; i < N_FIELDS; ++i) {
      result->fields[i] = tmb_next_item(i + 1U < N_FIELDS ? ',' : '\r', &rest);
      assert_non_null(result->fields[i]);
    }
    assert_string_equal(rest, "\n");
  }
  (void)fclose(file);
  return n;
}

static double
number_of(const Result* const result, const unsigned field)
{
  const char* const text = result->fields[field];
  assert_non_null(text);
  return text ? strtod(text, NULL) : (double)NAN; // Never NaN
}

static void
assert_field_is(const Result* const result,
                const unsigned      i,
                const double        value)
{
  if (fabs(number_of(result, i) - value) > 1e-7) {
    fail_msg("field %u is %s, not %g", i, result->fields[i], value);
  }
}

/// A row must say what the run's history says.
static void
assert_result_is_of(const Result* const result, const char* const history_path)
{
  TmbHistory history;
  TmbMessage why = { "" };
  if (tmb_history_read(history_path, &history, &why)) {
    fail_msg("%s", why.text);
  }
  double highest = 0.0;
  double seconds = 0.0;
  for (uint32_t i = 0U; i < history.n_rows; ++i) {
    highest = fmax(highest, history.rows[i].validation_accuracy);
    seconds += history.rows[i].seconds / (double)history.n_rows;
  }
  const unsigned epoch = (unsigned)number_of(result, BEST_EPOCH);
  assert_in_range(epoch, 1U, history.n_rows);

  const TmbHistoryRow* const best = &history.rows[epoch - 1U];
  const TmbHistoryRow* const last = &history.rows[history.n_rows - 1U];
  assert_field_is(result, EPOCHS, (double)history.n_rows);
  assert_field_is(result, BEST_ACCURACY, highest);
  assert_field_is(result, BEST_ACCURACY, best->validation_accuracy);
  assert_field_is(result, BEST_LOSS, best->validation_loss);
  assert_field_is(result, LAST_ACCURACY, last->validation_accuracy);
  assert_field_is(result, LAST_LOSS, last->validation_loss);
  assert_field_is(result, SECONDS, seconds);
  tmb_history_clear(&history);
}

static void
assert_models_are_equal(const char* const a, const char* const b)
{
  for (size_t i = 0U; i < N_GRID; ++i) {
    if (!files_are_equal(run_file(a, grid[i], "model.safetensors"),
                         run_file(b, grid[i], "model.safetensors"))) {
      fail_msg("%s of %s and %s", grid[i], a, b);
    }
  }
}

static void
all_combinations_are_trained_and_the_best_is_marked(void** const state)
{
  static const char* const rates[]  = { "0.01", "0.001" };
  static const char* const layers[] = { "4", "8x4" };
  static const char* const sizes[]  = { "10", "30" };

  (void)state;
  Process process =
    cli_expect(0,
               "sweep " ROWS "--learning-rates 0.01,0.001 --hidden 4,8x4 "
               "--batch 10,30 --epochs 6 -o runs");
  Result       results[8] = { { .text = "" } };
  const Folder folder     = { "runs" };
  assert_int_equal(read_results("runs", results, 8U), 8U);
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
    char              quoted[MAX_PATH];
    (void)snprintf(
      name, sizeof(name), "rate-%s-hidden-%s-batch-%s", rate, layer, size);
    (void)snprintf(quoted,
                   sizeof(quoted),
                   "\"%s\"",
                   run_file("runs", name, "model.safetensors"));
    assert_string_equal(results[i].fields[RATE], rate);
    assert_string_equal(results[i].fields[HIDDEN], layer);
    assert_string_equal(results[i].fields[BATCH], size);
    assert_string_equal(results[i].fields[END], "all epochs");
    assert_string_equal(results[i].fields[MODEL], quoted);
    assert_result_is_of(&results[i], run_file("runs", name, "history.csv"));
    assert_int_equal(access(run_file("runs", name, "model.safetensors"), F_OK),
                     0);
    assert_int_equal(access(run_file("runs", name, "checkpoint"), F_OK), 0);

    const double accuracy = number_of(&results[i], BEST_ACCURACY);
    highest               = fmax(highest, accuracy);
    if (!strcmp(results[i].fields[BEST], "1")) {
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
    (void)snprintf(
      line, sizeof(line), "sweep " ROWS "--epochs 1 -o runs %s", rows[i].lists);
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
    "sweep " ROWS "--learning-rates 0.01,100,0.001 "
    "--hidden 16 --batch 10 --optimizer adamw --weight-decay 0.5 --epochs 5 "
    "-o runs --report page.html",
    NULL);
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err, "rate 100: ", "learning rate is too"));
  assert_int_equal(text_count(process.out, "\n* rate "), 1U);
  process_free(&process);

  Result results[3] = { { .text = "" } };
  assert_int_equal(read_results("runs", results, 3U), 3U);
  for (unsigned i = 0U; i < 3U; ++i) {
    const bool has_failed = i == 1U;
    char       path[MAX_PATH];
    (void)snprintf(path,
                   sizeof(path),
                   "runs/rate-%s-hidden-16-batch-10/model.safetensors",
                   results[i].fields[RATE]);
    assert_string_equal(results[i].fields[END],
                        has_failed ? "failed" : "all epochs");
    assert_int_equal(access(path, F_OK), has_failed ? -1 : 0);
  }
  assert_string_equal(results[1].fields[BEST], "0");
}

static void
the_number_of_jobs_changes_no_byte(void** const state)
{
  (void)state;
  cli_run_well("sweep " GRID "--jobs 1 -o one");
  cli_run_well("sweep " GRID "--jobs 2 -o two");
  assert_models_are_equal("one", "two");
}

static void
a_sweep_that_was_killed_goes_on_to_the_same_bytes(void** const state)
{
  (void)state;
  cli_run_well("sweep " GRID "--jobs 2 -o whole");

  // The second run of the first pair has begun, or the first is at its end
  Process process = cut_off("sweep " GRID "--jobs 2 -o cut",
                            run_file("cut", grid[0], "history.csv"),
                            40U,
                            SIGKILL);
  assert_int_equal(process.status, -1);
  process_free(&process);
  assert_int_equal(access("cut/results.csv", F_OK), -1);
  assert_int_equal(access(run_file("cut", grid[3], "model.safetensors"), F_OK),
                   -1);
  assert_int_equal(access(run_file("cut", grid[0], "checkpoint"), F_OK), 0);

  cli_run_well("sweep " GRID "--jobs 1 -o cut --resume");
  assert_models_are_equal("whole", "cut");
  for (size_t i = 0U; i < N_GRID; ++i) {
    assert_int_equal(count_lines(run_file("cut", grid[i], "history.csv")),
                     301U);
  }

  // And what is at its end is only told again
  cli_run_well("sweep " GRID "--jobs 2 -o cut --resume");
  assert_models_are_equal("whole", "cut");
}

static void
an_interrupted_sweep_keeps_what_it_has_and_goes_on(void** const state)
{
  (void)state;
  cli_run_well("sweep " GRID "-o whole");
  Process process = cut_off("sweep " GRID "--jobs 1 -o cut",
                            run_file("cut", grid[1], "history.csv"),
                            10U,
                            SIGINT);
  assert_int_equal(process.status, 130);
  assert_string_equal(process.err, "");
  assert_non_null(strstr(process.out, "  interrupted\n"));
  assert_int_equal(text_count(process.out, "  not begun\n"), 2U);
  process_free(&process);

  static const char* const ends[] = {
    "all epochs", "interrupted", "not begun", "not begun"
  };
  Result results[N_GRID] = { { .text = "" } };
  assert_int_equal(read_results("cut", results, N_GRID), N_GRID);
  for (size_t i = 0U; i < N_GRID; ++i) {
    assert_string_equal(results[i].fields[END], ends[i]);
    if (i < 2U) {
      assert_result_is_of(&results[i], run_file("cut", grid[i], "history.csv"));
    } else {
      assert_string_equal(results[i].fields[EPOCHS], "0");
      assert_string_equal(results[i].fields[BEST_EPOCH], "");
      assert_string_equal(results[i].fields[LAST_LOSS], "");
    }
    assert_int_equal(
      access(run_file("cut", grid[i], "model.safetensors"), F_OK),
      i < 2U ? 0 : -1);
  }

  cli_run_well("sweep " GRID "-o cut --resume");
  assert_models_are_equal("whole", "cut");
}

static void
checkpoints_of_another_training_are_refused_run_by_run(void** const state)
{
  static const struct {
    const char* line;
    const char* reason;
  } rows[] = {
    { "sweep --features other.npy --labels other_y.npy --epochs 3",
      "it is a checkpoint of other data" },
    { "sweep " ROWS "--epochs 3 --dropout 0.1",
      "other settings: dropout differs" },
    { "sweep " ROWS "--epochs 3 --seed 2", "checkpoint of other " },
  };

  (void)state;
  cli_run_well("sweep " ROWS "--epochs 3 --hidden 4,8 -o runs");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[256];
    (void)snprintf(
      line, sizeof(line), "%s --hidden 4,8,6 -o runs --resume", rows[i].line);
    Process process = cli_run(line, NULL);
    assert_int_equal(process.status, 1);
    assert_int_equal(text_count(process.err, "\n"), 2U);
    assert_int_equal(text_count(process.err, rows[i].reason), 2U);
    assert_non_null(strstr(process.err, "hidden 4: runs/rate-0.001-hidden-4-"));
    assert_non_null(strstr(process.err, "hidden 8: runs/rate-0.001-hidden-8-"));
    assert_int_equal(text_count(process.out, "  failed\n"), 2U);
    assert_int_equal(text_count(process.out, "\n* hidden 6 "), 1U);
    process_free(&process);

    // The files of the refused runs are as they were; the third is in the way
    assert_int_equal(
      count_lines("runs/rate-0.001-hidden-4-batch-100/history.csv"), 4U);
    assert_int_equal(remove("runs/rate-0.001-hidden-6-batch-100/checkpoint"),
                     0);
  }
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
  cli_run_well("sweep " ROWS
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
  Result results[2] = { { .text = "" } };
  cli_run_well("sweep " ROWS "--learning-rates 0.01,1e-9 --hidden 8 --batch 10 "
               "--epochs 40 --target-accuracy 0.9 --patience 3 --keep best "
               "-o runs");
  assert_int_equal(read_results("runs", results, 2U), 2U);
  assert_string_equal(results[0].fields[END], "target");
  assert_true(number_of(&results[0], LAST_ACCURACY) >= 0.9);
  assert_true((int)number_of(&results[0], EPOCHS) < 40);
  assert_string_equal(results[1].fields[END], "no better");
  assert_int_equal((int)number_of(&results[1], EPOCHS),
                   (int)number_of(&results[1], BEST_EPOCH) + 3);
}

static void
what_cannot_be_swept_is_one_sentence_before_the_work(void** const state)
{
  static const struct {
    const char* line;
    const char* name;
    const char* reason;
  } rows[] = {
    { "sweep " ROWS "-o none/runs", "none/runs can't be made", "No such file" },
    { "sweep " ROWS "-o X.npy", "X.npy/", "Not a directory" },
    { "sweep " ROWS "-o taken", "taken/results.csv", "Is a directory" },
    { "sweep " ROWS "-o runs --report none/page.html",
      "none/page.html",
      "No such file" },
    { "sweep " ROWS "-o runs --report y.npy", "y.npy", "it is read" },
    { "sweep --features none.npy --labels y.npy -o runs",
      "none.npy",
      "No such file" },
    { "sweep " ROWS "-o runs --hidden 8,4096x4096",
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
  Process     process = cli_run("sweep " ROWS "-o locked", NULL);
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
    "sweep " ROWS "-o runs --learning-rates .1,.2,.3,.4,.5 --hidden 1,2,3,4,5 "
    "--batch 1,2,3";
  static const struct {
    const char* line;
    const char* word;
  } rows[] = {
    { "sweep " ROWS, "which folder" },
    { "sweep -o runs", "which corpus" },
    { "sweep " ROWS "corpus -o runs", "which corpus" },
    { "sweep --features X.npy -o runs", "belong together" },
    { "sweep " ROWS "-o runs --plots p", "--plots needs --report" },
    { "sweep " ROWS "-o runs --learning-rates 0.1,,0.2", "not \"\"" },
    { "sweep " ROWS "-o runs --learning-rates 0.1,", "not \"\"" },
    { "sweep " ROWS "-o runs --learning-rates 0.1,x", "not \"x\"" },
    { "sweep " ROWS "-o runs --learning-rates nan", "not \"nan\"" },
    { "sweep " ROWS "-o runs --learning-rates 0.1,1e6", "not \"1e6\"" },
    { "sweep " ROWS "-o runs --hidden 8,0", "--hidden takes" },
    { "sweep " ROWS "-o runs --hidden 8x,8", "--hidden takes" },
    { "sweep " ROWS "-o runs --hidden 1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1",
      "at most 15 layers" },
    { "sweep " ROWS "-o runs --hidden 8 --network pool", "exclude each other" },
    { "sweep " ROWS "-o runs --batch 8,1.5", "--batch takes" },
    { "sweep " ROWS "-o runs --batch 8,8", "two runs would be called rate-" },
    { "sweep " ROWS "-o runs --learning-rates 0.01,1e-2", "two runs" },
    { "sweep " ROWS "-o runs --learning-rates 0.0123456789,0.0123456788",
      "two runs" },
    { many, "more than 64 combinations" },
    { "sweep " ROWS "-o runs --augment warp=2", "is for recordings" },
    { "sweep " ROWS "-o runs --augment tone=2", "not \"tone\"" },
    { "sweep " ROWS "-o runs --jobs 0", "--jobs takes" },
    { "sweep " ROWS "-o runs --every 0", "--every takes" },
    { "sweep " ROWS "-o runs --checkpoint x", "unknown option --checkpoint" },
    { "sweep " ROWS "-o", "-o needs a value" },
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
    0, "sweep " ROWS "--network pool --batch 10,20 --epochs 2 -o runs");
  assert_int_equal(text_count(process.out, " batch 10 "), 1U);
  assert_int_equal(text_count(process.out, "pool"), 0U);
  process_free(&process);
  assert_int_equal(access("runs/rate-0.001-batch-10/model.safetensors", F_OK),
                   0);
  Result results[2];
  assert_int_equal(read_results("runs", results, 2U), 2U);
  assert_string_equal(results[0].fields[HIDDEN], "pool");
  assert_string_equal(results[1].fields[HIDDEN], "pool");
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

  Result results[2] = { { .text = "" } };
  assert_int_equal(read_results("runs", results, 2U), 2U);
  assert_result_is_of(&results[0],
                      "runs/rate-0.004-hidden-8-batch-16/history.csv");
  assert_result_is_of(&results[1],
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
  assert_int_equal(read_results("again", results, 2U), 2U);
  process_free(&process);
}

int
main(void)
{
  // So that a model has the same bytes before midnight and after
  assert_int_equal(setenv("SOURCE_DATE_EPOCH", "86400", 1), 0);
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(all_combinations_are_trained_and_the_best_is_marked),
    TEST(runs_are_named_after_what_differs),
    TEST(a_run_that_fails_leaves_the_others),
    TEST(the_number_of_jobs_changes_no_byte),
    TEST(a_sweep_that_was_killed_goes_on_to_the_same_bytes),
    TEST(an_interrupted_sweep_keeps_what_it_has_and_goes_on),
    TEST(checkpoints_of_another_training_are_refused_run_by_run),
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
