// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What `timbrel summary` makes of lines that are no results, or no whole ones

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/results.h"
#include "tests/support/scratch.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void
a_line_that_is_no_row_costs_nothing_else(void** const state)
{
  static const struct {
    const char* name;
    const char* line;
    const char* reason;
  } rows[] = {
    { "nothing", "\n", "it is not JSON" },
    { "text", "violin\n", "it is not JSON" },
    { "NaN", ROW_FILE("x", "harp", "null", "NaN", "1"), "it is not JSON" },
    { "a huge number",
      ROW_FILE("x", "harp", "null", "1", "1e999"),
      "it is not JSON" },
    { "control character", "{\"type\":\"\x1B\"}\n", "it is not JSON" },
    { "NUL", ROW_FILE("x\\u0000", "harp", "null", "1", "1"), "it is not JSON" },
    { "Latin-1", ROW_FILE("\xE9", "harp", "null", "1", "1"), "it is not JSON" },
    { "twice", "{\"type\":\"file\",\"type\":\"note\"}\n", "it is not JSON" },
    { "array", "[]\n", "it has no text \"file\"" },
    { "other type",
      "{\"type\":\"sum\",\"file\":\"x\"}\n",
      "its \"type\" is none of" },
    { "no type", "{\"file\":\"x\"}\n", "its \"type\" is none of" },
    { "no file", "{\"type\":\"file\"}\n", "it has no text \"file\"" },
    { "a number for a file",
      "{\"type\":\"file\",\"file\":1}\n",
      "it has no text \"file\"" },
    { "no label", "{\"type\":\"file\",\"file\":\"x\"}\n", "\"label\"" },
    { "long label",
      ROW_FILE("x",
               "a label of more than the forty-seven bytes that one has",
               "null",
               "1",
               "1"),
      "its \"label\" is too long" },
    { "empty label", ROW_FILE("x", "", "null", "1", "1"), "is empty" },
    { "family 1", ROW_FILE("x", "harp", "1", "1", "1"), "\"family\"" },
    { "confidence 1.1",
      ROW_FILE("x", "harp", "null", "1.1", "1"),
      "its \"confidence\" is not a number from 0 to 1" },
    { "confidence text", ROW_NOTE("x", "harp", "null", "\"1\""), "confidence" },
    { "negative length", ROW_FILE("x", "harp", "null", "1", "-1"), "seconds" },
    { "endless", ROW_FILE("x", "harp", "null", "1", "1e300"), "seconds" },
    { "no reason", "{\"type\":\"error\",\"file\":\"x\"}\n", "\"error\"" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char text[sizeof(RESULTS_OF_SEVEN) + 1024U];
    (void)snprintf(text, sizeof(text), "%s%s", rows[i].line, RESULTS_OF_SEVEN);
    results_save(text, "x.jsonl");
    Process       process = cli_run("summary --json x.json x.jsonl", NULL);
    json_t* const json    = json_of_file("x.json");
    if (process.status != 1 ||
        !is_sentence(process.err, "x.jsonl: line 1 ", rows[i].reason) ||
        row_number(json, "recordings") != 4.0 ||
        row_number(json, "notes") != 6.0 || row_number(json, "failed") != 3.0) {
      fail_msg("%s: %d, %s", rows[i].name, process.status, process.err);
    }
    json_decref(json);
    process_free(&process);
  }
}

static void
many_such_lines_are_counted(void** const state)
{
  (void)state;
  FILE* const file = fopen("x.jsonl", "w");
  assert_non_null(file);
  (void)fputs("{\"a\":\"", file);
  for (unsigned i = 0U; i < 1000000U; ++i) {
    (void)fputc('x', file); // One long line
  }
  (void)fputs("\"}\n", file);
  for (unsigned i = 0U; i < 1000U; ++i) {
    (void)fputs("<b>\x1B[31m\xFF\n", file);
  }
  (void)fputs(RESULTS_OF_SEVEN, file);
  assert_int_equal(fclose(file), 0);

  Process process = cli_run("summary --json x.json x.jsonl", NULL);
  assert_int_equal(process.status, 1);
  assert_int_equal(text_count(process.err, "\n"), 4U);
  assert_non_null(strstr(process.err, "line 1 does not count: it has more "));
  assert_non_null(strstr(process.err, "x.jsonl: 998 more such lines"));
  assert_null(strchr(process.err, '\x1B'));
  process_free(&process);
  json_t* const json = json_of_file("x.json");
  assert_true(row_number(json, "recordings") == 4.0);
  json_decref(json);
}

static void
a_run_that_was_cut_off_is_told(void** const state)
{
  static const char note[] = ROW_NOTE("c.wav", "harp", "null", "0.9");
  static const struct {
    const char* name;
    size_t      n; ///< Bytes of the note that are there
    bool        has_rest;
    const char* reason;
  } rows[] = {
    { "amid a line", 40U, false, "it ends amid line 15" },
    { "before a newline", sizeof(note) - 2U, false, "amid the notes of c.wav" },
    { "amid notes", sizeof(note) - 1U, false, "amid the notes of c.wav" },
    { "amid notes, gone on with",
      sizeof(note) - 1U,
      true,
      "what comes before line 16 does not count" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char text[2U * sizeof(RESULTS_OF_SEVEN)];
    (void)snprintf(text,
                   sizeof(text),
                   "%s%.*s%s",
                   RESULTS_OF_SEVEN,
                   (int)rows[i].n,
                   note,
                   rows[i].has_rest ? ROW_FILE("d", "harp", "null", "1", "1")
                                    : "");
    results_save(text, "x.jsonl");
    Process       process = cli_run("summary --json x.json x.jsonl", NULL);
    json_t* const json    = json_of_file("x.json");
    if (process.status != 1 ||
        !is_sentence(process.err, "x.jsonl: ", rows[i].reason) ||
        row_number(json, "recordings") != (rows[i].has_rest ? 5.0 : 4.0) ||
        row_number(json, "notes") != 6.0) {
      fail_msg("%s: %d, %s", rows[i].name, process.status, process.err);
    }
    json_decref(json);
    process_free(&process);
  }
}

static void
a_last_row_needs_no_newline(void** const state)
{
  (void)state;
  bytes_save(RESULTS_OF_SEVEN, sizeof(RESULTS_OF_SEVEN) - 2U, "x.jsonl");
  json_t* const json = results_summarise("x.jsonl");
  assert_true(row_number(json, "recordings") == 4.0);
  json_decref(json);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_line_that_is_no_row_costs_nothing_else),
    TEST(many_such_lines_are_counted),
    TEST(a_run_that_was_cut_off_is_told),
    TEST(a_last_row_needs_no_newline),
  };
  return cmocka_run_group_tests_name("summary_lines", tests, NULL, NULL);
}
