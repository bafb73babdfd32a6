// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/array_file.h"

#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/npy_file.h"
#include "tests/support/scratch.h"

#include <zip.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define N_MEMBERS 3U
#define PATTERN(i) ((uint8_t)((i) % 251U))

/// The arrays of an archive.
typedef struct {
  const char* name;   ///< Null is none
  const char* header; ///< Null is a text, not an array
  size_t      n;      ///< Bytes of a pattern after the header
} Member;

/// Few bytes are stored, many deflated.
static void
save_archive(const char* const path, const Member members[N_MEMBERS])
{
  Bytes        files[N_MEMBERS];
  int          error   = 0;
  zip_t* const archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
  assert_non_null(archive);
  for (unsigned i = 0U; i < N_MEMBERS; ++i) {
    const Member* const member = &members[i];
    files[i] =
      npy_bytes(1U, member->header ? member->header : "", NULL, member->n);
    for (size_t j = 0U; j < member->n; ++j) {
      files[i].bytes[files[i].n - member->n + j] = PATTERN(j);
    }
    if (member->name) {
      const int method = member->n < 100U ? ZIP_CM_STORE : ZIP_CM_DEFLATE;
      zip_source_t* const source =
        zip_source_buffer(archive, files[i].bytes, files[i].n, 0);
      assert_non_null(source);
      const zip_int64_t index = zip_file_add(archive, member->name, source, 0U);
      assert_true(index >= 0);
      assert_int_equal(
        zip_set_file_compression(archive, (zip_uint64_t)index, method, 0U), 0);
    }
  }
  assert_int_equal(zip_close(archive), 0);
  for (unsigned i = 0U; i < N_MEMBERS; ++i) {
    bytes_free(&files[i]);
  }
}

static void
refuse(const char* const path, const TmbStatus status, const char* const why)
{
  TmbMessage      said  = { "" };
  TmbArray*       array = NULL;
  const TmbStatus was   = tmb_array_open(path, &array, &said);
  assert_null(array);
  if (was != status || strncmp(said.text, why, strlen(why)) != 0) {
    fail_msg("%s: status %d, %s", path, was, said.text);
  }
}

static void
other_archives_are_refused_with_their_reason(void** const state)
{
#define ONE NPY_FLOATS "1,)}"
  static const struct {
    const char* label;
    Member      members[N_MEMBERS];
    const char* path;
    const char* why;
  } rows[] = {
    { "several, none named",
      { { "Xtr.npy", ONE, 4U }, { "read.me", NULL, 0U }, { "y.npy", ONE, 4U } },
      "x.npz",
      "x.npz: holds several arrays, of which one must be named, as in "
      "x.npz:y: Xtr, y" },
    { "no such name",
      { { "Xtr.npy", ONE, 4U }, { "read.me", NULL, 0U }, { "y.npy", ONE, 4U } },
      "x.npz:X",
      "x.npz: holds no array 'X', but Xtr, y" },
    { "no name at all",
      { { "Xtr.npy", ONE, 4U } },
      "x.npz:",
      "x.npz: holds no array '', but Xtr" },
    { "not an array's name",
      { { "Xtr.npy", ONE, 4U }, { "read.me", NULL, 0U } },
      "x.npz:read.me",
      "x.npz: holds no array 'read.me', but Xtr" },
    { "two that are meant",
      { { "a.npy", ONE, 4U }, { "a.npy.npy", ONE, 4U } },
      "x.npz:a.npy",
      "x.npz: holds more than one array 'a.npy', but a, a.npy" },
    { "no arrays",
      { { "read.me", NULL, 0U }, { ".npy", ONE, 4U } },
      "x.npz",
      "x.npz: an archive without arrays" },
    { "objects",
      { { "a.npy",
          "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
          4U } },
      "x.npz",
      "x.npz:a: holds Python objects, which are never unpickled" },
    { "a header of nothing",
      { { "a.npy", NULL, 0U } },
      "x.npz",
      "x.npz:a: its header is malf" },
    { "cut short",
      { { "a.npy", ONE, 3U } },
      "x.npz",
      "x.npz:a: cut short: 68 bytes are there, 69 are needed" },
    { "cut short by a terabyte",
      { { "a.npy", NPY_FLOATS "274877906944,)}", 8U } },
      "x.npz",
      "x.npz:a: cut short: 84 bytes are there, 1099511627852 are needed" },
    { "a bomb",
      { { "a.npy", ONE, (size_t)8U << 20U } },
      "x.npz",
      "x.npz:a: longer than the array: 8388673 bytes are there, 69 are need" },
  };

  (void)state;
  assert_int_equal(mkdir("tmp", 0700), 0);
  assert_int_equal(setenv("TMPDIR", "tmp", 1), 0);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    save_archive("x.npz", rows[i].members);
    refuse(rows[i].path, TMB_BAD_FILE, rows[i].why);
  }
  const Folder folder = { "tmp" };
  assert_int_equal(folder_count(&folder), 0U);
  assert_int_equal(unsetenv("TMPDIR"), 0);
}

static void
a_long_list_of_names_is_cut(void** const state)
{
  char long_name[160];
  (void)state;
  memset(long_name, 'n', sizeof(long_name));
  memcpy(long_name + sizeof(long_name) - 5U, ".npy", 5U);
  const Member members[N_MEMBERS] = { { long_name, ONE, 4U },
                                      { "b.npy", ONE, 4U },
                                      { "c.npy", ONE, 4U } };
  save_archive("x.npz", members);

  TmbMessage why   = { "" };
  TmbArray*  array = NULL;
  assert_int_equal(tmb_array_open("x.npz:X", &array, &why), TMB_BAD_FILE);
  assert_non_null(strstr(why.text, "holds no array 'X', but nnn"));
  assert_string_equal(why.text + strlen(why.text) - 3U, "...");
}

