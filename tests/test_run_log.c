// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"
#include "trainer/path_hash.h"
#include "trainer/run_log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOURNAL "x.journal"
#define APART UINT64_MAX
#define N_BYTES UINT64_C(100) ///< Of output a recording

/// What a run is of; a key of `other` differs.
static json_t*
make_run(const char* const other)
{
  static const char* const keys[] = { "version", "format", "model",
                                      "options", "inputs", "shard" };

  json_t* const run = json_object();
  for (size_t i = 0U; i < sizeof(keys) / sizeof(*keys); ++i) {
    const bool is_other = other && !strcmp(other, keys[i]);
    (void)json_object_set_new(run, keys[i], json_string(is_other ? "b" : "a"));
  }
  return run;
}

static TmbRunLog*
open_log(const bool resumes, const uint64_t n_bytes)
{
  TmbRunLog* log = NULL;
  TmbMessage why = { "" };
  if (tmb_run_log_open(JOURNAL, make_run(NULL), resumes, n_bytes, &log, &why)) {
    fail_msg("%s", why.text);
  }
  return log;
}

/// Demand that a log can't be opened, and why in one sentence.
static void
expect_refused(json_t* const     run,
               const bool        resumes,
               const uint64_t    n_bytes,
               const TmbStatus   status,
               const char* const words)
{
  TmbRunLog* log = NULL;
  TmbMessage why = { "" };
  assert_int_equal(tmb_run_log_open(JOURNAL, run, resumes, n_bytes, &log, &why),
                   status);
  assert_null(log);
  if (strncmp(why.text, JOURNAL, strlen(JOURNAL)) != 0 ||
      !strstr(why.text, words) || strchr(why.text, '\n')) {
    fail_msg("%s: %s", words, why.text);
  }
}

static const char*
path_of(const char name)
{
  static char path[] = "folder/?.wav";
  path[7]            = name;
  return path;
}

/// Say that recordings are done, a letter each, those in capitals failed; they
/// are the `index`th found and those behind it.
static void
put(TmbRunLog* const log, const char* const names, const uint64_t index)
{
  for (size_t i = 0U; names[i]; ++i) {
    const bool            failed = names[i] < 'a';
    const TmbJournalEntry entry  = {
       .index   = index + i,
       .hash    = tmb_path_hash(path_of((char)(names[i] | ' '))),
       .end     = (index + i + 1U) * N_BYTES,
       .failed  = failed,
       .seconds = 1.5,
    };
    assert_false(tmb_run_log_put(log, &entry));
  }
}

static void
commit(TmbRunLog* const log)
{
  TmbMessage why = { "" };
  if (tmb_run_log_commit(log, NULL, NULL, &why)) {
    fail_msg("%s", why.text);
  }
}

static void
end_log(TmbRunLog* const log, const uint64_t n_total)
{
  TmbMessage why = { "" };
  if (tmb_run_log_end(log, n_total, NULL, NULL, &why)) {
    fail_msg("%s", why.text);
  }
  tmb_run_log_free(log);
}

/// Leave a journal of a run that was interrupted.
static void
leave(const char* const names)
{
  (void)remove(JOURNAL);
  TmbRunLog* const log = open_log(false, 0U);
  put(log, names, 0U);
  commit(log);
  tmb_run_log_free(log);
}

/// Ask of recordings in an order, and demand which of them are done.
static void
expect_done(TmbRunLog* const  log,
            const char* const names,
            const char* const done)
{
  for (size_t i = 0U; names[i]; ++i) {
    bool has = false;
    assert_int_equal(tmb_run_log_has(log, path_of(names[i]), &has), TMB_OK);
    if (has != (strchr(done, names[i]) != NULL)) {
      fail_msg("%c of %s", names[i], names);
    }
  }
}

