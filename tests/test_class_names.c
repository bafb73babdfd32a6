// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/class_names.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_47 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu"
#define SENTENCE "a class's name is UTF-8 text of 1 to 47 bytes"

static void
without_a_file_classes_are_called_by_number(void** const state)
{
  (void)state;
  TmbMessage why       = { "" };
  TmbClass*  classes   = NULL;
  uint32_t   n_classes = 0U;
  assert_int_equal(
    tmb_class_names(NULL, TMB_MAX_CLASSES, &classes, &n_classes, &why), TMB_OK);
  assert_int_equal(n_classes, TMB_MAX_CLASSES);
  assert_string_equal(classes[0].name, "0");
  assert_string_equal(classes[0].family, "other");
  assert_string_equal(classes[1023].name, "1023");
  free(classes);
}

static void
names_are_those_of_the_lines(void** const state)
{
  static const struct {
    const char* label;
    const char* text;
    const char* names[3];
    uint32_t    n;
  } rows[] = {
    { "lines", "piano\nviolin\n", { "piano", "violin" }, 2U },
    { "no end", "piano\nviolin", { "piano", "violin" }, 2U },
    { "Windows", "piano\r\nviolin\r\n", { "piano", "violin" }, 2U },
    { "more than used", "c\nb\na\n", { "c", "b", "a" }, 3U },
    { "blanks", "electric piano\n b\n", { "electric piano", " b" }, 2U },
    { "UTF-8", "hi\xc3\xa9\nb\n", { "hi\xc3\xa9", "b" }, 2U },
    { "longest", NAME_47 "\nb\n", { NAME_47, "b" }, 2U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbMessage why       = { "" };
    TmbClass*  classes   = NULL;
    uint32_t   n_classes = 0U;
    bytes_save(rows[i].text, strlen(rows[i].text), "names.txt");
    if (tmb_class_names("names.txt", 2U, &classes, &n_classes, &why) ||
        n_classes != rows[i].n) {
      fail_msg("%s: %u, %s", rows[i].label, n_classes, why.text);
    }
    for (uint32_t j = 0U; j < n_classes; ++j) {
      const char* const name = rows[i].names[j];
      if (!name || strcmp(classes[j].name, name) != 0) {
        fail_msg("%s: \"%s\"", rows[i].label, classes[j].name);
      }
    }
    free(classes);
  }
}

static void
an_instrument_has_its_family(void** const state)
{
  (void)state;
  TmbMessage why       = { "" };
  TmbClass*  classes   = NULL;
  uint32_t   n_classes = 0U;
  bytes_save("violin\nzither of mine\n", 22U, "names.txt");
  assert_int_equal(tmb_class_names("names.txt", 2U, &classes, &n_classes, &why),
                   TMB_OK);
  assert_string_equal(classes[0].family, "strings");
  assert_string_equal(classes[1].family, "other");
  free(classes);
}

static void
expect_refused(const char* const label,
               const char* const path,
               const TmbStatus   status,
               const char* const reason)
{
  TmbMessage      why       = { "" };
  TmbClass*       classes   = NULL;
  uint32_t        n_classes = 0U;
  const TmbStatus was = tmb_class_names(path, 3U, &classes, &n_classes, &why);
  free(classes);
  if (was != status || strncmp(why.text, path, strlen(path)) != 0 ||
      !strstr(why.text, reason)) {
    fail_msg("%s: status %d, %s", label, was, why.text);
  }
}

static void
bad_names_are_refused_by_line(void** const state)
{
#define TEXT(t) t, sizeof(t) - 1U
  static const struct {
    const char* label;
    const char* text;
    size_t      n;
    const char* reason;
  } rows[] = {
    { "empty", TEXT(""), ": it names 0 classes, and there is a label 2" },
    { "few", TEXT("a\nb\n"), ": it names 2 classes, and there is a label 2" },
    { "blank line", TEXT("a\n\nc\n"), ", line 2: " SENTENCE },
    { "48 bytes", TEXT("a\nb\n" NAME_47 "v\n"), ", line 3: " SENTENCE },
    { "twice", TEXT("a\nb\na\n"), ", line 3: the name is there already" },
    { "unknown not last",
      TEXT("a\nunknown\nc\n"),
      ", line 2: \"unknown\" can" },
    { "unknown alone", TEXT("unknown\n"), ", line 1: there is no class" },
    { "Latin-1", TEXT("hi\xe9\nb\nc\n"), ", line 1: " SENTENCE },
    { "escape", TEXT("a\n\033[1m\nc\n"), ", line 2: " SENTENCE },
    { "null", TEXT("a\nb\0b\nc\n"), ", line 2: " SENTENCE },
    { "null first", TEXT("\0\nb\nc\n"), ", line 1: " SENTENCE },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    bytes_save(rows[i].text, rows[i].n, "names.txt");
    expect_refused(rows[i].label, "names.txt", TMB_BAD_FILE, rows[i].reason);
  }
}

static void
too_many_names_and_long_lines_are_refused(void** const state)
{
  (void)state;
  FILE* file = fopen("names.txt", "w");
  assert_non_null(file);
  for (unsigned i = 0U; i <= TMB_MAX_CLASSES; ++i) {
    (void)fprintf(file, "class %u\n", i);
  }
  assert_int_equal(fclose(file), 0);
  expect_refused("many",
                 "names.txt",
                 TMB_BAD_FILE,
                 ", line 1025: there are too many classes");

  file = fopen("names.txt", "w");
  assert_non_null(file);
  for (unsigned i = 0U; i < 100000U; ++i) {
    (void)fputc('x', file);
  }
  assert_int_equal(fclose(file), 0);
  expect_refused("long", "names.txt", TMB_BAD_FILE, ", line 1: " SENTENCE);
}

static void
what_is_no_file_is_refused(void** const state)
{
  (void)state;
  assert_int_equal(mkdir("folder", 0700), 0);
  assert_int_equal(mkfifo("fifo", 0600), 0);
  expect_refused("missing", "missing", TMB_NO_FILE, ": No such file");
  expect_refused("folder", "folder", TMB_NO_FILE, ": is a folder");
  expect_refused("fifo", "fifo", TMB_NO_FILE, ": is not a regular file");
}

static void
a_failed_allocation_is_said(void** const state)
{
  (void)state;
  bytes_save("a\nb\n", 4U, "names.txt");
  for (size_t n = 0U;; ++n) {
    TmbMessage why       = { "" };
    TmbClass*  classes   = NULL;
    uint32_t   n_classes = 0U;
    alloc_fail_from(n);
    const TmbStatus status =
      tmb_class_names("names.txt", 2U, &classes, &n_classes, &why);
    const bool failed = alloc_restore();
    free(classes);
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    if (!failed) {
      break;
    }
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(without_a_file_classes_are_called_by_number),
    TEST(names_are_those_of_the_lines),
    TEST(an_instrument_has_its_family),
    TEST(bad_names_are_refused_by_line),
    TEST(too_many_names_and_long_lines_are_refused),
    TEST(what_is_no_file_is_refused),
    TEST(a_failed_allocation_is_said),
  };
  return cmocka_run_group_tests_name("class_names", tests, NULL, NULL);
}
