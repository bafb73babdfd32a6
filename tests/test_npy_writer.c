// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/npy_writer.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_BYTES 128U

/// Demand the header that NumPy's format 1.0 asks for, and these data.
static void
expect_array(const char* const path,
             const char* const header,
             const void* const values,
             const size_t      n_bytes)
{
  Bytes        bytes  = bytes_load(path);
  const size_t n_text = strlen(header);
  assert_int_equal(bytes.n, HEADER_BYTES + n_bytes);
  assert_memory_equal(bytes.bytes, "\x93NUMPY\x01\x00\x76\x00", 10U);
  assert_memory_equal(bytes.bytes + 10, header, n_text);
  for (size_t i = 10U + n_text; i < HEADER_BYTES - 1U; ++i) {
    assert_int_equal(bytes.bytes[i], ' ');
  }
  assert_int_equal(bytes.bytes[HEADER_BYTES - 1U], '\n');
  assert_memory_equal(bytes.bytes + HEADER_BYTES, values, n_bytes);
  bytes_free(&bytes);
}

static void
finish(TmbNpyWriter* const writer)
{
  TmbMessage why = { "" };
  if (tmb_npy_close(writer, &why) || tmb_new_file_rename(&writer->file, &why)) {
    fail_msg("%s", why.text);
  }
  tmb_new_file_discard(&writer->file);
}

static void
an_array_tells_its_shape(void** const state)
{
  static const float   floats[6] = { 1.0f, -2.5f, 0.0f, 1e-9f, 3.0f, 4.0f };
  static const int32_t ints[3]   = { -1, 0, 70000 };

  (void)state;
  TmbNpyWriter writer;
  TmbMessage   why;
  assert_int_equal(tmb_npy_open("x.npy", TMB_NPY_FLOAT32, 2U, &writer, &why),
                   TMB_OK);
  assert_int_equal(tmb_npy_write(&writer, floats, 1U, &why), TMB_OK);
  assert_int_equal(tmb_npy_write(&writer, floats + 2, 2U, &why), TMB_OK);
  finish(&writer);
  expect_array("x.npy",
               "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }",
               floats,
               sizeof(floats));

  assert_int_equal(tmb_npy_open("y.npy", TMB_NPY_INT32, 0U, &writer, &why),
                   TMB_OK);
  assert_int_equal(tmb_npy_write(&writer, ints, 3U, &why), TMB_OK);
  finish(&writer);
  expect_array("y.npy",
               "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }",
               ints,
               sizeof(ints));

  assert_int_equal(tmb_npy_open("z.npy", TMB_NPY_FLOAT32, 5U, &writer, &why),
                   TMB_OK);
  finish(&writer);
  expect_array("z.npy",
               "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 5), }",
               floats,
               0U);
}

static void
rows_after_the_mark_can_be_dropped(void** const state)
{
  static const float kept[4] = { 1.0f, 2.0f, 3.0f, 4.0f };

  // More than any buffer, so that they are in the file when they are dropped
  static float dropped[200000];

  (void)state;
  TmbNpyWriter writer;
  TmbMessage   why;
  assert_int_equal(tmb_npy_open("x.npy", TMB_NPY_FLOAT32, 2U, &writer, &why),
                   TMB_OK);
  assert_int_equal(tmb_npy_write(&writer, dropped, 100000U, &why), TMB_OK);
  tmb_npy_return(&writer);
  assert_int_equal(tmb_npy_write(&writer, kept, 1U, &why), TMB_OK);
  tmb_npy_mark(&writer);
  assert_int_equal(tmb_npy_write(&writer, dropped, 100000U, &why), TMB_OK);
  tmb_npy_return(&writer);
  assert_int_equal(tmb_npy_write(&writer, kept + 2, 1U, &why), TMB_OK);
  assert_int_equal(writer.n_rows, 2U);
  finish(&writer);
  expect_array("x.npy",
               "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }",
               kept,
               sizeof(kept));
}

static void
more_rows_than_a_file_can_have_are_refused(void** const state)
{
  static const float row[3] = { 0.0f };

  (void)state;
  TmbNpyWriter writer;
  TmbMessage   why;
  assert_int_equal(tmb_npy_open("x.npy", TMB_NPY_FLOAT32, 3U, &writer, &why),
                   TMB_OK);
  const uint64_t most = ((uint64_t)INT64_MAX - HEADER_BYTES) / sizeof(row);
  writer.n_rows       = most - 1U;
  assert_int_equal(tmb_npy_write(&writer, row, 1U, &why), TMB_OK);
  assert_int_equal(tmb_npy_write(&writer, row, 1U, &why), TMB_WRITE_FAILED);
  assert_non_null(strstr(why.text, "x.npy can't be written: more than"));

  // The header of the largest array still fits
  finish(&writer);
  Bytes bytes = bytes_load("x.npy");
  assert_non_null(strstr((const char*)bytes.bytes + 10,
                         "'shape': (768614336404564639, 3), }"));
  bytes_free(&bytes);
}

