// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/backprop_impl.h"
#include "trainer/blas.h"
#include "trainer/own_net.h"
#include "trainer/vector.h"

#include <assert.h>
#include <string.h>

#define MAX_WINDOWS \
  65536U ///< Floats of all windows at a time: what a second
         ///< level cache holds, with what is made of them

/// Values that a tap for each channel is multiplied by.
static size_t
window_size(const TmbLayer* const layer)
{
  return (size_t)layer->width * layer->in_channels;
}

/// Rows whose windows are made at a time.
static uint32_t
block_rows(const TmbLayer* const layer)
{
  const size_t n_row = (size_t)layer->n_in * layer->width;
  assert(n_row);
  return (n_row < MAX_WINDOWS) ? (uint32_t)(MAX_WINDOWS / n_row) : 1U;
}

TmbStatus
tmb_conv_init(const TmbLayer* const layer,
              const uint32_t        n_rows,
              TmbTrace* const       trace)
{
  const size_t   n_window = window_size(layer);
  const uint32_t n_block =
    (block_rows(layer) < n_rows) ? block_rows(layer) : n_rows;
  trace->sums    = tmb_new_floats((size_t)n_rows * layer->n_out);
  trace->windows = tmb_new_floats((size_t)n_block * trace->length * n_window);
  trace->taps    = tmb_new_floats(2U * n_window * trace->channels);
  return (trace->sums && trace->windows && trace->taps)
           ? tmb_norm_init(&trace->norm, trace->channels)
           : TMB_NO_MEMORY;
}

/// Weights [in_channels][width] of each output to [width][in_channels], as a
/// window has its values.
static void
turn_weights(const TmbLayer* const layer, float* const taps)
{
  const size_t n = layer->out_channels;
  for (size_t c = 0U; c < layer->in_channels; ++c) {
    for (size_t k = 0U; k < layer->width; ++k) {
      memcpy(taps + (((k * layer->in_channels) + c) * n),
             layer->weight + (((c * layer->width) + k) * n),
             n * sizeof(float));
    }
  }
}

/// The same for their gradient, the other way around.
static void
turn_gradient(const TmbLayer* const layer,
              const float* const    d_taps,
              float* const          gradient)
{
  const size_t n = layer->out_channels;
  for (size_t c = 0U; c < layer->in_channels; ++c) {
    for (size_t k = 0U; k < layer->width; ++k) {
      memcpy(gradient + (((c * layer->width) + k) * n),
             d_taps + (((k * layer->in_channels) + c) * n),
             n * sizeof(float));
    }
  }
}

/// All windows of some rows.
static void
gather(const TmbTrace* const below,
       const uint32_t        first,
       const uint32_t        n_rows,
       const size_t          n_window,
       float*                windows)
{
  for (uint32_t row = first; row < first + n_rows; ++row) {
    const float* x = below->output + (row * below->stride);
    for (uint32_t i = 0U; i < below->length; ++i) {
      memcpy(windows, x, n_window * sizeof(float));
      windows += n_window;
      x += below->channels;
    }
  }
}

/// Add the windows' gradients where their values came from.
static void
scatter(const float*          windows,
        const uint32_t        first,
        const uint32_t        n_rows,
        const size_t          n_window,
        const TmbTrace* const below)
{
  for (uint32_t row = first; row < first + n_rows; ++row) {
    float* dx = below->delta + (row * below->stride);
    memset(dx, 0, below->stride * sizeof(float));
    for (uint32_t i = 0U; i < below->length; ++i) {
      tmb_vector_add(dx, windows, n_window);
      windows += n_window;
      dx += below->channels;
    }
  }
}

/// Of the rows from `first` on, those that are done together.
static uint32_t
next_block(const TmbLayer* const layer,
           const uint32_t        first,
           const uint32_t        n_rows)
{
  const uint32_t n = block_rows(layer);
  return (n_rows - first < n) ? n_rows - first : n;
}

void
tmb_conv_forward(const TmbLayer* const layer,
                 const float* const    gain,
                 const TmbTrace* const below,
                 const uint32_t        n_rows,
                 TmbTrace* const       trace)
{
  assert(layer->activation == TMB_RELU && below->pad == layer->width / 2U);

  const size_t n_window = window_size(layer);
  const int    n_out    = (int)layer->out_channels;
  turn_weights(layer, trace->taps);
  tmb_norm_begin(&trace->norm);
  for (uint32_t first = 0U; first < n_rows;) {
    const uint32_t n    = next_block(layer, first, n_rows);
    float* const   sums = trace->sums + ((size_t)first * layer->n_out);
    gather(below, first, n, n_window, trace->windows);
    tmb_blas_multiply(CblasNoTrans,
                      CblasNoTrans,
                      (int)(n * trace->length),
                      n_out,
                      (int)n_window,
                      trace->windows,
                      (int)n_window,
                      trace->taps,
                      n_out,
                      0.0f,
                      sums,
                      n_out);
    if (gain) {
      tmb_norm_take(&trace->norm, sums, (size_t)n * trace->length);
    }
    first += n;
  }
  tmb_norm_forward(layer, gain, n_rows, trace);
}

void
tmb_conv_backward(const TmbLayer* const layer,
                  const float* const    gain,
                  const TmbTrace* const below,
                  const uint32_t        n_rows,
                  TmbTrace* const       trace,
                  float* const          gradient)
{
  const size_t n_window = window_size(layer);
  const int    n_out    = (int)layer->out_channels;
  float* const d_taps   = trace->taps + (n_window * layer->out_channels);
  float* const d_bias   = gradient + tmb_layer_weights(layer);
  tmb_norm_backward(gain, n_rows, trace, d_bias, d_bias + layer->out_channels);
  for (uint32_t first = 0U; first < n_rows;) {
    const uint32_t     n      = next_block(layer, first, n_rows);
    const int          n_rest = (int)(n * trace->length);
    const float* const d_sums = trace->sums + ((size_t)first * layer->n_out);
    gather(below, first, n, n_window, trace->windows);
    tmb_blas_multiply(CblasTrans,
                      CblasNoTrans,
                      (int)n_window,
                      n_out,
                      n_rest,
                      trace->windows,
                      (int)n_window,
                      d_sums,
                      n_out,
                      first ? 1.0f : 0.0f,
                      d_taps,
                      n_out);
    if (below->delta) {
      tmb_blas_multiply(CblasNoTrans,
                        CblasTrans,
                        n_rest,
                        (int)n_window,
                        n_out,
                        d_sums,
                        n_out,
                        trace->taps,
                        n_out,
                        0.0f,
                        trace->windows,
                        (int)n_window);
      scatter(trace->windows, first, n, n_window, below);
    }
    first += n;
  }
  turn_gradient(layer, d_taps, gradient);
}
