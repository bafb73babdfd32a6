// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel label` that goes on with what an earlier start has left

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/outputs.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"

#include <signal.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LABEL "label --model " CLI_MODEL " --quiet --threshold 0 "
#define CSV LABEL "--format csv "
#define N_GOOD 12U
#define BAD "in/05.wav" ///< Where a run that fails fast ends

/// A link to a recording of 0.2 s.
static void
add(const char* const path)
{
  assert_int_equal(link("short.wav", path), 0);
}

static int
setup(void** const state)
{
  if (cli_setup(state)) {
    return -1;
  }
  (void)tone_write("short.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 0U);
  assert_int_equal(mkdir("in", 0755), 0);
  for (unsigned i = 0U; i < N_GOOD; ++i) {
    char path[32];
    (void)snprintf(path, sizeof(path), "in/%02u.wav", i);
    add(path);
  }
  assert_int_equal(remove(BAD), 0);
  bytes_save("No sound.\n", 10U, BAD);
  return 0;
}

/// Run, and demand an exit status and silence.
static void
run(const int status, const char* const line)
{
  Process process = cli_run(line, NULL);
  if (process.status != status || *process.out || *process.err) {
    fail_msg("%s: %d, %s%s", line, process.status, process.out, process.err);
  }
  process_free(&process);
}

/// Demand that a run has ended with one sentence that begins with a name.
static void
expect_sentence(Process           process,
                const char* const line,
                const char* const name,
                const char* const words)
{
  char begin[128];
  (void)snprintf(begin, sizeof(begin), "timbrel: %s", name);
  if (process.status != 1 || *process.out ||
      !is_sentence(process.err, begin, words)) {
    fail_msg("%s: %d, %s", line, process.status, process.err);
  }
  process_free(&process);
}

static void
expect_refused(const char* const line,
               const char* const name,
               const char* const words)
{
  expect_sentence(cli_run(line, NULL), line, name, words);
}

/// Keep a run's files to compare them later.
static void
keep(const char* const out)
{
  static const char* const endings[] = { ".part", ".journal" };

  for (size_t i = 0U; i < 2U; ++i) {
    char kept[64];
    (void)snprintf(kept, sizeof(kept), "kept%s", endings[i]);
    Bytes bytes = bytes_load(output_beside(out, endings[i]));
    bytes_save(bytes.bytes, bytes.n, kept);
    bytes_free(&bytes);
  }
}

/// Demand that nobody has touched what keep() has kept.
static void
expect_kept(const char* const out)
{
  assert_true(files_are_equal("kept.part", output_beside(out, ".part")));
  assert_true(files_are_equal("kept.journal", output_beside(out, ".journal")));
  assert_false(is_there(out));
}

static void
a_finished_run_does_nothing_and_ends_alike(void** const state)
{
  static const struct {
    const char* options;
    const char* out;
    const char* in;
    int         status;
  } rows[] = {
    { "-o", "out.csv", "in", 1 },
    { "-o", "out.csv", "in/00.wav in/01.wav", 0 },
    { "-d", "out", "in", 1 },
    { "-d", "out", "in/00.wav in/01.wav", 0 },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[256];
    (void)snprintf(line,
                   sizeof(line),
                   CSV "--resume %s %s %s",
                   rows[i].options,
                   rows[i].out,
                   rows[i].in);
    run(rows[i].status, line);
    expect_finished(rows[i].out, true);
    assert_int_equal(rename(rows[i].out, "before"), 0);
    assert_int_equal(rename("in", "gone"), 0);
    if (rows[i].options[1] == 'o') {
      expect_refused(line, rows[i].out, "is gone");
    } else {
      run(rows[i].status, line);
      assert_int_equal(remove(rows[i].out), 0); // Nothing is in it
    }

    assert_int_equal(rename("before", rows[i].out), 0);
    run(rows[i].status, line); // There is nothing in "in" that it could label
    assert_int_equal(rename("gone", "in"), 0);
    expect_finished(rows[i].out, true);
    output_clear(rows[i].out);
  }
}

static void
a_run_that_only_lacked_its_place_gets_it(void** const state)
{
  (void)state;
  run(1, CSV "-o whole.csv in");
  expect_finished("whole.csv", false);
  run(1, CSV "-o out.csv --resume in");
  assert_int_equal(rename("out.csv", "out.csv.part"), 0);
  keep("out.csv");
  expect_refused(
    CSV "-o out.csv in", "out.csv.journal", "--resume goes on with it");
  expect_kept("out.csv");

  bytes_save("old", 3U, "out.csv");
  run(1, CSV "-o out.csv --resume in");
  expect_finished("out.csv", true);
  expect_same("out.csv", "whole.csv");
}

static void
a_run_that_only_lacked_its_end_begins_anew(void** const state)
{
  // Killed before it has removed its journal
  (void)state;
  run(1, CSV "-o out.csv --resume in");
  assert_int_equal(rename("out.csv", "whole.csv"), 0);
  bytes_save("old", 3U, "out.csv");
  run(1, CSV "-o out.csv in");
  expect_finished("out.csv", false);
  expect_same("out.csv", "whole.csv");
}

static void
without_resume_an_interrupted_run_is_left_alone(void** const state)
{
  (void)state;
  run(1, CSV "-o whole.csv in");
  run(1, CSV "-o out.csv --fail-fast in");
  keep("out.csv");
  expect_refused(
    CSV "-o out.csv in", "out.csv.journal", "--resume goes on with it");
  expect_refused(CSV "--min-confidence 1 -o out.csv in",
                 "out.csv.journal",
                 "--resume goes on with it");
  expect_kept("out.csv");
  run(1, CSV "-o out.csv --resume in");
  expect_same("out.csv", "whole.csv");

  run(1, CSV "-d out --fail-fast in");
  expect_refused(CSV "-d out in", "out.journal", "--resume goes on with it");
  expect_refused(CSV "-d out/ in", "out.journal", "--resume goes on with it");
}

static void
what_the_journal_does_not_tell_of_is_cut_off(void** const state)
{
  static char junk[100000];

  (void)state;
  memset(junk, 'x', sizeof(junk));
  run(1, CSV "-o whole.csv in");
  run(1, CSV "-o out.csv --fail-fast in");
  FILE* const part = fopen("out.csv.part", "a");
  assert_non_null(part);
  assert_int_equal(fwrite(junk, 1U, sizeof(junk), part), sizeof(junk));
  assert_int_equal(fclose(part), 0);
  run(1, CSV "-o out.csv --resume in");
  expect_same("out.csv", "whole.csv");
}

static void
another_run_is_not_gone_on_with(void** const state)
{
  static const struct {
    const char* options;
    const char* words;
  } rows[] = {
    { CSV "in good.wav", "other recordings" },
    { CSV "in/00.wav", "other recordings" },
    { CSV "--probe in", "other recordings" },
    { CSV "in --from-file list", "other recordings" },
    { LABEL "--format jsonl in", "another format" },
    { CSV "--model other in", "another model" },
    { CSV "--min-confidence 0.5 in", "other options" },
    { CSV "--decision 300 in", "other options" },
    { CSV "--start 0.1 in", "other options" },
    { CSV "--end 1 in", "other options" },
    { CSV "--channel left in", "other options" },
    { CSV "--shard 1/2 in", "another shard" },
  };

  (void)state;
  Bytes model = bytes_load(CLI_MODEL);
  bytes_save(model.bytes, model.n - 1U, "other");
  FILE* const other = fopen("other", "ab");
  assert_non_null(other);
  (void)fputc(model.bytes[model.n - 1U] ^ 1, other);
  assert_int_equal(fclose(other), 0);
  bytes_free(&model);
  bytes_save("good.wav\n", 9U, "list");

  run(1, CSV "-o whole.csv in");
  run(1, CSV "-o out.csv --fail-fast in");
  keep("out.csv");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[256];
    (void)snprintf(
      line, sizeof(line), "%s -o out.csv --resume", rows[i].options);
    expect_refused(
      line, "out.csv.journal: the run to go on with", rows[i].words);
    expect_kept("out.csv");
  }

  // What the output does not depend on may differ
  run(1, CSV "-o out.csv --resume --jobs 3 --time-limit 9 --fail-fast in");
  expect_same("out.csv", "whole.csv");
}

