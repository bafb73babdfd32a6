// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"

#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define N_NOTES 3U

/// Write X.wav with notes, and X.onsets that says where they are.
static void
write_pair(const char* const name)
{
  char path[64];
  char text[256] = "";
  (void)snprintf(path, sizeof(path), "%s.wav", name);
  (void)tone_write(path, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 1, N_NOTES);
  for (unsigned i = 0U; i < N_NOTES; ++i) {
    const size_t n = strlen(text);
    (void)snprintf(text + n, sizeof(text) - n, "%.4f\n", tone_onset(i));
  }
  (void)snprintf(path, sizeof(path), "%s.onsets", name);
  bytes_save(text, strlen(text), path);
}

/// Five recordings in two folders.
static int
setup(void** const state)
{
  static const char* const names[] = { "x/a", "x/b", "x/c", "y/d", "y/e" };
  if (scratch_setup(state) || mkdir("x", 0777) || mkdir("y", 0777)) {
    return -1;
  }
  for (size_t i = 0U; i < sizeof(names) / sizeof(*names); ++i) {
    write_pair(names[i]);
  }
  return 0;
}

/// A program of this name in the current folder, which PATH=. finds.
static void
write_program(const char* const name, const char* const script)
{
  bytes_save(script, strlen(script), name);
  assert_int_equal(chmod(name, 0777), 0);
}

/// The first row of a type, a name and a detector, or null.
static const json_t*
find_row(const json_t* const rows,
         const char* const   type,
         const char* const   name,
         const char* const   detector)
{
  size_t        i = 0U;
  const json_t* row;
  json_array_foreach(rows, i, row)
  {
    if (!strcmp(row_text(row, "type"), type) &&
        !strcmp(row_text(row, "name"), name) &&
        !strcmp(row_text(row, "detector"), detector)) {
      return row;
    }
  }
  return NULL;
}

static double
rate(const json_t* const row, const size_t tolerance, const char* const key)
{
  return row_number(json_array_get(json_object_get(row, "within"), tolerance),
                    key);
}

static void
each_folder_and_all_get_a_row(void** const state)
{
  (void)state;
  Process       process = cli_expect(0, "onsets --format jsonl x y/e.wav");
  json_t* const rows    = rows_parse(process.out);
  assert_int_equal(json_array_size(rows), 3U);

  const json_t* const folder = find_row(rows, "folder", "x", "timbrel");
  assert_non_null(folder);
  assert_non_null(find_row(rows, "folder", "y", "timbrel"));
  assert_true(row_number(folder, "files") == 3.0);
  assert_true(row_number(folder, "onsets") == 3.0 * N_NOTES);
  assert_true(rate(folder, 0U, "tolerance") == 0.05);
  assert_true(rate(folder, 0U, "precision") == 1.0);
  assert_true(rate(folder, 0U, "recall") == 1.0);
  assert_true(rate(folder, 1U, "tolerance") == 0.025);
  assert_true(rate(folder, 1U, "f") > 0.9);

  const json_t* const total = find_row(rows, "total", "total", "timbrel");
  assert_true(row_number(total, "files") == 4.0);
  assert_true(row_number(total, "told") == 4.0 * N_NOTES);
  assert_in_range(1000.0 * row_number(total, "delay_median"), 0, 30);
  assert_true(row_number(total, "delay_95") >=
              row_number(total, "delay_median"));
  json_decref(rows);
  process_free(&process);
}

static void
the_table_has_a_row_for_each_file_if_asked(void** const state)
{
  (void)state;
  Process plain = cli_expect(0, "onsets x");
  Process more  = cli_expect(0, "onsets --per-file x");
  assert_non_null(strstr(plain.out, "within 50 ms"));
  assert_non_null(strstr(plain.out, "  x\n"));
  assert_non_null(strstr(plain.out, "  total\n"));
  assert_null(strstr(plain.out, "x/a.wav"));
  assert_non_null(strstr(more.out, "  x/a.wav\n"));
  assert_non_null(strstr(more.out, "  x/c.wav\n"));
  assert_non_null(strstr(more.out, "  total\n"));
  process_free(&plain);
  process_free(&more);
}