/// Change a byte of x.npz, counted from where a signature first stands.
static void
edit_archive(const char* const signature,
             const size_t      n,
             const size_t      at,
             const uint8_t     value)
{
  Bytes  file  = bytes_load("x.npz");
  size_t found = 0U;
  while (found + n < file.n && memcmp(file.bytes + found, signature, n) != 0) {
    ++found;
  }
  assert_true(found + at < file.n);
  assert_int_not_equal(file.bytes[found + at], value);
  file.bytes[found + at] = value;
  bytes_save(file.bytes, file.n, "x.npz");
  bytes_free(&file);
}

static void
damaged_archives_are_refused(void** const state)
{
#define DATA "\x93NUMPY"
#define CENTRAL "PK\1\2" // What the archive says of the array, at its end
#define HUNDRED NPY_FLOATS "100,)}"
  static const struct {
    const char* label;
    Member      member;
    const char* signature;
    size_t      at; ///< Byte from there on
    uint8_t     value;
    const char* why;
  } rows[] = {
    { "data", { "a.npy", ONE, 4U }, DATA, 68U, 1U, "can't be unpacked: CRC" },
    { "flags", { "a.npy", ONE, 4U }, CENTRAL, 8U, 1U, "can't be unpacked: " },
    { "method", { "a.npy", ONE, 4U }, CENTRAL, 10U, 77U, "can't be unpacked" },
    { "size", { "a.npy", ONE, 4U }, CENTRAL, 24U, 70U, "can't be unpacked: " },
    // The header and the archive say 467 bytes, 0x1d3
    { "more",
      { "a.npy", HUNDRED, 401U },
      CENTRAL,
      24U,
      0xD3U,
      "unpacks to more than the 467" },
    { "less",
      { "a.npy", HUNDRED, 399U },
      CENTRAL,
      24U,
      0xD3U,
      "unpacks to less than the 467" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const Member members[N_MEMBERS] = { rows[i].member };
    save_archive("x.npz", members);
    edit_archive(
      rows[i].signature, strlen(rows[i].signature), rows[i].at, rows[i].value);

    char why[64] = "";
    (void)snprintf(why, sizeof(why), "x.npz:a: %s", rows[i].why);
    refuse("x.npz", TMB_BAD_FILE, why);
  }
}

static void
every_truncated_archive_is_refused(void** const state)
{
  static const Member members[N_MEMBERS] = { { "a.npy", ONE, 4U } };

  (void)state;
  save_archive("whole.npz", members);
  Bytes file = bytes_load("whole.npz");
  for (size_t n = 1U; n < file.n; ++n) {
    bytes_save(file.bytes, n, "x.npz");
    refuse("x.npz",
           TMB_BAD_FILE,
           n < 4U ? "x.npz: not a NumPy array" : "x.npz: not a whole archive");
  }
  bytes_free(&file);
}

static void
a_large_array_leaves_no_file(void** const state)
{
  enum { N = 400000 }; // More than is copied at a time
  static const Member members[N_MEMBERS] = {
    { "y.npy", ONE, 4U },
    { "a.npy",
      "{'descr': '|u1', 'fortran_order': False, 'shape': (400000,)}",
      N }
  };

  (void)state;
  save_archive("x.npz", members);
  assert_int_equal(mkdir("tmp", 0700), 0);
  assert_int_equal(setenv("TMPDIR", "tmp", 1), 0);
  TmbMessage   why    = { "" };
  TmbArray*    array  = NULL;
  const Folder folder = { "tmp" };
  assert_int_equal(tmb_array_open("x.npz:a", &array, &why), TMB_OK);
  assert_int_equal(unsetenv("TMPDIR"), 0);
  assert_int_equal(folder_count(&folder), 0U);
  assert_int_equal(tmb_array_rows(array), N);
  for (unsigned i = 0U; i < N; ++i) {
    assert_true(tmb_array_value(array, i, 0U) == (double)PATTERN(i));
  }
  tmb_array_free(array);
}

static void
no_room_to_unpack_is_an_error(void** const state)
{
  static const Member members[N_MEMBERS] = {
    { "a.npy", NPY_FLOATS "100000,)}", 400000U }
  };

  (void)state;
  save_archive("x.npz", members);
  assert_int_equal(setenv("TMPDIR", "missing", 1), 0);
  refuse("x.npz",
         TMB_WRITE_FAILED,
         "x.npz can't be unpacked into missing: No such file or directory");
  assert_int_equal(setenv("TMPDIR", ".", 1), 0);

  (void)signal(SIGXFSZ, SIG_IGN);
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small = { 200000U, before.rlim_max };
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  refuse("x.npz",
         TMB_WRITE_FAILED,
         "x.npz:a: can't be unpacked into a temporary file: File too large");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_int_equal(unsetenv("TMPDIR"), 0);

  const Folder here = { "." };
  assert_int_equal(folder_count(&here), 1U);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(other_archives_are_refused_with_their_reason),
    TEST(a_long_list_of_names_is_cut),
    TEST(damaged_archives_are_refused),
    TEST(every_truncated_archive_is_refused),
    TEST(a_large_array_leaves_no_file),
    TEST(no_room_to_unpack_is_an_error),
  };
  return cmocka_run_group_tests_name("npz_member", tests, NULL, NULL);
}
