// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"
#include "trainer/walk.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_TEXT 1024U

/// Walk and join what comes with spaces; a failure comes in brackets.
static void
walk(const char* const root, char text[MAX_TEXT])
{
  TmbWalk*    self = NULL;
  const char* path = NULL;
  size_t      n    = 0U;
  text[0]          = '\0';
  assert_int_equal(tmb_walk_new(root, NULL, NULL, &self), TMB_OK);
  do {
    TmbMessage      why    = { "" };
    const TmbStatus status = tmb_walk_next(self, &path, &why);
    if (status) {
      assert_int_equal(status, TMB_NO_FILE);
      assert_memory_equal(why.text, path, strlen(path));
    }
    if (path) {
      n += (size_t)snprintf(
        text + n, MAX_TEXT - n, status ? "%s[%s]" : "%s%s", n ? " " : "", path);
      assert_true(n < MAX_TEXT);
    }
  } while (path);
  tmb_walk_free(self);
}

static void
touch(const char* const path)
{
  bytes_save("", 0U, path);
}

static void
names_tell_what_is_audio(void** const state)
{
  static const struct {
    const char* name;
    bool        is_audio;
  } rows[] = {
    { "a.wav", true },         { "a.FLAC", true },
    { "a.b.Opus", true },      { "folder.wav/a.aiff", true },
    { "folder.wav/a", false }, { "a.txt", false },
    { "wav", false },          { "a.wav.part", false },
    { "a.", false },           { "", false },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    if (tmb_is_audio_name(rows[i].name) != rows[i].is_audio) {
      fail_msg("\"%s\"", rows[i].name);
    }
  }
}

static void
files_come_in_byte_order_folder_by_folder(void** const state)
{
  char text[MAX_TEXT];
  (void)state;
  assert_int_equal(mkdir("top", 0700), 0);
  assert_int_equal(mkdir("top/b", 0700), 0);
  assert_int_equal(mkdir("top/b/deep", 0700), 0);
  assert_int_equal(mkdir("top/empty", 0700), 0);
  assert_int_equal(mkdir("top/.hidden", 0700), 0);
  touch("top/c.wav");
  touch("top/B.wav");
  touch("top/a.ogg");
  touch("top/notes.txt");
  touch("top/._a.wav");
  touch("top/.hidden/x.wav");
  touch("top/b/2.mp3");
  touch("top/b/10.mp3");
  touch("top/b/deep/x.flac");

  walk("top", text);
  assert_string_equal(text,
                      "top/B.wav top/a.ogg top/b/10.mp3 top/b/2.mp3 "
                      "top/b/deep/x.flac top/c.wav");
  walk("top/b/", text);
  assert_string_equal(text, "top/b/10.mp3 top/b/2.mp3 top/b/deep/x.flac");
  walk("top/empty", text);
  assert_string_equal(text, "");
}

static void
what_is_named_is_tried_whatever_it_is(void** const state)
{
  char text[MAX_TEXT];
  (void)state;
  touch("notes.txt");
  walk("notes.txt", text);
  assert_string_equal(text, "notes.txt");
  walk("missing", text);
  assert_string_equal(text, "missing");
}

static void
links_are_followed_but_not_in_circles(void** const state)
{
  char text[MAX_TEXT];
  (void)state;
  assert_int_equal(mkdir("top", 0700), 0);
  assert_int_equal(mkdir("top/a", 0700), 0);
  assert_int_equal(mkdir("other", 0700), 0);
  touch("top/a/x.wav");
  touch("other/y.wav");
  assert_int_equal(symlink("../../top", "top/a/up"), 0);
  assert_int_equal(symlink(".", "top/self"), 0);
  assert_int_equal(symlink("../other", "top/b"), 0);
  assert_int_equal(symlink("nowhere", "top/broken.wav"), 0);

  walk("top", text);
  assert_string_equal(text, "top/a/x.wav top/b/y.wav top/broken.wav");
}

