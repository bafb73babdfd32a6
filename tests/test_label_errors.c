// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/label_errors.h"

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"
#include "trainer/rows.h"
#include "trainer/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/// The table, released by the caller with free().
static char*
print(TmbLabelErrors* const errors, const uint64_t n_all)
{
  char*       text = NULL;
  size_t      n    = 0U;
  FILE* const out  = open_memstream(&text, &n);
  assert_non_null(out);
  tmb_label_errors_print(errors, n_all, out);
  assert_int_equal(fclose(out), 0);
  return text;
}

static void
expect_table(TmbLabelErrors* const errors,
             const uint64_t        n_all,
             const char* const     expected)
{
  char* const text = print(errors, n_all);
  assert_string_equal(text, expected);
  free(text);
}

static void
reasons_are_counted_whatever_their_numbers(void** const state)
{
  static const struct {
    const char* path;
    const char* reason;
  } rows[] = {
    { "a.wav", "the file is empty" },
    { "b.wav", "the file is damaged, 0.250 of its 1.400 s are there" },
    { "c.wav", "the file is damaged, 12.5 of its 90 s are there" },
    { "d.wav", "it ends at 3." },
    { "e.wav", "it ends at 44100." },
    { "f.wav", "it ends at 1.2.3" },
    { "g.wav", "the file is damaged, 1 of its 2.000 s are there" },
  };

  (void)state;
  TmbLabelErrors errors = { .n = 0U };
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    tmb_label_errors_add(&errors, rows[i].path, rows[i].reason);
  }
  expect_table(
    &errors,
    1000U,
    "7 of 1000 recordings have no label:\n"
    "         3  the file is damaged, N of its N s are there  b.wav\n"
    "         2  it ends at N.                                d.wav\n"
    "         1  it ends at N.N                               f.wav\n"
    "         1  the file is empty                            a.wav\n");
}

static void
one_error_or_none_needs_no_table(void** const state)
{
  (void)state;
  TmbLabelErrors errors = { .n = 0U };
  expect_table(&errors, 0U, "");
  expect_table(&errors, 5U, "");
  tmb_label_errors_add(&errors, "a.wav", "the file is empty");
  expect_table(&errors, 5U, "");
  tmb_label_errors_add(&errors, "b.wav", "the file is empty");
  expect_table(&errors,
               5U,
               "2 of 5 recordings have no label:\n"
               "         2  the file is empty  a.wav\n");
}

/// As many reasons as there are letters, and one more.
static void
rare_reasons_are_one_if_there_are_many(void** const state)
{
  (void)state;
  TmbLabelErrors errors = { .n = 0U };
  for (unsigned i = 0U; i < 3U * 26U; ++i) {
    const char reason[] = { (char)('a' + (i % 26U)), '\0' };
    char       path[16];
    (void)snprintf(path, sizeof(path), "%u.wav", i);
    tmb_label_errors_add(&errors, path, reason);
  }
  char* const text = print(&errors, 100U);
  assert_non_null(strstr(text,
                         "78 of 100 recordings have no label:\n"
                         "         6  other reasons  24.wav\n"
                         "         3  a              0.wav\n"));
  assert_non_null(strstr(text, "         3  x              23.wav\n"));
  assert_null(strstr(text, "  y  "));
  free(text);
}

static void
no_name_steers_the_terminal(void** const state)
{
  (void)state;
  TmbLabelErrors errors = { .n = 0U };
  tmb_label_errors_add(&errors, "\x1B[31m\n.wav", "the file is empty");
  tmb_label_errors_add(&errors,
                       "\x9B"
                       "31m.wav",
                       "no \xC2\x9B"
                       "1m");
  tmb_label_errors_add(&errors,
                       "gr\xC3\xBC\xC3\x9F"
                       "e.wav",
                       "f\xC3\xBCr");
  char* const text = print(&errors, 3U);
  assert_true(tmb_text_is_clean(text, false));
  for (const char* c = text; *c; ++c) {
    assert_true(*c == '\n' || (unsigned char)*c >= 0x20U);
    assert_true((unsigned char)c[0] != 0xC2U || (unsigned char)c[1] >= 0xA0U);
  }
  assert_non_null(strstr(text,
                         "f\xC3\xBCr                gr\xC3\xBC\xC3\x9F"
                         "e.wav\n"));
  free(text);
}

