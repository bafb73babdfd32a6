// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/array_file.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/npy_file.h"
#include "tests/support/scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOLDEN "tests/golden/arrays/"
#define N_VALUES 6U

static TmbArray*
open_array(const char* const path)
{
  TmbMessage why   = { "" };
  TmbArray*  array = NULL;
  if (tmb_array_open(path, &array, &why)) {
    fail_msg("%s", why.text);
  }
  assert_string_equal(why.text, "");
  return array;
}

/// Demand these [n] values, one by one and by rows.
static void
expect_values(const char* const     label,
              const TmbArray* const array,
              const double* const   values,
              const size_t          n)
{
  const uint32_t n_columns     = tmb_array_columns(array);
  float          row[N_VALUES] = { 0.0f };
  assert_true(n_columns <= N_VALUES);
  assert_int_equal(tmb_array_rows(array) * n_columns, n);
  for (size_t i = 0U; i < n; ++i) {
    const uint64_t r     = i / n_columns;
    const uint32_t c     = (uint32_t)(i % n_columns);
    const double   value = tmb_array_value(array, r, c);
    tmb_array_row(array, r, row);
    if (!(value == values[i]) || !(row[c] == (float)values[i])) {
      fail_msg("%s: value %zu is %.17g and %.9g, not %.17g",
               label,
               i,
               value,
               (double)row[c],
               values[i]);
    }
  }
}

static void
every_type_is_read_in_both_byte_orders(void** const state)
{
  static const struct {
    const char* type;
    bool        is_integer;
    double      values[N_VALUES]; ///< [2][3]
  } rows[] = {
    { "bool", true, { 0.0, 1.0, 1.0, 1.0, 0.0, 1.0 } },
    { "int8", true, { -128.0, -1.0, 0.0, 1.0, 2.0, 127.0 } },
    { "int16", true, { -32768.0, -1.0, 0.0, 1.0, 258.0, 32767.0 } },
    { "int32", true, { -0x1p31, -1.0, 0.0, 1.0, 66051.0, 0x1p31 - 1.0 } },
    { "int64", true, { -0x1p63, -1.0, 0.0, 1.0, 0x1p53 - 1.0, -0x1p53 + 1.0 } },
    { "uint8", true, { 0.0, 1.0, 2.0, 127.0, 128.0, 255.0 } },
    { "uint16", true, { 0.0, 1.0, 258.0, 32767.0, 32768.0, 65535.0 } },
    { "uint32",
      true,
      { 0.0, 1.0, 66051.0, 0x1p31 - 1.0, 0x1p31, 0x1p32 - 1.0 } },
    { "uint64", true, { 0.0, 1.0, 66051.0, 0x1p32, 0x1p53 - 1.0, 0x1p63 } },
    { "float16",
      false,
      { 0.0, -1.5, 0x1p-24, 65504.0, 0x1.554p-2, -(double)INFINITY } },
    { "float32",
      false,
      { 0.0,
        -1.5,
        0x1p-149,
        (double)3.4e38f,
        (double)(1.0f / 3.0f),
        -(double)INFINITY } },
    { "float64",
      false,
      { 0.0, -1.5, 0x1p-1074, 1e300, 1.0 / 3.0, -(double)INFINITY } },
  };
  static const char* const forms[] = { "", "_big_fortran" };

  (void)state;
  for (size_t i = 0U; i < 2U * sizeof(rows) / sizeof(*rows); ++i) {
    const size_t r        = i / 2U;
    char         path[96] = "";
    (void)snprintf(
      path, sizeof(path), GOLDEN "1.0/%s%s.npy", rows[r].type, forms[i % 2U]);

    TmbArray* const array = open_array(path);
    assert_string_equal(tmb_array_type(array), rows[r].type);
    assert_int_equal(tmb_array_is_integer(array), rows[r].is_integer);
    assert_int_equal(tmb_array_dims(array), 2U);
    assert_int_equal(tmb_array_rows(array), 2U);
    assert_int_equal(tmb_array_columns(array), 3U);
    expect_values(path, array, rows[r].values, N_VALUES);
    tmb_array_free(array);
  }
}

