// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_NET_H
#define TMB_NET_H

#include "dsp/attributes.h"

#include <stdint.h>

#define TMB_MAX_LAYERS 8U
#define TMB_MAX_WIDTH 16384U ///< Most inputs or outputs of a layer

typedef enum { TMB_IDENTITY, TMB_SIGMOID, TMB_RELU, TMB_TANH } TmbActivation;

/// y = activation(W x + b)
typedef struct {
  uint32_t      n_in;
  uint32_t      n_out;
  TmbActivation activation;
  const float*  weight; ///< [n_in][n_out]: the file's [out, in], transposed
  const float*  bias;   ///< [n_out]
} TmbDense;

/// Standardisation, dense layers, softmax with temperature.
typedef struct {
  uint32_t     n_layers;
  TmbDense     layers[TMB_MAX_LAYERS];
  const float* mean;        ///< [n_in of the first layer]
  const float* scale;       ///< [n_in] (x - mean) * scale enters the net
  float        temperature; ///< Logits are divided by it, > 0
} TmbNet;

/// Inputs of the first layer.
uint32_t
tmb_net_inputs(const TmbNet* net);

/// Outputs of the last layer: classes.
uint32_t
tmb_net_outputs(const TmbNet* net);

/// Floats of scratch that tmb_net_forward() needs.
uint32_t
tmb_net_scratch(const TmbNet* net);

/**
   Class probabilities of one feature vector.

   @param net Only read; threads may share it.
   @param features [tmb_net_inputs()] Finite.
   @param scratch [tmb_net_scratch()] The caller's, one a thread.
   @param[out] posterior [tmb_net_outputs()] Sums to 1.
*/
TMB_REALTIME void
tmb_net_forward(const TmbNet* net,
                const float*  features,
                float*        scratch,
                float*        posterior);

/**
   Logits to probabilities, in place, with the largest logit subtracted first.
   If no finite sum comes out, all are equal.
*/
TMB_REALTIME void
tmb_softmax(float* logits, uint32_t n, float temperature);

#endif // TMB_NET_H