static void
what_was_committed_is_done(void** const state)
{
  (void)state;
  TmbRunLog* log = open_log(true, 0U); // Nothing to go on with
  assert_false(tmb_run_log_is_over(log));
  assert_int_equal(tmb_run_log_before(log).end, 0U);
  put(log, "abC", 0U);
  commit(log);
  put(log, "de", 3U);
  tmb_run_log_free(log); // As if it had died

  log = open_log(true, 3U * N_BYTES);
  assert_false(tmb_run_log_is_over(log));
  assert_int_equal(tmb_run_log_before(log).end, 3U * N_BYTES);
  assert_int_equal(tmb_run_log_before(log).n_failed, 1U);
  assert_true(tmb_run_log_before(log).seconds == 4.5);
  expect_done(log, "abcdefg", "abc");
  put(log, "defg", 3U);
  commit(log);
  tmb_run_log_free(log);

  log = open_log(true, 7U * N_BYTES);
  expect_done(log, "abcdefgh", "abcdefg");
  tmb_run_log_free(log);
}

static void
as_many_as_wait_are_to_be_committed(void** const state)
{
  (void)state;
  TmbRunLog* const log = open_log(false, APART);
  for (unsigned round = 0U; round < 2U; ++round) {
    for (uint64_t i = 0U; i < TMB_LOG_PENDING; ++i) {
      const TmbJournalEntry entry = { .index = i };
      assert_int_equal(tmb_run_log_put(log, &entry), i + 1U == TMB_LOG_PENDING);
    }
    commit(log);
  }
  tmb_run_log_free(log);
}

