// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_NET_H
#define TMB_NET_H

#include "dsp/attributes.h"

#include <stdint.h>

#define TMB_MAX_LAYERS 16U
#define TMB_MAX_WIDTH 16384U    ///< Most inputs or outputs of a layer
#define TMB_MAX_TAPS 63U        ///< Of a convolution
#define TMB_MAX_VIEWS 8U        ///< Of an inverse DCT
#define TMB_MAX_TEMPERATURES 8U ///< As many as a front end has ages

typedef enum { TMB_IDENTITY, TMB_SIGMOID, TMB_RELU, TMB_TANH } TmbActivation;

typedef enum {
  TMB_DENSE, ///< y = activation(W x + b)
  TMB_CONV,  ///< Convolution along each channel's values, as long as before:
             ///< zeros are thought around them
  TMB_POOL,  ///< The largest of each `width` values in a row; what is left over
             ///< at a channel's end is left out
  TMB_IDCT   ///< Cosine coefficients, `width` a channel, to values by the
             ///< orthonormal DCT-III, or to several views of them by a table
             ///< each; a single value behind them, the part of the note that
             ///< was heard, becomes a channel of its own
} TmbLayerKind;

/**
   A layer of a network.

   Values are [channels][length], one behind the other; a dense layer sees them
   as one row, and its output has the length 1.
*/
typedef struct {
  TmbLayerKind  kind;
  TmbActivation activation;   ///< Dense, convolution; else the identity
  uint32_t      n_in;         ///< Values
  uint32_t      n_out;        ///< Values
  uint32_t      in_channels;  ///< For an inverse DCT: those of coefficients
  uint32_t      out_channels; ///< n_out of a dense layer
  uint32_t      width;  ///< Taps, an odd number; values that one is made of; or
                        ///< coefficients
  uint32_t     n_views; ///< Of an inverse DCT, at least 1; else 0
  const float* weight;  ///< Dense [n_in][n_out], convolution [in_channels]
                        ///< [width][out_channels]: the file's [out, in] or
                        ///< [out, in, width], turned around; inverse DCT
                        ///< [n_views][coefficient][value]; else null
  const float* bias;    ///< [out_channels], or null
} TmbLayer;

/// Standardisation, layers, softmax with temperature.  If the first layer gives
/// several views, all others are gone through with each, and the mean of their
/// logits counts: what a network says of a note and of the same a little higher
/// or lower errs less than each of its answers.
typedef struct {
  uint32_t     n_layers;
  TmbLayer     layers[TMB_MAX_LAYERS];
  const float* mean;           ///< [n_in of the first layer]
  const float* scale;          ///< [n_in] (x - mean) * scale enters the net
  uint32_t     n_temperatures; ///< 1, or one for each of the front end's ages
  float temperatures[TMB_MAX_TEMPERATURES]; ///< Logits are divided by one, > 0
} TmbNet;

/// Inputs of the first layer.
uint32_t
tmb_net_inputs(const TmbNet* net);

/// Outputs of the last layer: classes.
uint32_t
tmb_net_outputs(const TmbNet* net);

/// Views that the first layer gives; 1 of any but an inverse DCT.
uint32_t
tmb_net_views(const TmbNet* net);

/// Multiplications of a forward pass.
uint64_t
tmb_net_products(const TmbNet* net);

/// The same with those whose products tmb_net_forward() throws away: what tells
/// how long it takes.
uint64_t
tmb_net_work(const TmbNet* net);

/// Floats of scratch that tmb_net_forward() needs.
uint32_t
tmb_net_scratch(const TmbNet* net);

/**
   Class probabilities of one feature vector.

   @param net Only read; threads may share it.
   @param features [tmb_net_inputs()] Finite.
   @param age Index of the note's age, which chooses the temperature if there
   is more than one.
   @param scratch [tmb_net_scratch()] The caller's, one a thread.
   @param[out] posterior [tmb_net_outputs()] Sums to 1.
*/
TMB_REALTIME void
tmb_net_forward(const TmbNet* net,
                const float*  features,
                uint32_t      age,
                float*        scratch,
                float*        posterior);

/**
   Logits to probabilities, in place, with the largest logit subtracted first.
   If no finite sum comes out, all are equal.
*/
TMB_REALTIME void
tmb_softmax(float* logits, uint32_t n, float temperature);

/// Index of the first of the largest values of `x`, [n]: what a posterior says.
TMB_REALTIME uint32_t
tmb_largest(const float* x, uint32_t n);

#endif // TMB_NET_H
