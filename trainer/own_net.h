// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_OWN_NET_H
#define TMB_OWN_NET_H

#include "dsp/net.h"
#include "dsp/status.h"
#include "trainer/random.h"

#include <stddef.h>
#include <stdint.h>

/// A network with the memory that its pointers point into.
typedef struct {
  TmbNet net;      ///< Its weights, biases, mean and scale lie in values
  float* values;   ///< What is learnt, then mean and scale
  size_t n_learnt; ///< Weights and biases, layer by layer
  float* mean;     ///< [n_in]
  float* scale;    ///< [n_in]
} TmbOwnNet;

/**
   Make a dense network of zeros, with mean 0, scale 1 and temperature 1.

   @param widths [n_layers + 1] Inputs, outputs of each layer; 1 to
   #TMB_MAX_WIDTH.
   @param n_layers 1 to #TMB_MAX_LAYERS.
   @param activation Of all layers but the last, whose outputs are logits.
   @param[out] net Owned by the caller, freed with tmb_own_net_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_own_net_new(const uint32_t* widths,
                uint32_t        n_layers,
                TmbActivation   activation,
                TmbOwnNet**     net);

void
tmb_own_net_free(TmbOwnNet* net);

/// Draw weights as He et al., ICCV 2015, for ReLU, and else as Glorot & Bengio,
/// AISTATS 2010; biases are 0.
void
tmb_own_net_draw(TmbOwnNet* net, TmbRandom* random);

#endif // TMB_OWN_NET_H
