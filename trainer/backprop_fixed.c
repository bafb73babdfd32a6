// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/attributes.h"
#include "trainer/backprop_impl.h"
#include "trainer/blas.h"

#include <string.h>

/*
  Layers that have nothing to learn.
*/

/// The largest of `n` positions of each channel.
TMB_WIDE static void
take_largest(const float* restrict x,
             const uint32_t n,
             const uint32_t n_channels,
             float* const restrict y)
{
  memcpy(y, x, n_channels * sizeof(float));
  for (uint32_t k = 1U; k < n; ++k) {
    x += n_channels;
    for (uint32_t c = 0U; c < n_channels; ++c) {
      y[c] = (x[c] > y[c]) ? x[c] : y[c];
    }
  }
}

void
tmb_pool_forward(const TmbLayer* const layer,
                 const TmbTrace* const below,
                 const uint32_t        n_rows,
                 TmbTrace* const       trace)
{
  const size_t n = trace->channels;
  for (uint32_t row = 0U; row < n_rows; ++row) {
    const float* x = below->output + tmb_trace_begin(below, row);
    float*       y = trace->output + tmb_trace_begin(trace, row);
    for (uint32_t i = 0U; i < trace->length; ++i) {
      take_largest(x, layer->width, trace->channels, y);
      x += layer->width * n;
      y += n;
    }
  }
}

/// Give the gradient to the first of the largest.
TMB_WIDE static void
give_to_largest(const float* restrict x,
                const uint32_t n,
                const uint32_t n_channels,
                const float* const restrict y,
                float* const restrict delta,
                float* restrict dx)
{
  for (uint32_t k = 0U; k < n; ++k) {
    for (uint32_t c = 0U; c < n_channels; ++c) {
      const bool is_largest = x[c] >= y[c];
      dx[c]                 = is_largest ? delta[c] : 0.0f;
      delta[c]              = is_largest ? 0.0f : delta[c];
    }
    x += n_channels;
    dx += n_channels;
  }
}

void
tmb_pool_backward(const TmbLayer* const layer,
                  const TmbTrace* const below,
                  const uint32_t        n_rows,
                  const TmbTrace* const trace)
{
  const size_t n      = trace->channels;
  const size_t n_left = below->length - ((size_t)trace->length * layer->width);
  for (uint32_t row = 0U; below->delta && row < n_rows; ++row) {
    const float* x     = below->output + tmb_trace_begin(below, row);
    const float* y     = trace->output + tmb_trace_begin(trace, row);
    float*       delta = trace->delta + tmb_trace_begin(trace, row);
    float*       dx    = below->delta + tmb_trace_begin(below, row);
    for (uint32_t i = 0U; i < trace->length; ++i) {
      give_to_largest(x, layer->width, trace->channels, y, delta, dx);
      x += layer->width * n;
      dx += layer->width * n;
      y += n;
      delta += n;
    }
    memset(dx, 0, n_left * n * sizeof(float));
  }
}

void
tmb_idct_forward(const TmbLayer* const layer,
                 const TmbTrace* const below,
                 const uint32_t        n_rows,
                 TmbTrace* const       trace)
{
  const int    n        = (int)layer->width;
  const int    channels = (int)layer->in_channels;
  const size_t single   = (size_t)layer->in_channels * layer->width;
  for (uint32_t row = 0U; row < n_rows; ++row) {
    const float* const x = below->output + tmb_trace_begin(below, row);
    float* const       y = trace->output + tmb_trace_begin(trace, row);
    tmb_blas_multiply(CblasTrans,
                      CblasTrans,
                      n,
                      channels,
                      n,
                      layer->weight,
                      n,
                      x,
                      n,
                      0.0f,
                      y,
                      channels + 1);
    for (uint32_t i = 0U; i < trace->length; ++i) {
      y[(i * (size_t)trace->channels) + layer->in_channels] = x[single];
    }
  }
}
