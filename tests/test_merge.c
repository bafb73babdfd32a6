// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel merge`, as it is called, on shards that are made up

#include "trainer/merge.h"

#include "tests/support/alloc.h"
#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "trainer/journal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER "file,label\n"
#define WHOLE "whole" ///< What a single run writes

/// A run: recording i is of shard i mod n_used, whose files are 1, 2, ...
typedef struct {
  unsigned    n_shards;
  unsigned    n_used; ///< At most `n_shards`; the others have no recording
  unsigned    n_recordings;
  size_t      n_bytes; ///< Of the rows of each, about
  const char* header;
} Run;

static const Run small_run = { 3U, 3U, 6U, 10U, HEADER };

/// Write the rows of a recording, some of which have none.
static void
put_rows(const Run* const run, const unsigned i, FILE* const out)
{
  const size_t n = run->n_bytes * (i % 4U) / 2U;
  for (size_t j = 0U; j < n; ++j) {
    (void)fputc(j + 1U < n ? (int)('a' + (i + j) % 26U) : '\n', out);
  }
}

static FILE*
create(const char* const path)
{
  FILE* const out = fopen(path, "w");
  assert_non_null(out);
  return out;
}

/// Write shard `number` with its journal.
static void
save_shard(const Run* const run, const unsigned number)
{
  char rows_path[16];
  char journal_path[32];
  (void)snprintf(rows_path, sizeof(rows_path), "%u", number);
  (void)snprintf(journal_path, sizeof(journal_path), "%u.journal", number);
  FILE* const rows    = create(rows_path);
  FILE* const journal = create(journal_path);
  assert_true(
    tmb_journal_start(journal,
                      json_pack("{s:s,s:s,s:s,s:s,s:o,s:i}",
                                "version",
                                "1",
                                "format",
                                "csv",
                                "options",
                                "none",
                                "inputs",
                                "00",
                                "shard",
                                json_sprintf("%u/%u", number, run->n_shards),
                                "start",
                                (int)strlen(run->header))));

  (void)fputs(run->header, rows);
  for (unsigned i = number - 1U; number <= run->n_used && i < run->n_recordings;
       i += run->n_used) {
    put_rows(run, i, rows);
    const TmbJournalEntry entry = { .index  = i,
                                    .end    = (uint64_t)ftell(rows),
                                    .failed = i == 1U };
    tmb_journal_put(journal, &entry);
  }
  tmb_journal_put_end(journal, run->n_recordings);
  assert_int_equal(fclose(rows), 0);
  assert_int_equal(fclose(journal), 0);
}

/// Write all shards, and what a single run writes.
static void
save_run(const Run* const run)
{
  for (unsigned i = 1U; i <= run->n_shards; ++i) {
    save_shard(run, i);
  }
  FILE* const out = create(WHOLE);
  (void)fputs(run->header, out);
  for (unsigned i = 0U; i < run->n_recordings; ++i) {
    put_rows(run, i, out);
  }
  assert_int_equal(fclose(out), 0);
}

/// Merge all shards of a run, from the last to the first, to x, and demand that
/// this is what a single run writes; `before` is said to the shell first.
static void
expect_merged(const char* const name, const Run* const run, const char* before)
{
  char script[96];
  (void)snprintf(script,
                 sizeof(script),
                 "%s; exec \"$0\" merge -q -o x $(seq %u -1 1)",
                 before,
                 run->n_shards);
  const char* const line[] = {
    "/bin/sh", "-c", script, process_command(), NULL
  };
  Process process = process_run(line, NULL);
  if (process.status || *process.err || !files_are_equal("x", WHOLE)) {
    fail_msg("%s: %s", name, process.err);
  }
  process_free(&process);
}

static void
shards_are_joined_as_one_run_writes_them(void** const state)
{
  static const struct {
    const char* name;
    Run         run;
  } rows[] = {
    { "three shards", { 3U, 3U, 6U, 10U, HEADER } },
    { "no header", { 3U, 3U, 7U, 10U, "" } },
    { "one shard", { 1U, 1U, 5U, 10U, HEADER } },
    { "two shards without recordings", { 5U, 3U, 100U, 10U, HEADER } },
    { "no recording at all", { 4U, 4U, 0U, 10U, HEADER } },
    { "nothing at all", { 4U, 4U, 0U, 10U, "" } },
    { "recordings without rows", { 3U, 3U, 10U, 0U, HEADER } },
    { "more than a buffer each", { 2U, 2U, 9U, 50000U, "" } },
    { "more shards than recordings", { 64U, 64U, 40U, 3U, "" } },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    save_run(&rows[i].run);
    expect_merged(rows[i].name, &rows[i].run, "true");
  }
}

