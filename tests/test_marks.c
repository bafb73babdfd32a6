// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/marks.h"

#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static TmbStatus
read_text(const char* const text, TmbMarks* const marks, TmbMessage* const why)
{
  bytes_save(text, strlen(text), "x.onsets");
  return tmb_annotation_read("x.onsets", marks, why);
}

static void
the_annotation_is_beside_the_recording(void** const state)
{
  static const struct {
    const char* recording;
    const char* annotation;
  } rows[] = {
    { "x.flac", "x.onsets" },
    { "a.b/x.y.wav", "a.b/x.y.onsets" },
    { "a.b/x", "a.b/x.onsets" },
    { "/a/.wav", "/a/.wav.onsets" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char* const path = tmb_annotation_path(rows[i].recording);
    assert_string_equal(path, rows[i].annotation);
    free(path);
  }
}

static void
the_first_column_is_read(void** const state)
{
  static const struct {
    const char* label;
    const char* text;
    size_t      n;
  } rows[] = {
    { "plain", "0\n0.5\n12.25\n", 3U },
    { "no last line feed", "0\n0.5\n12.25", 3U },
    { "from Windows", "0\r\n0.5\r\n12.25\r\n", 3U },
    { "columns", "0 a b\n0.5\t1\n12.25,c\n", 3U },
    { "empty lines", "\n0\n \n\n0.5\n12.25\n\n", 3U },
    { "in front of the number", "  0\n\t0.5\n 12.25\n", 3U },
    { "equal times", "0\n0\n12.25\n", 3U },
    { "nothing", "", 0U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbMarks   marks = { .n = 0U };
    TmbMessage why   = { "" };
    if (read_text(rows[i].text, &marks, &why) || marks.n != rows[i].n) {
      fail_msg("%s: %zu, %s", rows[i].label, marks.n, why.text);
    }
    if (marks.n) {
      assert_true(marks.items[0].onset_s == 0.0);
      assert_true(marks.items[2].onset_s == 12.25);
      assert_true(isnan(marks.items[2].told_s));
    }
    tmb_marks_free(&marks);
  }
}

static void
a_long_line_is_one_line(void** const state)
{
  (void)state;
  enum { LONG = 5000 };
  char text[LONG + 16];
  memset(text, ' ', LONG);
  text[0] = '2';
  memcpy(text + LONG - 4, "9999\nbad", sizeof("9999\nbad"));

  TmbMarks   marks = { .n = 0U };
  TmbMessage why   = { "" };
  assert_int_equal(read_text(text, &marks, &why), TMB_BAD_FILE);
  assert_int_equal(marks.n, 1U);
  assert_string_equal(why.text,
                      "x.onsets: line 2 does not begin with a number");
  tmb_marks_free(&marks);
}

static void
bad_lines_are_named(void** const state)
{
  static const struct {
    const char* text;
    const char* sentence;
  } rows[] = {
    { "1\ntwo\n", "x.onsets: line 2 does not begin with a number" },
    { "1.5s\n", "x.onsets: line 1 does not begin with a number" },
    { "\n\n1\n\n-2\n", "x.onsets: line 5 is no time in a recording" },
    { "nan\n", "x.onsets: line 1 is no time in a recording" },
    { "inf\n", "x.onsets: line 1 is no time in a recording" },
    { "1\n2\n1.5\n", "x.onsets: line 3 is before the onset above it" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbMarks   marks = { .n = 0U };
    TmbMessage why   = { "" };
    assert_int_equal(read_text(rows[i].text, &marks, &why), TMB_BAD_FILE);
    assert_string_equal(why.text, rows[i].sentence);
    tmb_marks_free(&marks);
  }
}

static void
what_is_no_text_is_refused(void** const state)
{
  (void)state;
  TmbMarks   marks = { .n = 0U };
  TmbMessage why   = { "" };
  assert_int_equal(tmb_annotation_read("no.onsets", &marks, &why), TMB_NO_FILE);
  assert_string_equal(why.text, "no.onsets: No such file or directory");
  assert_int_equal(tmb_annotation_read(".", &marks, &why), TMB_NO_FILE);

  static const char wide[] = "0\0.\0005\0\n\0001\0\n";
  bytes_save(wide, sizeof(wide), "wide.onsets");
  assert_int_equal(tmb_annotation_read("wide.onsets", &marks, &why),
                   TMB_BAD_FILE);
  assert_string_equal(why.text, "wide.onsets: this is not a text");

  bytes_save("", 0U, "large.onsets");
  assert_int_equal(truncate("large.onsets", 1L << 30U), 0);
  assert_int_equal(tmb_annotation_read("large.onsets", &marks, &why),
                   TMB_BAD_FILE);
  assert_string_equal(why.text, "large.onsets: too large");
  assert_int_equal(marks.n, 0U);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_annotation_is_beside_the_recording),
    cmocka_unit_test(the_first_column_is_read),
    cmocka_unit_test(a_long_line_is_one_line),
    cmocka_unit_test(bad_lines_are_named),
    cmocka_unit_test(what_is_no_text_is_refused),
  };
  return cmocka_run_group_tests_name(
    "marks", tests, scratch_setup, scratch_teardown);
}
