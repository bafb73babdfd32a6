// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel summary`, as it is called, on results that are written by hand

#include "trainer/summary.h"

#include "tests/support/alloc.h"
#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/results.h"
#include "tests/support/scratch.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const json_t*
find(const json_t* const json,
     const char* const   list,
     const char* const   key,
     const char* const   name)
{
  size_t        i    = 0U;
  json_t*       item = NULL;
  const json_t* all  = json_object_get(json, list);
  json_array_foreach(all, i, item)
  {
    if (!strcmp(row_text(item, key), name)) {
      return item;
    }
  }
  fail_msg("there is no %s in %s", name, list);
  return NULL;
}

static void
what_was_found_is_added_up(void** const state)
{
  // Notes, share of 6, recordings and seconds of those labelled so
  static const struct {
    const char* list;
    const char* key;
    const char* name;
    double      notes;
    double      recordings;
    double      seconds;
  } shares[] = {
    { "instruments", "label", "violin", 2.0, 2.0, 1800.0 },
    { "instruments", "label", "unknown", 2.0, 1.0, 900.5 },
    { "instruments", "label", "trumpet", 1.0, 1.0, 900.0 },
    { "instruments", "label", "cello", 1.0, 0.0, 0.0 },
    { "families", "name", "strings", 3.0, 2.0, 1800.0 },
    { "families", "name", "brass", 1.0, 1.0, 900.0 },
    { "families", "name", "strings?", 1.0, 0.0, 0.0 },
    { "families", "name", "unknown", 1.0, 1.0, 900.5 },
  };

  // .95 and 1 are in the last bin, .4 begins the fifth, .5 the sixth, 0 the
  // first; one note and one recording have no confidence
  static const double bins[10][3] = {
    [0] = { 1.0, 1.0, 0.0 }, [1] = { 0.0, 0.0, 1.0 }, [4] = { 1.0, 1.0, 0.0 },
    [5] = { 1.0, 0.0, 1.0 }, [8] = { 0.0, 0.0, 1.0 }, [9] = { 2.0, 0.0, 0.0 },
  };

  (void)state;
  results_save(RESULTS_OF_SEVEN, "first.jsonl");
  json_t* const       json    = results_summarise("first.jsonl");
  const json_t* const unknown = json_object_get(json, "unknown");
  assert_true(row_number(json, "recordings") == 4.0);
  assert_true(row_number(json, "seconds") == 3600.5);
  assert_true(row_number(json, "notes") == 6.0);
  assert_true(row_number(unknown, "notes") == 2.0);
  assert_true(fabs(row_number(unknown, "note_rate") - 1.0 / 3.0) < 1e-12);
  assert_true(row_number(unknown, "recordings") == 1.0);
  assert_true(row_number(unknown, "recording_rate") == 0.25);
  assert_true(row_number(json, "failed") == 3.0);
  assert_true(row_number(json, "duplicates") == 0.0);
  for (size_t i = 0U; i < sizeof(shares) / sizeof(*shares); ++i) {
    const json_t* const share =
      find(json, shares[i].list, shares[i].key, shares[i].name);
    if (row_number(share, "notes") != shares[i].notes ||
        row_number(share, "recordings") != shares[i].recordings ||
        row_number(share, "seconds") != shares[i].seconds ||
        fabs(row_number(share, "share") - shares[i].notes / 6.0) > 1e-12) {
      fail_msg("%s", shares[i].name);
    }
  }
  assert_int_equal(json_array_size(json_object_get(json, "instruments")), 4U);
  assert_int_equal(json_array_size(json_object_get(json, "families")), 4U);

  const json_t* const histogram = json_object_get(json, "confidence");
  assert_int_equal(json_array_size(histogram), 10U);
  for (size_t i = 0U; i < 10U; ++i) {
    const json_t* const bin = json_array_get(histogram, i);
    assert_true(fabs(row_number(bin, "from") - 0.1 * (double)i) < 1e-12);
    assert_true(row_number(bin, "notes") == bins[i][0]);
    assert_true(row_number(bin, "unknown") == bins[i][1]);
    assert_true(row_number(bin, "recordings") == bins[i][2]);
  }

  const json_t* const errors = json_object_get(json, "errors");
  assert_int_equal(json_array_size(errors), 2U);
  assert_string_equal(row_text(json_array_get(errors, 0U), "error"),
                      "not a sound file");
  assert_true(row_number(json_array_get(errors, 0U), "files") == 2.0);
  assert_string_equal(row_text(json_array_get(errors, 1U), "error"),
                      "it ends early");
  json_decref(json);
}

