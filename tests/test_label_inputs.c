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

#define LABEL "label --model " CLI_MODEL " --format jsonl "
#define MAX_TEXT 512U

/// Files that have a label in JSON lines, in their order, and !ERRONEOUS ones.
static void
list_files(const char* const jsonl, char text[MAX_TEXT])
{
  json_t* const rows = rows_parse(jsonl);
  size_t        n    = 0U;
  size_t        i    = 0U;
  const json_t* row;
  text[0] = '\0';
  json_array_foreach(rows, i, row)
  {
    const bool is_error = !strcmp(row_text(row, "type"), "error");
    if (is_error || !strcmp(row_text(row, "type"), "file")) {
      n += (size_t)snprintf(text + n,
                            MAX_TEXT - n,
                            "%s%s%s",
                            n ? " " : "",
                            is_error ? "!" : "",
                            row_text(row, "file"));
      assert_true(n < MAX_TEXT);
    }
  }
  json_decref(rows);
}

/// Run, and demand an exit status and what list_files() makes of the rows.
static void
expect_files(const char* const line,
             const char* const stdin_path,
             const int         status,
             const char* const files)
{
  const ProcessSetup setup   = { .stdin_path = stdin_path };
  Process            process = cli_run(line, &setup);
  char               text[MAX_TEXT];
  list_files(process.out, text);
  if (process.status != status || strcmp(text, files) != 0) {
    fail_msg("%s: status %d, \"%s\" instead of \"%s\"; %s",
             line,
             process.status,
             text,
             files,
             process.err);
  }
  process_free(&process);
}

static void
copy_good(const char* const path)
{
  Bytes bytes = bytes_load("good.wav");
  bytes_save(bytes.bytes, bytes.n, path);
  bytes_free(&bytes);
}

static void
save_text(const char* const text, const char* const path)
{
  bytes_save(text, strlen(text), path);
}

static void
make_tree(void)
{
  assert_int_equal(mkdir("in", 0700), 0);
  assert_int_equal(mkdir("in/b", 0700), 0);
  copy_good("in/b/2.wav");
  copy_good("in/a.WAV");
}

static void
a_list_is_read_path_by_path(void** const state)
{
  static const struct {
    const char* list;
    const char* files;
    int         status;
  } rows[] = {
    { "good.wav\nin\n", "good.wav in/a.WAV in/b/2.wav", 0 },
    { "\n\ngood.wav", "good.wav", 0 },
    { "good.wav\ngood.wav\n", "good.wav good.wav", 0 },
    { "missing.wav\ngood.wav\n", "!missing.wav good.wav", 1 },
    { " good.wav\ngood.wav\n", "! good.wav good.wav", 1 },
    { "", "", 0 },
  };

  (void)state;
  make_tree();
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    save_text(rows[i].list, "list");
    expect_files(LABEL "--from-file list", NULL, rows[i].status, rows[i].files);
    expect_files(LABEL "--from-file -", "list", rows[i].status, rows[i].files);
  }
  save_text("in/b\n", "list");
  expect_files(
    LABEL "--from-file list good.wav", NULL, 0, "good.wav in/b/2.wav");
}

static void
zeros_may_separate_a_list(void** const state)
{
  static const char list[] = "good.wav\0in/b\0\0\xF6\n.wav";

  (void)state;
  make_tree();
  copy_good("\xF6\n.wav");
  bytes_save(list, sizeof(list) - 1U, "list");
  expect_files(LABEL "--null --from-file list",
               NULL,
               0,
               "good.wav in/b/2.wav \xEF\xBF\xBD\n.wav");
  expect_files(LABEL "-0 --from-file -",
               "list",
               0,
               "good.wav in/b/2.wav \xEF\xBF\xBD\n.wav");
}