static void
each_file_comes_once_under_its_own_name(void** const state)
{
  static const struct {
    const char* link;
    const char* target;
    const char* found; ///< What the link adds
  } rows[] = {
    { "top/b", "a", "" },
    { "top/b.wav", "a/x.wav", "" },
    { "top/a/y.wav", "x.wav", "" },
    { "top/b", "../top/a", "" },
    { "top/b.wav", ".hidden/1", " top/b.wav" },
    { "top/b", ".hidden", " top/b/z.wav" },
    { "top/b.wav", "a/notes", " top/b.wav" },
    { "top/b", "../topmost", " top/b/t.wav" },
  };

  (void)state;
  assert_int_equal(mkdir("top", 0700), 0);
  assert_int_equal(mkdir("top/a", 0700), 0);
  assert_int_equal(mkdir("top/.hidden", 0700), 0);
  assert_int_equal(mkdir("topmost", 0700), 0);
  touch("top/a/x.wav");
  touch("top/a/notes");
  touch("top/.hidden/1");
  touch("top/.hidden/z.wav");
  touch("topmost/t.wav");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char text[MAX_TEXT];
    char expected[MAX_TEXT];
    (void)snprintf(expected, MAX_TEXT, "top/a/x.wav%s", rows[i].found);
    assert_int_equal(symlink(rows[i].target, rows[i].link), 0);
    walk("top", text);
    if (strcmp(text, expected) != 0) {
      fail_msg("%s -> %s: %s", rows[i].link, rows[i].target, text);
    }
    assert_int_equal(unlink(rows[i].link), 0);
  }
}

static void
a_folder_named_like_a_file_must_hold_some(void** const state)
{
  char text[MAX_TEXT];
  (void)state;
  assert_int_equal(mkdir("top", 0700), 0);
  assert_int_equal(mkdir("top/a.wav", 0700), 0);
  assert_int_equal(mkdir("top/b.wav", 0700), 0);
  assert_int_equal(mkdir("top/b.wav/c", 0700), 0);
  touch("top/b.wav/c/x.wav");
  touch("top/z.wav");
  walk("top", text);
  assert_string_equal(text, "[top/a.wav] top/b.wav/c/x.wav top/z.wav");
}

static void
a_folder_that_cannot_be_read_is_told_and_passed(void** const state)
{
  char text[MAX_TEXT];
  (void)state;
  assert_int_equal(chmod(".", 0755), 0);
  assert_int_equal(mkdir("top", 0755), 0);
  assert_int_equal(mkdir("top/b", 0000), 0);
  touch("top/a.wav");
  touch("top/c.wav");

  const uid_t user = user_drop();
  walk("top", text);
  user_restore(user);
  assert_int_equal(chmod("top/b", 0700), 0);
  assert_string_equal(text, "top/a.wav [top/b] top/c.wav");
}

static void
failed_allocations_are_reported(void** const state)
{
  bool failed = true;
  (void)state;
  assert_int_equal(mkdir("top", 0700), 0);
  touch("top/a.wav");
  for (size_t i = 0U; failed; ++i) {
    TmbWalk*    self = NULL;
    const char* path = NULL;
    alloc_fail_from(i);
    TmbStatus status = tmb_walk_new("top", NULL, NULL, &self);
    for (bool at_end = status; !at_end;) {
      status = tmb_walk_next(self, &path, NULL);
      at_end = status || !path;
    }
    failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    tmb_walk_free(self);
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(names_tell_what_is_audio),
    TEST(files_come_in_byte_order_folder_by_folder),
    TEST(what_is_named_is_tried_whatever_it_is),
    TEST(links_are_followed_but_not_in_circles),
    TEST(each_file_comes_once_under_its_own_name),
    TEST(a_folder_named_like_a_file_must_hold_some),
    TEST(a_folder_that_cannot_be_read_is_told_and_passed),
    TEST(failed_allocations_are_reported),
  };
  return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
