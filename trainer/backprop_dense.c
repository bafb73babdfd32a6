// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/attributes.h"
#include "trainer/backprop_impl.h"
#include "trainer/blas.h"
#include "trainer/exponential.h"
#include "trainer/own_net.h"
#include "trainer/vector.h"

#include <string.h>

/// Whether the order of a row's values is not the network's.
static bool
is_turned(const TmbTrace* const trace)
{
  return trace->length > 1U && trace->channels > 1U;
}

TmbStatus
tmb_dense_init(const TmbLayer* const layer,
               const TmbTrace* const below,
               const uint32_t        n_rows,
               const bool            has_dropout,
               TmbTrace* const       trace)
{
  const size_t n = (size_t)n_rows * layer->n_in;
  if (has_dropout) {
    trace->kept = tmb_new_floats(n);
  }
  if (has_dropout || is_turned(below)) {
    trace->input = tmb_new_floats(n);
  }
  return ((trace->kept || !has_dropout) &&
          (trace->input || !(has_dropout || is_turned(below))))
           ? TMB_OK
           : TMB_NO_MEMORY;
}

TMB_WIDEST static void
apply_sigmoid(float* const restrict y, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    y[i] = 1.0f / (1.0f + tmb_exponential(-y[i]));
  }
}

TMB_WIDEST static void
apply_tanh(float* const restrict y, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    y[i] = 1.0f - (2.0f / (1.0f + tmb_exponential(2.0f * y[i])));
  }
}

TMB_WIDE static void
apply_relu(float* const restrict y, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    y[i] = (y[i] > 0.0f) ? y[i] : 0.0f;
  }
}

static void
activate(const TmbActivation activation, float* const y, const size_t n)
{
  switch (activation) {
    case TMB_IDENTITY:
      break;
    case TMB_SIGMOID:
      apply_sigmoid(y, n);
      break;
    case TMB_RELU:
      apply_relu(y, n);
      break;
    case TMB_TANH:
      apply_tanh(y, n);
      break;
  }
}

/// Multiply a gradient by the activation's slope where its output is y.
TMB_WIDE static void
activate_back(const TmbActivation activation,
              const float* const restrict y,
              float* const restrict delta,
              const size_t n)
{
  switch (activation) {
    case TMB_IDENTITY:
      break;
    case TMB_SIGMOID:
      for (size_t i = 0U; i < n; ++i) {
        delta[i] *= y[i] * (1.0f - y[i]);
      }
      break;
    case TMB_RELU:
      for (size_t i = 0U; i < n; ++i) {
        delta[i] = (y[i] > 0.0f) ? delta[i] : 0.0f;
      }
      break;
    case TMB_TANH:
      for (size_t i = 0U; i < n; ++i) {
        delta[i] *= 1.0f - (y[i] * y[i]);
      }
      break;
  }
}

/// Rows of n columns to columns of n rows.
static void
turn(const float* const restrict from,
     const uint32_t n_rows,
     const uint32_t n_columns,
     float* const restrict to)
{
  for (uint32_t i = 0U; i < n_rows; ++i) {
    for (uint32_t j = 0U; j < n_columns; ++j) {
      to[((size_t)j * n_rows) + i] = from[((size_t)i * n_columns) + j];
    }
  }
}

/// Choose what is left out, and scale the rest up to make good for it.
static void
draw_kept(const TmbDropout* const dropout,
          const size_t            n_in,
          const uint32_t          n_rows,
          float* const            kept)
{
  const uint64_t limit = (uint64_t)(dropout->share * 0x1p32);
  const float    gain  = (float)(1.0 / (1.0 - dropout->share));
  for (uint32_t row = 0U; row < n_rows; ++row) {
    TmbRandom* const random = &dropout->randoms[row];
    for (size_t i = 0U; i < n_in; ++i) {
      kept[(row * n_in) + i] =
        (tmb_random_next(random) >> 32U >= limit) ? gain : 0.0f;
    }
  }
}

TMB_WIDE static void
multiply(float* const restrict x,
         const float* const restrict factors,
         const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    x[i] *= factors[i];
  }
}