static void
a_table_tells_it_to_people(void** const state)
{
  static const char* const parts[] = {
    "4 recordings, 1.000 hours, 6 notes\n",
    "unknown: 33.3 % of the notes, 25.0 % of the recordings\n",
    "3 files have no label\n",
    "\nviolin                       2    33.3 %           2      0.500\n",
    "\nbrass                        1    16.7 %           1      0.250\n",
    "\n 90 to 100 %                 2         0           0\n",
    "\n         2  not a sound file\n         1  it ends early\n",
  };

  (void)state;
  results_save(RESULTS_OF_SEVEN, "first.jsonl");
  Process process = cli_expect(0, "summary first.jsonl");
  for (size_t i = 0U; i < sizeof(parts) / sizeof(*parts); ++i) {
    if (!strstr(process.out, parts[i])) {
      fail_msg("there is no %sin %s", parts[i], process.out);
    }
  }
  process_free(&process);
}

static void
of_one_recording_the_last_result_counts(void** const state)
{
  (void)state;
  results_save(RESULTS_OF_SEVEN, "first.jsonl");
  results_save(ROW_NOTE("a.wav", "cello", ROW_STRINGS, "0.7")
                 ROW_FILE("a.wav", "cello", ROW_STRINGS, "0.7", "1800")
                   ROW_FILE("bad.wav", "harp", "\"plucked\"", "0.7", "10"),
               "second.jsonl");
  json_t* json = results_summarise("first.jsonl second.jsonl");
  assert_true(row_number(json, "recordings") == 5.0);
  assert_true(row_number(json, "seconds") == 3610.5);
  assert_true(row_number(json, "notes") == 4.0);
  assert_true(row_number(json, "failed") == 2.0);
  assert_true(row_number(json, "duplicates") == 2.0);
  assert_true(
    row_number(find(json, "instruments", "label", "cello"), "notes") == 2.0);
  json_decref(json);

  // All seven files of the first are in it again
  json = results_summarise("second.jsonl first.jsonl first.jsonl");
  assert_true(row_number(json, "recordings") == 4.0);
  assert_true(row_number(json, "notes") == 6.0);
  assert_true(row_number(json, "duplicates") == 9.0);
  json_decref(json);
}

static void
nothing_gives_no_nan(void** const state)
{
  (void)state;
  results_save("", "x.jsonl");
  json_t* const json = results_summarise("x.jsonl");
  assert_true(row_number(json, "recordings") == 0.0);
  assert_true(json_is_null(
    json_object_get(json_object_get(json, "unknown"), "note_rate")));
  json_decref(json);
  Process process = cli_expect(0, "summary x.jsonl");
  assert_string_equal(process.out, "0 recordings, 0.000 hours, 0 notes\n");
  process_free(&process);
}

static void
a_file_that_cannot_be_read_costs_nothing_else(void** const state)
{
  (void)state;
  results_save(RESULTS_OF_SEVEN, "first.jsonl");
  assert_int_equal(mkdir("folder", 0700), 0);
  Process process =
    cli_run("summary none.jsonl folder first.jsonl --json x.json", NULL);
  assert_int_equal(process.status, 1);
  assert_int_equal(text_count(process.err, "\n"), 2U);
  assert_non_null(strstr(process.err, "none.jsonl: No such file"));
  assert_non_null(strstr(process.err, "folder: Is a directory"));
  process_free(&process);
  json_t* const json = json_of_file("x.json");
  assert_true(row_number(json, "recordings") == 4.0);
  json_decref(json);

  bytes_save("old", 3U, "x.json");
  process = cli_run("summary none.jsonl --json x.json", NULL);
  assert_int_equal(process.status, 1);
  assert_string_equal(process.out, "");
  process_free(&process);
  Bytes bytes = bytes_load("x.json");
  assert_int_equal(bytes.n, 3U);
  bytes_free(&bytes);
}

static void
results_are_not_written_over(void** const state)
{
  static const char* const lines[] = {
    "summary first.jsonl --json first.jsonl",
    "summary first.jsonl --json none/x.json",
    "summary first.jsonl --json .",
    "summary first.jsonl --json x.json --html first.jsonl",
    "summary first.jsonl --json x.json --html none/x.html",
  };

  (void)state;
  results_save(RESULTS_OF_SEVEN, "first.jsonl");
  for (size_t i = 0U; i < sizeof(lines) / sizeof(*lines); ++i) {
    Process process = cli_run(lines[i], NULL);
    if (process.status != 1 || *process.out ||
        !is_sentence(process.err, "can't be written", "")) {
      fail_msg("%s: %d, %s", lines[i], process.status, process.err);
    }
    process_free(&process);
  }
  const Folder here = { "." };
  assert_int_equal(folder_count(&here), 1U);
}

