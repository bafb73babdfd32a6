// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/fetch_list.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUM_LOWER \
  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SUM_UPPER \
  "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"

static TmbStatus
read_argument(const char* const   argument,
              TmbFetchList* const list,
              TmbMessage* const   why)
{
  char  text[512];
  char* arguments[] = { text };
  (void)snprintf(text, sizeof(text), "%s", argument);
  return tmb_fetch_list_read(arguments, 1U, list, why);
}

static void
each_line_is_a_file(void** const state)
{
  static const char lines[] =
    "# A comment\n"
    "\n"
    "http://h/a.wav\n"
    "  https://h:8080/x/b%20c.wav?q=1/2#part \r\n"
    "HTTP://h/%e9\tsha256=" SUM_UPPER "   name=d/e f.wav\t\n"
    "http://h/p/ name=# sha256=no\n"
    "http://h/caf%C3%A9 sha256=" SUM_LOWER;
  static const struct {
    const char* url;
    const char* name;
    const char* sha256;
    unsigned    line;
  } rows[] = {
    { "http://h/a.wav", "a.wav", "", 3U },
    { "https://h:8080/x/b%20c.wav?q=1/2#part", "b c.wav", "", 4U },
    { "HTTP://h/%e9", "d/e f.wav", SUM_LOWER, 5U },
    { "http://h/p/", "# sha256=no", "", 6U },
    { "http://h/caf%C3%A9", "caf\xC3\xA9", SUM_LOWER, 7U },
  };

  (void)state;
  TmbFetchList list;
  TmbMessage   why = { "" };
  bytes_save(lines, strlen(lines), "list");
  if (read_argument("list", &list, &why)) {
    fail_msg("%s", why.text);
  }
  assert_int_equal(list.n, sizeof(rows) / sizeof(*rows));
  for (size_t i = 0U; i < list.n; ++i) {
    assert_string_equal(list.items[i].url, rows[i].url);
    assert_string_equal(list.items[i].name, rows[i].name);
    assert_string_equal(list.items[i].sha256, rows[i].sha256);
    assert_int_equal(list.items[i].line, rows[i].line);
  }
  tmb_fetch_list_free(&list);
}