static void
a_second_process_is_refused(void** const state)
{
  static const struct timespec moment = { 0, 1000000 };

  (void)state;
  FILE* const list = fopen("list", "w");
  assert_non_null(list);
  for (unsigned i = 0U; i < 100000U; ++i) {
    (void)fputs("short.wav\n", list);
  }
  assert_int_equal(fclose(list), 0);

  const char* const line    = CSV "-o out.csv --resume --from-file list";
  RunningProcess    running = cli_start(line, NULL);
  while (!is_there("out.csv.part")) {
    (void)nanosleep(&moment, NULL);
  }
  expect_refused(line, "out.csv.journal", "another process is at this run");
  expect_refused(
    CSV "-o out.csv in", "out.csv.journal", "another process is at this run");
  assert_int_equal(kill(running.id, SIGTERM), 0);
  Process process = process_wait(&running);
  assert_int_equal(process.status, 130);
  process_free(&process);
  assert_true(is_there("out.csv.part"));
  assert_true(is_there("out.csv.journal"));
}

/// Demand the rows of a recording in the output.
static void
expect_row(const json_t* const rows,
           const char* const   type,
           const char* const   path,
           const unsigned      n)
{
  if (rows_count(rows, type, path) != n) {
    fail_msg("%s: %u %s rows", path, rows_count(rows, type, path), type);
  }
}

