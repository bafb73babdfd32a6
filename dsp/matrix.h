// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MATRIX_H
#define TMB_MATRIX_H

#include "dsp/attributes.h"

#include <stddef.h>
#include <stdint.h>

/**
   y += W x, the work of a dense layer and of a cosine transform.

   Inputs that are zero, as many behind a rectifier are, are left out.  The
   others are taken four at a time, and their products are added to each other
   first: this order is fixed, so that the result is the same on any machine.

   @param weight [n_in][n_out] W transposed, so that its rows vectorise; finite.
   @param x [n_in]
   @param[in,out] y [n_out] Must overlap neither of the others.
*/
TMB_REALTIME void
tmb_matrix_add(const float* weight,
               const float* x,
               uint32_t     n_in,
               uint32_t     n_out,
               float*       y);

/// Eight sums made one, in a fixed order.
TMB_REALTIME TMB_INLINE float
tmb_add_lanes(const float lanes[8])
{
  float pairs[4];
  for (size_t j = 0U; j < 4U; ++j) {
    pairs[j] = lanes[j] + lanes[j + 4U];
  }
  return (pairs[0] + pairs[2]) + (pairs[1] + pairs[3]);
}

/**
   Sum of a[i] b[i], in eight lanes so that it vectorises: the order is fixed,
   as above.  Inline, to be compiled like what calls it.

   @param n A multiple of eight is fastest.
*/
TMB_REALTIME TMB_INLINE float
tmb_dot(const float* const a, const float* const b, const size_t n)
{
  float  sums[8] = { 0.0f };
  float  rest    = 0.0f;
  size_t i       = 0U;
  for (; i + 8U <= n; i += 8U) {
    for (size_t j = 0U; j < 8U; ++j) {
      sums[j] += a[i + j] * b[i + j];
    }
  }
  for (; i < n; ++i) {
    rest += a[i] * b[i];
  }
  return tmb_add_lanes(sums) + rest;
}

/// Sum of a[i], likewise.
TMB_REALTIME TMB_INLINE float
tmb_sum(const float* const a, const size_t n)
{
  float  sums[8] = { 0.0f };
  float  rest    = 0.0f;
  size_t i       = 0U;
  for (; i + 8U <= n; i += 8U) {
    for (size_t j = 0U; j < 8U; ++j) {
      sums[j] += a[i + j];
    }
  }
  for (; i < n; ++i) {
    rest += a[i];
  }
  return tmb_add_lanes(sums) + rest;
}

#endif // TMB_MATRIX_H