static const double floats[N_VALUES] = {
  0.0, -1.5, 0x1p-149, (double)3.4e38f, (double)(1.0f / 3.0f), -(double)INFINITY
};

static void
every_format_and_archive_is_read(void** const state)
{
  static const double labels[] = { 0.0, 2.0, 1.0, 2.0 };
  static const double y[]      = { 3.0, 1.0 };

  static const struct {
    const char*   path;
    const char*   type;
    uint64_t      n_rows;
    uint32_t      n_columns;
    uint32_t      n_dims;
    const double* values;
  } rows[] = {
    { "2.0/float32.npy", "float32", 2U, 3U, 2U, floats },
    { "3.0/float32.npy", "float32", 2U, 3U, 2U, floats },
    { "3.0/float32_fortran.npy", "float32", 2U, 3U, 2U, floats },
    { "1.0/float32_column.npy", "float32", 6U, 1U, 2U, floats },
    { "1.0/float32_row.npy", "float32", 1U, 6U, 2U, floats },
    { "1.0/labels.npy", "int64", 4U, 1U, 1U, labels },
    { "one.npz", "float32", 2U, 3U, 2U, floats },
    { "one.npz:arr_0", "float32", 2U, 3U, 2U, floats },
    { "two.npz:Xtr", "float32", 2U, 3U, 2U, floats },
    { "two.npz:ytr", "int32", 2U, 1U, 1U, y },
    { "two.npz:ytr.npy", "int32", 2U, 1U, 1U, y },
    { "two_deflated.npz:Xtr", "float32", 2U, 3U, 2U, floats },
    { "two_deflated.npz:ytr", "int32", 2U, 1U, 1U, y },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char path[96] = "";
    (void)snprintf(path, sizeof(path), GOLDEN "%s", rows[i].path);
    TmbArray* const array = open_array(path);
    assert_int_equal(tmb_array_dims(array), rows[i].n_dims);
    assert_int_equal(tmb_array_rows(array), rows[i].n_rows);
    assert_int_equal(tmb_array_columns(array), rows[i].n_columns);
    assert_string_equal(tmb_array_type(array), rows[i].type);
    expect_values(
      rows[i].path, array, rows[i].values, rows[i].n_rows * rows[i].n_columns);
    tmb_array_free(array);
  }
}

static void
every_half_is_read(void** const state)
{
  enum { N = 65536 };
  static uint16_t bits[N];

  (void)state;
  for (unsigned i = 0U; i < N; ++i) {
    bits[i] = (uint16_t)i;
  }
  npy_save("half.npy",
           "{'descr': '<f2', 'fortran_order': False, 'shape': (65536,)}",
           bits,
           sizeof(bits));

  // Below infinity, each is a step above the one before
  TmbArray* const array = open_array("half.npy");
  for (unsigned i = 0U; i < N; ++i) {
    const double   value    = tmb_array_value(array, i, 0U);
    const unsigned exponent = (i >> 10U) & 31U;
    if (exponent == 31U) {
      assert_true((i & 1023U) ? isnan(value) : isinf(value));
    } else if (i & 32767U) {
      const double step = ldexp(1.0, exponent ? (int)exponent - 25 : -24);
      const double down = tmb_array_value(array, i - 1U, 0U);
      const double sign = (i >> 15U) ? -1.0 : 1.0;
      const double last = (i & 1023U) || exponent < 2U ? step : step / 2.0;
      assert_true(value - down == sign * last);
    }
    assert_int_equal(!signbit(value), !(i >> 15U));
  }
  tmb_array_free(array);
}

static void
any_byte_but_zero_is_true(void** const state)
{
  (void)state;
  npy_save("bool.npy",
           "{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}",
           "\0\1\x80",
           3U);
  TmbArray* const array = open_array("bool.npy");
  expect_values("bool", array, (const double[]){ 0.0, 1.0, 1.0 }, 3U);
  tmb_array_free(array);
}

