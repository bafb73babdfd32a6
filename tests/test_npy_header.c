// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/npy_header.h"

#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/npy_file.h"

#include <stdlib.h>
#include <string.h>

#define ORDER "'fortran_order': False"
#define SHAPE "'shape': (3, 2)"
#define TAIL ", " ORDER ", " SHAPE ", }"

static void
what_numpy_writes_is_read(void** const state)
{
  static const struct {
    const char* label;
    uint8_t     major;
    const char* text;
    uint64_t    n_rows;
    uint32_t    n_columns;
    uint32_t    n_dims;
  } rows[] = {
    { "two dimensions", 1U, "{'descr': '<f4'" TAIL, 3U, 2U, 2U },
    { "format 2.0", 2U, "{'descr': '<f4'" TAIL, 3U, 2U, 2U },
    { "format 3.0", 3U, "{'descr': '<f4'" TAIL, 3U, 2U, 2U },
    { "padding", 1U, "{'descr': '<f4'" TAIL "      \n", 3U, 2U, 2U },
    { "no last comma", 1U, NPY_FLOATS "3, 2)}", 3U, 2U, 2U },
    { "no space", 1U, "{'descr':'<f4'," ORDER "," SHAPE "}", 3U, 2U, 2U },
    { "much space", 1U, " {\n'descr'\t: '<f4' " TAIL "\r\n", 3U, 2U, 2U },
    { "other quotes", 1U, "{\"descr\": \"<f4\"" TAIL, 3U, 2U, 2U },
    { "another order",
      1U,
      "{" SHAPE ", 'descr': '<f4', " ORDER "}",
      3U,
      2U,
      2U },
    { "one dimension", 1U, NPY_FLOATS "7,), }", 7U, 1U, 1U },
    { "two dimensions and a comma", 1U, NPY_FLOATS "7, 1,)}", 7U, 1U, 2U },
    { "numbers of Python 2", 1U, NPY_FLOATS "3L, 2L)}", 3U, 2U, 2U },
    { "many columns", 1U, NPY_FLOATS "1, 4294967295)}", 1U, UINT32_MAX, 2U },
    { "the largest", // (2^63 - 1 - header) / 4
      1U,
      NPY_FLOATS "2305843009213693931,)}",
      2305843009213693931U,
      1U,
      1U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbNpyHeader header;
    TmbMessage   reason = { "" };
    Bytes        file   = npy_bytes(rows[i].major, rows[i].text, NULL, 0U);
    if (tmb_npy_header_read(file.bytes, file.n, &header, &reason)) {
      fail_msg("%s: %s", rows[i].label, reason.text);
    }
    const bool is_right =
      header.n_rows == rows[i].n_rows &&
      header.n_columns == rows[i].n_columns &&
      header.n_dims == rows[i].n_dims && header.n_header == file.n &&
      header.n_data == rows[i].n_rows * rows[i].n_columns * 4U &&
      header.kind == TMB_NPY_REAL && header.n_value == 4U && !header.is_big &&
      !header.is_fortran;
    if (!is_right) {
      fail_msg("%s", rows[i].label);
    }
    bytes_free(&file);
  }
}

/// Demand a refusal that begins with a reason.
static void
refuse(const char* const    label,
       const uint8_t* const bytes,
       const size_t         n,
       const char* const    expected)
{
  TmbNpyHeader    header;
  TmbMessage      reason = { "" };
  const TmbStatus status = tmb_npy_header_read(bytes, n, &header, &reason);
  if (status != TMB_BAD_FILE ||
      strncmp(reason.text, expected, strlen(expected)) != 0) {
    fail_msg("%s: %s", label, reason.text);
  }
}

static void
other_headers_are_refused_with_their_reason(void** const state)
{
#define TYPE(t) "{'descr': " t TAIL
#define MALFORMED "its header is malformed: "
  static const struct {
    const char* label;
    const char* text;
    const char* reason;
  } rows[] = {
    { "objects", TYPE("'|O'"), "holds Python objects, which are never unp" },
    { "bytes", TYPE("'|S5'"), "holds text, not numbers" },
    { "text", TYPE("'<U5'"), "holds text, not numbers" },
    { "complex", TYPE("'<c8'"), "holds complex numbers, not real ones" },
    { "dates", TYPE("'<M8[ns]'"), "holds dates, not numbers" },
    { "time spans", TYPE("'<m8[ns]'"), "holds spans of time, not numbers" },
    { "raw bytes", TYPE("'|V8'"), "holds raw bytes, not numbers" },
    { "records", TYPE("[('a', '<f4')]"), "holds records of several fields" },
    { "arrays in arrays", TYPE("('<f4', (2,))"), "holds records of several" },
    { "long double", TYPE("'<f16'"), "is of type '<f16', which is none of" },
    { "other int", TYPE("'<i3'"), "is of type '<i3', which is none of" },
    { "wide bool", TYPE("'<b4'"), "is of type '<b4', which is none of" },
    { "no order", TYPE("'|f4'"), "is of type '|f4', which is none of" },
    { "some order", TYPE("'=f4'"), "is of type '=f4', which is none of" },
    { "no type", TYPE("''"), "is of type '', which is none of" },
    { "a steered terminal", TYPE("'\x1b[2J'"), "is of type '?[2J', which is" },
    { "type is a number", TYPE("4"), MALFORMED "descr is no type" },
    { "long type",
      TYPE("'<f4                                '"),
      MALFORMED "descr is no type" },
    { "an escape", TYPE("'<f\\x34'"), MALFORMED "descr is no type" },
    { "an open string",
      "{" ORDER ", " SHAPE ", 'descr': '<f4",
      MALFORMED "descr is no type" },

    { "no dimensions", NPY_FLOATS ")}", "has 0 dimensions, not one or two" },
    { "three", NPY_FLOATS "1, 2, 3)}", "has 3 dimensions, not one or two" },
    { "no rows", NPY_FLOATS "0, 2)}", "is empty: it has no rows" },
    { "no row", NPY_FLOATS "0,)}", "is empty: it has no rows" },
    { "no columns", NPY_FLOATS "2, 0)}", "is empty: it has no columns" },
    { "too many columns",
      NPY_FLOATS "1, 4294967296)}",
      "has 4294967296 columns, which is more than 4294967295" },
    { "a product that overflows",
      NPY_FLOATS "4611686018427387905, 4)}",
      "has 4611686018427387905 rows of 16 bytes, which is more than a file" },
    { "one more than the largest",
      NPY_FLOATS "2305843009213693932,)}",
      "has 2305843009213693932 rows of 4 bytes, which is more than a file" },
    { "a number that overflows",
      NPY_FLOATS "18446744073709551616,)}",
      MALFORMED "shape is no tuple" },

    { "a number in brackets",
      NPY_FLOATS "3)}",
      MALFORMED "shape is no tuple of whole numbers" },
    { "negative", NPY_FLOATS "-3, 2)}", MALFORMED "shape is no tuple" },
    { "fraction", NPY_FLOATS "3.0, 2)}", MALFORMED "shape is no tuple" },
    { "octal", NPY_FLOATS "03, 2)}", MALFORMED "shape is no tuple" },
    { "only a comma", NPY_FLOATS ",)}", MALFORMED "shape is no tuple" },
    { "two commas", NPY_FLOATS "3,, 2)}", MALFORMED "shape is no tuple" },
    { "no comma", NPY_FLOATS "3 2)}", MALFORMED "shape is no tuple" },
    { "only an L", NPY_FLOATS "L, 2)}", MALFORMED "shape is no tuple" },
    { "open tuple", NPY_FLOATS "3, 2", MALFORMED "shape is no tuple" },
    { "a list",
      "{'descr': '<f4', " ORDER ", 'shape': [3, 2]}",
      MALFORMED "shape is no tuple" },
    { "a sum", NPY_FLOATS "3, 2) + (1,)}", MALFORMED "a comma or a brace" },

    { "order is a number",
      "{'descr': '<f4', 'fortran_order': 0, " SHAPE "}",
      MALFORMED "fortran_order is neither True nor False" },
    { "a longer word",
      "{'descr': '<f4', 'fortran_order': Falsehood, " SHAPE "}",
      MALFORMED "a comma or a brace is missing" },

    { "nothing", "", MALFORMED "it is no dictionary" },
    { "a tuple", "('descr', '<f4')", MALFORMED "it is no dictionary" },
    { "empty", "{}", MALFORMED "descr, fortran_order or shape is missing" },
    { "no descr", "{" ORDER ", " SHAPE "}", MALFORMED "descr, fortran_order" },
    { "no order", "{'descr': '<f4', " SHAPE "}", MALFORMED "descr, fortran_" },
    { "no shape", "{'descr': '<f4', " ORDER "}", MALFORMED "descr, fortran_" },
    { "descr twice",
      TYPE("'<f4', 'descr': '<f4'"),
      MALFORMED "it has descr t" },
    { "shape twice",
      "{" SHAPE ", " SHAPE ", " ORDER ", 'descr': '<f4'}",
      MALFORMED "it has shape twice" },
    { "another key", TYPE("'<f4', 'x': 1"), MALFORMED "unknown key x" },
    { "a long key",
      TYPE("'<f4', 'a_key_that_is_long': 1"),
      MALFORMED "a key is missing or too long" },
    { "no key", "{" ORDER ", , " SHAPE "}", MALFORMED "a key is missing" },
    { "no colon", "{'descr' '<f4'" TAIL, MALFORMED "a key is missing" },
    { "open", "{'descr': '<f4', " ORDER ", " SHAPE, MALFORMED "a comma or a" },
    { "more", NPY_FLOATS "3, 2)} x", MALFORMED "text follows the dictionary" },
    { "comments", NPY_FLOATS "3, 2)} # x", MALFORMED "text follows the dicti" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Bytes file = npy_bytes(1U, rows[i].text, NULL, 24U);
    refuse(rows[i].label, file.bytes, file.n, rows[i].reason);
    bytes_free(&file);
  }
}

static void
a_nul_in_a_header_is_refused(void** const state)
{
  (void)state;
  static const char text[] = NPY_FLOATS "3, 2), }";
  Bytes             file   = npy_bytes(1U, text, NULL, 24U);
  for (size_t i = 10U; i < 10U + strlen(text); ++i) {
    const uint8_t before = file.bytes[i];
    file.bytes[i]        = 0U;
    refuse("NUL", file.bytes, file.n, "");
    file.bytes[i] = before;
  }
  bytes_free(&file);
}

static void
what_is_no_array_is_refused(void** const state)
{
  // clang-format off
  static const struct {
    const char* label;
    size_t      n;
    const char* bytes;
    const char* reason;
  } rows[] = {
    { "empty", 0U, "", "not a NumPy array" },
    { "text", 12U, "1.0,2.0,3.0\n", "not a NumPy array" },
    { "other magic", 12U, "\x93NUMPX\1\0\1\0{}", "not a NumPy array" },
    { "a pickle", 4U, "\x80\4K\1", "a Python pickle, which is never unpick" },
    { "magic", 6U, "\x93NUMPY", "cut short: 6 bytes are there, the header "
      "needs at least 10" },
    { "half the magic", 3U, "\x93NU", "cut short: 3 bytes are there" },
    { "half the length", 9U, "\x93NUMPY\1\0\1", "cut short: 9 bytes are" },
    { "half of four", 11U, "\x93NUMPY\2\0\1\0\0", "cut short: 11 bytes are "
      "there, the header needs at least 12" },
    { "half the header", 14U, "\x93NUMPY\1\0\x76\0{'de", "cut short: 14 bytes "
      "are there, the header needs 128" },
    { "format 0.0", 12U, "\x93NUMPY\0\0\2\0{}", "a NumPy array in format 0.0, "
      "which is none of 1.0, 2.0 and 3.0" },
    { "format 1.1", 12U, "\x93NUMPY\1\1\2\0{}", "a NumPy array in format 1.1" },
    { "format 4.0", 12U, "\x93NUMPY\4\0\2\0{}", "a NumPy array in format 4.0" },
    { "a large header", 12U, "\x93NUMPY\3\0\xf5\xff\0\0",
      "its header of 65537 bytes is larger than 65536" },
    { "the largest header", 12U, "\x93NUMPY\3\0\xff\xff\xff\xff",
      "its header of 4294967307 bytes is larger than 65536" },
  };
  // clang-format on

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    // In memory of its own, so that reading on would be noticed
    uint8_t* const bytes = (uint8_t*)malloc(rows[i].n ? rows[i].n : 1U);
    assert_non_null(bytes);
    memcpy(bytes, rows[i].bytes, rows[i].n);
    refuse(rows[i].label, bytes, rows[i].n, rows[i].reason);
    free(bytes);
  }
}

static void
every_truncated_header_is_refused(void** const state)
{
  (void)state;
  for (uint8_t major = 1U; major <= 3U; ++major) {
    Bytes file = npy_bytes(major, NPY_FLOATS "3, 2), }", NULL, 0U);
    for (size_t n = 0U; n < file.n; ++n) {
      uint8_t* const part = (uint8_t*)malloc(n ? n : 1U);
      memcpy(part, file.bytes, n);
      refuse("truncated", part, n, n ? "cut short: " : "not a NumPy array");
      free(part);
    }
    bytes_free(&file);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_numpy_writes_is_read),
    cmocka_unit_test(other_headers_are_refused_with_their_reason),
    cmocka_unit_test(a_nul_in_a_header_is_refused),
    cmocka_unit_test(what_is_no_array_is_refused),
    cmocka_unit_test(every_truncated_header_is_refused),
  };
  return cmocka_run_group_tests_name("npy_header", tests, NULL, NULL);
}
