// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/journal.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOURNAL "x.journal"
#define N_ENTRIES 4U

/// The largest numbers, a time that needs all digits, and rows of no bytes.
static const TmbJournalEntry entries[N_ENTRIES] = {
  { 0U, 0U, 10U, false, 0.0 },
  { 3U, UINT64_MAX, 10U, true, 0.1 },
  { 4U, 0x123456789abcdefU, 2000U, false, 1.0 / 3.0 },
  { UINT64_MAX, 1U, UINT64_MAX, false, 1e7 },
};

/// Write a journal of all entries.
static void
save_journal(const bool has_end)
{
  FILE* const out = fopen(JOURNAL, "w");
  assert_non_null(out);
  assert_true(tmb_journal_start(out, json_pack("{s:s}", "format", "csv")));
  for (size_t i = 0U; i < N_ENTRIES; ++i) {
    tmb_journal_put(out, &entries[i]);
  }
  if (has_end) {
    tmb_journal_put_end(out, 2000U);
  }
  assert_int_equal(fclose(out), 0);
}

static TmbJournal*
open_journal(void)
{
  TmbMessage  why     = { "" };
  TmbJournal* journal = NULL;
  if (tmb_journal_open(JOURNAL, &journal, &why)) {
    fail_msg("%s", why.text);
  }
  return journal;
}

/// Read to the end; how many entries there are, each as it was written.
static size_t
read_entries(TmbJournal* const journal)
{
  TmbJournalEntry entry;
  size_t          n = 0U;
  for (; tmb_journal_next(journal, &entry); ++n) {
    assert_true(n < N_ENTRIES);
    assert_true(entry.index == entries[n].index);
    assert_true(entry.hash == entries[n].hash);
    assert_true(entry.end == entries[n].end);
    assert_true(entry.failed == entries[n].failed);
    assert_true(entry.seconds == entries[n].seconds);
  }
  return n;
}

static void
what_was_written_is_read(void** const state)
{
  (void)state;
  for (int has_end = 0; has_end < 2; ++has_end) {
    save_journal(has_end);
    TmbJournal* const   journal = open_journal();
    const json_t* const run     = tmb_journal_run(journal);
    uint64_t            n_total = 0U;
    assert_string_equal(json_string_value(json_object_get(run, "format")),
                        "csv");
    assert_int_equal(read_entries(journal), N_ENTRIES);
    assert_int_equal(tmb_journal_is_over(journal, &n_total), has_end);
    assert_int_equal(n_total, has_end ? 2000U : 0U);

    Bytes bytes = bytes_load(JOURNAL);
    assert_int_equal(tmb_journal_bytes(journal), bytes.n);
    bytes_free(&bytes);
    tmb_journal_close(journal);
  }
}

/// Whole lines among the first bytes of a text.
static size_t
count_lines(const Bytes* const bytes, const size_t n)
{
  size_t n_lines = 0U;
  for (size_t i = 0U; i < n; ++i) {
    n_lines += bytes->bytes[i] == '\n';
  }
  return n_lines;
}

/// Demand that the first `n` bytes, with `n_more` zero bytes behind them as a
/// power cut leaves them, give the whole lines among them and nothing else.
static void
expect_whole_lines(const Bytes* const bytes,
                   const size_t       n,
                   const size_t       n_more)
{
  uint8_t*     cut     = (uint8_t*)calloc(n + n_more + 1U, 1U);
  const size_t n_lines = count_lines(bytes, n);
  size_t       n_whole = n;
  assert_non_null(cut);
  memcpy(cut, bytes->bytes, n);
  bytes_save(cut, n + n_more, JOURNAL);
  free(cut);
  while (n_whole && bytes->bytes[n_whole - 1U] != '\n') {
    --n_whole;
  }

  TmbMessage      why     = { "" };
  TmbJournal*     journal = NULL;
  const TmbStatus status  = tmb_journal_open(JOURNAL, &journal, &why);
  if (!n_lines) {
    assert_int_equal(status, TMB_BAD_FILE);
    assert_null(journal);
    return;
  }
  uint64_t n_total = 0U;
  assert_int_equal(status, TMB_OK);
  assert_int_equal(read_entries(journal),
                   n_lines > N_ENTRIES ? N_ENTRIES : n_lines - 1U);
  assert_int_equal(tmb_journal_is_over(journal, &n_total),
                   n_lines == N_ENTRIES + 2U);
  assert_int_equal(tmb_journal_bytes(journal), n_whole);
  tmb_journal_close(journal);
}

static void
half_a_line_is_none_wherever_it_ends(void** const state)
{
  (void)state;
  save_journal(true);
  Bytes whole = bytes_load(JOURNAL);
  for (size_t n = 0U; n <= whole.n; ++n) {
    expect_whole_lines(&whole, n, 0U);
    expect_whole_lines(&whole, n, 1U);
    expect_whole_lines(&whole, n, 4096U);
  }
  bytes_free(&whole);
}