static void
data_need_not_be_aligned(void** const state)
{
  static const float    values[]   = { 1.0f, -2.0f, 3.5f, 4.0f, 5.0f, -6.0f };
  static const double   expected[] = { 1.0, -2.0, 3.5, 4.0, 5.0, -6.0 };
  static const unsigned n_pads     = 8U;

  (void)state;
  for (unsigned i = 0U; i < n_pads; ++i) {
    char header[96] = "";
    (void)snprintf(
      header, sizeof(header), "%s2, 3)}%*s\n", NPY_FLOATS, (int)i, "");
    npy_save("x.npy", header, values, sizeof(values));
    TmbArray* const array = open_array("x.npy");
    expect_values("unaligned", array, expected, N_VALUES);
    tmb_array_free(array);
  }
}

static void
a_path_with_a_colon_is_a_file_first(void** const state)
{
  static const float  one[]      = { 1.0f };
  static const double expected[] = { 1.0 };

  // What can't be read as an array need not be one: "two.npz" is text
  static const char* const paths[] = { "a:b.npy", "two.npz:X", "c:d/x.npy" };

  (void)state;
  bytes_save("text", 4U, "two.npz");
  bytes_save("text", 4U, "a");
  bytes_save("text", 4U, "c");
  assert_int_equal(mkdir("c:d", 0700), 0);
  for (size_t i = 0U; i < sizeof(paths) / sizeof(*paths); ++i) {
    npy_save(paths[i], NPY_FLOATS "1,)}", one, sizeof(one));
    TmbArray* const array = open_array(paths[i]);
    expect_values(paths[i], array, expected, 1U);
    tmb_array_free(array);
  }
}

static void
bad_files_are_refused_with_their_reason(void** const state)
{
  static const struct {
    const char* path;
    TmbStatus   status;
    const char* why;
  } rows[] = {
    { "missing.npy", TMB_NO_FILE, "missing.npy: No such file or directory" },
    { "no.npz:X", TMB_NO_FILE, "no.npz:X: No such file or directory" },
    { ":X", TMB_NO_FILE, ":X: No such file or directory" },
    { "", TMB_NO_FILE, ": No such file or directory" },
    { "folder", TMB_NO_FILE, "folder: is a folder" },
    { "folder:X", TMB_NO_FILE, "folder: is a folder" },
    { "fifo", TMB_NO_FILE, "fifo: is not a regular file" },
    { "/dev/zero", TMB_NO_FILE, "/dev/zero: is not a regular file" },
    { "empty.npy", TMB_BAD_FILE, "empty.npy: is empty" },
    { "text.npy", TMB_BAD_FILE, "text.npy: not a NumPy array" },
    { "objects.npy",
      TMB_BAD_FILE,
      "objects.npy: holds Python objects, which are never unpickled" },
    { "short.npy",
      TMB_BAD_FILE,
      "short.npy: cut short: 90 bytes are there, 91 are needed" },
    { "long.npy",
      TMB_BAD_FILE,
      "long.npy: longer than the array: 92 bytes are there, 91 are needed" },
    { "long.npy:X",
      TMB_BAD_FILE,
      "long.npy: not an archive that could hold an array 'X'" },
  };

  (void)state;
  assert_int_equal(mkdir("folder", 0700), 0);
  assert_int_equal(mkfifo("fifo", 0600), 0);
  bytes_save("", 0U, "empty.npy");
  bytes_save("a,b\n", 4U, "text.npy");
  npy_save("objects.npy",
           "{'descr': '|O', 'fortran_order': False, 'shape': (3,)}",
           "\x80\4K\1",
           4U);
  npy_save("short.npy", NPY_FLOATS "2, 3)}", NULL, 23U);
  npy_save("long.npy", NPY_FLOATS "2, 3)}", NULL, 25U);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbMessage      why    = { "" };
    TmbArray*       array  = NULL;
    const TmbStatus status = tmb_array_open(rows[i].path, &array, &why);
    assert_null(array);
    assert_string_equal(why.text, rows[i].why);
    assert_int_equal(status, rows[i].status);
  }
}

