// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"
#include "trainer/mirror.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static TmbMirror*
new_mirror(const char* const folder)
{
  TmbMirror* mirror = NULL;
  TmbMessage why    = { "" };
  if (tmb_mirror_new(folder, ".csv", &mirror, &why)) {
    fail_msg("%s", why.text);
  }
  return mirror;
}

/// Save a path's file, with the path in it.
static TmbStatus
put(TmbMirror* const mirror, const char* const path, TmbMessage* const why)
{
  char*       place  = NULL;
  FILE* const spool  = tmpfile();
  TmbStatus   status = tmb_mirror_claim(mirror, path, &place, why);
  assert_non_null(spool);
  assert_true(fputs(path, spool) >= 0);
  if (!status) {
    status = tmb_mirror_save(mirror, place, spool, why);
  }
  (void)fclose(spool);
  free(place);
  return status;
}

static void
assert_holds(const char* const place, const char* const text)
{
  Bytes bytes = bytes_load(place);
  assert_int_equal(bytes.n, strlen(text));
  assert_memory_equal(bytes.bytes, text, bytes.n);
  bytes_free(&bytes);
}

static void
each_path_has_its_file_within_the_folder(void** const state)
{
  static const struct {
    const char* what;
    const char* path;
    const char* place;
  } rows[] = {
    { "name", "a.wav", "out/x/a.wav.csv" },
    { "folders", "b/c/a.wav", "out/x/b/c/a.wav.csv" },
    { "same name, other kind", "a.flac", "out/x/a.flac.csv" },
    { "absolute", "/d/a.wav", "out/x/d/a.wav.csv" },
    { "up and out", "../../../e.wav", "out/x/e.wav.csv" },
    { "down and up", "f/../g/h/../../i.wav", "out/x/i.wav.csv" },
    { "more up than down", "f/../../../k.wav", "out/x/k.wav.csv" },
    { "absolute and up", "/../l.wav", "out/x/l.wav.csv" },
    { "dots and slashes", ".//./m//./n.wav", "out/x/m/n.wav.csv" },
    { "names of dots", "..a/.b/...", "out/x/..a/.b/....csv" },
    { "not UTF-8", "\xFF\xF6/\n.wav", "out/x/\xFF\xF6/\n.wav.csv" },
    { "no name", "..", "out/x/.csv" },
  };

  (void)state;
  TmbMirror* const mirror = new_mirror("out/x");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbMessage why = { "" };
    if (put(mirror, rows[i].path, &why)) {
      fail_msg("%s: %s", rows[i].what, why.text);
    }
    assert_holds(rows[i].place, rows[i].path);
  }
  tmb_mirror_free(mirror);

  const Folder here = { "." };
  const Folder out  = { "out" };
  assert_int_equal(folder_count(&here), 1U);
  assert_int_equal(folder_count(&out), 1U);
}

static void
the_first_of_two_paths_has_the_file(void** const state)
{
  static const char* const others[] = {
    "a/b.wav", "./a/b.wav", "/a/b.wav", "../a//b.wav", "a/c/../b.wav",
  };

  (void)state;
  TmbMirror* const mirror = new_mirror("out");
  TmbMessage       why    = { "" };
  assert_int_equal(put(mirror, "a/b.wav", &why), TMB_OK);
  for (size_t i = 0U; i < sizeof(others) / sizeof(*others); ++i) {
    char text[128];
    (void)snprintf(text,
                   sizeof(text),
                   "%s: its file is another recording's already: "
                   "out/a/b.wav.csv",
                   others[i]);
    assert_int_equal(put(mirror, others[i], &why), TMB_BAD_ARG);
    assert_string_equal(why.text, text);
    assert_holds("out/a/b.wav.csv", "a/b.wav");
  }
  tmb_mirror_free(mirror);

  // Another run replaces what is there
  TmbMirror* const next = new_mirror("out");
  assert_int_equal(put(next, "/a/b.wav", &why), TMB_OK);
  assert_holds("out/a/b.wav.csv", "/a/b.wav");
  tmb_mirror_free(next);
}

static void
what_cannot_be_made_is_named(void** const state)
{
  static const struct {
    const char* what;
    const char* path;
    const char* sentence;
  } rows[] = {
    { "locked", "locked/a", "out/locked/a.csv can't be written: Permission" },
    { "in locked", "locked/b/a", "out/locked/b can't be written: Permission" },
    { "in a file", "file.csv/a", "out/file.csv/a.csv can't be written: Not a" },
    { "over a folder", "full", "out/full.csv can't be written: Is a dir" },
  };

  (void)state;
  TmbMirror* const mirror = new_mirror("out");
  TmbMessage       why    = { "" };
  assert_int_equal(put(mirror, "file", &why), TMB_OK);
  assert_int_equal(mkdir("out/locked", 0500), 0);
  assert_int_equal(mkdir("out/full.csv", 0700), 0);
  assert_int_equal(chmod(".", 0777), 0);
  assert_int_equal(chmod("out", 0777), 0);
  const uid_t user = user_drop();
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const TmbStatus status = put(mirror, rows[i].path, &why);
    if (status != TMB_NO_FILE ||
        strncmp(why.text, rows[i].sentence, strlen(rows[i].sentence)) != 0) {
      user_restore(user);
      fail_msg("%s: %s", rows[i].what, why.text);
    }
  }

  TmbMirror*      none   = NULL;
  const TmbStatus status = tmb_mirror_new("out/locked", ".csv", &none, &why);
  user_restore(user);
  assert_int_equal(status, TMB_WRITE_FAILED);
  assert_null(none);
  assert_string_equal(why.text,
                      "out/locked can't be written: Permission denied");
  tmb_mirror_free(mirror);
}

static void
without_memory_nothing_is_left_behind(void** const state)
{
  (void)state;
  TmbMirror* mirror = NULL;
  TmbMessage why    = { "" };
  for (size_t n = 0U; !mirror; ++n) {
    alloc_fail_from(n);
    const TmbStatus status = tmb_mirror_new("out", ".csv", &mirror, &why);
    const bool      failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
  }

  // A claim is not given twice
  const Folder out    = { "out" };
  bool         failed = true;
  for (size_t n = 0U; failed; ++n) {
    char path[32];
    (void)snprintf(path, sizeof(path), "%zu.wav", n);
    alloc_fail_from(n);
    const TmbStatus status = put(mirror, path, &why);
    failed                 = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_int_equal(folder_count(&out), !failed);
  }
  tmb_mirror_free(mirror);
  tmb_mirror_free(NULL);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(each_path_has_its_file_within_the_folder),
    TEST(the_first_of_two_paths_has_the_file),
    TEST(what_cannot_be_made_is_named),
    TEST(without_memory_nothing_is_left_behind),
  };
  return cmocka_run_group_tests_name("mirror", tests, NULL, NULL);
}