static void
recordings_may_come_and_go(void** const state)
{
  static const struct {
    const char* what;
    const char* now; ///< Recordings in their order
  } rows[] = {
    { "same", "abcdef" },
    { "first is new", "xabcdef" },
    { "all but the last are new", "uvwxyzf" },
    { "first has gone", "bcdef" },
    { "last has gone", "abcde" },
    { "one is new and one has gone", "abxdef" },
    { "backwards", "fedcba" },
    { "new ones behind", "abcdefxyz" },
    { "all have gone", "xyz" },
    { "none is there", "" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    leave("abcd");
    TmbRunLog* const log = open_log(true, APART);
    expect_done(log, rows[i].now, "abcd");
    tmb_run_log_free(log);
  }
}

static void
memory_does_not_grow_while_the_order_is_kept(void** const state)
{
  (void)state;
  leave("abcd");
  TmbRunLog* log = open_log(true, APART);
  bool       has = false;
  alloc_fail_from(0U);
  expect_done(log, "abcd", "abcd");
  assert_false(alloc_restore());
  tmb_run_log_free(log);

  // Whereas to hold what is left takes some, which there may not be
  log = open_log(true, APART);
  expect_done(log, "ab", "ab");
  alloc_fail_from(0U);
  assert_int_equal(tmb_run_log_has(log, path_of('x'), &has), TMB_NO_MEMORY);
  assert_true(alloc_restore());
  assert_false(has);
  tmb_run_log_free(log);
}

static void
what_has_no_output_is_to_be_done_again(void** const state)
{
  static const struct {
    uint64_t    n_bytes;
    const char* done;
  } rows[] = {
    { 0U, "" },
    { N_BYTES - 1U, "" },
    { N_BYTES, "a" },
    { (3U * N_BYTES) - 1U, "ab" },
    { (3U * N_BYTES) + 1U, "abc" },
    { 4U * N_BYTES, "abcd" },
    { 9U * N_BYTES, "abcd" },
    { APART, "abcd" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const size_t n_done = strlen(rows[i].done);
    leave("aBcd");
    TmbRunLog* log = open_log(true, rows[i].n_bytes);
    assert_int_equal(tmb_run_log_before(log).end, n_done * N_BYTES);
    assert_int_equal(tmb_run_log_before(log).n_failed, n_done > 1U);
    expect_done(log, "abcd", rows[i].done);

    // Nor does the journal tell of it any more
    put(log, "ef", n_done);
    commit(log);
    tmb_run_log_free(log);
    log = open_log(true, APART);
    assert_int_equal(tmb_run_log_before(log).end, (n_done + 2U) * N_BYTES);
    expect_done(log, rows[i].done, "abcd");
    expect_done(log, "ef", "ef");
    tmb_run_log_free(log);
  }
}

static void
half_a_line_was_never_begun(void** const state)
{
  static const char rest[] = "4 0123456789abcdef 500 0 1.5\n";

  (void)state;
  for (size_t n = 1U; n < sizeof(rest); ++n) {
    leave("abcd");
    FILE* const file = fopen(JOURNAL, "a");
    assert_non_null(file);
    assert_int_equal(fwrite(rest, 1U, n, file), n);
    assert_int_equal(fclose(file), 0);

    const bool is_whole = rest[n - 1U] == '\n';
    TmbRunLog* log      = open_log(true, APART);
    assert_int_equal(tmb_run_log_before(log).end,
                     (is_whole ? 5U : 4U) * N_BYTES);
    expect_done(log, "abcd", "abcd");
    if (!is_whole) {
      put(log, "e", 4U);
    }
    commit(log);
    tmb_run_log_free(log);
    log = open_log(true, APART);
    assert_int_equal(tmb_run_log_before(log).end, 5U * N_BYTES);
    tmb_run_log_free(log);
  }
}

static void
a_finished_run_is_over_until_a_new_one_begins(void** const state)
{
  (void)state;
  leave("aB");
  TmbRunLog* log = open_log(true, APART);
  put(log, "c", 2U);
  end_log(log, 3U);
  for (unsigned i = 0U; i < 2U; ++i) {
    log = open_log(true, 0U); // Its output is in its place
    assert_true(tmb_run_log_is_over(log));
    assert_int_equal(tmb_run_log_before(log).n_failed, 1U);
    assert_int_equal(tmb_run_log_before(log).end, 3U * N_BYTES);
    tmb_run_log_free(log);
  }

  log = open_log(false, 0U);
  assert_false(tmb_run_log_is_over(log));
  assert_int_equal(tmb_run_log_before(log).n_failed, 0U);
  expect_done(log, "abc", "");
  put(log, "a", 0U);
  commit(log);
  tmb_run_log_free(log);
  log = open_log(true, APART);
  assert_false(tmb_run_log_is_over(log));
  expect_done(log, "abc", "a");
  tmb_run_log_remove(log);
  tmb_run_log_free(log);
  assert_int_equal(access(JOURNAL, F_OK), -1);
}

static void
what_is_tried_again_fails_once(void** const state)
{
  (void)state;
  leave("aBcD");
  TmbRunLog* log = open_log(true, APART);
  put(log, "B", 1U);
  commit(log);
  tmb_run_log_free(log);
  log = open_log(true, APART);
  put(log, "b", 1U);
  put(log, "D", 3U);
  put(log, "e", 4U);
  end_log(log, 5U);
  log = open_log(true, APART);
  assert_int_equal(tmb_run_log_before(log).n_failed, 1U);
  tmb_run_log_free(log);

  // Whereas a new recording may come before one that has failed for good
  leave("aBc");
  log                         = open_log(true, 3U * N_BYTES);
  const TmbJournalEntry first = { .end = 4U * N_BYTES };
  assert_false(tmb_run_log_put(log, &first));
  commit(log);
  tmb_run_log_free(log);
  log = open_log(true, 4U * N_BYTES);
  assert_int_equal(tmb_run_log_before(log).n_failed, 1U);
  tmb_run_log_free(log);
}

static void
an_unfinished_run_is_not_begun_anew(void** const state)
{
  static const char words[] = "--resume goes on with it";

  (void)state;
  leave("ab");
  Bytes before = bytes_load(JOURNAL);
  expect_refused(make_run(NULL), false, 2U * N_BYTES, TMB_BAD_FILE, words);
  expect_refused(make_run(NULL), false, 0U, TMB_BAD_FILE, words);
  expect_refused(make_run(NULL), false, APART, TMB_BAD_FILE, words);
  expect_refused(make_run("model"), false, 0U, TMB_BAD_FILE, words);
  Bytes after = bytes_load(JOURNAL);
  assert_int_equal(after.n, before.n);
  assert_memory_equal(after.bytes, before.bytes, after.n);
  bytes_free(&after);
  bytes_free(&before);

  // Nor is one whose output was not yet brought to its place
  TmbRunLog* log = open_log(true, APART);
  end_log(log, 2U);
  expect_refused(make_run(NULL), false, 2U * N_BYTES, TMB_BAD_FILE, words);
  log = open_log(true, 2U * N_BYTES);
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
    leave("ab");
    if (is_over) {
      end_log(open_log(true, APART), 2U);
    }
    Bytes before = bytes_load(JOURNAL);
    for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
      expect_refused(
        make_run(rows[i].key), true, APART, TMB_BAD_FILE, rows[i].words);
    }
    Bytes after = bytes_load(JOURNAL);
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
      bytes_save(rows[i].text, n, JOURNAL);
      expect_refused(
        make_run(NULL), resumes, 0U, rows[i].status, rows[i].words);
      Bytes bytes = bytes_load(JOURNAL);
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
    TmbRunLog* const log = open_log(false, 0U);
    put(log, "ab", 0U);
    commit(log);
    (void)write(ends[1], "!", 1U);
    for (;;) {
      (void)pause();
    }
  }

  assert_int_equal(read(ends[0], &ready, 1U), 1);
  for (unsigned resumes = 0U; resumes < 2U; ++resumes) {
    expect_refused(make_run(NULL),
                   resumes,
                   2U * N_BYTES,
                   TMB_WRITE_FAILED,
                   "another process is at this run");
  }
  assert_int_equal(kill(other, SIGKILL), 0);
  assert_int_equal(waitpid(other, NULL, 0), other);
  (void)close(ends[0]);
  (void)close(ends[1]);

  TmbRunLog* const log = open_log(true, 2U * N_BYTES);
  expect_done(log, "abc", "ab");
  tmb_run_log_free(log);
}

