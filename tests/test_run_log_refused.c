// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Which journals are not gone on with, and where none can be

#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/logged.h"
#include "tests/support/scratch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define APART UINT64_MAX

static void
an_unfinished_run_is_not_begun_anew(void** const state)
{
  static const char words[] = "--resume goes on with it";

  (void)state;
  logged_leave("ab");
  Bytes before = bytes_load(LOGGED_JOURNAL);
  logged_expect_refused(
    logged_run(NULL), false, 2U * LOGGED_BYTES, TMB_BAD_FILE, words);
  logged_expect_refused(logged_run(NULL), false, 0U, TMB_BAD_FILE, words);
  logged_expect_refused(logged_run(NULL), false, APART, TMB_BAD_FILE, words);
  logged_expect_refused(logged_run("model"), false, 0U, TMB_BAD_FILE, words);
  Bytes after = bytes_load(LOGGED_JOURNAL);
  assert_int_equal(after.n, before.n);
  assert_memory_equal(after.bytes, before.bytes, after.n);
  bytes_free(&after);
  bytes_free(&before);

  // Nor is one whose output was not yet brought to its place
  TmbRunLog* log = logged_open(true, APART);
  logged_end(log, 2U);
  logged_expect_refused(
    logged_run(NULL), false, 2U * LOGGED_BYTES, TMB_BAD_FILE, words);
  log = logged_open(true, 2U * LOGGED_BYTES);
  assert_true(tmb_run_log_is_over(log));
  tmb_run_log_free(log);
}

static void
another_run_is_refused(void** const state)
{
  static const struct {
    const char* key;
    const char* words;
  } rows[] = {
    { "version", "of another version of timbrel" },
    { "format", "of another format" },
    { "model", "of another model" },
    { "options", "of other options" },
    { "inputs", "of other recordings" },
    { "shard", "of another shard" },
  };

  (void)state;
  for (unsigned is_over = 0U; is_over < 2U; ++is_over) {
    logged_leave("ab");
    if (is_over) {
      logged_end(logged_open(true, APART), 2U);
    }
    Bytes before = bytes_load(LOGGED_JOURNAL);
    for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
      logged_expect_refused(
        logged_run(rows[i].key), true, APART, TMB_BAD_FILE, rows[i].words);
    }
    Bytes after = bytes_load(LOGGED_JOURNAL);
    assert_int_equal(after.n, before.n);
    assert_memory_equal(after.bytes, before.bytes, after.n);
    bytes_free(&after);
    bytes_free(&before);
  }
}

static void
what_is_no_journal_is_left_alone(void** const state)
{
  static const struct {
    const char* text;
    TmbStatus   status;
    const char* words;
  } rows[] = {
    { "My diary.\n", TMB_BAD_FILE, "not a journal" },
    { "My diary", TMB_BAD_FILE, "not a journal" },
    { "{\"journal\":1", TMB_BAD_FILE, "not a journal" },
    { "{\"journal\":\"mine\"}\n", TMB_BAD_FILE, "not a journal" },
    { "{\"journal\":0}\n", TMB_BAD_FILE, "not a journal" },
    { "{\"journal\":2}\n", TMB_TOO_NEW, "later version" },
    { "\n", TMB_BAD_FILE, "not a journal" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const size_t n = strlen(rows[i].text);
    for (unsigned resumes = 0U; resumes < 2U; ++resumes) {
      bytes_save(rows[i].text, n, LOGGED_JOURNAL);
      logged_expect_refused(
        logged_run(NULL), resumes, 0U, rows[i].status, rows[i].words);
      Bytes bytes = bytes_load(LOGGED_JOURNAL);
      assert_int_equal(bytes.n, n);
      assert_memory_equal(bytes.bytes, rows[i].text, n);
      bytes_free(&bytes);
    }
  }
}

static void
two_processes_are_not_at_one_run(void** const state)
{
  (void)state;
  int  ends[2];
  char ready = '\0';
  assert_int_equal(pipe(ends), 0);
  const pid_t other = fork();
  assert_true(other >= 0);
  if (!other) {
    TmbRunLog* const log = logged_open(false, 0U);
    logged_put(log, "ab", 0U);
    logged_commit(log);
    (void)write(ends[1], "!", 1U);
    for (;;) {
      (void)pause();
    }
  }

  assert_int_equal(read(ends[0], &ready, 1U), 1);
  for (unsigned resumes = 0U; resumes < 2U; ++resumes) {
    logged_expect_refused(logged_run(NULL),
                          resumes,
                          2U * LOGGED_BYTES,
                          TMB_WRITE_FAILED,
                          "another process is at this run");
  }
  assert_int_equal(kill(other, SIGKILL), 0);
  assert_int_equal(waitpid(other, NULL, 0), other);
  (void)close(ends[0]);
  (void)close(ends[1]);

  TmbRunLog* const log = logged_open(true, 2U * LOGGED_BYTES);
  logged_expect_done(log, "abc", "ab");
  tmb_run_log_free(log);
}

static void
a_place_that_takes_no_journal_is_named(void** const state)
{
  (void)state;
  assert_int_equal(symlink("missing/x", LOGGED_JOURNAL), 0);
  logged_expect_refused(
    logged_run(NULL), true, 0U, TMB_WRITE_FAILED, "No such file or directory");
  assert_int_equal(remove(LOGGED_JOURNAL), 0);
  assert_int_equal(symlink("/dev/full", LOGGED_JOURNAL), 0);
  logged_expect_refused(
    logged_run(NULL), true, 0U, TMB_WRITE_FAILED, "can't be written");
  assert_int_equal(remove(LOGGED_JOURNAL), 0);
}

static void
half_a_first_line_is_not_left(void** const state)
{
  (void)state;
  struct rlimit whole;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
  const struct rlimit part  = { 20U, whole.rlim_max };
  void (*const before)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &part), 0);
  logged_expect_refused(
    logged_run(NULL), true, 0U, TMB_WRITE_FAILED, "File too large");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
  (void)signal(SIGXFSZ, before);

  TmbRunLog* const log = logged_open(true, 0U);
  assert_false(tmb_run_log_is_over(log));
  tmb_run_log_free(log);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(an_unfinished_run_is_not_begun_anew),
    TEST(another_run_is_refused),
    TEST(what_is_no_journal_is_left_alone),
    TEST(two_processes_are_not_at_one_run),
    TEST(a_place_that_takes_no_journal_is_named),
    TEST(half_a_first_line_is_not_left),
  };
  return cmocka_run_group_tests_name("run_log_refused", tests, NULL, NULL);
}