static void
a_line_that_is_no_entry_ends_the_journal(void** const state)
{
  static const struct {
    const char* name;
    const char* line;
    size_t      n; ///< Or 0 if that is the string's
  } rows[] = {
    { "nothing", "\n", 0U },
    { "text", "violin\n", 0U },
    { "too few numbers", "1 0 20 0\n", 0U },
    { "too many", "1 0 20 0 1 1\n", 0U },
    { "no index", " 0 20 0 1\n", 0U },
    { "no hash", "1  20 0 1\n", 0U },
    { "an index below 0", "-1 0 20 0 1\n", 0U },
    { "failed twice", "1 0 20 2 1\n", 0U },
    { "less than no sound", "1 0 20 0 -1\n", 0U },
    { "NaN", "1 0 20 0 nan\n", 0U },
    { "endless", "1 0 20 0 inf\n", 0U },
    { "zero bytes in it", "1 0 20 0 1\0\0\n", 13U },
    { "a hash that is none", "1 g 20 0 1\n", 0U },
    { "an end with more", "end 5 5\n", 0U },
    { "an end of nothing", "end \n", 0U },
    { "an end of less", "end -5\n", 0U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    save_journal(false);
    Bytes before = bytes_load(JOURNAL);
    FILE* out    = fopen(JOURNAL, "a");
    assert_non_null(out);
    (void)fwrite(
      rows[i].line, 1U, rows[i].n ? rows[i].n : strlen(rows[i].line), out);
    tmb_journal_put(out, &entries[0]);
    assert_int_equal(fclose(out), 0);

    TmbJournal* const journal = open_journal();
    TmbJournalEntry   entry;
    uint64_t          n_total = 0U;
    if (read_entries(journal) != N_ENTRIES ||
        tmb_journal_next(journal, &entry) ||
        tmb_journal_is_over(journal, &n_total) ||
        tmb_journal_bytes(journal) != before.n) {
      fail_msg("%s", rows[i].name);
    }
    tmb_journal_close(journal);
    bytes_free(&before);
  }
}

static void
what_is_no_journal_is_refused(void** const state)
{
  static const struct {
    const char* name;
    const char* text;
    TmbStatus   status;
    const char* reason;
  } rows[] = {
    { "nothing", "", TMB_BAD_FILE, "not a journal" },
    { "no JSON", "violin\n", TMB_BAD_FILE, "not a journal" },
    { "no object", "[1]\n", TMB_BAD_FILE, "not a journal" },
    { "rows", "{\"type\":\"note\"}\n", TMB_BAD_FILE, "not a journal" },
    { "format 0", "{\"journal\":0}\n", TMB_BAD_FILE, "not a journal" },
    { "format \"1\"", "{\"journal\":\"1\"}\n", TMB_BAD_FILE, "not a journal" },
    { "half a line", "{\"journal\":1}", TMB_BAD_FILE, "not a journal" },
    { "a later one", "{\"journal\":2}\n", TMB_TOO_NEW, "later version" },
  };

  (void)state;
  TmbMessage  why     = { "" };
  TmbJournal* journal = NULL;
  assert_int_equal(tmb_journal_open("none", &journal, &why), TMB_NO_FILE);
  assert_non_null(strstr(why.text, "none: No such file"));
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    bytes_save(rows[i].text, strlen(rows[i].text), JOURNAL);
    if (tmb_journal_open(JOURNAL, &journal, &why) != rows[i].status ||
        journal || !strstr(why.text, JOURNAL) ||
        !strstr(why.text, rows[i].reason)) {
      fail_msg("%s: %s", rows[i].name, why.text);
    }
  }
}

static void
a_failed_allocation_is_told(void** const state)
{
  (void)state;
  save_journal(true);
  assert_false(tmb_journal_start(stderr, NULL));
  bool has_failed = true;
  for (unsigned n = 0U; has_failed; ++n) {
    TmbMessage  why     = { "" };
    TmbJournal* journal = NULL;
    alloc_fail_from(n);
    const TmbStatus status = tmb_journal_open(JOURNAL, &journal, &why);
    has_failed             = alloc_restore();
    assert_int_equal(status, has_failed ? TMB_NO_MEMORY : TMB_OK);
    tmb_journal_close(journal);
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(what_was_written_is_read),
    TEST(half_a_line_is_none_wherever_it_ends),
    TEST(a_line_that_is_no_entry_ends_the_journal),
    TEST(what_is_no_journal_is_refused),
    TEST(a_failed_allocation_is_told),
  };
  return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
