// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LABEL "label --quiet --format csv --model " CLI_MODEL " "

#define N_SHARDS 8U

/**
   For ever, or the shards of a run that went on with a newer version would not
   be those of before.

   1 + int.from_bytes(hashlib.sha256(path).digest()[:8], "big") % 8, by Python.
*/
static const struct {
  const char* path;
  unsigned    shard;
} known[] = {
  { "a.wav", 5U },
  { "b.wav", 8U },
  { "c.flac", 7U },
  { "d.ogg", 3U },
  { "e.mp3", 2U },
  { "empty.wav", 5U },
  { "i.wav", 1U },
  { "k.wav", 6U },
  { "A.WAV", 3U },
  { "with space.wav", 2U },
  { "\xC3\xBC"
    "ber.wav",
    4U },
  { "u\xCC\x88"
    "ber.wav",
    3U },
  { "byte \xFF.wav", 8U },
  { "sub/a.wav", 7U },
  { "sub/b.wav", 5U },
  { "sub/c.flac", 5U },
  { "sub/deeper/a.wav", 7U },
  { "sub/deeper/1999-12-31 23.59.wav", 4U },
  { "sub/deeper/"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.wav",
    7U },
};

enum { N_KNOWN = sizeof(known) / sizeof(*known) };

/// An archive of them, in which most are empty.
static int
archive_setup(void** const state)
{
  if (cli_setup(state) || mkdir("in", 0755) || mkdir("in/sub", 0755) ||
      mkdir("in/sub/deeper", 0755) || mkdir("in/empty.wav", 0755)) {
    return -1;
  }
  Bytes good = bytes_load("good.wav");
  for (size_t i = 0U; i < N_KNOWN; ++i) {
    char path[128];
    (void)snprintf(path, sizeof(path), "in/%s", known[i].path);
    if (strcmp(known[i].path, "empty.wav") != 0) {
      bytes_save(good.bytes, i % 8U ? 0U : good.n, path);
    }
  }
  bytes_free(&good);
  return 0;
}

/// Label a shard; status 1, as most of the files are empty.
static Process
run_shard(const unsigned shard, const unsigned n_shards, const char* const more)
{
  char line[PATH_MAX];
  (void)snprintf(
    line, sizeof(line), LABEL "--shard %u/%u %s", shard, n_shards, more);
  return cli_run(line, NULL);
}

/// Whether a row is about a file below a folder, or about one that was named.
static bool
has_row(const Process* const process,
        const char* const    folder,
        const char* const    path)
{
  char cells[PATH_MAX];
  (void)snprintf(cells, sizeof(cells), ",\"%s%s\",", folder, path);
  return strstr(process->out, cells);
}

static void
known_paths_are_in_known_shards(void** const state)
{
  (void)state;
  for (unsigned shard = 1U; shard <= N_SHARDS; ++shard) {
    Process process = run_shard(shard, N_SHARDS, "in");
    for (size_t i = 0U; i < N_KNOWN; ++i) {
      if (has_row(&process, "in/", known[i].path) !=
          (known[i].shard == shard)) {
        fail_msg("%s: it is not in shard %u alone", known[i].path, shard);
      }
    }
    assert_int_equal(process.status, 1);
    process_free(&process);
  }
}

static void
a_shard_does_not_depend_on_where_the_archive_is(void** const state)
{
  (void)state;
  char here[PATH_MAX / 2];
  char absolute[PATH_MAX];
  assert_non_null(getcwd(here, sizeof(here)));
  (void)snprintf(absolute, sizeof(absolute), "%s/in/", here);
  assert_int_equal(mkdir("else", 0755), 0);
  assert_int_equal(symlink("../in", "else/where"), 0);
  const struct {
    const char* options;
    const char* folder; ///< Before the path
  } rows[] = {
    { "in/", "in/" },
    { "./in", "./in/" },
    { "else/../in", "else/../in/" },
    { absolute, absolute },
    { "else/where/", "else/where/" },
    { "--jobs 1 in", "in/" },
    { "--jobs 8 in", "in/" },
  };

  for (size_t r = 0U; r < sizeof(rows) / sizeof(*rows); ++r) {
    Process process = run_shard(3U, N_SHARDS, rows[r].options);
    for (size_t i = 0U; i < N_KNOWN; ++i) {
      if (has_row(&process, rows[r].folder, known[i].path) !=
          (known[i].shard == 3U)) {
        fail_msg("%s: %s", rows[r].options, known[i].path);
      }
    }
    process_free(&process);
  }
}