static void
the_output_may_be_stdout(void** const state)
{
  (void)state;
  save_run(&small_run);
  Process process = cli_run("merge 1 2 3", NULL);
  Bytes   whole   = bytes_load(WHOLE);
  assert_int_equal(process.status, 0);
  assert_int_equal(strlen(process.out), whole.n);
  assert_memory_equal(process.out, whole.bytes, whole.n);
  assert_string_equal(process.err,
                      "timbrel: 1 of 6 recordings have no label\n");
  bytes_free(&whole);
  process_free(&process);
}

/// Replace what a file has once by something else.
static void
replace(const char* const path, const char* const old, const char* const by)
{
  Bytes bytes            = bytes_load(path);
  bytes.bytes[bytes.n]   = '\0';
  const char* const text = (const char*)bytes.bytes;
  const char* const at   = strstr(text, old);
  if (!at) {
    fail_msg("there is no %s in %s", old, text);
    return;
  }
  FILE* const out = create(path);
  (void)fwrite(text, 1U, (size_t)(at - text), out);
  (void)fputs(by, out);
  (void)fputs(at + strlen(old), out);
  assert_int_equal(fclose(out), 0);
  bytes_free(&bytes);
}

/// Demand that a merge is refused in one sentence, and leaves nothing.
static void
expect_refusal(const char* const name,
               const char* const shards,
               const char* const a,
               const char* const b)
{
  static const char* const outputs[] = { "", "-o x " };
  for (size_t i = 0U; i < 2U; ++i) {
    char line[64];
    (void)snprintf(line, sizeof(line), "merge %s%s", outputs[i], shards);
    const Folder   here    = { "." };
    const unsigned n_files = folder_count(&here);
    Process        process = cli_run(line, NULL);
    if (process.status != 1 || *process.out ||
        !is_sentence(process.err, a, b) || folder_count(&here) != n_files) {
      fail_msg("%s: %d, %s", name, process.status, process.err);
    }
    process_free(&process);
  }
}

