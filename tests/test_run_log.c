// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/logged.h"
#include "tests/support/scratch.h"
#include "trainer/path_hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APART UINT64_MAX

static void
what_was_committed_is_done(void** const state)
{
  (void)state;
  TmbRunLog* log = logged_open(true, 0U); // Nothing to go on with
  assert_false(tmb_run_log_is_over(log));
  assert_int_equal(tmb_run_log_before(log).end, 0U);
  logged_put(log, "abC", 0U);
  logged_commit(log);
  logged_put(log, "de", 3U);
  tmb_run_log_free(log); // As if it had died

  log = logged_open(true, 3U * LOGGED_BYTES);
  assert_false(tmb_run_log_is_over(log));
  assert_int_equal(tmb_run_log_before(log).end, 3U * LOGGED_BYTES);
  assert_int_equal(tmb_run_log_before(log).n_failed, 1U);
  assert_true(tmb_run_log_before(log).seconds == 4.5);
  logged_expect_done(log, "abcdefg", "abc");
  logged_put(log, "defg", 3U);
  logged_commit(log);
  tmb_run_log_free(log);

  log = logged_open(true, 7U * LOGGED_BYTES);
  logged_expect_done(log, "abcdefgh", "abcdefg");
  tmb_run_log_free(log);
}

static void
as_many_as_wait_are_to_be_committed(void** const state)
{
  (void)state;
  TmbRunLog* const log = logged_open(false, APART);
  for (unsigned round = 0U; round < 2U; ++round) {
    for (uint64_t i = 0U; i < TMB_LOG_PENDING; ++i) {
      const TmbJournalEntry entry = { .index = i };
      assert_int_equal(tmb_run_log_put(log, &entry), i + 1U == TMB_LOG_PENDING);
    }
    logged_commit(log);
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
    logged_leave("abcd");
    TmbRunLog* const log = logged_open(true, APART);
    logged_expect_done(log, rows[i].now, "abcd");
    tmb_run_log_free(log);
  }
}

static void
memory_does_not_grow_while_the_order_is_kept(void** const state)
{
  (void)state;
  logged_leave("abcd");
  TmbRunLog* log = logged_open(true, APART);
  bool       has = false;
  alloc_fail_from(0U);
  logged_expect_done(log, "abcd", "abcd");
  assert_false(alloc_restore());
  tmb_run_log_free(log);

  // Whereas to hold what is left takes some, which there may not be
  log = logged_open(true, APART);
  logged_expect_done(log, "ab", "ab");
  alloc_fail_from(0U);
  assert_int_equal(tmb_run_log_has(log, logged_path('x'), &has), TMB_NO_MEMORY);
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
    { LOGGED_BYTES - 1U, "" },
    { LOGGED_BYTES, "a" },
    { (3U * LOGGED_BYTES) - 1U, "ab" },
    { (3U * LOGGED_BYTES) + 1U, "abc" },
    { 4U * LOGGED_BYTES, "abcd" },
    { 9U * LOGGED_BYTES, "abcd" },
    { APART, "abcd" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const size_t n_done = strlen(rows[i].done);
    logged_leave("aBcd");
    TmbRunLog* log = logged_open(true, rows[i].n_bytes);
    assert_int_equal(tmb_run_log_before(log).end, n_done * LOGGED_BYTES);
    assert_int_equal(tmb_run_log_before(log).n_failed, n_done > 1U);
    logged_expect_done(log, "abcd", rows[i].done);

    // Nor does the journal tell of it any more
    logged_put(log, "ef", n_done);
    logged_commit(log);
    tmb_run_log_free(log);
    log = logged_open(true, APART);
    assert_int_equal(tmb_run_log_before(log).end, (n_done + 2U) * LOGGED_BYTES);
    logged_expect_done(log, rows[i].done, "abcd");
    logged_expect_done(log, "ef", "ef");
    tmb_run_log_free(log);
  }
}

