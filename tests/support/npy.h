// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_NPY_H
#define TMB_TEST_NPY_H

#include <stddef.h>
#include <stdint.h>

/// A reference array of one or two dimensions, as floats.
typedef struct {
  uint32_t n_rows; ///< 1 in an array of one dimension
  uint32_t n_columns;
  float*   values; ///< [n_rows][n_columns]
} NpyArray;

/**
   Read tests/golden/`name`.npy, or fail the test.

   Only what the golden files hold: version 1.0, `<f4` or `<i4` (below 2^24),
   C order, on a little-endian machine.
*/
NpyArray
npy_load(const char* name);

void
npy_free(NpyArray* array);

#endif // TMB_TEST_NPY_H
