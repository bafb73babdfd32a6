// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/delta.h"

#include <stdbool.h>
#include <stddef.h>

/// Coefficients of the derivative in the middle of `width` frames.
static void
fill_weights(const uint32_t width, const uint32_t order, double* const weights)
{
  // The slope is the projection on j = -half..half, which is orthogonal to a
  // constant; the curvature that on j^2 less its mean, orthogonal to both, and
  // doubled when differentiated
  const double half        = 0.5 * ((double)width - 1.0);
  const double mean_square = half * (half + 1.0) / 3.0;
  double       power       = 0.0;
  for (uint32_t i = 0U; i < width; ++i) {
    const double j = (double)i - half;

    weights[i] = (order == 1U) ? j : (j * j) - mean_square;
    power += weights[i] * weights[i];
  }
  for (uint32_t i = 0U; i < width; ++i) {
    weights[i] *= (double)order / power;
  }
}

static int64_t
clamp(const int64_t i, const int64_t low, const int64_t high)
{
  return (i < low) ? low : (i > high) ? high : i;
}

TmbStatus
tmb_delta(const float* const in,
          const uint32_t     n_frames,
          const uint32_t     n_columns,
          const uint32_t     width,
          const uint32_t     order,
          const TmbDeltaMode mode,
          float* const       out)
{
  const bool is_inner = mode == TMB_DELTA_INTERP;
  if (width < 3U || width > TMB_MAX_DELTA_WIDTH || width % 2U == 0U ||
      (order != 1U && order != 2U) || (is_inner && width > n_frames)) {
    return TMB_BAD_ARG;
  }

  double        weights[TMB_MAX_DELTA_WIDTH];
  const int64_t half = width / 2U;
  const int64_t last = (int64_t)n_frames - 1;
  fill_weights(width, order, weights);

  for (int64_t i = 0; i <= last; ++i) {
    // A polynomial differentiated as often as its degree is constant: beyond
    // the middle of the outermost window, its derivative is what it is there
    const int64_t middle = is_inner ? clamp(i, half, last - half) : i;
    for (uint32_t c = 0U; c < n_columns; ++c) {
      double sum = 0.0;
      for (uint32_t j = 0U; j < width; ++j) {
        const int64_t frame = clamp(middle - half + (int64_t)j, 0, last);
        sum += weights[j] * (double)in[((size_t)frame * n_columns) + c];
      }
      out[((size_t)i * n_columns) + c] = (float)sum;
    }
  }
  return TMB_OK;
}
