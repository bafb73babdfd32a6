// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/matrix.h"

#include "dsp/attributes.h"

#include <stddef.h>

/// Rows of W that are added together, and what each is multiplied by.
typedef struct {
  size_t       n;
  const float* rows[4];
  float        x[4];
} Batch;

/// y += W x for four inputs: y is read and written a quarter as often.
TMB_WIDE static void
add_four(const Batch* const batch, const size_t n_out, float* restrict y)
{
  const float* const row0 = batch->rows[0];
  const float* const row1 = batch->rows[1];
  const float* const row2 = batch->rows[2];
  const float* const row3 = batch->rows[3];
  const float        x0   = batch->x[0];
  const float        x1   = batch->x[1];
  const float        x2   = batch->x[2];
  const float        x3   = batch->x[3];
  for (size_t o = 0U; o < n_out; ++o) {
    y[o] +=
      ((row0[o] * x0) + (row1[o] * x1)) + ((row2[o] * x2) + (row3[o] * x3));
  }
}

void
tmb_matrix_add(const float* const weight,
               const float* const x,
               const uint32_t     n_in,
               const uint32_t     n_out,
               float* const       y)
{
  Batch batch = { .n = 0U };
  for (size_t i = 0U; i < n_in; ++i) {
    if (x[i] != 0.0f) {
      batch.rows[batch.n] = weight + (i * n_out);
      batch.x[batch.n]    = x[i];
      ++batch.n;
    }
    if (batch.n == 4U) {
      add_four(&batch, n_out, y);
      batch.n = 0U;
    }
  }
  for (size_t k = 0U; k < batch.n; ++k) {
    for (size_t o = 0U; o < n_out; ++o) {
      y[o] += batch.rows[k][o] * batch.x[k];
    }
  }
}
