// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Being asked, while it runs, how far it is, or to end.

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/cut_off.h"
#include "tests/support/files.h"
#include "tests/support/long_tone.h"
#include "tests/support/scratch.h"
#include "tests/support/terminal.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LABEL "label --format csv --model " CLI_MODEL " "

#define LONG_MIN 20U
#define GOOD_S 1.4 ///< Of good.wav

#define ROWS "rows"   ///< Where start() has stdout go
#define GOOD_LINES 5U ///< Of the header and good.wav

static int
long_setup(void** const state)
{
  // Who has lost its parent becomes this process's child
  if (cli_setup(state) || prctl(PR_SET_CHILD_SUBREAPER, 1L)) {
    return -1;
  }
  (void)long_tone_write(
    "long.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, LONG_MIN);
  return 0;
}

static void
nap(void)
{
  static const struct timespec time = { 0, 20000000 };
  (void)nanosleep(&time, NULL);
}

/// Start `timbrel` and wait until there are so many lines of rows.
static RunningProcess
start(const char* const line, const unsigned n_lines)
{
  static const ProcessSetup to_rows = { .stdout_path = ROWS };

  bytes_save("", 0U, ROWS);
  RunningProcess run   = cli_start(line, &to_rows);
  siginfo_t      ended = { .si_pid = 0 };
  while (count_lines(ROWS) < n_lines) {
    nap();
    assert_int_equal(
      waitid(P_PID, (id_t)run.id, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
    assert_int_equal(ended.si_pid, 0);
  }
  return run;
}

/// Start it, send it a signal then, and wait for its end.
static Process
ask(const char* const line, const unsigned n_lines, const int signal)
{
  RunningProcess run = start(line, n_lines);
  assert_int_equal(kill(run.id, signal), 0);
  return process_wait(&run);
}

/// Demand that the rows are those of an undisturbed run.
static void
expect_rows(const char* const line)
{
  Process process = cli_expect(0, line);
  Bytes   rows    = bytes_load(ROWS);
  assert_int_equal(rows.n, strlen(process.out));
  assert_memory_equal(rows.bytes, process.out, rows.n);
  bytes_free(&rows);
  process_free(&process);
}

/// Demand that no worker is left.
static void
expect_no_process(void)
{
  while (waitpid(-1, NULL, 0) > 0) {
  }
  assert_int_equal(errno, ECHILD);
}

static bool
is_status_line(const char* const line)
{
  return !strncmp(line, "timbrel: ", 9U) && strstr(line, " files, ") &&
         strstr(line, " x real time, 0 failed");
}

static void
who_asks_is_told_in_a_line(void** const state)
{
  (void)state;
  Process asked = ask(LABEL "--jobs 1 good.wav long.wav", GOOD_LINES, SIGUSR1);
  assert_int_equal(asked.status, 0);
  assert_true(is_sentence(asked.err, "timbrel: 1 files, ", " 0 failed"));
  expect_rows(LABEL "--jobs 1 good.wav long.wav");
  process_free(&asked);
}

static void
who_asks_often_disturbs_no_row(void** const state)
{
  (void)state;
  RunningProcess run   = start(LABEL "--jobs 4 good.wav long.wav", GOOD_LINES);
  siginfo_t      ended = { .si_pid = 0 };
  while (!ended.si_pid) {
    assert_int_equal(kill(run.id, SIGUSR1), 0);
    nap();
    assert_int_equal(
      waitid(P_PID, (id_t)run.id, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
  }

  Process  asked   = process_wait(&run);
  unsigned n_lines = 0U;
  for (char* line = asked.err; *line; ++n_lines) {
    char* const end = strchr(line, '\n');
    assert_non_null(end);
    *end = '\0';
    assert_true(is_status_line(line));
    line = end + 1;
  }
  assert_int_equal(asked.status, 0);
  assert_true(n_lines > 1U);
  expect_rows(LABEL "--jobs 4 good.wav long.wav");
  process_free(&asked);
}

/// The objects on stderr, of which only the last one says that it is the last.
static json_t*
parse_progress(const char* const text)
{
  static const char* const keys[] = { "type",  "files", "failed",
                                      "total", "heard", "elapsed",
                                      "speed", "left",  "over" };

  json_t* const objects = rows_parse(text);
  const size_t  n       = json_array_size(objects);
  size_t        i       = 0U;
  const json_t* object;
  json_array_foreach(objects, i, object)
  {
    assert_int_equal(json_object_size(object), sizeof(keys) / sizeof(*keys));
    for (size_t k = 0U; k < sizeof(keys) / sizeof(*keys); ++k) {
      assert_non_null(json_object_get(object, keys[k]));
    }
    assert_string_equal(row_text(object, "type"), "progress");
    assert_int_equal(json_is_true(json_object_get(object, "over")),
                     i + 1U == n);
  }
  assert_true(n > 0U);
  return objects;
}

static void
a_program_is_told_in_objects(void** const state)
{
  (void)state;
  Process process =
    cli_run(LABEL "--progress json good.wav missing.wav long.wav", NULL);
  json_t* const       objects = parse_progress(process.err);
  const size_t        n       = json_array_size(objects);
  const json_t* const last    = json_array_get(objects, n - 1U);
  const double        heard_s = GOOD_S + (60.0 * LONG_MIN);
  assert_int_equal(process.status, 1);
  assert_int_equal(row_number(last, "files"), 3);
  assert_int_equal(row_number(last, "failed"), 1);
  assert_int_equal(row_number(last, "total"), 3);
  assert_true(fabs(row_number(last, "heard") - heard_s) < 0.01);
  assert_true(
    fabs(row_number(last, "speed") - (heard_s / row_number(last, "elapsed"))) <
    0.01 * row_number(last, "speed"));
  assert_true(row_number(last, "left") == 0.0);
  json_decref(objects);
  process_free(&process);
}

/// Also if the list does not say how many there are.
static void
a_program_that_asks_is_told_in_an_object(void** const state)
{
  (void)state;
  bytes_save("good.wav\nmissing.wav\nlong.wav\n", 30U, "list");
  Process       process = ask(LABEL "--progress json --jobs 1 --from-file list",
                        GOOD_LINES + 1U,
                        SIGUSR1);
  json_t* const objects = parse_progress(process.err);
  const size_t  n       = json_array_size(objects);
  const json_t* const first = json_array_get(objects, 0U);
  const json_t* const asked = json_array_get(objects, 1U);
  const json_t* const last  = json_array_get(objects, n - 1U);
  assert_int_equal(process.status, 1);
  assert_true(n >= 3U);
  assert_int_equal(row_number(asked, "files"), 2);
  assert_int_equal(row_number(asked, "failed"), 1);
  assert_true(json_is_null(json_object_get(asked, "total")));
  assert_true(json_is_null(json_object_get(asked, "left")));
  assert_int_equal(row_number(last, "files"), 3);
  assert_int_equal(row_number(last, "total"), 3);

  // Sooner than without being asked
  assert_true(row_number(asked, "elapsed") <
              row_number(first, "elapsed") + 0.9);
  json_decref(objects);
  process_free(&process);
}

static void
quiet_is_stronger_than_progress(void** const state)
{
  (void)state;
  Process process =
    cli_run(LABEL "--quiet --progress json good.wav missing.wav", NULL);
  assert_int_equal(process.status, 1);
  assert_string_equal(process.err, "");
  process_free(&process);
}

static void
a_terminal_shows_the_time_that_is_left(void** const state)
{
  (void)state;
  char text[16384];
  (void)terminal_run(
    LABEL "--jobs 1 -o out good.wav long.wav", text, sizeof(text));
  assert_non_null(strstr(text, "\r\033[K1 files, "));
  assert_non_null(strstr(text, " left of 2 files"));
  assert_null(strchr(text, '\n'));
}

/// What is in work is finished.
static void
the_first_interrupt_ends_behind_what_is_in_work(void** const state)
{
  (void)state;
  Process process = ask(
    LABEL "--jobs 1 good.wav long.wav good.wav good.wav", GOOD_LINES, SIGINT);
  assert_int_equal(process.status, 130);
  assert_string_equal(process.err, "");
  expect_rows(LABEL "good.wav long.wav");
  process_free(&process);
  expect_no_process();
}

static void
the_second_interrupt_ends_at_once(void** const state)
{
  (void)state;
  RunningProcess run = start(LABEL "--jobs 2 good.wav long.wav", GOOD_LINES);
  assert_int_equal(kill(run.id, SIGINT), 0);
  nap();
  assert_int_equal(kill(run.id, SIGINT), 0);
  Process process = process_wait(&run);
  assert_int_equal(process.status, -1);
  assert_int_equal(count_lines(ROWS), GOOD_LINES);
  process_free(&process);
  expect_no_process();
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, long_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(who_asks_is_told_in_a_line),
    TEST(who_asks_often_disturbs_no_row),
    TEST(a_program_is_told_in_objects),
    TEST(a_program_that_asks_is_told_in_an_object),
    TEST(quiet_is_stronger_than_progress),
    TEST(a_terminal_shows_the_time_that_is_left),
    TEST(the_first_interrupt_ends_behind_what_is_in_work),
    TEST(the_second_interrupt_ends_at_once),
  };
  return cmocka_run_group_tests_name("label_signals", tests, NULL, NULL);
}
