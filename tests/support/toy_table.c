// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/toy_table.h"

#include "tests/support/cmocka.h"
#include "tests/support/npy_file.h"
#include "trainer/random.h"

#include <zip.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES 8U ///< Of a value

/// A number as a half: 0, or one with an exponent and few digits.
static uint16_t
half(const double x)
{
  int          exponent = 0;
  const double fraction = frexp(fabs(x), &exponent);
  const int    digits   = (int)(((2.0 * fraction) - 1.0) * 1024.0);
  const int    bits     = ((exponent + 14) * 1024) + digits;
  return (uint16_t)((x < 0.0 ? 0x8000 : 0) | (x == 0.0 ? 0 : bits));
}

/// Write a number as a type, and return how many bytes it has.
static size_t
encode(const char* const type, const double x, uint8_t bytes[MAX_BYTES])
{
  const size_t n = (size_t)(type[1] - '0');
  if (type[0] == 'f') {
    const uint16_t small  = n == 2U ? half(x) : 0U;
    const float    single = (float)x;
    memcpy(bytes,
           n == 2U   ? (const void*)&small
           : n == 4U ? (const void*)&single
                     : (const void*)&x,
           n);
  } else {
    const int64_t whole = (int64_t)x;
    memcpy(bytes, &whole, n); // The low bytes come first
  }
  return n;
}

void
matrix_save(const char* const   path,
            const char* const   type,
            const bool          is_fortran,
            const uint32_t      n_rows,
            const uint32_t      n_columns,
            const double* const values)
{
  char           header[128] = "";
  char           shape[32]   = "";
  const uint32_t n_each      = n_columns ? n_columns : 1U;
  const size_t   n           = (size_t)n_rows * n_each;
  uint8_t* const bytes       = (uint8_t*)calloc(n + 1U, MAX_BYTES);
  size_t         at          = 0U;
  assert_non_null(bytes);
  for (size_t i = 0U; i < n; ++i) {
    const size_t from = is_fortran ? ((i % n_rows) * n_each) + (i / n_rows) : i;
    at += encode(type, values[from], bytes + at);
  }
  if (n_columns) {
    (void)snprintf(shape, sizeof(shape), "%u, %u", n_rows, n_columns);
  } else {
    (void)snprintf(shape, sizeof(shape), "%u,", n_rows);
  }
  (void)snprintf(header,
                 sizeof(header),
                 "{'descr': '%c%s', 'fortran_order': %s, 'shape': (%s)}",
                 type[1] == '1' ? '|' : '<',
                 type,
                 is_fortran ? "True" : "False",
                 shape);
  npy_save(path, header, bytes, at);
  free(bytes);
}

void
archive_save(const char* const path, const char* const* const files)
{
  int          error   = 0;
  zip_t* const archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
  assert_non_null(archive);
  for (size_t i = 0U; files[i]; ++i) {
    zip_source_t* const source = zip_source_file(archive, files[i], 0U, -1);
    assert_non_null(source);
    assert_true(zip_file_add(archive, files[i], source, 0U) >= 0);
  }
  assert_int_equal(zip_close(archive), 0);
}

void
toy_table_save(const char* const features,
               const char* const labels,
               const uint32_t    n_rows,
               const uint32_t    n_columns,
               const uint32_t    n_classes,
               const uint64_t    seed)
{
  double* const x = (double*)calloc((size_t)n_rows * n_columns, sizeof(double));
  double* const y = (double*)calloc(n_rows, sizeof(double));
  assert_true(x && y);
  TmbRandom random;
  tmb_random_init(&random, seed, 0U);
  for (uint32_t i = 0U; i < n_rows; ++i) {
    const uint32_t class_index = i % n_classes;
    y[i]                       = (double)class_index;
    for (uint32_t j = 0U; j < n_columns; ++j) {
      x[((size_t)i * n_columns) + j] =
        tmb_random_normal(&random) + (j % n_classes == class_index ? 3.0 : 0.0);
    }
  }
  matrix_save(features, "f4", false, n_rows, n_columns, x);
  matrix_save(labels, "i8", false, n_rows, 0U, y);
  free(y);
  free(x);
}