static void
halves_count_the_files_of_each_folder(void** const state)
{
  static const struct {
    const char* line;
    const char* files[4];
  } rows[] = {
    { "onsets --per-file --half odd x y", { "x/a", "x/c", "y/d" } },
    { "onsets --per-file --half even x y", { "x/b", "y/e" } },
    { "onsets --per-file --half all y", { "y/d", "y/e" } },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Process  process = cli_expect(0, rows[i].line);
    unsigned n       = 0U;
    for (const char* at = process.out; (at = strstr(at, ".wav")); ++at) {
      assert_non_null(rows[i].files[n]);
      assert_memory_equal(at - 3, rows[i].files[n], 3U);
      ++n;
    }
    assert_null(rows[i].files[n]);
    process_free(&process);
  }
}

static void
a_bad_file_is_told_and_the_rest_goes_on(void** const state)
{
  static const struct {
    const char* label;
    const char* recording; ///< Null to leave it as it is
    const char* annotation;
    const char* sentence;
  } rows[] = {
    { "no annotation", NULL, NULL, "timbrel: x/b.onsets: No such file" },
    { "a bad line", NULL, "0.1\nx\n", "timbrel: x/b.onsets: line 2 does not" },
    { "no recording", "text", "0.1\n", "timbrel: x/b.wav: " },
  };

  static const ProcessSetup here = { .environment = "PATH=." };

  (void)state;
  write_program("aubioonset", "#!/bin/sh\necho 0.1\n");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    (void)remove("x/b.onsets");
    if (rows[i].annotation) {
      bytes_save(rows[i].annotation, strlen(rows[i].annotation), "x/b.onsets");
    }
    if (rows[i].recording) {
      bytes_save(rows[i].recording, strlen(rows[i].recording), "x/b.wav");
    }
    Process process = cli_run("onsets --format jsonl --peers x", &here);
    assert_int_equal(process.status, 1);

    json_t* const rows_out = rows_parse(process.out);
    const json_t* total    = find_row(rows_out, "total", "total", "timbrel");
    if (strncmp(process.err, rows[i].sentence, strlen(rows[i].sentence)) != 0 ||
        row_number(total, "files") != 2.0) {
      fail_msg("%s: %s%s", rows[i].label, process.err, process.out);
    }
    json_decref(rows_out);
    process_free(&process);
  }
}

static void
aubio_is_scored_by_what_its_program_prints(void** const state)
{
  static const ProcessSetup here = { .environment = "PATH=." };

  (void)state;
  char script[256];
  (void)snprintf(script,
                 sizeof(script),
                 "#!/bin/sh\n[ \"$1 $2\" = '-i y/d.wav' ] || exit 1\n"
                 "echo %.4f; echo %.4f; echo 1.3\n",
                 tone_onset(0U) + 0.01,
                 tone_onset(1U) - 0.04);
  write_program("aubioonset", script);
  Process process = cli_run("onsets --format jsonl --peers y/d.wav", &here);
  assert_string_equal(process.err, "");
  assert_int_equal(process.status, 0);

  json_t* const       rows = rows_parse(process.out);
  const json_t* const row  = find_row(rows, "total", "total", "aubio");
  assert_non_null(find_row(rows, "total", "total", "librosa"));
  assert_true(row_number(row, "told") == 3.0);
  assert_true(rate(row, 0U, "found") == 2.0);
  assert_true(rate(row, 1U, "found") == 1.0);
  assert_true(json_is_null(json_object_get(row, "delay_median")));
  assert_true(row_number(row, "deviation_median") == -0.015);
  json_decref(rows);
  process_free(&process);
}