/// Write results of `n_files` recordings with `n_notes` each.
static void
save_many(const unsigned n_files, const unsigned n_notes)
{
  FILE* const file = fopen("many.jsonl", "w");
  assert_non_null(file);
  for (unsigned i = 0U; i < n_files; ++i) {
    for (unsigned j = 0U; j < n_notes; ++j) {
      (void)fprintf(file,
                    "{\"type\":\"note\",\"file\":\"%u.wav\",\"onset\":%u,"
                    "\"duration\":1,\"label\":\"instrument %u\","
                    "\"family\":null,\"confidence\":%.2f,\"program\":1,"
                    "\"alternatives\":[]}\n",
                    i,
                    j,
                    j % 27U,
                    0.01 * (j % 100U));
    }
    (void)fprintf(
      file, ROW_FILE("%u.wav", "instrument 0", "null", "0.5", "100"), i);
  }
  assert_int_equal(fclose(file), 0);
}

static void
memory_is_for_files_and_not_for_notes(void** const state)
{
  (void)state;
  struct rlimit       before;
  const struct rlimit small = { 6U << 20U, RLIM_INFINITY };
  save_many(100U, 999U);
  struct stat info;
  assert_int_equal(stat("many.jsonl", &info), 0);
  assert_true(info.st_size > (off_t)(2U * small.rlim_cur));

  assert_int_equal(getrlimit(RLIMIT_DATA, &before), 0);
#ifndef TMB_SANITIZED // Whose shadow takes more
  assert_int_equal(setrlimit(RLIMIT_DATA, &small), 0);
#endif
  json_t* const json = results_summarise("many.jsonl");
  assert_int_equal(setrlimit(RLIMIT_DATA, &before), 0);
  assert_true(row_number(json, "recordings") == 100.0);
  assert_true(row_number(json, "notes") == 99900.0);
  assert_true(row_number(json, "seconds") == 10000.0);

  // 999 notes hold instrument 0 exactly 37 times
  assert_true(row_number(find(json, "instruments", "label", "instrument 0"),
                         "notes") == 3700.0);
  json_decref(json);
}

/// Add rows of two files and finish; what the first failure is.
static TmbStatus
add_two(TmbSummary* const self)
{
  static const TmbResultRow rows[] = {
    { NULL, TMB_RESULT_NOTE, "a", "harp", "plucked", 1.0, 0.0, NULL },
    { NULL, TMB_RESULT_FILE, "a", "harp", "plucked", 1.0, 1.0, NULL },
    { NULL, TMB_RESULT_ERROR, "b", NULL, "", 0.0, 0.0, "lost" },
  };

  TmbStatus status = self ? TMB_OK : TMB_NO_MEMORY;
  for (size_t i = 0U; !status && i < sizeof(rows) / sizeof(*rows); ++i) {
    status = tmb_summary_add(self, &rows[i], NULL);
  }
  return status ? status : tmb_summary_finish(self);
}

static void
a_failed_allocation_is_told(void** const state)
{
  (void)state;
  bool      has_failed = true;
  TmbStatus status     = TMB_NO_MEMORY;
  unsigned  n          = 0U;
  for (; has_failed; ++n) {
    alloc_fail_from(n);
    TmbSummary* const self = tmb_summary_new();
    status                 = add_two(self);
    has_failed             = alloc_restore();
    assert_int_equal(status, has_failed ? TMB_NO_MEMORY : TMB_OK);
    tmb_summary_free(self);
  }
  assert_true(n > 8U);
}

static void
wrong_usage_is_one_sentence(void** const state)
{
  static const struct {
    const char* line;
    const char* word;
  } rows[] = {
    { "summary", "which results" },
    { "summary first.jsonl --json", "--json needs a value" },
    { "summary first.jsonl --sing", "unknown option --sing" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    cli_expect_usage_error(rows[i].line, rows[i].word);
  }
  cli_expect_help("summary");
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(what_was_found_is_added_up),
    TEST(a_table_tells_it_to_people),
    TEST(of_one_recording_the_last_result_counts),
    TEST(nothing_gives_no_nan),
    TEST(a_file_that_cannot_be_read_costs_nothing_else),
    TEST(results_are_not_written_over),
    TEST(memory_is_for_files_and_not_for_notes),
    TEST(a_failed_allocation_is_told),
    TEST(wrong_usage_is_one_sentence),
  };
  return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