static void
shards_that_do_not_fit_are_refused(void** const state)
{
  // What is changed in the second one's journal, and what is said
  static const struct {
    const char* name;
    const char* old;
    const char* by;
    const char* file;
    const char* reason;
  } rows[] = {
    { "no journal", "{\"format\"", "{", "2.journal", "not a journal" },
    { "a later one", ":1,\"o", ":9,\"o", "2.journal", "later version" },
    { "not over", "end 6\n", "", "2 is not", "go on with its run by --resume" },
    { "cut off", "end 6\n", "end 6", "2 is not", "not finished" },
    { "version", ":\"1\"", ":\"2\"", "1 and 2", "\"version\" differs" },
    { "format", "\"csv", "\"jsonl", "1 and 2", "\"format\" differs" },
    { "options", "none", "some", "1 and 2", "\"options\" differs" },
    { "inputs", "00\"", "01\"", "1 and 2", "\"inputs\" differs" },
    { "start", "start\":11", "start\":1", "1 and 2", "\"start\" differs" },
    { "less", "\"inputs\":\"00\",", "", "1 and 2", "\"inputs\" differs" },
    { "more",
      "\"inputs\"",
      "\"a\":1,\"inputs\"",
      "1 and 2",
      "\"form\" differs" },
    { "no start", "start", "begin", "2.journal", "where rows start" },
    { "start -1", ":11", ":-1", "2.journal", "where rows start" },
    { "no shard", "\"2/3\"", "null", "2 is no", "without --shard" },
    { "shard 0", "2/3", "0/3", "2 is no", "without --shard" },
    { "shard 4 of 3", "2/3", "4/3", "2 is no", "without --shard" },
    { "shard -1", "2/3", "-1/3", "2 is no", "without --shard" },
    { "a huge shard", "2/3", "2/4294967299", "2 is no", "without --shard" },
    { "half a shard", "2/3", "2", "2 is no", "without --shard" },
    { "more than a shard", "2/3", "2/3/4", "2 is no", "without --shard" },
    { "another number", "2/3", "2/4", "1 is one of 3", "2 one of 4" },
    { "twice the first", "2/3", "1/3", "are both", "shard 1/3" },
    { "twice the last", "2/3", "3/3", "shard 2/3", "is missing" },
    { "another total",
      "end 6",
      "end 7",
      "1 is of 6",
      "2 of 7: recordings came" },
    { "a larger index", "\n4 ", "\n8 ", "2.journal", "of recording 9 of 6" },
    { "an index twice", "\n4 ", "\n3 ", "has recording 4", "came before" },
    { "an index before", "\n4 ", "\n0 ", "2 has recording 1", "came before" },
    { "a gap", "\n1 ", "\n2 ", "recording 2 of 6", "is in no shard" },
    { "a last gap", "\n4 0000000000000000 16 0 0", "", "ording 5", "no shard" },
    { "an end before",
      " 16 0 0\nend",
      " 15 0 0\nend",
      "recording 5",
      "ends b" },
    { "less rows told", " 16 0 0\nend", " 17 0 0\nend", "2 has 16", "of 17" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    save_run(&small_run);
    replace("2.journal", rows[i].old, rows[i].by);
    expect_refusal(rows[i].name, "1 2 3", rows[i].file, rows[i].reason);
  }
}

static void
rows_that_are_not_there_are_refused(void** const state)
{
  static const struct {
    const char* name;
    int         n_bytes; ///< That are left of shard 2, or -1: there is none
    bool        has_folder;
    const char* reason;
  } rows[] = {
    { "none", -1, false, "No such file" },
    { "a folder", -1, true, "is a folder" },
    { "empty", 0, false, "has 0 bytes" },
    { "one byte less", 15, false, "has 15 bytes" },
    { "one byte more", 17, false, "has 17 bytes" },
  };

  (void)state;
  save_run(&small_run);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    if (rows[i].n_bytes < 0) {
      (void)unlink("2");
      assert_int_equal(rows[i].has_folder ? mkdir("2", 0700) : 0, 0);
    } else {
      (void)rmdir("2");
      save_shard(&small_run, 2U);
      assert_int_equal(truncate("2", rows[i].n_bytes), 0);
    }
    expect_refusal(rows[i].name, "1 2 3", "2", rows[i].reason);
  }
}

static void
each_shard_must_be_named_once(void** const state)
{
  static const struct {
    const char* shards;
    const char* file;
    const char* reason;
  } rows[] = {
    { "2 3", "shard 1/3", "is missing" },
    { "1 3", "shard 2/3", "is missing" },
    { "2 1", "shard 3/3", "is missing" },
    { "3", "shard 1/3", "is missing" },
    { "1 2 3 2", "2 and 2", "are both shard 2/3" },
    { "1 2 ./2", "both shard", "2/3" },
    { "1 2 4", "4.journal", "No such file" },
    { "1 2 3 " WHOLE, WHOLE ".journal", "No such file" },
  };

  (void)state;
  save_run(&small_run);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    expect_refusal(
      rows[i].shards, rows[i].shards, rows[i].file, rows[i].reason);
  }
}

static void
shards_are_not_written_over(void** const state)
{
  static const char* const lines[] = {
    "merge -o 2 1 2 3",
    "merge 1 2 3 -o ./1",
    "merge 1 2 3 -o .",
    "merge 1 2 3 -o none/x",
  };

  (void)state;
  save_run(&small_run);
  Bytes before = bytes_load("2");
  for (size_t i = 0U; i < sizeof(lines) / sizeof(*lines); ++i) {
    Process process = cli_run(lines[i], NULL);
    if (process.status != 1 ||
        !is_sentence(process.err, "can't be written", "")) {
      fail_msg("%s: %d, %s", lines[i], process.status, process.err);
    }
    process_free(&process);
  }
  Bytes after = bytes_load("2");
  assert_int_equal(before.n, after.n);
  assert_memory_equal(before.bytes, after.bytes, before.n);
  bytes_free(&before);
  bytes_free(&after);
}