static void
a_file_without_permission_is_refused(void** const state)
{
  (void)state;
  TmbMessage why   = { "" };
  TmbArray*  array = NULL;
  npy_save("x.npy", NPY_FLOATS "1,)}", NULL, 4U);
  assert_int_equal(chmod("x.npy", 0), 0);
  assert_int_equal(chmod(".", 0755), 0);

  const uid_t     user   = user_drop();
  const TmbStatus status = tmb_array_open("x.npy", &array, &why);
  user_restore(user);
  assert_int_equal(status, TMB_NO_FILE);
  assert_string_equal(why.text, "x.npy: Permission denied");
}

static void
a_failed_allocation_leaves_nothing(void** const state)
{
  static const char* const paths[] = { GOLDEN "1.0/int8.npy",
                                       GOLDEN "two_deflated.npz:ytr" };

  (void)state;
  for (size_t i = 0U; i < sizeof(paths) / sizeof(*paths); ++i) {
    bool failed = true;
    for (size_t n = 0U; failed; ++n) {
      TmbMessage why   = { "" };
      TmbArray*  array = NULL;
      alloc_fail_from(n);
      const TmbStatus status = tmb_array_open(paths[i], &array, &why);

      failed = alloc_restore();
      assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
      assert_int_equal(!array, failed);
      tmb_array_free(array);
    }
  }
  tmb_array_free(NULL);
}

#ifndef TMB_SANITIZED // Sanitizers need more memory than is allowed here

/// 120 MB in memory, next to nothing on the disk; a limit of half of that.
static void
an_array_takes_no_memory(void** const state)
{
  static const uint64_t n_rows  = 10000000U;
  static const float    last[3] = { 1.0f, 2.0f, 3.0f };

  (void)state;
  npy_save("x.npy", NPY_FLOATS "10000000, 3)}", NULL, 0U);
  FILE* const file = fopen("x.npy", "ab");
  assert_non_null(file);
  const off_t end = ftello(file) + (off_t)((n_rows - 1U) * sizeof(last));
  assert_int_equal(ftruncate(fileno(file), end), 0);
  assert_int_equal(fwrite(last, sizeof(last), 1U, file), 1);
  assert_int_equal(fclose(file), 0);

  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_DATA, &before), 0);
  const struct rlimit small = { (rlim_t)64U << 20U, before.rlim_max };
  assert_int_equal(setrlimit(RLIMIT_DATA, &small), 0);

  // The limit holds
  void* const much = malloc(n_rows * sizeof(last));
  assert_null(much);

  float           row[3] = { 0.0f };
  double          sum    = 0.0;
  TmbArray* const array  = open_array("x.npy");
  assert_int_equal(tmb_array_rows(array), n_rows);
  for (uint64_t i = 0U; i < n_rows; ++i) {
    tmb_array_row(array, i, row);
    sum += (double)(row[0] + row[1] + row[2]);
  }
  assert_int_equal(setrlimit(RLIMIT_DATA, &before), 0);
  assert_true(sum == 6.0);
  assert_memory_equal(row, last, sizeof(last));
  tmb_array_free(array);
}

#endif

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_type_is_read_in_both_byte_orders),
    cmocka_unit_test(every_format_and_archive_is_read),
    TEST(every_half_is_read),
    TEST(any_byte_but_zero_is_true),
    TEST(data_need_not_be_aligned),
    TEST(a_path_with_a_colon_is_a_file_first),
    TEST(bad_files_are_refused_with_their_reason),
    TEST(a_file_without_permission_is_refused),
    cmocka_unit_test(a_failed_allocation_leaves_nothing),
#ifndef TMB_SANITIZED
    TEST(an_array_takes_no_memory),
#endif
  };
  return cmocka_run_group_tests_name("array_file", tests, NULL, NULL);
}