static void
a_place_that_takes_no_journal_is_named(void** const state)
{
  (void)state;
  assert_int_equal(symlink("missing/x", JOURNAL), 0);
  expect_refused(
    make_run(NULL), true, 0U, TMB_WRITE_FAILED, "No such file or directory");
  assert_int_equal(remove(JOURNAL), 0);
  assert_int_equal(symlink("/dev/full", JOURNAL), 0);
  expect_refused(
    make_run(NULL), true, 0U, TMB_WRITE_FAILED, "can't be written");
  assert_int_equal(remove(JOURNAL), 0);
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
  expect_refused(make_run(NULL), true, 0U, TMB_WRITE_FAILED, "File too large");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
  (void)signal(SIGXFSZ, before);

  TmbRunLog* const log = open_log(true, 0U);
  assert_false(tmb_run_log_is_over(log));
  tmb_run_log_free(log);
}

/// Open and ask; whether memory was enough.
static TmbStatus
open_and_ask(void)
{
  TmbRunLog*    log = NULL;
  TmbMessage    why = { "" };
  json_t* const run = make_run(NULL);
  TmbStatus     status =
    tmb_run_log_open(JOURNAL, run, true, 3U * N_BYTES, &log, &why);
  bool has = false;
  if (!status) {
    status = tmb_run_log_has(log, path_of('c'), &has);
  }
  assert_true(status || has);
  tmb_run_log_free(log);
  return status;
}

static void
without_memory_nothing_is_lost(void** const state)
{
  (void)state;
  TmbStatus status = TMB_NO_MEMORY;
  size_t    n      = 0U;
  leave("abcde");
  while (status) {
    alloc_fail_from(n++);
    status = open_and_ask();
    assert_int_equal(alloc_restore(), status != TMB_OK);
    assert_true(!status || status == TMB_NO_MEMORY);
  }
  assert_true(n > 6U);
  TmbRunLog* const log = open_log(true, 3U * N_BYTES);
  expect_done(log, "abcde", "abc");
  tmb_run_log_free(log);

  TmbRunLog* none = NULL;
  TmbMessage why  = { "" };
  assert_int_equal(tmb_run_log_open(JOURNAL, NULL, true, 0U, &none, &why),
                   TMB_NO_MEMORY);
  tmb_run_log_free(NULL);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(what_was_committed_is_done),
    TEST(as_many_as_wait_are_to_be_committed),
    TEST(recordings_may_come_and_go),
    TEST(memory_does_not_grow_while_the_order_is_kept),
    TEST(what_has_no_output_is_to_be_done_again),
    TEST(half_a_line_was_never_begun),
    TEST(a_finished_run_is_over_until_a_new_one_begins),
    TEST(what_is_tried_again_fails_once),
    TEST(an_unfinished_run_is_not_begun_anew),
    TEST(another_run_is_refused),
    TEST(what_is_no_journal_is_left_alone),
    TEST(two_processes_are_not_at_one_run),
    TEST(a_place_that_takes_no_journal_is_named),
    TEST(half_a_first_line_is_not_left),
    TEST(without_memory_nothing_is_lost),
  };
  return cmocka_run_group_tests_name("run_log", tests, NULL, NULL);
}