static void
a_full_disk_is_told_and_the_old_output_stays(void** const state)
{
  (void)state;
  struct rlimit       before;
  const struct rlimit small = { 300000U, RLIM_INFINITY };
  const Run           run   = { 3U, 3U, 60U, 30000U, HEADER };
  save_run(&run);
  Process process =
    cli_run("merge 1 2 3", &(ProcessSetup){ .stdout_path = "/dev/full" });
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err, "the output can't be", "No space left"));
  process_free(&process);

  const Folder here = { "." };
  bytes_save("old", 3U, "x");
  const unsigned n_files = folder_count(&here);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  process = cli_run("merge 1 2 3 -o x", NULL);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err, "x can't be written", "too large"));
  process_free(&process);
  assert_int_equal(folder_count(&here), n_files);
  Bytes old = bytes_load("x");
  assert_int_equal(old.n, 3U);
  bytes_free(&old);
}

static void
more_shards_are_taken_than_files_are_usual(void** const state)
{
  (void)state;
  const Run run = { 600U, 600U, 1000U, 10U, HEADER };
  save_run(&run);
  expect_merged("600 shards", &run, "ulimit -S -n 256");
}

static void
too_many_shards_are_refused(void** const state)
{
  (void)state;
  save_run(&small_run);
  const char* const script[] = { "/bin/sh",
                                 "-c",
                                 "ulimit -n 20 && exec \"$0\" merge 1 2 3",
                                 process_command(),
                                 NULL };
  Process           process  = process_run(script, NULL);
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(
    process.err, "3 shards need 22 open files", "only 20 are allowed"));
  process_free(&process);
}

static void
memory_does_not_depend_on_the_rows(void** const state)
{
  (void)state;
  const Run run = { 2U, 2U, 30U, 500000U, "" };
  save_run(&run);
  struct stat info;
  assert_int_equal(stat(WHOLE, &info), 0);
  assert_true(info.st_size > (off_t)(2U * 4096U * 1024U));
#ifndef TMB_SANITIZED // Whose shadow takes more
  expect_merged("long rows", &run, "ulimit -d 4096");
#endif
}

static void
a_failed_allocation_is_told(void** const state)
{
  (void)state;
  char        one[]    = "1";
  char        two[]    = "2";
  char        three[]  = "3";
  char* const shards[] = { one, two, three };
  save_run(&small_run);
  bool     has_failed = true;
  unsigned n          = 0U;
  for (; has_failed; ++n) {
    FILE* const    out    = create("x");
    TmbMessage     why    = { "" };
    TmbMergeCounts counts = { .n_recordings = 0U };
    alloc_fail_from(n);
    const TmbStatus status = tmb_merge(shards, 3U, out, "x", &counts, &why);
    has_failed             = alloc_restore();
    assert_int_equal(fclose(out), 0);
    assert_int_equal(status, has_failed ? TMB_NO_MEMORY : TMB_OK);
    assert_int_equal(counts.n_recordings, has_failed ? 0U : 6U);
  }
  assert_true(n > 20U);
}

static void
wrong_usage_is_one_sentence(void** const state)
{
  static const struct {
    const char* line;
    const char* word;
  } rows[] = {
    { "merge", "which shards" },
    { "merge 1 -o", "-o needs a value" },
    { "merge 1 --sing", "unknown option --sing" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    cli_expect_usage_error(rows[i].line, rows[i].word);
  }
  cli_expect_help("merge");
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(shards_are_joined_as_one_run_writes_them),
    TEST(the_output_may_be_stdout),
    TEST(shards_that_do_not_fit_are_refused),
    TEST(rows_that_are_not_there_are_refused),
    TEST(each_shard_must_be_named_once),
    TEST(shards_are_not_written_over),
    TEST(a_full_disk_is_told_and_the_old_output_stays),
    TEST(more_shards_are_taken_than_files_are_usual),
    TEST(too_many_shards_are_refused),
    TEST(memory_does_not_depend_on_the_rows),
    TEST(a_failed_allocation_is_told),
    TEST(wrong_usage_is_one_sentence),
  };
  return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
