// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LEARNER_IMPL_H
#define TMB_LEARNER_IMPL_H

#include "trainer/backprop.h"
#include "trainer/batch_maker.h"
#include "trainer/learner.h"
#include "trainer/parallel.h"

#include <stdint.h>

/*
  What a learner is made of, for the files that build it and that run it.
*/

/// Streams of the seed, so that one use does not shift another.
enum {
  TMB_STREAM_WEIGHTS,
  TMB_STREAM_DRAWS,
  TMB_STREAM_DROPOUT,
  TMB_STREAM_MIXUP,
  TMB_STREAM_ORDER, ///< And those after it, one an epoch
  TMB_STREAM_MOMENTS = 0x40000000
};

/// What a thread has of its own.
typedef struct {
  TmbBatchMaker maker;
  TmbBackprop*  backprop;
  float*        gradient; ///< [n_learnt]
  double*       moments;  ///< [tmb_own_net_moments()]
  double        loss;     ///< Of its examples up to now
  uint64_t      n_right;
} TmbLearnerMember;

struct TmbLearnerImpl {
  const TmbFitSettings* settings;
  const TmbExamples*    examples;
  TmbLearnt             state;
  TmbOwnNet*            folded; ///< The answer, to be asked
  uint64_t              dropout_seed;
  uint32_t*             order;  ///< [n] Of the epoch
  uint32_t*             blocks; ///< Scratch of tmb_shuffle()
  uint32_t              n_rows; ///< Of a member's memory
  uint32_t              n_members;
  TmbLearnerMember      members[TMB_MAX_THREADS];
};

/// A member's share of a batch of the training examples.
TmbBatchPlan
tmb_learner_plan(const TmbLearner* learner,
                 uint32_t          member,
                 uint64_t          position,
                 uint64_t          number);

/// Put the examples into an order that a stream chooses, if they are fixed.
void
tmb_learner_shuffle(TmbLearner* learner, uint64_t stream);

/**
   Fold the answer.

   @param n_batches Whose moments it is normalised by.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_learner_fold(TmbLearner* learner, uint32_t n_batches);

#endif // TMB_LEARNER_IMPL_H
