// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// The page that `timbrel summary --html` writes

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/report_files.h"
#include "tests/support/results.h"
#include "tests/support/scratch.h"
#include "tests/support/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// A page that --html FILE wrote, which the test frees, after xmllint saw it.
static char*
write_page(const char* const results)
{
  char line[256];
  (void)snprintf(line, sizeof(line), "summary --html x.html %s", results);
  Process process = cli_expect(0, line);
  process_free(&process);
  xml_expect("x.html");

  Bytes bytes          = bytes_load("x.html");
  bytes.bytes[bytes.n] = '\0';
  assert_int_equal(strlen((const char*)bytes.bytes), bytes.n);
  return (char*)bytes.bytes;
}

/// What the page's script reads, which the test releases.
static json_t*
page_data(const char* const page)
{
  const char* const begin = strstr(page, "id=\"data\">");
  assert_non_null(begin);
  const char* const end = strstr(begin, "</script>");
  assert_non_null(end);
  json_t* const data =
    json_loadb(begin + 10, (size_t)(end - begin - 10), 0U, NULL);
  assert_non_null(data);
  return data;
}

static void
a_page_has_graphs_and_all_files(void** const state)
{
  static const char* const parts[] = {
    "<h1>Timbrel summary</h1>",
    "<dt>recordings</dt><dd>4</dd>",
    "<dt>of the notes are unknown</dt><dd>33.3 %</dd>",
    "<dt>files have no label</dt><dd>3</dd>",
    "<h2>Instruments</h2>",
    "violin</th><td>2</td><td>33.3&#160;%</td><td>2</td><td>0.50</td>",
    "<h2>Families</h2>",
    "<text x=\"119\" y=\"14\" text-anchor=\"end\">strings</text>",
    "<h2>Confidence</h2>",
    "<th scope=\"row\">90 to 100&#160;%</th><td>2</td><td>0</td><td>0</td>",
    "<h2>Errors</h2>",
    "<th scope=\"row\">2</th><td>not a sound file</td>",
    "<h2>Files</h2>",
  };

  (void)state;
  results_save(RESULTS_OF_SEVEN, "first.jsonl");
  char* const page = write_page("first.jsonl");
  for (size_t i = 0U; i < sizeof(parts) / sizeof(*parts); ++i) {
    if (!strstr(page, parts[i])) {
      fail_msg("there is no %s", parts[i]);
    }
  }

  json_t* const       data  = page_data(page);
  const json_t* const files = json_object_get(data, "files");
  const json_t* const kinds = json_object_get(data, "kinds");
  const json_t* const a     = json_array_get(files, 0U);
  const json_t* const bad   = json_array_get(files, 2U);
  const json_t* const kind =
    json_array_get(kinds, (size_t)json_integer_value(json_array_get(a, 1U)));
  assert_int_equal(json_array_size(files), 7U);
  assert_string_equal(json_string_value(json_array_get(a, 0U)), "a.wav");
  assert_string_equal(json_string_value(json_array_get(kind, 0U)), "violin");
  assert_string_equal(json_string_value(json_array_get(kind, 1U)), "strings");
  assert_true(json_real_value(json_array_get(a, 2U)) == 0.8);
  assert_int_equal(json_integer_value(json_array_get(a, 3U)), 3);
  assert_true(json_real_value(json_array_get(a, 4U)) == 1800.0);
  assert_string_equal(json_string_value(json_array_get(bad, 0U)), "bad.wav");
  assert_string_equal(json_string_value(json_array_get(bad, 1U)),
                      "not a sound file");
  json_decref(data);
  free(page);
}

static void
a_page_of_nothing_is_a_page(void** const state)
{
  (void)state;
  results_save("", "x.jsonl");
  char* const page = write_page("x.jsonl");
  assert_null(strstr(page, "nan"));
  assert_null(strstr(page, "<svg"));
  json_t* const data = page_data(page);
  assert_int_equal(json_array_size(json_object_get(data, "files")), 0U);
  json_decref(data);
  free(page);
}

static void
any_text_is_only_text(void** const state)
{
#define ODD "</script><b>\\\"a\\\" & 'b'</b><!--]]>\\u001B%s"
  static const char shown[] =
    "</script><b>\"a\" & 'b'</b><!--]]>\xEF\xBF\xBD%s";

  (void)state;
  results_save(ROW_NOTE(ODD, "<i>", "\"<u>\"", "1")
                 ROW_FILE(ODD, "<i>", "\"<u>\"", "1", "1")
                   ROW_ERROR("x" ODD, ODD),
               "x.jsonl");
  char* const         page  = write_page("x.jsonl");
  json_t* const       data  = page_data(page);
  const json_t* const files = json_object_get(data, "files");
  const json_t* const file  = json_array_get(files, 0U);
  const json_t* const bad   = json_array_get(files, 1U);
  assert_string_equal(json_string_value(json_array_get(file, 0U)), shown);
  assert_string_equal(json_string_value(json_array_get(bad, 1U)), shown);
  assert_non_null(strstr(page, "<th scope=\"row\">&lt;i&gt;</th>"));
  assert_non_null(strstr(page, "<td>&lt;/script&gt;&lt;b&gt;"));
  assert_null(strstr(page, "<b>"));
  assert_null(strstr(page, "<i>"));
  assert_null(strstr(page, "<u>"));
  assert_null(strchr(page, '\x1B'));
  json_decref(data);
  free(page);

  Process process = cli_expect(0, "summary x.jsonl");
  assert_null(strchr(process.out, '\x1B'));
  process_free(&process);
}

static void
a_page_asks_for_nothing_else(void** const state)
{
  static const char* const outside[] = { "<link", "<img",  "src=",  "@import",
                                         "url(",  "fetch", "https:" };

  (void)state;
  report_save_results("x.jsonl", 300U);
  char* const page = write_page("x.jsonl");
  for (size_t i = 0U; i < sizeof(outside) / sizeof(*outside); ++i) {
    if (strstr(page, outside[i])) {
      fail_msg("there is %s", outside[i]);
    }
  }
  assert_non_null(strstr(page, "default-src 'none'"));
  free(page);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_page_has_graphs_and_all_files),
    TEST(a_page_of_nothing_is_a_page),
    TEST(any_text_is_only_text),
    TEST(a_page_asks_for_nothing_else),
  };
  return cmocka_run_group_tests_name("summary_page", tests, NULL, NULL);
}
