// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_STUDY_H
#define TMB_STUDY_H

#include "dsp/status.h"
#include "trainer/exam.h"
#include "trainer/fit.h"
#include "trainer/metrics.h"
#include "trainer/own_net.h"
#include "trainer/split.h"

#include <stdbool.h>
#include <stdint.h>

/**
   Told of each epoch of each training run, from any thread, one at a time.

   @param is_first Whether it is the run whose network is the model.
   @param is_restored Whether a checkpoint brought the epoch back.
*/
typedef void (*TmbRunProgress)(void*                context,
                               const TmbHeldOut*    run,
                               bool                 is_first,
                               const TmbHistoryRow* row,
                               bool                 is_restored);

/// How well does a network trained like this name what it has not heard?
typedef struct {
  TmbExam               exam; ///< The network's classes are the corpus's
  const TmbFolds*       folds;
  const TmbFitSettings* fit;
  const TmbClass*       classes;   ///< [classes of the corpus]
  double                threshold; ///< Least confidence of a named recording
  uint32_t              n_threads;
  TmbCheckpointing      checkpointing; ///< Each run's file: PATH.SPLIT.FOLD
  TmbRunProgress        progress;      ///< Or null
  void*                 context;       ///< For it
} TmbStudy;

/// What the network that was trained without a fold says about it.
typedef struct {
  uint32_t  fold;
  TmbScores scores;
} TmbFoldScores;

/**
   The answer by one split.

   Segments and recordings are held out once, fold 0; of sources each fold in
   turn, the answers about all of them being counted together.
*/
typedef struct {
  TmbSplit       split;
  TmbScores      scores;
  TmbCoverage    precise; ///< Where #TMB_PRECISION is reached
  TmbFoldScores* folds;   ///< [n_folds] The network is that without the first
  uint32_t       n_folds;
  uint32_t       n_ages;
  TmbAgeScores   ages[TMB_MAX_AGES]; ///< scores are those at the exam's age
  TmbFitted      fitted;   ///< Its network calibrated, see tmb_study()
  bool*          untaught; ///< [classes] Not counted in some fold, for want of
                           ///< notes outside it
  uint32_t n_untaught;     ///< Notes that were not counted
} TmbOutcome;

/**
   Train and examine by each of some splits, several runs at a time.

   Networks are calibrated at each age on what was held out: on sources, if some
   were, since a user's are as unheard; else each split's on its own.  A network
   that was trained without some sources is so on the others that were held out.

   Threads that are left over share the steps of each run: if there are twice as
   many as runs, or more, their number changes how sums are rounded.  Otherwise
   the outcome does not depend on it.

   @param splits [n_splits]
   @param[out] outcomes [n_splits] Each released with tmb_outcome_clear(), also
   after an error.
   @param[out] why One sentence on error.
   @return #TMB_OK, #TMB_BAD_ARG if a run failed for its data or settings, or
   what else tmb_fit() returns.
*/
TMB_NODISCARD TmbStatus
tmb_study(const TmbStudy* study,
          const TmbSplit* splits,
          uint32_t        n_splits,
          TmbOutcome*     outcomes,
          TmbMessage*     why);

void
tmb_outcome_clear(TmbOutcome* outcome);

/// Whether sources can be held out: some instrument must have two, in two
/// folds.
bool
tmb_sources_can_be_held(const TmbCorpus* corpus, const TmbFolds* folds);

#endif // TMB_STUDY_H
