// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel sweep` with several jobs, and going on with what was cut off

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/cut_off.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/swept.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Long enough to be cut off, with checkpoints that are not of the last epoch.
#define GRID                                                             \
  SWEEP_ROWS                                                             \
  "--learning-rates 0.01,0.001 --hidden 16,8x4 --batch 10 --epochs 300 " \
  "--every 7 "

static const char* const grid[] = {
  "rate-0.01-hidden-16-batch-10",
  "rate-0.01-hidden-8x4-batch-10",
  "rate-0.001-hidden-16-batch-10",
  "rate-0.001-hidden-8x4-batch-10",
};

#define N_GRID (sizeof(grid) / sizeof(*grid))

static void
assert_models_are_equal(const char* const a, const char* const b)
{
  for (size_t i = 0U; i < N_GRID; ++i) {
    if (!files_are_equal(sweep_file(a, grid[i], "model.safetensors"),
                         sweep_file(b, grid[i], "model.safetensors"))) {
      fail_msg("%s of %s and %s", grid[i], a, b);
    }
  }
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
                            sweep_file("cut", grid[0], "history.csv"),
                            40U,
                            SIGKILL);
  assert_int_equal(process.status, -1);
  process_free(&process);
  assert_int_equal(access("cut/results.csv", F_OK), -1);
  assert_int_equal(
    access(sweep_file("cut", grid[3], "model.safetensors"), F_OK), -1);
  assert_int_equal(access(sweep_file("cut", grid[0], "checkpoint"), F_OK), 0);

  cli_run_well("sweep " GRID "--jobs 1 -o cut --resume");
  assert_models_are_equal("whole", "cut");
  for (size_t i = 0U; i < N_GRID; ++i) {
    assert_int_equal(count_lines(sweep_file("cut", grid[i], "history.csv")),
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
                            sweep_file("cut", grid[1], "history.csv"),
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
  SweepRow results[N_GRID] = { { .text = "" } };
  assert_int_equal(sweep_read("cut", results, N_GRID), N_GRID);
  for (size_t i = 0U; i < N_GRID; ++i) {
    assert_string_equal(results[i].fields[SWEEP_END], ends[i]);
    if (i < 2U) {
      assert_row_is_of(&results[i], sweep_file("cut", grid[i], "history.csv"));
    } else {
      assert_string_equal(results[i].fields[SWEEP_EPOCHS], "0");
      assert_string_equal(results[i].fields[SWEEP_BEST_EPOCH], "");
      assert_string_equal(results[i].fields[SWEEP_LAST_LOSS], "");
    }
    assert_int_equal(
      access(sweep_file("cut", grid[i], "model.safetensors"), F_OK),
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
    { "sweep " SWEEP_ROWS "--epochs 3 --dropout 0.1",
      "other settings: dropout differs" },
    { "sweep " SWEEP_ROWS "--epochs 3 --seed 2", "checkpoint of other " },
  };

  (void)state;
  cli_run_well("sweep " SWEEP_ROWS "--epochs 3 --hidden 4,8 -o runs");
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

int
main(void)
{
  // So that a model has the same bytes before midnight and after
  assert_int_equal(setenv("SOURCE_DATE_EPOCH", "86400", 1), 0);
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, sweep_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(the_number_of_jobs_changes_no_byte),
    TEST(a_sweep_that_was_killed_goes_on_to_the_same_bytes),
    TEST(an_interrupted_sweep_keeps_what_it_has_and_goes_on),
    TEST(checkpoints_of_another_training_are_refused_run_by_run),
  };
  return cmocka_run_group_tests_name("sweep_resumed", tests, NULL, NULL);
}