static void
a_bad_line_is_refused(void** const state)
{
  static const struct {
    const char* line;
    const char* reason;
  } rows[] = {
    { "not a url", "is expected, not \"a\"" },
    { "nothing", "not a URL" },
    { "http://", "not a URL" },
    { "http://h:99999/a", "not a URL" },
    { "ftp://h/a", "only http and https are fetched, not ftp" },
    { "file:///etc/passwd", "only http and https are fetched, not file" },
    { "http://h/a sha256=123", "sha256= takes 64 hex digits, not \"123\"" },
    { "http://h/a sha256=g" SUM_LOWER, "sha256= takes 64 hex digits" },
    { "http://h/a md5=1", "is expected, not \"md5=1\"" },
    { "http://h", "the URL ends in no name" },
    { "http://h/", "the URL ends in no name" },
    { "http://h/a/?b=c", "the URL ends in no name" },
    { "http://h/a%2Fb", "the URL ends in no name" },
    { "http://h/a%00b", "the URL ends in no name" },
    { "http://h/%2e%2e", "\"..\" does not name a file in the folder" },
    { "http://h/a name=", "\"\" does not name a file in the folder" },
    { "http://h/a name=.", "does not name a file in the folder" },
    { "http://h/a name=../b", "does not name a file in the folder" },
    { "http://h/a name=b/../../c", "does not name a file in the folder" },
    { "http://h/a name=b/..", "does not name a file in the folder" },
    { "http://h/a name=./b", "does not name a file in the folder" },
    { "http://h/a name=b//c", "does not name a file in the folder" },
    { "http://h/a name=b/", "does not name a file in the folder" },
    { "http://h/a name=/etc/passwd", "does not name a file in the folder" },
    { "http://h/%1b%5b2J", "is not UTF-8 without controls" },
    { "http://h/%E9", "is not UTF-8 without controls" },
    { "http://h/a name=b\tc", "is not UTF-8 without controls" },
    { "http://h/a.part", "is for a file that is not whole" },
    { "http://h/a name=a.part-stamp", "is for a file that is not whole" },
    { "http://h/x name=first", "an earlier file has the name \"first\"" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFetchList list;
    TmbMessage   why = { "" };
    char         text[512];
    (void)snprintf(text, sizeof(text), "http://h/first\n\n%s\n", rows[i].line);
    bytes_save(text, strlen(text), "list");
    const TmbStatus status = read_argument("list", &list, &why);
    tmb_fetch_list_free(&list);
    if (status != TMB_BAD_FILE || strncmp(why.text, "list:3: ", 8U) ||
        !strstr(why.text, rows[i].reason)) {
      fail_msg("%s: %s", rows[i].line, why.text);
    }
  }
}

static void
arguments_are_lines_or_lists(void** const state)
{
  static const struct {
    const char* arguments[2];
    const char* reason; ///< Null if all is well
  } rows[] = {
    { { "http://h/a", "list" }, NULL },
    { { "http://h/a sha256=" SUM_LOWER " name=x:y", "list" }, NULL },
    { { "http://h/a", "http://g/a" }, "http://g/a: an earlier file has" },
    { { "http://h/b", "list" }, "list:1: an earlier file has the name \"b\"" },
    { { "list", "list" }, "list:1: an earlier file has the name \"b\"" },
    { { "gopher://h/a", "list" }, "gopher://h/a: only http and https" },
    { { "http://h/a", "missing" }, "missing: No such file" },
    { { "http://h/a", "." }, ".: Is a directory" },
    { { "http://h/a", "comment" }, "comment: there is no URL in it" },
    { { "http://h/a", "/dev/null" }, "/dev/null: there is no URL in it" },
    { { "http://h/a", "long" }, "long:1: the line is too long" },
    { { "http://h/a", "binary" }, "binary:2: the line is too long, or no" },
  };

  (void)state;
  static char long_line[TMB_MAX_FETCH_LINE + 100U];
  memset(long_line, 'x', sizeof(long_line));
  bytes_save(long_line, sizeof(long_line), "long");
  bytes_save("http://h/b\n", 11U, "list");
  bytes_save("# No more\n", 10U, "comment");
  bytes_save("http://h/b\nhttp://h/\0c\nhttp://h/d\n", 34U, "binary");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFetchList    list;
    TmbMessage      why          = { "" };
    char* const     arguments[2] = { strdup(rows[i].arguments[0]),
                                     strdup(rows[i].arguments[1]) };
    const TmbStatus status = tmb_fetch_list_read(arguments, 2U, &list, &why);
    if (rows[i].reason ? !status || !strstr(why.text, rows[i].reason)
                       : status || list.n != 2U) {
      fail_msg("%s %s: %s", arguments[0], arguments[1], why.text);
    }
    tmb_fetch_list_free(&list);
    free(arguments[0]);
    free(arguments[1]);
  }
}

static void
failed_allocations_are_reported(void** const state)
{
  (void)state;
  bytes_save("http://h/a\nhttp://h/b\nhttp://h/c\n", 33U, "list");
  TmbStatus status = TMB_NO_MEMORY;
  for (size_t n = 0U; status; ++n) {
    TmbFetchList list;
    TmbMessage   why = { "" };
    alloc_fail_from(n);
    status            = read_argument("list", &list, &why);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_int_equal(status ? strlen(why.text) > 0U : list.n == 3U, 1);
    tmb_fetch_list_free(&list);
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(each_line_is_a_file),
    TEST(a_bad_line_is_refused),
    TEST(arguments_are_lines_or_lists),
    TEST(failed_allocations_are_reported),
  };
  return cmocka_run_group_tests_name("fetch list", tests, NULL, NULL);
}