static void
the_old_file_stays_until_the_new_one_is_whole(void** const state)
{
  (void)state;
  TmbNpyWriter writer;
  TmbMessage   why;
  const Folder here = { "." };
  bytes_save("old", 3U, "x.npy");
  assert_int_equal(tmb_npy_open("x.npy", TMB_NPY_FLOAT32, 1U, &writer, &why),
                   TMB_OK);
  assert_int_equal(folder_count(&here), 2U);
  tmb_new_file_discard(&writer.file);
  assert_int_equal(folder_count(&here), 1U);

  Bytes bytes = bytes_load("x.npy");
  assert_memory_equal(bytes.bytes, "old", 3U);
  bytes_free(&bytes);

  assert_int_equal(tmb_npy_open("x.npy", TMB_NPY_FLOAT32, 1U, &writer, &why),
                   TMB_OK);
  finish(&writer);
  assert_int_equal(folder_count(&here), 1U);
  bytes = bytes_load("x.npy");
  assert_int_equal(bytes.n, HEADER_BYTES);
  bytes_free(&bytes);
}

static void
a_file_left_by_the_killed_is_in_nobodys_way(void** const state)
{
  (void)state;
  char name[64];
  (void)snprintf(name, sizeof(name), "x.npy.%ld-0.tmp", (long)getpid());
  bytes_save("left", 4U, name);

  TmbNpyWriter writer;
  TmbMessage   why;
  const Folder here = { "." };
  assert_int_equal(tmb_npy_open("x.npy", TMB_NPY_FLOAT32, 1U, &writer, &why),
                   TMB_OK);
  finish(&writer);
  Bytes bytes = bytes_load(name);
  assert_memory_equal(bytes.bytes, "left", 4U);
  assert_int_equal(folder_count(&here), 2U);
  bytes_free(&bytes);
}

static void
what_is_no_place_for_a_file_is_refused(void** const state)
{
  static const struct {
    const char* path;
    const char* reason;
  } rows[] = {
    { "folder", "Is a directory" },
    { "fifo", "not a regular file" },
    { "missing/x.npy", "No such file or directory" },
    { "/dev/null", "not a regular file" },
  };

  (void)state;
  assert_int_equal(mkdir("folder", 0700), 0);
  assert_int_equal(mkfifo("fifo", 0600), 0);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbNpyWriter writer;
    TmbMessage   why = { "" };
    assert_int_equal(
      tmb_npy_open(rows[i].path, TMB_NPY_FLOAT32, 1U, &writer, &why),
      TMB_WRITE_FAILED);
    tmb_new_file_discard(&writer.file);
    if (strncmp(why.text, rows[i].path, strlen(rows[i].path)) != 0 ||
        !strstr(why.text, rows[i].reason)) {
      fail_msg("%s: %s", rows[i].path, why.text);
    }
  }
}

static void
a_full_disk_is_an_error_and_leaves_the_old_file(void** const state)
{
  static float values[100000];

  (void)state;
  (void)signal(SIGXFSZ, SIG_IGN);
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small = { 65536U, before.rlim_max };
  bytes_save("old", 3U, "x.npy");

  TmbNpyWriter writer;
  TmbMessage   why = { "" };
  assert_int_equal(tmb_npy_open("x.npy", TMB_NPY_FLOAT32, 1U, &writer, &why),
                   TMB_OK);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  TmbStatus status = tmb_npy_write(&writer, values, 100000U, &why);
  if (!status) {
    status = tmb_npy_close(&writer, &why);
  }
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_int_equal(status, TMB_WRITE_FAILED);
  assert_string_equal(why.text, "x.npy can't be written: File too large");
  tmb_new_file_discard(&writer.file);

  const Folder here  = { "." };
  Bytes        bytes = bytes_load("x.npy");
  assert_memory_equal(bytes.bytes, "old", 3U);
  assert_int_equal(folder_count(&here), 1U);
  bytes_free(&bytes);
}

static void
a_failed_allocation_leaves_nothing(void** const state)
{
  (void)state;
  const Folder here = { "." };
  for (size_t n = 0U;; ++n) {
    TmbNpyWriter writer;
    TmbMessage   why;
    alloc_fail_from(n);
    const TmbStatus status =
      tmb_npy_open("x.npy", TMB_NPY_FLOAT32, 1U, &writer, &why);
    const bool failed = alloc_restore();
    tmb_new_file_discard(&writer.file);
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_int_equal(folder_count(&here), 0U);
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
    TEST(an_array_tells_its_shape),
    TEST(rows_after_the_mark_can_be_dropped),
    TEST(more_rows_than_a_file_can_have_are_refused),
    TEST(the_old_file_stays_until_the_new_one_is_whole),
    TEST(a_file_left_by_the_killed_is_in_nobodys_way),
    TEST(what_is_no_place_for_a_file_is_refused),
    TEST(a_full_disk_is_an_error_and_leaves_the_old_file),
    TEST(a_failed_allocation_leaves_nothing),
  };
  return cmocka_run_group_tests_name("npy_writer", tests, NULL, NULL);
}
