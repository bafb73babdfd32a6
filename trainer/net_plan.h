// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_NET_PLAN_H
#define TMB_NET_PLAN_H

#include "dsp/net.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TMB_MAX_PLANNED (TMB_MAX_LAYERS - 1U) ///< The last is always there

/// A layer whose inputs are not known yet.
typedef struct {
  TmbLayerKind kind;
  uint32_t     n; ///< Outputs of a dense layer, channels of a convolution,
                  ///< values that a pool makes one of; else 0
  uint32_t width; ///< Taps of a convolution; else 0
} TmbPlannedLayer;

/// What a network is made of, but for the last layer, which is dense and whose
/// outputs are the classes.  Behind a convolution there is always a rectifier.
typedef struct {
  uint32_t        n_layers;
  TmbPlannedLayer layers[TMB_MAX_PLANNED];
  TmbActivation   activation; ///< Of dense layers
} TmbNetPlan;

/// What a network has to fit.
typedef struct {
  uint32_t n_in;
  uint32_t n_coeffs; ///< If the inputs are cosine coefficients, so many of each
                     ///< segment and a single value behind them; else 0
  uint32_t n_classes;
} TmbNetEnds;

/**
   Read a plan such as "idct conv 32x7 pool conv 48x5 pool dense 128".

   Words are idct, conv CHANNELSxTAPS, pool, pool N and dense N, with spaces
   between them.  An inverse DCT comes first if at all, and dense layers last.

   @param[in,out] plan Its activation is left as it is.
   @param[out] why One sentence.
   @return #TMB_OK or #TMB_BAD_ARG.
*/
TMB_NODISCARD TmbStatus
tmb_net_plan_read(const char* text, TmbNetPlan* plan, TmbMessage* why);

/// Write a plan as text, which is cut off if it is longer than `size`.
void
tmb_net_plan_write(const TmbNetPlan* plan, char* text, size_t size);

#define TMB_PLAN_TEXT 512U ///< Bytes that are enough for any plan

/// Whether all layers are dense.
bool
tmb_net_plan_is_dense(const TmbNetPlan* plan);

/// Whether it begins with an inverse DCT.
bool
tmb_net_plan_has_idct(const TmbNetPlan* plan);

/**
   Work out the shape of each layer.

   Inputs are one channel, but for an inverse DCT.

   @param[out] net Its layers, without weights; nothing else in it is set.
   @param[out] why One sentence that names the layer.
   @return #TMB_OK, or #TMB_BAD_ARG if a layer does not fit what comes in.
*/
TMB_NODISCARD TmbStatus
tmb_net_plan_fit(const TmbNetPlan* plan,
                 const TmbNetEnds* ends,
                 TmbNet*           net,
                 TmbMessage*       why);

#endif // TMB_NET_PLAN_H
