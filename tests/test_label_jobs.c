// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/archive.h"
#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/scratch.h"
#include "tests/support/terminal.h"
#include "tests/support/tone.h"

#include <sndfile.h>
#include <stdio.h>
#include <string.h>

#define WAV_16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)
#define LABEL "label --model " CLI_MODEL " --format jsonl "

static int
corpus_setup(void** const state)
{
  if (cli_setup(state)) {
    return -1;
  }
  archive_write("in");
  return 0;
}

static void
each_good_file_has_a_label_and_each_bad_one_a_reason(void** const state)
{
  (void)state;
  Process       process = cli_run_as_user(LABEL "in");
  json_t* const rows    = rows_parse(process.out);
  const char*   line    = process.err;
  size_t        n_files = 0U;
  size_t        i       = 0U;
  const json_t* row;
  json_array_foreach(rows, i, row)
  {
    if (!strcmp(row_text(row, "type"), "note")) {
      continue;
    }
    char path[64];
    assert_true(n_files < ARCHIVE_FILES);
    (void)snprintf(path, sizeof(path), "in/%s", archive_files[n_files].shown);
    const char* const error  = json_string_value(json_object_get(row, "error"));
    const char* const reason = archive_files[n_files].reason;
    if (strcmp(row_text(row, "file"), path) != 0 || !error != !reason ||
        (error && !strstr(error, reason))) {
      fail_msg(
        "%s: %s, %s", path, row_text(row, "file"), error ? error : "labelled");
    }
    if (error) {
      assert_true(!strncmp(line, "timbrel: in/", 12U));
      line = strchr(line, '\n') + 1;
    }
    ++n_files;
  }
  assert_int_equal(n_files, ARCHIVE_FILES);
  assert_int_equal(process.status, 1);
  assert_true(!strncmp(line, "12 of 20 recordings have no label:\n", 35U));
  assert_non_null(
    strstr(line, "         2  the file is cut short, N bytes of"));
  json_decref(rows);
  process_free(&process);
}

static void
the_output_does_not_depend_on_the_number_of_jobs(void** const state)
{
  static const char* const more[] = { "--jobs 2", "--jobs 3", "--jobs 16" };

  (void)state;
  Process one = cli_run_as_user(LABEL "--jobs 1 in good.wav in");
  assert_int_equal(one.status, 1);
  for (size_t i = 0U; i < sizeof(more) / sizeof(*more); ++i) {
    char line[128];
    (void)snprintf(line, sizeof(line), LABEL "%s in good.wav in", more[i]);
    Process process = cli_run_as_user(line);
    assert_int_equal(process.status, 1);
    assert_string_equal(process.out, one.out);
    assert_string_equal(process.err, one.err);
    process_free(&process);
  }
  process_free(&one);
}

static void
more_files_than_wait_come_in_order(void** const state)
{
  enum { N = 400 };

  (void)state;
  (void)tone_write("long.wav", WAV_16, 8000, 1, 200U);
  Process good = cli_expect(0, LABEL "good.wav");
  Process slow = cli_expect(0, LABEL "long.wav");
  FILE*   list = fopen("list", "w");
  assert_non_null(list);
  (void)fputs("long.wav\n", list);
  for (unsigned i = 0U; i < N; ++i) {
    (void)fputs("good.wav\n", list);
  }
  assert_int_equal(fclose(list), 0);

  Process      process = cli_expect(0, LABEL "--jobs 4 --from-file list");
  const size_t n_good  = strlen(good.out);
  const size_t n_slow  = strlen(slow.out);
  assert_int_equal(strlen(process.out), n_slow + (N * n_good));
  assert_memory_equal(process.out, slow.out, n_slow);
  for (unsigned i = 0U; i < N; ++i) {
    assert_memory_equal(process.out + n_slow + (i * n_good), good.out, n_good);
  }
  process_free(&process);
  process_free(&slow);
  process_free(&good);
}

static void
a_run_that_fails_fast_ends_behind_the_first_error(void** const state)
{
  (void)state;
  Process one =
    cli_run_as_user(LABEL "--fail-fast --jobs 1 good.wav in good.wav");
  Process many =
    cli_run_as_user(LABEL "--fail-fast --jobs 8 good.wav in good.wav");
  json_t* const rows = rows_parse(one.out);
  assert_int_equal(rows_count(rows, "file", "good.wav"), 1U);
  assert_int_equal(rows_count(rows, "error", "in/channels-0.wav"), 1U);
  assert_int_equal(rows_count(rows, "file", "in/channels-32.wav"), 0U);
  assert_int_equal(one.status, 1);
  assert_int_equal(many.status, 1);
  assert_string_equal(many.out, one.out);
  assert_string_equal(many.err, one.err);
  json_decref(rows);
  process_free(&many);
  process_free(&one);
}

static void
who_wants_quiet_has_the_rows_alone(void** const state)
{
  (void)state;
  Process loud  = cli_run_as_user(LABEL "in");
  Process quiet = cli_run_as_user(LABEL "--quiet in");
  assert_int_equal(quiet.status, 1);
  assert_string_equal(quiet.out, loud.out);
  assert_string_equal(quiet.err, "");
  process_free(&quiet);
  process_free(&loud);
}

static void
a_terminal_shows_one_line_which_is_wiped(void** const state)
{
  static const struct {
    const char* line;
    const char* words; ///< Or null if nothing is to be shown
  } rows[] = {
    { LABEL "--jobs 1 good.wav", "\r\033[K1 files, 0.00 h, " },
    { LABEL "--jobs 1 good.wav", " x real time, 0 failed" },
    { LABEL "--jobs 1 --quiet good.wav", NULL },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char         text[512];
    const size_t n = terminal_run(rows[i].line, text, sizeof(text));
    if (rows[i].words) {
      assert_true(n > 4U);
      assert_non_null(strstr(text, rows[i].words));
      assert_null(strchr(text, '\n'));
      assert_string_equal(text + n - 4U, "\r\033[K");
    } else {
      assert_int_equal(n, 0U);
    }
  }
}

static void
a_number_of_jobs_has_bounds(void** const state)
{
  (void)state;
  cli_expect_usage_error("label --jobs 0 good.wav", "\"0\"");
  cli_expect_usage_error("label --jobs 65 good.wav", "\"65\"");
  cli_expect_usage_error("label --jobs 1.5 good.wav", "whole number");
}

int
main(void)
{
#define CORPUS_TEST(f) \
  cmocka_unit_test_setup_teardown(f, corpus_setup, scratch_teardown)
#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    CORPUS_TEST(each_good_file_has_a_label_and_each_bad_one_a_reason),
    CORPUS_TEST(the_output_does_not_depend_on_the_number_of_jobs),
    TEST(more_files_than_wait_come_in_order),
    CORPUS_TEST(a_run_that_fails_fast_ends_behind_the_first_error),
    CORPUS_TEST(who_wants_quiet_has_the_rows_alone),
    TEST(a_terminal_shows_one_line_which_is_wiped),
    TEST(a_number_of_jobs_has_bounds),
  };
  return cmocka_run_group_tests_name("label_jobs", tests, NULL, NULL);
}
