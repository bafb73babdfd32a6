// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FIT_H
#define TMB_FIT_H

#include "dsp/net.h"
#include "dsp/status.h"
#include "trainer/own_net.h"
#include "trainer/sampler.h"

#include <stdint.h>

/// How a network is trained.
typedef struct {
  uint32_t      hidden[TMB_MAX_LAYERS - 1U]; ///< Outputs of hidden layers
  uint32_t      n_hidden;                    ///< 0 to TMB_MAX_LAYERS - 1
  TmbActivation activation;                  ///< Of hidden layers
  uint32_t      n_epochs;
  uint32_t      n_batch;       ///< Examples a step
  double        learning_rate; ///< At its height
  double        dropout;       ///< Of hidden outputs, 0 to less than 1
  double        weight_decay;
  double        mixup; ///< a of Beta(a, a); 0 for none
  uint64_t      seed;
} TmbFitSettings;

extern const TmbFitSettings tmb_default_fit;

/// What is told after an epoch: about as many draws as there are notes.
typedef struct {
  uint32_t epoch; ///< From 1
  uint32_t n_epochs;
  double   loss;          ///< Mean over the epoch's steps
  double   accuracy;      ///< Of the draws, mixed and with dropout
  double   learning_rate; ///< Of the last step
  double   seconds;       ///< That it took
} TmbEpoch;

typedef void (*TmbEpochDone)(void* context, const TmbEpoch* epoch);

/**
   Train a network on draws from a sampler.

   Features are standardised by the mean and deviation of a sample of draws,
   those that vary least not fully; a constant one gets the scale 0.  Draws are
   mixed in pairs, Zhang et al., "mixup", ICLR 2018.  The rate rises and falls
   in one cycle, Smith & Topin, 2018.  The same sampler and settings give the
   same network on the same machine, for the same number of BLAS threads.

   @param n_in tmb_front_end_features() of what the sampler draws.
   @param n_classes Of the corpus.
   @param done Called after each epoch on this thread, or null.
   @param[out] net Owned by the caller, freed with tmb_own_net_free().
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_ARG if weights grew beyond all
   bounds, as they do when the learning rate is far too high.
*/
TMB_NODISCARD TmbStatus
tmb_fit(TmbSampler*           sampler,
        uint32_t              n_in,
        uint32_t              n_classes,
        const TmbFitSettings* settings,
        TmbEpochDone          done,
        void*                 context,
        TmbOwnNet**           net);

#endif // TMB_FIT_H
