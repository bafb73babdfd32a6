// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BACKPROP_IMPL_H
#define TMB_BACKPROP_IMPL_H

#include "dsp/attributes.h"
#include "dsp/net.h"
#include "dsp/status.h"
#include "trainer/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
  The layers' parts in trainer/backprop.h, a file a kind.

  Here values are [row][position][channel], though a network's are
  [channel][position]: so the window of a convolution lies in one piece, and all
  windows of some rows make a matrix that needs only be copied together.
*/

/// Batch normalisation of a layer's outputs; without gains, only biases.
typedef struct {
  uint32_t n_channels;
  size_t   n;       ///< Values of each channel that have been taken
  double*  moments; ///< [4][n_channels] Mean, variance; sums of gradients
  float*   factors; ///< [7][n_channels] What values are multiplied by, and such
} TmbNorm;

/// What a layer keeps of a batch.  The network's input is one, too.
typedef struct {
  uint32_t length; ///< Positions; 1 of a dense layer
  uint32_t channels;
  uint32_t pad;    ///< Positions of zeros on either side, for a convolution
  size_t   stride; ///< From a row to the next: (length + 2 pad) channels
  float*   output; ///< [n_rows][stride] After activation
  float*   delta;  ///< [n_rows][stride] Its gradient, or null if none is needed

  float* kept;  ///< Dense: [n_rows][n_in] What dropout multiplies inputs by, or
                ///< null
  float* input; ///< Dense: [n_rows][n_in] In the network's order, times `kept`;
                ///< null if it is the output below

  float* sums;    ///< Convolution: [n_rows][length][channels] Before
                  ///< normalisation; its gradient later
  float* windows; ///< Convolution: [some rows][length][width][in_channels]
  float* taps;  ///< Convolution: [2][width][in_channels][channels] Weights, and
                ///< their gradient
  TmbNorm norm; ///< Convolution
} TmbTrace;

/// What dropout does to rows.
typedef struct {
  double     share;   ///< That is left out
  TmbRandom* randoms; ///< [n_rows] What each row's draws from
} TmbDropout;

/// Where a row's first value is, behind its zeros.
TMB_INLINE size_t
tmb_trace_begin(const TmbTrace* const trace, const uint32_t row)
{
  return (row * trace->stride) + ((size_t)trace->pad * trace->channels);
}

/// Memory for `n` floats at zero; null for none at all.
float*
tmb_new_floats(size_t n);

/*
  A layer: its memory is a part of its trace, of which the shape, the output and
  the delta are there.  Forward goes from the output below to the own one;
  backward from the own delta, which is changed, to that below, unless it is
  null, and the layer's parameters as they lie in TmbOwnNet.
*/

TMB_NODISCARD TmbStatus
tmb_dense_init(const TmbLayer* layer,
               const TmbTrace* below,
               uint32_t        n_rows,
               bool            has_dropout,
               TmbTrace*       trace);

/// @param dropout Null to drop nothing.
void
tmb_dense_forward(const TmbLayer*   layer,
                  const TmbTrace*   below,
                  uint32_t          n_rows,
                  const TmbDropout* dropout,
                  TmbTrace*         trace);

void
tmb_dense_backward(const TmbLayer* layer,
                   const TmbTrace* below,
                   uint32_t        n_rows,
                   TmbTrace*       trace,
                   float*          gradient);

TMB_NODISCARD TmbStatus
tmb_conv_init(const TmbLayer* layer, uint32_t n_rows, TmbTrace* trace);

/// @param gain [channels] Null to normalise nothing.
void
tmb_conv_forward(const TmbLayer* layer,
                 const float*    gain,
                 const TmbTrace* below,
                 uint32_t        n_rows,
                 TmbTrace*       trace);

void
tmb_conv_backward(const TmbLayer* layer,
                  const float*    gain,
                  const TmbTrace* below,
                  uint32_t        n_rows,
                  TmbTrace*       trace,
                  float*          gradient);

void
tmb_pool_forward(const TmbLayer* layer,
                 const TmbTrace* below,
                 uint32_t        n_rows,
                 TmbTrace*       trace);

void
tmb_pool_backward(const TmbLayer* layer,
                  const TmbTrace* below,
                  uint32_t        n_rows,
                  const TmbTrace* trace);

/// Forward only, since nothing below it is learnt.
void
tmb_idct_forward(const TmbLayer* layer,
                 const TmbTrace* below,
                 uint32_t        n_rows,
                 TmbTrace*       trace);

/*
  Normalisation of a convolution's sums, with the rectifier behind it.
*/

TMB_NODISCARD TmbStatus
tmb_norm_init(TmbNorm* norm, uint32_t n_channels);

void
tmb_norm_clear(TmbNorm* norm);

/// Forget what was taken.
void
tmb_norm_begin(TmbNorm* norm);

/// Take `n` values of each channel into account.
void
tmb_norm_take(TmbNorm* norm, const float* values, size_t n);

/// From a layer's sums to its output.
void
tmb_norm_forward(const TmbLayer* layer,
                 const float*    gain,
                 uint32_t        n_rows,
                 TmbTrace*       trace);

/// From a layer's delta to the gradient of its sums, which takes their place,
/// and those of bias and gain.
void
tmb_norm_backward(const float* gain,
                  uint32_t     n_rows,
                  TmbTrace*    trace,
                  float*       d_bias,
                  float*       d_gain);

#endif // TMB_BACKPROP_IMPL_H