/// Rows of all files, but for the notes.
static unsigned
count_rows(const Process* const process)
{
  unsigned n = 0U;
  for (const char* line = process->out; line; line = strchr(line, '\n')) {
    line += *line == '\n';
    n += !strncmp(line, "file,", 5U) || !strncmp(line, "error,", 6U);
  }
  return n;
}

static void
each_recording_and_each_error_is_in_one_shard(void** const state)
{
  static const unsigned n_shards[] = { 1U, 2U, 3U, 7U, 40U };
  static const char     what[]     = "in in nowhere.wav empty good.wav";

  (void)state;
  assert_int_equal(mkdir("empty", 0755), 0);
  for (size_t i = 0U; i < sizeof(n_shards) / sizeof(*n_shards); ++i) {
    unsigned n        = 0U;
    unsigned n_failed = 0U;
    unsigned n_good   = 0U;
    for (unsigned shard = 1U; shard <= n_shards[i]; ++shard) {
      Process process = run_shard(shard, n_shards[i], what);
      n += count_rows(&process);
      n_failed += has_row(&process, "", "nowhere.wav");
      n_failed += has_row(&process, "", "empty");
      n_good += has_row(&process, "", "good.wav");
      process_free(&process);
    }
    assert_int_equal(n, (2U * N_KNOWN) + 3U);
    assert_int_equal(n_failed, 2U);
    assert_int_equal(n_good, 1U);
  }
}

static void
one_shard_of_one_is_all(void** const state)
{
  (void)state;
  Process all = cli_run(LABEL "in good.wav", NULL);
  Process one = run_shard(1U, 1U, "in good.wav");
  assert_string_equal(one.out, all.out);
  assert_int_equal(one.status, all.status);
  process_free(&one);
  process_free(&all);
}

static void
a_shard_is_one_of_so_many(void** const state)
{
  static const struct {
    const char* value;
    const char* word;
  } rows[] = {
    { "0/8", "from 1 to 8, not \"0\"" },
    { "9/8", "from 1 to 8, not \"9\"" },
    { "1/0", "from 1 to 1e+06, not \"0\"" },
    { "1/1000001", "from 1 to 1e+06, not \"1000001\"" },
    { "8", "a number, / and how many, not \"8\"" },
    { "a/b", "not \"b\"" },
    { "a/2", "not \"a\"" },
    { "/8", "not \"\"" },
    { "1/", "not \"\"" },
    { "1/2/3", "not \"2/3\"" },
    { "-1/8", "not \"-1\"" },
    { "1.5/8", "whole number" },
    { "nan/8", "not \"nan\"" },
    { "1/nan", "not \"nan\"" },
    { "00000000000000000000001/8", "a number, / and how many" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[128];
    (void)snprintf(line, sizeof(line), "label --shard %s in", rows[i].value);
    cli_expect_usage_error(line, rows[i].word);
  }
}

int
main(void)
{
#define ARCHIVE_TEST(f) \
  cmocka_unit_test_setup_teardown(f, archive_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    ARCHIVE_TEST(known_paths_are_in_known_shards),
    ARCHIVE_TEST(a_shard_does_not_depend_on_where_the_archive_is),
    ARCHIVE_TEST(each_recording_and_each_error_is_in_one_shard),
    ARCHIVE_TEST(one_shard_of_one_is_all),
    ARCHIVE_TEST(a_shard_is_one_of_so_many),
  };
  return cmocka_run_group_tests_name("label_shards", tests, NULL, NULL);
}
