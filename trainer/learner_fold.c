// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/learner_impl.h"
#include "trainer/team.h"

#include <string.h>

#define LAST_BATCHES 60U

typedef struct {
  TmbLearner* learner;
  uint32_t    n_batches;
} Measurement;

/// TmbTeamWork: a member's share of the batches.  As in a step, what is
/// normalised together is a share.
static void
measure(void* const job, const uint32_t index, TmbTeam* const team)
{
  const Measurement* const measurement = (const Measurement*)job;
  TmbLearner* const        self        = measurement->learner;
  TmbLearnerMember* const  member      = &self->members[index];
  TmbBatchMaker            maker       = member->maker;
  const uint64_t           n_batch     = self->settings->n_batch;
  TmbRandom                random;
  (void)team;
  maker.mixup           = 0.0;
  maker.label_smoothing = 0.0;
  tmb_random_init(&random, self->settings->seed, TMB_STREAM_MOMENTS);
  maker.draw_seed = tmb_random_next(&random);
  memset(member->moments,
         0,
         tmb_own_net_moments(self->state.answer) * sizeof(double));
  for (uint64_t i = 0U; i < measurement->n_batches; ++i) {
    const TmbBatchPlan plan =
      tmb_learner_plan(self, index, i * n_batch, i * n_batch);
    if (plan.n_rows) {
      TmbBatch batch;
      tmb_batch_make(&maker, &plan, &batch);
      tmb_backprop_measure(
        member->backprop, self->state.answer, &batch, member->moments);
    }
  }
}

/// Put the members' moments together, in those of the first.
static void
take_mean(TmbLearner* const self, const double n_rows)
{
  double* const mean = self->members[0].moments;
  for (size_t i = 0U; i < tmb_own_net_moments(self->state.answer); ++i) {
    for (uint32_t j = 1U; j < self->n_members; ++j) {
      mean[i] += self->members[j].moments[i];
    }
    mean[i] /= n_rows;
  }
}

TmbStatus
tmb_learner_fold(TmbLearner* const learner, const uint32_t n_batches)
{
  if (tmb_own_net_moments(learner->state.answer)) {
    // Of fixed examples, each at most once
    const uint32_t n_batch = learner->settings->n_batch;
    const uint64_t n       = learner->examples->n;
    const uint64_t n_rows  = (uint64_t)n_batches * n_batch;
    const bool     is_all  = n_rows > n;
    Measurement    job     = { learner,
                        is_all ? (uint32_t)((n + n_batch - 1U) / n_batch)
                                      : n_batches };
    tmb_learner_shuffle(learner, TMB_STREAM_MOMENTS);
    const TmbStatus status = tmb_team_run(learner->n_members, measure, &job);
    if (status) {
      return status;
    }
    take_mean(learner, (double)(is_all ? n : n_rows));
  }
  tmb_own_net_fold(
    learner->state.answer, learner->members[0].moments, learner->folded);
  return TMB_OK;
}

TmbStatus
tmb_learner_conclude(TmbLearner* const learner, TmbOwnNet** const net)
{
  const TmbStatus status = tmb_learner_fold(learner, LAST_BATCHES);
  if (!status) {
    *net            = learner->folded;
    learner->folded = NULL;
  }
  return status;
}