static void
a_peer_that_fails_is_told(void** const state)
{
  static const ProcessSetup here = { .environment = "PATH=." };

  (void)state;
  write_program("aubioonset", "#!/bin/sh\necho 0.1\nexit 3\n");
  Process process = cli_run("onsets --peers y/d.wav", &here);
  assert_int_equal(process.status, 1);
  assert_string_equal(process.err, "timbrel: y/d.wav: aubioonset failed\n");
  assert_null(strstr(process.out, "aubio "));
  assert_non_null(strstr(process.out, "librosa "));
  process_free(&process);
}

static void
a_peer_that_is_not_there_is_told_once(void** const state)
{
  static const ProcessSetup nowhere = { .environment = "PATH=/nonexistent" };

  (void)state;
  Process process = cli_run("onsets --peers x", &nowhere);
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err, "aubioonset", "No such file"));
  assert_non_null(strstr(process.out, "timbrel "));
  assert_non_null(strstr(process.out, "librosa "));
  process_free(&process);
}

static void
wrong_usage_is_refused(void** const state)
{
  static const struct {
    const char* line;
    const char* word;
  } rows[] = {
    { "onsets", "which files or folders" },
    { "onsets --half third x", "odd, even or all" },
    { "onsets --format xml x", "table or jsonl" },
    { "onsets --sensitivity 2 x", "--sensitivity takes a number" },
    { "onsets --gate 1 x", "--gate takes a number" },
    { "onsets --loud x", "unknown option --loud" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Process process = cli_expect(2, rows[i].line);
    if (!is_sentence(process.err, "timbrel onsets:", rows[i].word)) {
      fail_msg("%s: %s", rows[i].line, process.err);
    }
    assert_string_equal(process.out, "");
    process_free(&process);
  }
  Process process = cli_expect(0, "onsets --help");
  assert_non_null(strstr(process.out, "--sensitivity"));
  process_free(&process);
}

static void
the_settings_reach_the_detector(void** const state)
{
  (void)state;
  Process       process = cli_expect(0, "onsets --gate 0 --format jsonl x");
  json_t* const rows    = rows_parse(process.out);
  const json_t* total   = find_row(rows, "total", "total", "timbrel");
  assert_true(row_number(total, "told") == 0.0);
  assert_true(rate(total, 0U, "recall") == 0.0);
  json_decref(rows);
  process_free(&process);
}

/// Run from the repository's root, as all tests are.
static void
the_demo_is_heard(void** const state)
{
  (void)state;
  Process       process = cli_expect(0, "onsets --format jsonl tests/demo");
  json_t* const rows    = rows_parse(process.out);
  const json_t* total   = find_row(rows, "total", "total", "timbrel");
  assert_true(row_number(total, "files") == 6.0);
  assert_true(row_number(total, "onsets") == 64.0);
  assert_true(rate(total, 0U, "f") > 0.95);
  json_decref(rows);
  process_free(&process);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_demo_is_heard),
    cmocka_unit_test_setup_teardown(
      each_folder_and_all_get_a_row, setup, scratch_teardown),
    cmocka_unit_test_setup_teardown(
      the_table_has_a_row_for_each_file_if_asked, setup, scratch_teardown),
    cmocka_unit_test_setup_teardown(
      halves_count_the_files_of_each_folder, setup, scratch_teardown),
    cmocka_unit_test_setup_teardown(
      a_bad_file_is_told_and_the_rest_goes_on, setup, scratch_teardown),
    cmocka_unit_test_setup_teardown(
      aubio_is_scored_by_what_its_program_prints, setup, scratch_teardown),
    cmocka_unit_test_setup_teardown(
      a_peer_that_fails_is_told, setup, scratch_teardown),
    cmocka_unit_test_setup_teardown(
      a_peer_that_is_not_there_is_told_once, setup, scratch_teardown),
    cmocka_unit_test_setup_teardown(
      wrong_usage_is_refused, setup, scratch_teardown),
    cmocka_unit_test_setup_teardown(
      the_settings_reach_the_detector, setup, scratch_teardown),
  };
  return cmocka_run_group_tests_name("onsets command", tests, NULL, NULL);
}