/// What the layer sees of the output below.
static const float*
take_input(const TmbLayer* const   layer,
           const TmbTrace* const   below,
           const uint32_t          n_rows,
           const TmbDropout* const dropout,
           const TmbTrace* const   trace)
{
  const size_t n = layer->n_in;
  if (!dropout && !is_turned(below)) {
    return below->output;
  }
  if (is_turned(below)) {
    for (uint32_t row = 0U; row < n_rows; ++row) {
      turn(below->output + (row * n),
           below->length,
           below->channels,
           trace->input + (row * n));
    }
  } else {
    memcpy(trace->input, below->output, n_rows * n * sizeof(float));
  }
  if (dropout) {
    draw_kept(dropout, n, n_rows, trace->kept);
    multiply(trace->input, trace->kept, n_rows * n);
  }
  return trace->input;
}

void
tmb_dense_forward(const TmbLayer* const   layer,
                  const TmbTrace* const   below,
                  const uint32_t          n_rows,
                  const TmbDropout* const dropout,
                  TmbTrace* const         trace)
{
  const float* const x     = take_input(layer, below, n_rows, dropout, trace);
  const int          n_in  = (int)layer->n_in;
  const int          n_out = (int)layer->n_out;
  for (uint32_t row = 0U; row < n_rows; ++row) {
    memcpy(trace->output + ((size_t)row * layer->n_out),
           layer->bias,
           layer->n_out * sizeof(float));
  }
  tmb_blas_multiply(CblasNoTrans,
                    CblasNoTrans,
                    (int)n_rows,
                    n_out,
                    n_in,
                    x,
                    n_in,
                    layer->weight,
                    n_out,
                    1.0f,
                    trace->output,
                    n_out);
  activate(layer->activation, trace->output, (size_t)n_rows * layer->n_out);
}

/// The gradient of the layer's inputs.
static void
go_below(const TmbLayer* const layer,
         const TmbTrace* const below,
         const uint32_t        n_rows,
         const TmbTrace* const trace)
{
  // The input is of no more use, and its memory has the right size
  const size_t n     = layer->n_in;
  float* const dx    = trace->input ? trace->input : below->delta;
  const int    n_in  = (int)layer->n_in;
  const int    n_out = (int)layer->n_out;
  tmb_blas_multiply(CblasNoTrans,
                    CblasTrans,
                    (int)n_rows,
                    n_in,
                    n_out,
                    trace->delta,
                    n_out,
                    layer->weight,
                    n_out,
                    0.0f,
                    dx,
                    n_in);
  if (trace->kept) {
    multiply(dx, trace->kept, n_rows * n);
  }
  if (is_turned(below)) {
    for (uint32_t row = 0U; row < n_rows; ++row) {
      turn(dx + (row * n),
           below->channels,
           below->length,
           below->delta + (row * n));
    }
  } else if (trace->input) {
    memcpy(below->delta, dx, n_rows * n * sizeof(float));
  }
}

void
tmb_dense_backward(const TmbLayer* const layer,
                   const TmbTrace* const below,
                   const uint32_t        n_rows,
                   TmbTrace* const       trace,
                   float* const          gradient)
{
  const int n_in  = (int)layer->n_in;
  const int n_out = (int)layer->n_out;
  activate_back(layer->activation,
                trace->output,
                trace->delta,
                (size_t)n_rows * layer->n_out);
  tmb_blas_multiply(CblasTrans,
                    CblasNoTrans,
                    n_in,
                    n_out,
                    (int)n_rows,
                    trace->input ? trace->input : below->output,
                    n_in,
                    trace->delta,
                    n_out,
                    0.0f,
                    gradient,
                    n_out);

  float* const d_bias = gradient + tmb_layer_weights(layer);
  memset(d_bias, 0, layer->n_out * sizeof(float));
  for (uint32_t row = 0U; row < n_rows; ++row) {
    tmb_vector_add(
      d_bias, trace->delta + ((size_t)row * layer->n_out), layer->n_out);
  }
  if (below->delta) {
    go_below(layer, below, n_rows, trace);
  }
}
