// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BACKPROP_H
#define TMB_BACKPROP_H

#include "dsp/status.h"
#include "trainer/own_net.h"
#include "trainer/random.h"

#include <stdint.h>

/// Passes through a network for batches of rows, forward and back.  The
/// products are those of trainer/blas.h, which must have been loaded.
typedef struct TmbBackpropImpl TmbBackprop;

/// What a pass says of its batch.
typedef struct {
  double   loss;    ///< Mean cross-entropy, in nats
  uint32_t n_right; ///< Rows whose likeliest class is the target's
} TmbPass;

/**
   @param net Borrowed; its weights may change between passes.
   @param n_rows Of a batch, at least 1.
   @param dropout Share of each hidden layer's outputs that a pass leaves out,
   0 to less than 1.
   @param[out] backprop Owned by the caller, freed with tmb_backprop_free().
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_backprop_new(const TmbOwnNet* net,
                 uint32_t         n_rows,
                 double           dropout,
                 TmbBackprop**    backprop);

void
tmb_backprop_free(TmbBackprop* backprop);

/**
   Softmax cross-entropy of a batch and its gradient.

   @param x [n_rows][n_in] Standardised features: mean and scale are not
   applied here.
   @param targets [n_rows][n_out] Probabilities, each row's sum 1.
   @param random Chooses what is dropped; not used without dropout.
   @param[out] gradient [n_learnt] Of the mean loss.
*/
TmbPass
tmb_backprop_pass(TmbBackprop* backprop,
                  const float* x,
                  const float* targets,
                  TmbRandom*   random,
                  float*       gradient);

#endif // TMB_BACKPROP_H
