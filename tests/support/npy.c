// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/npy.h"

#include "tests/support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_BYTES 10U ///< Magic, version and the header's length

/// Sizes from the header, a Python dictionary.
static void
read_shape(const char* const header, NpyArray* const array)
{
  static const char key[] = "'shape': (";
  const char*       shape = strstr(header, key);
  assert_non_null(shape);

  char*               end    = NULL;
  const unsigned long first  = strtoul(shape + strlen(key), &end, 10);
  const unsigned long second = (*end == ',') ? strtoul(end + 1, NULL, 10) : 0UL;
  array->n_rows              = second ? (uint32_t)first : 1U;
  array->n_columns           = (uint32_t)(second ? second : first);
}

NpyArray
npy_load(const char* const name)
{
  char path[256] = "";
  (void)snprintf(path, sizeof(path), "tests/golden/%s.npy", name);
  FILE* const file = fopen(path, "rb");
  if (!file) {
    fail_msg("%s can't be opened: run from the repository's root", path);
  }

  uint8_t prefix[PREFIX_BYTES];
  assert_int_equal(fread(prefix, 1U, sizeof(prefix), file), sizeof(prefix));
  assert_memory_equal(prefix, "\x93NUMPY\x01\x00", 8U);

  const size_t n_header    = prefix[8] + ((size_t)prefix[9] << 8U);
  char         header[512] = "";
  assert_true(n_header < sizeof(header));
  assert_int_equal(fread(header, 1U, n_header, file), n_header);
  assert_non_null(strstr(header, "'fortran_order': False"));

  NpyArray array = { 0U, 0U, NULL };
  read_shape(header, &array);
  const size_t n_values = (size_t)array.n_rows * array.n_columns;
  array.values          = (float*)malloc(n_values * sizeof(float));
  assert_int_equal(fread(array.values, sizeof(float), n_values, file),
                   n_values);
  (void)fclose(file);

  if (strstr(header, "'<i4'")) {
    for (size_t i = 0U; i < n_values; ++i) {
      int32_t value = 0;
      memcpy(&value, &array.values[i], sizeof(value));
      array.values[i] = (float)value;
    }
  } else {
    assert_non_null(strstr(header, "'<f4'"));
  }
  return array;
}

void
npy_free(NpyArray* const array)
{
  free(array->values);
  array->values = NULL;
}
