// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"

#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAV_16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)
#define LABEL "label --model " CLI_MODEL " --format jsonl "

// Of the WAV header that libsndfile writes
#define CHANNELS_AT 22U
#define DATA_SIZE_AT 40U

/// A folder of what archives hold, in the order of the walk.
static const struct {
  const char* name;
  const char* reason; ///< Null if there is to be a label
} corpus[] = {
  { "channels-0.wav", "not a sound file" },
  { "channels-32.wav", NULL },
  { "cut.flac", "the file is damaged" },
  { "cut.wav", "the file is cut short" },
  { "device.wav", "is not a regular file" },
  { "empty.wav", "the file is empty" },
  { "folder.wav", "there is no sound file in this folder" },
  { "good.wav", NULL },
  { "huge.wav", "the file is cut short" },
  { "locked.wav", "Permission denied" },
  { "nan.wav", NULL },
  { "nowhere.wav", "No such file or directory" },
  { "pipe.wav", "is not a regular file" },
  { "rate-192000.flac", NULL },
  { "rate-8000.wav", NULL },
  { "streamed.wav", NULL },
  { "text.wav", "not a sound file" },
};

enum { N_CORPUS = sizeof(corpus) / sizeof(*corpus) };

/// good.wav with another number in its header, little endian.
static void
save_changed(const char* const path,
             const size_t      at,
             const uint32_t    value,
             const size_t      n_bytes)
{
  Bytes bytes = bytes_load("good.wav");
  for (size_t i = 0U; i < n_bytes; ++i) {
    bytes.bytes[at + i] = (uint8_t)(value >> (8U * i));
  }
  bytes_save(bytes.bytes, bytes.n, path);
  bytes_free(&bytes);
}

/// Half of a recording.
static void
save_half(const char* const path, const int format)
{
  (void)tone_write("whole", format, 44100, 1, CLI_NOTES);
  Bytes bytes = bytes_load("whole");
  bytes_save(bytes.bytes, bytes.n / 2U, path);
  bytes_free(&bytes);
}

static void
write_nan(const char* const path)
{
  SF_INFO        info  = { .samplerate = 44100,
                           .channels   = 1,
                           .format     = SF_FORMAT_WAV | SF_FORMAT_FLOAT };
  SNDFILE* const file  = sf_open(path, SFM_WRITE, &info);
  float          y[64] = { 0.0f };
  assert_non_null(file);
  for (unsigned i = 0U; i < 64U; i += 2U) {
    y[i] = NAN;
  }
  for (unsigned i = 0U; i < 500U; ++i) {
    assert_int_equal(sf_writef_float(file, y, 64), 64);
  }
  assert_int_equal(sf_close(file), 0);
}

static int
corpus_setup(void** const state)
{
  if (cli_setup(state) || chmod(".", 0755) || chmod(CLI_MODEL, 0644) ||
      mkdir("in", 0755) || mkdir("in/folder.wav", 0755) ||
      mkfifo("in/pipe.wav", 0644) || symlink("/dev/zero", "in/device.wav") ||
      symlink("nothing", "in/nowhere.wav")) {
    return -1;
  }
  bytes_save("", 0U, "in/empty.wav");
  bytes_save("Not a sound.\n", 13U, "in/text.wav");
  save_half("in/cut.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  save_half("in/cut.wav", WAV_16);
  save_changed("in/good.wav", 0U, 0U, 0U);
  save_changed("in/channels-0.wav", CHANNELS_AT, 0U, 2U);
  save_changed("in/huge.wav", DATA_SIZE_AT, 0x70000000U, 4U);
  save_changed("in/streamed.wav", DATA_SIZE_AT, 0xFFFFFFFFU, 4U);
  save_changed("in/locked.wav", 0U, 0U, 0U);
  (void)tone_write("in/channels-32.wav", WAV_16, 44100, 32, CLI_NOTES);
  (void)tone_write("in/rate-8000.wav", WAV_16, 8000, 1, CLI_NOTES);
  (void)tone_write(
    "in/rate-192000.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 192000, 2, 1U);
  write_nan("in/nan.wav");
  return chmod("in/locked.wav", 0000);
}

/// Run as somebody to whom something is forbidden.
static Process
run_as_user(const char* const line)
{
#ifdef TMB_SANITIZED
  if (!getuid()) {
    print_message("skipped: LeakSanitizer may not look into a process that has "
                  "left root\n");
    skip();
  }
#endif
  const uid_t   user    = user_drop();
  const Process process = cli_run(line, NULL);
  user_restore(user);
  return process;
}

static void
each_good_file_has_a_label_and_each_bad_one_a_reason(void** const state)
{
  (void)state;
  Process       process = run_as_user(LABEL "in");
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
    assert_true(n_files < N_CORPUS);
    (void)snprintf(path, sizeof(path), "in/%s", corpus[n_files].name);
    const char* const error  = json_string_value(json_object_get(row, "error"));
    const char* const reason = corpus[n_files].reason;
    if (strcmp(row_text(row, "file"), path) != 0 || !error != !reason ||
        (error && !strstr(error, reason))) {
      fail_msg("%s: %s", path, error ? error : "labelled");
    }
    if (error) {
      assert_true(!strncmp(line, "timbrel: in/", 12U));
      line = strchr(line, '\n') + 1;
    }
    ++n_files;
  }
  assert_int_equal(n_files, N_CORPUS);
  assert_int_equal(process.status, 1);
  assert_true(!strncmp(line, "11 of 17 recordings have no label:\n", 35U));
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
  Process one = run_as_user(LABEL "--jobs 1 in good.wav in");
  assert_int_equal(one.status, 1);
  for (size_t i = 0U; i < sizeof(more) / sizeof(*more); ++i) {
    char line[128];
    (void)snprintf(line, sizeof(line), LABEL "%s in good.wav in", more[i]);
    Process process = run_as_user(line);
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
  Process one  = run_as_user(LABEL "--fail-fast --jobs 1 good.wav in good.wav");
  Process many = run_as_user(LABEL "--fail-fast --jobs 8 good.wav in good.wav");
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
  Process loud  = run_as_user(LABEL "in");
  Process quiet = run_as_user(LABEL "--quiet in");
  assert_int_equal(quiet.status, 1);
  assert_string_equal(quiet.out, loud.out);
  assert_string_equal(quiet.err, "");
  process_free(&quiet);
  process_free(&loud);
}

/// Run with a terminal as stderr, which the caller closes.
static int
run_on_terminal(const char* const line)
{
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  assert_true(terminal >= 0);
  assert_int_equal(grantpt(terminal), 0);
  assert_int_equal(unlockpt(terminal), 0);

  const ProcessSetup setup   = { .stderr_path = ptsname(terminal) };
  Process            process = cli_run(line, &setup);
  assert_int_equal(process.status, 0);
  process_free(&process);
  assert_int_equal(fcntl(terminal, F_SETFL, O_NONBLOCK), 0);
  return terminal;
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
    char          text[512] = "";
    const int     terminal  = run_on_terminal(rows[i].line);
    const ssize_t n         = read(terminal, text, sizeof(text) - 1U);
    if (rows[i].words) {
      assert_true(n > 4);
      assert_non_null(strstr(text, rows[i].words));
      assert_null(strchr(text, '\n'));
      assert_string_equal(text + n - 4, "\r\033[K");
    } else {
      assert_true(n <= 0);
    }
    (void)close(terminal);
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
