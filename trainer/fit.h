// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FIT_H
#define TMB_FIT_H

#include "dsp/status.h"
#include "trainer/examples.h"
#include "trainer/history.h"
#include "trainer/learner.h"
#include "trainer/own_net.h"

#include <stdbool.h>
#include <stdint.h>

/// For notes of a corpus: bands from cosine coefficients, and convolutions
/// along them, to which the note's segments are channels.
extern const TmbFitSettings tmb_default_fit;

/// For rows of a matrix: one hidden layer, as simple as can be.
extern const TmbFitSettings tmb_plain_fit;

/// Told of each epoch, on the thread that trains; of those that a checkpoint
/// brought back too.
typedef void (*TmbEpochDone)(void*                context,
                             const TmbHistoryRow* row,
                             bool                 is_restored);

/// Where a training that was cut off goes on.
typedef struct {
  const char* path;     ///< Of the file, or null for none
  uint32_t    every;    ///< Epochs between two checkpoints, at least 1
  bool        is_asked; ///< Go on from it, if there is one
  const char* data;     ///< Digest of the examples: others are refused
} TmbCheckpointing;

/// A training.
typedef struct {
  const TmbFitSettings* settings;
  const TmbExamples*    training;
  const TmbExamples*    validation; ///< Fixed; of none, nothing is better than
                                 ///< anything else, and the last epoch counts
  uint32_t         n_threads;
  TmbCheckpointing checkpointing;
  TmbEpochDone     done; ///< Or null
  void*            context;
} TmbFitJob;

/// Why a training ended.
typedef enum {
  TMB_GOES_ON,
  TMB_ALL_EPOCHS,     ///< It took all that it was given
  TMB_TARGET,         ///< The target accuracy was reached
  TMB_NO_PATIENCE,    ///< It became no better for too long
  TMB_WAS_INTERRUPTED ///< See tmb_interrupted(); the epoch was brought to its
                      ///< end
} TmbFitEnd;

/// What came of it.
typedef struct {
  TmbOwnNet* net;
  TmbHistory history;
  uint32_t   kept; ///< The epoch that the network is of
  TmbFitEnd  end;
} TmbFitted;

/**
   Train a network.

   Which epoch is the best tells tmb_history_best().  A training that goes on
   from a checkpoint gives the same network as if it had never been cut off.

   @param[out] fitted Released with tmb_fitted_clear(), also after an error.
   @param[out] why One sentence on error.
   @return #TMB_OK, #TMB_NO_MEMORY, #TMB_WRITE_FAILED or #TMB_BAD_FILE for the
   checkpoint, or #TMB_BAD_ARG if there are no examples or weights grew beyond
   all bounds, as they do when the learning rate is far too high.
*/
TMB_NODISCARD TmbStatus
tmb_fit(const TmbFitJob* job, TmbFitted* fitted, TmbMessage* why);

void
tmb_fitted_clear(TmbFitted* fitted);

#endif // TMB_FIT_H