static void
what_is_no_list_is_told(void** const state)
{
  static const struct {
    const char* list;
    const char* reason;
  } rows[] = {
    { "missing", "No such file or directory" },
    { "in", "Is a directory" },
    { "zeros", "path 1 holds a byte of zero (--null" },
    { "long", "path 1 is longer than paths can be" },
  };
  static const char zeros[]        = "good.wav\0good.wav\0";
  static char       path[PATH_MAX] = "";

  (void)state;
  make_tree();
  memset(path, 'x', sizeof(path));
  bytes_save(path, sizeof(path), "long");
  bytes_save(zeros, sizeof(zeros) - 1U, "zeros");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[128];
    (void)snprintf(
      line, sizeof(line), LABEL "good.wav --from-file %s", rows[i].list);
    Process process = cli_run(line, NULL);
    char    text[MAX_TEXT];
    char    expected[MAX_TEXT];
    list_files(process.out, text);
    (void)snprintf(expected, sizeof(expected), "good.wav !%s", rows[i].list);
    if (process.status != 1 ||
        !is_sentence(process.err, rows[i].list, rows[i].reason) ||
        strcmp(text, expected) != 0) {
      fail_msg("%s: status %d, %s, %s",
               rows[i].list,
               process.status,
               process.err,
               text);
    }
    process_free(&process);
  }
}

static void
probing_finds_sound_by_its_bytes(void** const state)
{
  (void)state;
  make_tree();
  copy_good("in/b/take1");
  copy_good("in/b/.hidden");
  save_text("Not a sound.\n", "in/b/notes.txt");
  save_text("Not a sound.\n", "in/b/text.wav");
  assert_int_equal(mkfifo("in/b/pipe", 0600), 0);
  Bytes bytes = bytes_load("good.wav");
  bytes_save(bytes.bytes, bytes.n / 2U, "in/b/cut");
  bytes_free(&bytes);

  expect_files(LABEL "in", NULL, 1, "in/a.WAV in/b/2.wav !in/b/text.wav");
  expect_files(LABEL "--probe in",
               NULL,
               1,
               "in/a.WAV in/b/2.wav !in/b/cut in/b/take1 !in/b/text.wav");
}

static void
a_folder_gives_each_file_once_and_an_argument_each_time(void** const state)
{
  (void)state;
  make_tree();
  assert_int_equal(symlink("a.WAV", "in/link.wav"), 0);
  assert_int_equal(symlink("b", "in/c"), 0);
  assert_int_equal(symlink("../..", "in/b/up"), 0);
  assert_int_equal(symlink("../good.wav", "in/outside.wav"), 0);

  // What lies above is no part of the folder, but it has been asked for there
  expect_files(LABEL "in/b in/b/2.wav in/link.wav",
               NULL,
               0,
               "in/b/2.wav in/b/up/good.wav in/b/up/in/a.WAV in/b/2.wav "
               "in/link.wav");
  assert_int_equal(unlink("in/b/up"), 0);
  expect_files(LABEL "in in",
               NULL,
               0,
               "in/a.WAV in/b/2.wav in/outside.wav in/a.WAV "
               "in/b/2.wav in/outside.wav");
}

static void
what_is_no_file_is_told_and_not_opened(void** const state)
{
  (void)state;
  make_tree();
  assert_int_equal(mkfifo("in/pipe.wav", 0600), 0);
  assert_int_equal(mkdir("in/folder.wav", 0700), 0);
  assert_int_equal(mkdir("in/full.wav", 0700), 0);
  copy_good("in/full.wav/x.wav");
  assert_int_equal(symlink("/dev/zero", "in/zero.wav"), 0);
  expect_files(LABEL "in",
               NULL,
               1,
               "in/a.WAV in/b/2.wav !in/folder.wav in/full.wav/x.wav "
               "!in/pipe.wav !in/zero.wav");
}

static void
the_first_error_may_end_a_run(void** const state)
{
  static const char* const lines[] = {
    LABEL "--fail-fast good.wav missing.wav good.wav",
    LABEL "--fail-fast good.wav --from-file missing.wav",
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(lines) / sizeof(*lines); ++i) {
    expect_files(lines[i], NULL, 1, "good.wav !missing.wav");
  }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_list_is_read_path_by_path),
    TEST(zeros_may_separate_a_list),
    TEST(what_is_no_list_is_told),
    TEST(probing_finds_sound_by_its_bytes),
    TEST(a_folder_gives_each_file_once_and_an_argument_each_time),
    TEST(what_is_no_file_is_told_and_not_opened),
    TEST(the_first_error_may_end_a_run),
  };
  return cmocka_run_group_tests_name("label_inputs", tests, NULL, NULL);
}
