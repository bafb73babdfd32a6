// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_OWN_NET_H
#define TMB_OWN_NET_H

#include "dsp/net.h"
#include "dsp/status.h"
#include "trainer/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
   A network with the memory that its pointers point into.

   While it learns, the outputs of each convolution are normalised before they
   are rectified: to mean 0 and variance 1 over the rows and positions of a
   batch, and then by a gain and the bias that are learnt.  Ioffe & Szegedy,
   "Batch normalization", ICML 2015.  Such a network answers only for batches;
   tmb_own_net_fold() makes of it one that answers for a row.
*/
typedef struct {
  TmbNet       net;      ///< Its weights, biases, mean and scale lie in values
  float*       values;   ///< What is learnt, then what is fixed
  size_t       n_learnt; ///< Weights, biases and gains, layer by layer
  float*       mean;     ///< [n_in]
  float*       scale;    ///< [n_in]
  const float* gains[TMB_MAX_LAYERS]; ///< [out_channels] Of a layer whose
                                      ///< outputs are normalised, else null
} TmbOwnNet;

#define TMB_NORM_EPSILON 1e-5 ///< Added to a variance before it divides

/// Weights of a layer, without biases.
size_t
tmb_layer_weights(const TmbLayer* layer);

/// Weights and biases of a layer.
size_t
tmb_layer_parameters(const TmbLayer* layer);

/**
   Make a network of zeros, with mean 0, scale 1 and temperature 1.

   @param shape Its layers without weights, from tmb_net_plan_fit().
   @param is_learning Whether convolutions are normalised, with gains of 1.
   @param[out] net Owned by the caller, freed with tmb_own_net_free().
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_own_net_new(const TmbNet* shape, bool is_learning, TmbOwnNet** net);

void
tmb_own_net_free(TmbOwnNet* net);

/// Draw weights as He et al., ICCV 2015, for ReLU, and else as Glorot & Bengio,
/// AISTATS 2010; biases are 0.
void
tmb_own_net_draw(TmbOwnNet* net, TmbRandom* random);

/// How many moments tmb_own_net_fold() takes: mean and variance of each channel
/// that is normalised.
size_t
tmb_own_net_moments(const TmbOwnNet* net);

/**
   Make normalisation a part of the weights.

   @param net What has learnt.
   @param moments [tmb_own_net_moments()] Of each layer that is normalised,
   [2][out_channels]: mean and variance of its outputs before that.
   @param[out] folded Of the same shape, but made not to learn: its parameters
   are set.
*/
void
tmb_own_net_fold(const TmbOwnNet* net,
                 const double*    moments,
                 TmbOwnNet*       folded);

#endif // TMB_OWN_NET_H
