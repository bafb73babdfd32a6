// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LEARNER_H
#define TMB_LEARNER_H

#include "dsp/status.h"
#include "trainer/augmentation.h"
#include "trainer/examples.h"
#include "trainer/net_plan.h"
#include "trainer/optimizer.h"
#include "trainer/own_net.h"
#include "trainer/schedule.h"

#include <stdbool.h>
#include <stdint.h>

/// How a network is trained.
typedef struct {
  uint64_t    seed;
  double      learning_rate; ///< At its height
  double      dropout;       ///< See tmb_backprop_new()
  double      weight_decay;
  double      label_smoothing; ///< Share of a target that all classes share
  double      mixup;           ///< a of Beta(a, a); 0 for none
  double      target_accuracy; ///< Stop when it is reached; 0 for never
  double      views; ///< Semitones, see tmb_add_views(); 0 for one view
  TmbNetPlan  plan;
  TmbMethod   method;
  TmbSchedule schedule;
  uint32_t    n_epochs;   ///< At most
  uint32_t    n_batch;    ///< Examples a step
  uint32_t    n_averaged; ///< Steps whose weights are averaged; 0 for none
  uint32_t    patience;   ///< Stop after so many epochs without a better one;
                          ///< 0 for never
  bool            keeps_best;   ///< The best epoch's weights, or the last's
  TmbAugmentation augmentation; ///< Of notes; rows are as they are
} TmbFitSettings;

/// A network that is being trained, with all that the next step depends on.
typedef struct {
  TmbOwnNet*   net;    ///< As the last step left it
  TmbOwnNet*   answer; ///< What counts: `net`, or the average of its weights
  TmbOptimizer optimizer;
  uint64_t     n_steps; ///< Taken
} TmbLearnt;

/// Takes the steps, with memory for batches and a team of threads.
typedef struct TmbLearnerImpl TmbLearner;

/// What an epoch, or a check, says of its examples.
typedef struct {
  double loss;     ///< Mean cross-entropy, in nats; NaN of none
  double accuracy; ///< Share whose likeliest class is right; NaN of none
  double rate;     ///< Learning rate of the last step
} TmbEpochScore;

/**
   Draw a network's first weights.

   Streams of random numbers are chosen by the settings' seed, so that the same
   settings, examples and number of threads give the same network on the same
   machine.

   @param settings, training Borrowed.
   @param n_threads Of the team.
   @param[out] learner Owned by the caller, freed with tmb_learner_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_learner_new(const TmbFitSettings* settings,
                const TmbExamples*    training,
                uint32_t              n_threads,
                TmbLearner**          learner);

void
tmb_learner_free(TmbLearner* learner);

/// What is to be kept between steps; to be changed between epochs only.
TmbLearnt*
tmb_learner_state(TmbLearner* learner);

/**
   Take all steps of an epoch.

   Examples that are fixed come in a new order each time, each once.  They are
   standardised, and mixed in pairs if the settings say so: Zhang et al.,
   "mixup", ICLR 2018.

   @param epoch From 0.
   @return #TMB_OK, or #TMB_NO_MEMORY if there are no threads to be had.
*/
TMB_NODISCARD TmbStatus
tmb_learner_epoch(TmbLearner* learner, uint32_t epoch, TmbEpochScore* score);

/**
   Ask the network about examples, which must be fixed.

   What is normalised is so by the moments of a few batches of training
   examples, which are neither mixed nor the same as those of a step.

   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_learner_check(TmbLearner*        learner,
                  const TmbExamples* examples,
                  TmbEpochScore*     score);

/**
   Hand out the answer as a network that needs no batches, normalised by the
   moments of more of them; the learner is of no use afterwards.

   @param[out] net Owned by the caller.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_learner_conclude(TmbLearner* learner, TmbOwnNet** net);

#endif // TMB_LEARNER_H