static void
recordings_may_come_and_go_meanwhile(void** const state)
{
  static const char line[] = LABEL "--format jsonl --resume -o out.jsonl in";

  (void)state;
  run(1, LABEL "--format jsonl --fail-fast -o out.jsonl in");
  assert_int_equal(remove("in/02.wav"), 0); // Done
  assert_int_equal(remove("in/08.wav"), 0); // Not done
  add("in/00a.wav");
  add("in/09a.wav");
  run(1, line);
  run(1, line);

  Bytes bytes          = bytes_load("out.jsonl");
  bytes.bytes[bytes.n] = '\0';
  json_t* const rows   = rows_parse((const char*)bytes.bytes);
  for (unsigned i = 0U; i < N_GOOD; ++i) {
    char path[32];
    (void)snprintf(path, sizeof(path), "in/%02u.wav", i);
    const bool is_bad = !strcmp(path, BAD);
    expect_row(rows, "file", path, !is_bad && i != 8U);
    expect_row(rows, "error", path, is_bad);
  }
  expect_row(rows, "file", "in/00a.wav", 1U);
  expect_row(rows, "file", "in/09a.wav", 1U);
  assert_int_equal(json_array_size(rows), N_GOOD + 1U);
  json_decref(rows);
  bytes_free(&bytes);
}

static void
what_has_no_file_of_its_own_is_tried_again(void** const state)
{
  static const char line[] = CSV "-d out --resume in";

  (void)state;
  run(1, CSV "-d out --fail-fast in");
  assert_false(is_there("out/in/05.wav.csv"));
  assert_int_equal(remove("out/in/01.wav.csv"), 0);
  run(1, CSV "--fail-fast -d out --resume in");
  assert_true(is_there("out/in/01.wav.csv"));

  // As if it had been killed while it wrote the next one
  bytes_save("half", 4U, "out/in/05.wav.csv.part");
  assert_int_equal(remove(BAD), 0);
  add(BAD);
  run(0, line);
  run(0, line);
  assert_int_equal(rename("out", "resumed"), 0);
  assert_int_equal(remove("out.journal"), 0);
  run(0, CSV "-d out in");
  expect_finished("out", false);
  expect_same("out", "resumed");
}

static void
a_place_that_takes_no_file_is_named(void** const state)
{
  static const struct {
    const char* options;
    const char* name;
    const char* words;
  } rows[] = {
    { "-o in", "in can't be written", "it is a folder (--output-folder" },
    { "-o /dev/null", "/dev/null can't be written", "not a regular file" },
    { "-o pipe", "pipe can't be written", "not a regular file" },
    { "-o missing/x", "missing/x", "No such file or directory" },
    { "-o good.wav/x", "good.wav/x", "Not a directory" },
    { "-o locked/x", "locked/x", "Permission denied" },
    { "-d locked/x", "locked/x can't be written", "Permission denied" },
    { "-d locked", "locked can't be written", "Permission denied" },
    { "-d good.wav", "good.wav can't be written", "Not a directory" },
  };

  (void)state;
  assert_int_equal(mkfifo("pipe", 0644), 0);
  assert_int_equal(mkdir("locked", 0555), 0);
  assert_int_equal(chmod(".", 0755), 0);
  assert_int_equal(chmod(CLI_MODEL, 0644), 0);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[256];
    (void)snprintf(line, sizeof(line), CSV "%s in", rows[i].options);
    const Process process = strstr(rows[i].options, "locked")
                              ? cli_run_as_user(line)
                              : cli_run(line, NULL);
    expect_sentence(process, line, rows[i].name, rows[i].words);
  }
  assert_false(is_there("in.part"));
  assert_false(is_there("in.journal"));
  assert_false(is_there("/dev/null.journal"));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_finished_run_does_nothing_and_ends_alike),
    TEST(a_run_that_only_lacked_its_place_gets_it),
    TEST(a_run_that_only_lacked_its_end_begins_anew),
    TEST(without_resume_an_interrupted_run_is_left_alone),
    TEST(what_the_journal_does_not_tell_of_is_cut_off),
    TEST(another_run_is_not_gone_on_with),
    TEST(a_second_process_is_refused),
    TEST(recordings_may_come_and_go_meanwhile),
    TEST(what_has_no_file_of_its_own_is_tried_again),
    TEST(a_place_that_takes_no_file_is_named),
  };
  return cmocka_run_group_tests_name("label_resume", tests, NULL, NULL);
}