static void
what_is_long_does_not_push_the_rest_aside(void** const state)
{
  (void)state;
  TmbLabelErrors errors = { .n = 0U };
  char           path[1024];
  char           reason[1024];
  memset(path, 'p', sizeof(path));
  memset(reason, 'r', sizeof(reason));
  path[sizeof(path) - 1U]     = '\0';
  reason[sizeof(reason) - 1U] = '\0';
  memcpy(path + sizeof(path) - 7U, "/a.wav", 7U);
  tmb_label_errors_add(&errors, path, "short");
  tmb_label_errors_add(&errors, path, reason);

  char* const text = print(&errors, 2U);
  char* const row  = strstr(text, "short  ppp");
  assert_non_null(row);
  assert_non_null(strstr(text, "pp/a.wav\n"));
  assert_true(strlen(text) < 1024U);
  free(text);
}

/// A path of folders, some letters each.
static void
make_deep(char* const path, const size_t n_bytes)
{
  size_t n = 0U;
  assert_int_equal(mkdir("in", 0755), 0);
  n += (size_t)snprintf(path, n_bytes, "in");
  for (unsigned i = 0U; i < 3U; ++i) {
    n += (size_t)snprintf(path + n, n_bytes - n, "/%0100u", i);
    assert_int_equal(mkdir(path, 0755), 0);
  }
}

static void
save_empty(const char* const folder, const char* const name)
{
  char path[512];
  (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
  bytes_save("", 0U, path);
}

/// A sentence has less room than the longest path.
static void
a_row_has_the_reason_whatever_the_path(void** const state)
{
  (void)state;
  char deep[400];
  char folder[512];
  make_deep(deep, sizeof(deep));
  (void)snprintf(folder, sizeof(folder), "%s/folder.wav", deep);
  assert_int_equal(mkdir(folder, 0755), 0);
  save_empty(deep, "empty.wav");
  save_empty("in", "new\nline\x1B.wav");
  save_empty("in", "question?.wav");

  Process process =
    cli_run("label --format jsonl --model " CLI_MODEL " in", NULL);
  json_t* const rows = rows_parse(process.out);
  const json_t* row;
  size_t        i       = 0U;
  unsigned      n_empty = 0U;
  json_array_foreach(rows, i, row)
  {
    n_empty += !strcmp(row_text(row, "error"), "the file is empty");
  }
  assert_int_equal(json_array_size(rows), 4U);
  assert_int_equal(n_empty, 3U);
  assert_string_equal(row_text(json_array_get(rows, 1U), "error"),
                      "there is no sound file in this folder");
  assert_non_null(strstr(process.err,
                         "0002/folder.wav: there is no sound file in this "
                         "folder\n"));
  assert_non_null(strstr(
    process.err, "4 of 4 recordings have no label:\n         3  the file"));
  json_decref(rows);
  process_free(&process);
}

static void
a_reason_is_what_follows_the_path(void** const state)
{
  static const struct {
    const char* sentence;
    const char* path;
    const char* reason;
  } rows[] = {
    { "a.wav: it is empty", "a.wav", "it is empty" },
    { "a?b?.wav: it is empty", "a\nb\x7F.wav", "it is empty" },
    { "a?b.wav: it is empty", "a?b.wav", "it is empty" },
    { "a?b.wav: it is empty", "aXb.wav", "a?b.wav: it is empty" },
    { "a.wav", "a.wav", "a.wav" },
    { "a.wav:", "a.wav", "" },
    { "a.wa", "a.wav", "a.wa" },
    { "a.wave: it is empty", "a.wav", "a.wave: it is empty" },
    { "out of memory", "a.wav", "out of memory" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    assert_string_equal(tmb_rows_reason(rows[i].sentence, rows[i].path),
                        rows[i].reason);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(reasons_are_counted_whatever_their_numbers),
    cmocka_unit_test(one_error_or_none_needs_no_table),
    cmocka_unit_test(rare_reasons_are_one_if_there_are_many),
    cmocka_unit_test(no_name_steers_the_terminal),
    cmocka_unit_test(what_is_long_does_not_push_the_rest_aside),
    cmocka_unit_test(a_reason_is_what_follows_the_path),
    cmocka_unit_test_setup_teardown(
      a_row_has_the_reason_whatever_the_path, cli_setup, scratch_teardown),
  };
  return cmocka_run_group_tests_name("label_errors", tests, NULL, NULL);
}
