// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/matrix.h"

#include "dsp/attributes.h"

#include <stddef.h>

/// y += W x for four inputs: y is read and written a quarter as often.
TMB_WIDE static void
add_four(const float* restrict const weight,
         const float* restrict const x,
         const size_t n_out,
         float* restrict const y)
{
  const float* const row0 = weight;
  const float* const row1 = row0 + n_out;
  const float* const row2 = row1 + n_out;
  const float* const row3 = row2 + n_out;
  for (size_t o = 0U; o < n_out; ++o) {
    y[o] += ((row0[o] * x[0]) + (row1[o] * x[1])) +
            ((row2[o] * x[2]) + (row3[o] * x[3]));
  }
}

void
tmb_matrix_add(const float* const weight,
               const float* const x,
               const uint32_t     n_in,
               const uint32_t     n_out,
               float* const       y)
{
  const size_t n_fours = n_in - (n_in % 4U);
  for (size_t i = 0U; i < n_fours; i += 4U) {
    add_four(weight + (i * n_out), x + i, n_out, y);
  }
  for (size_t i = n_fours; i < n_in; ++i) {
    const float* const row = weight + (i * n_out);
    for (size_t o = 0U; o < n_out; ++o) {
      y[o] += row[o] * x[i];
    }
  }
}
