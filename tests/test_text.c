// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "trainer/text.h"

#include <stdlib.h>
#include <string.h>

#define BAD "\xEF\xBF\xBD"

static void
stray_bytes_are_replaced_and_characters_kept(void** const state)
{
  static const struct {
    const char* name;
    const char* text;
    const char* clean;
  } rows[] = {
    { "nothing", "", "" },
    { "ASCII", "Oboe 1.wav", "Oboe 1.wav" },
    { "two bytes", "Fl\xC3\xB6te", "Fl\xC3\xB6te" },
    { "three bytes", "\xE2\x99\xAF", "\xE2\x99\xAF" },
    { "four bytes", "\xF0\x9F\x8E\xBB", "\xF0\x9F\x8E\xBB" },
    { "Latin-1", "Fl\xF6te", "Fl" BAD "te" },
    { "cut at the end", "\xE2\x99", BAD BAD },
    { "cut before ASCII", "\xE2\x99x", BAD BAD "x" },
    { "continuation alone", "\x99", BAD },
    { "slash in two bytes", "\xC0\xAF", BAD BAD },
    { "slash in three", "\xE0\x80\xAF", BAD BAD BAD },
    { "surrogate", "\xED\xA0\x80", BAD BAD BAD },
    { "above U+10FFFF", "\xF4\x90\x80\x80", BAD BAD BAD BAD },
    { "no such byte", "\xFF", BAD },
    { "control characters", "a\tb\n\x1B[31m", "a\tb\n\x1B[31m" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char* const clean = tmb_text_clean(rows[i].text, false);
    assert_non_null(clean);
    if (strcmp(clean, rows[i].clean) != 0) {
      fail_msg("%s: \"%s\"", rows[i].name, clean);
    }
    assert_int_equal(tmb_text_is_clean(rows[i].text, false),
                     !strcmp(rows[i].text, clean));
    free(clean);
  }
}

static void
what_is_printed_holds_no_control_characters(void** const state)
{
  (void)state;
  char* const clean = tmb_text_clean("a\x1B[31m\n\x7F\xC2\x9B\xC3\xA4", true);
  assert_non_null(clean);
  assert_string_equal(clean, "a" BAD "[31m" BAD BAD BAD "\xC3\xA4");
  assert_true(tmb_text_is_clean(clean, true));
  assert_false(tmb_text_is_clean("\xC2\x9B", true));
  free(clean);
}

static void
length_is_in_characters(void** const state)
{
  (void)state;
  assert_int_equal(tmb_text_length(""), 0);
  assert_int_equal(tmb_text_length("oboe"), 4);
  assert_int_equal(tmb_text_length("Fl\xC3\xB6te \xF0\x9F\x8E\xBB"), 7);
}

static void
a_long_text_is_cut_between_characters(void** const state)
{
  static const struct {
    const char* text;
    const char* cut;
  } rows[] = {
    { "", "" },
    { "oboe", "oboe" },
    { "oboes", "obo\xE2\x80\xA6" },
    { "Fl\xC3\xB6t", "Fl\xC3\xB6t" },
    { "Fl\xC3\xB6te", "Fl\xC3\xB6\xE2\x80\xA6" },
    { "Uk\xC3\xBA\xC3\xA9 ", "Uk\xC3\xBA\xE2\x80\xA6" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char* const cut = tmb_text_cut(rows[i].text, 4U);
    assert_string_equal(cut, rows[i].cut);
    free(cut);
  }
}

static void
a_failed_allocation_gives_null(void** const state)
{
  (void)state;
  alloc_fail_from(0U);
  assert_null(tmb_text_clean("oboe", false));
  assert_true(alloc_restore());
  alloc_fail_from(0U);
  assert_null(tmb_text_cut("oboe", 4U));
  assert_true(alloc_restore());
}

static void
a_sentence_shows_the_end_of_a_long_path(void** const state)
{
  (void)state;
  char path[400];
  memset(path, 'a', sizeof(path));
  path[sizeof(path) - 1U] = '\0';
  assert_string_equal(tmb_text_shown("in/b.wav"), "in/b.wav");
  assert_string_equal(tmb_text_shown(""), "");
  assert_ptr_equal(tmb_text_shown(path), path + 399 - 150);
  assert_ptr_equal(tmb_text_shown(path + 249), path + 249);

  // Not from within a character on
  memcpy(path + 248, "\xE2\x82\xAC", 3U);
  assert_ptr_equal(tmb_text_shown(path), path + 251);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(stray_bytes_are_replaced_and_characters_kept),
    cmocka_unit_test(what_is_printed_holds_no_control_characters),
    cmocka_unit_test(length_is_in_characters),
    cmocka_unit_test(a_long_text_is_cut_between_characters),
    cmocka_unit_test(a_failed_allocation_gives_null),
    cmocka_unit_test(a_sentence_shows_the_end_of_a_long_path),
  };
  return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