static void
half_a_line_was_never_begun(void** const state)
{
  static const char rest[] = "4 0123456789abcdef 500 0 1.5\n";

  (void)state;
  for (size_t n = 1U; n < sizeof(rest); ++n) {
    logged_leave("abcd");
    FILE* const file = fopen(LOGGED_JOURNAL, "a");
    assert_non_null(file);
    assert_int_equal(fwrite(rest, 1U, n, file), n);
    assert_int_equal(fclose(file), 0);

    const bool is_whole = rest[n - 1U] == '\n';
    TmbRunLog* log      = logged_open(true, APART);
    assert_int_equal(tmb_run_log_before(log).end,
                     (is_whole ? 5U : 4U) * LOGGED_BYTES);
    logged_expect_done(log, "abcd", "abcd");
    if (!is_whole) {
      logged_put(log, "e", 4U);
    }
    logged_commit(log);
    tmb_run_log_free(log);
    log = logged_open(true, APART);
    assert_int_equal(tmb_run_log_before(log).end, 5U * LOGGED_BYTES);
    tmb_run_log_free(log);
  }
}

static void
a_finished_run_is_over_until_a_new_one_begins(void** const state)
{
  (void)state;
  logged_leave("aB");
  TmbRunLog* log = logged_open(true, APART);
  logged_put(log, "c", 2U);
  logged_end(log, 3U);
  for (unsigned i = 0U; i < 2U; ++i) {
    log = logged_open(true, 0U); // Its output is in its place
    assert_true(tmb_run_log_is_over(log));
    assert_int_equal(tmb_run_log_before(log).n_failed, 1U);
    assert_int_equal(tmb_run_log_before(log).end, 3U * LOGGED_BYTES);
    tmb_run_log_free(log);
  }

  log = logged_open(false, 0U);
  assert_false(tmb_run_log_is_over(log));
  assert_int_equal(tmb_run_log_before(log).n_failed, 0U);
  logged_expect_done(log, "abc", "");
  logged_put(log, "a", 0U);
  logged_commit(log);
  tmb_run_log_free(log);
  log = logged_open(true, APART);
  assert_false(tmb_run_log_is_over(log));
  logged_expect_done(log, "abc", "a");
  tmb_run_log_remove(log);
  tmb_run_log_free(log);
  assert_int_equal(access(LOGGED_JOURNAL, F_OK), -1);
}

static void
what_is_tried_again_fails_once(void** const state)
{
  (void)state;
  logged_leave("aBcD");
  TmbRunLog* log = logged_open(true, APART);
  logged_put(log, "B", 1U);
  logged_commit(log);
  tmb_run_log_free(log);
  log = logged_open(true, APART);
  logged_put(log, "b", 1U);
  logged_put(log, "D", 3U);
  logged_put(log, "e", 4U);
  logged_end(log, 5U);
  log = logged_open(true, APART);
  assert_int_equal(tmb_run_log_before(log).n_failed, 1U);
  tmb_run_log_free(log);

  // Whereas a new recording may come before one that has failed for good
  logged_leave("aBc");
  log                         = logged_open(true, 3U * LOGGED_BYTES);
  const TmbJournalEntry first = { .end = 4U * LOGGED_BYTES };
  assert_false(tmb_run_log_put(log, &first));
  logged_commit(log);
  tmb_run_log_free(log);
  log = logged_open(true, 4U * LOGGED_BYTES);
  assert_int_equal(tmb_run_log_before(log).n_failed, 1U);
  tmb_run_log_free(log);
}

/// Open and ask; whether memory was enough.
static TmbStatus
open_and_ask(void)
{
  TmbRunLog*    log = NULL;
  TmbMessage    why = { "" };
  json_t* const run = logged_run(NULL);
  TmbStatus     status =
    tmb_run_log_open(LOGGED_JOURNAL, run, true, 3U * LOGGED_BYTES, &log, &why);
  bool has = false;
  if (!status) {
    status = tmb_run_log_has(log, logged_path('c'), &has);
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
  logged_leave("abcde");
  while (status) {
    alloc_fail_from(n++);
    status = open_and_ask();
    assert_int_equal(alloc_restore(), status != TMB_OK);
    assert_true(!status || status == TMB_NO_MEMORY);
  }
  assert_true(n > 6U);
  TmbRunLog* const log = logged_open(true, 3U * LOGGED_BYTES);
  logged_expect_done(log, "abcde", "abc");
  tmb_run_log_free(log);

  TmbRunLog* none = NULL;
  TmbMessage why  = { "" };
  assert_int_equal(
    tmb_run_log_open(LOGGED_JOURNAL, NULL, true, 0U, &none, &why),
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
    TEST(without_memory_nothing_is_lost),
  };
  return cmocka_run_group_tests_name("run_log", tests, NULL, NULL);
}
