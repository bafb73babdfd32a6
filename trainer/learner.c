// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/learner.h"

#include "dsp/attributes.h"
#include "trainer/learner_impl.h"
#include "trainer/shuffle.h"
#include "trainer/team.h"
#include "trainer/vector.h"

#include <math.h>
#include <string.h>

#define MEMBER_ALIGNMENT 16U ///< Parameters; members share no cache line
#define CHECK_BATCHES 4U     ///< Enough to tell one epoch from another

/// The steps of an epoch.
static uint64_t
epoch_steps(const TmbLearner* const self)
{
  const uint32_t n_batch = self->settings->n_batch;
  return ((uint64_t)self->examples->n + n_batch - 1U) / n_batch;
}

/// Of `n` things, the first that is a member's; the last's end is `n`.
static size_t
share_begin(const TmbLearner* const self, const size_t n, const uint32_t member)
{
  return (size_t)(((uint64_t)n * member) / self->n_members);
}

TmbBatchPlan
tmb_learner_plan(const TmbLearner* const self,
                 const uint32_t          member,
                 const uint64_t          position,
                 const uint64_t          number)
{
  const uint64_t n_left  = self->examples->n - position;
  const uint32_t n_batch = self->settings->n_batch;
  TmbBatchPlan   plan    = { .examples = self->examples,
                             .order = self->order ? self->order + position : NULL,
                             .n_batch =
                          (n_left < n_batch) ? (uint32_t)n_left : n_batch,
                             .number = number };
  plan.first             = (uint32_t)share_begin(self, plan.n_batch, member);
  plan.n_rows =
    (uint32_t)share_begin(self, plan.n_batch, member + 1U) - plan.first;
  return plan;
}

/// The gradient of a member's share of a batch.
static void
learn(TmbLearner* const    self,
      const uint32_t       index,
      const uint64_t       position,
      const TmbStep* const step)
{
  TmbLearnerMember* const member = &self->members[index];
  const TmbBatchPlan      plan   = tmb_learner_plan(
    self, index, position, (step->number - 1U) * self->settings->n_batch);
  if (!plan.n_rows) {
    memset(member->gradient, 0, self->state.net->n_learnt * sizeof(float));
    return;
  }

  TmbBatch batch;
  tmb_batch_make(&member->maker, &plan, &batch);
  batch.seed         = self->dropout_seed;
  const TmbPass pass = tmb_backprop_pass(
    member->backprop, self->state.net, &batch, member->gradient);
  member->loss += pass.loss;
  member->n_right += pass.n_right;
}

TMB_WIDE static void
approach(float* const restrict average,
         const float* const restrict x,
         const float  share,
         const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    average[i] += share * (x[i] - average[i]);
  }
}

/// Take the step with a member's share of the parameters.
static void
follow(TmbLearner* const    self,
       const uint32_t       index,
       const TmbStep* const step,
       const float          averaged)
{
  TmbLearnt* const state  = &self->state;
  const size_t     n_all  = state->net->n_learnt;
  const size_t     n_unit = (n_all + MEMBER_ALIGNMENT - 1U) / MEMBER_ALIGNMENT;
  const size_t     begin  = share_begin(self, n_unit, index) * MEMBER_ALIGNMENT;
  const size_t limit = share_begin(self, n_unit, index + 1U) * MEMBER_ALIGNMENT;
  const size_t end   = (limit < n_all) ? limit : n_all;
  const size_t n     = end - begin;

  float* const sum = self->members[0].gradient;
  for (uint32_t i = 1U; i < self->n_members; ++i) {
    tmb_vector_add(sum + begin, self->members[i].gradient + begin, n);
  }
  tmb_optimizer_step(
    &state->optimizer, step, begin, n, state->net->values, sum);
  if (state->answer != state->net) {
    approach(
      state->answer->values + begin, state->net->values + begin, averaged, n);
  }
}

typedef struct {
  TmbLearner* learner;
  double      n_all; ///< Steps of the whole training
  double      rate;  ///< Of the last step
} Epoch;

/// Share of each step's weights in the average, in a training of `n` steps.
static float
averaged_share(const TmbFitSettings* const settings, const double n)
{
  // A short training has an average of a tenth of its steps
  return (float)(1.0 / fmin((double)settings->n_averaged, 1.0 + (0.1 * n)));
}

/// TmbTeamWork: all steps of an epoch.
static void
take_steps(void* const job, const uint32_t index, TmbTeam* const team)
{
  Epoch* const                epoch    = (Epoch*)job;
  TmbLearner* const           self     = epoch->learner;
  const TmbFitSettings* const settings = self->settings;
  const uint64_t              n_steps  = epoch_steps(self);
  const uint64_t              n_before = self->state.n_steps;
  const float                 averaged = averaged_share(settings, epoch->n_all);

  TmbStep step = { .decay = settings->weight_decay };
  for (uint64_t i = 0U; i < n_steps; ++i) {
    const double progress = (double)(n_before + i) / epoch->n_all;
    step.number           = n_before + i + 1U;
    step.rate             = settings->learning_rate *
                tmb_schedule_share(settings->schedule, progress);
    learn(self, index, i * settings->n_batch, &step);
    tmb_team_wait(team);
    follow(self, index, &step, averaged);
    tmb_team_wait(team);
  }
  if (!index) {
    epoch->rate = step.rate;
  }
}

/// Put the members' counts together, and begin anew.
static TmbEpochScore
take_score(TmbLearner* const self, const uint32_t n)
{
  TmbEpochScore score   = { 0.0, 0.0, 0.0 };
  uint64_t      n_right = 0U;
  for (uint32_t i = 0U; i < self->n_members; ++i) {
    TmbLearnerMember* const member = &self->members[i];
    score.loss += member->loss;
    n_right += member->n_right;
    member->loss    = 0.0;
    member->n_right = 0U;
  }
  score.loss     = n ? score.loss / (double)n : (double)NAN;
  score.accuracy = n ? (double)n_right / (double)n : (double)NAN;
  return score;
}

void
tmb_learner_shuffle(TmbLearner* const self, const uint64_t stream)
{
  if (self->order) {
    TmbRandom random;
    tmb_random_init(&random, self->settings->seed, stream);
    tmb_shuffle(&random, self->examples->n, self->blocks, self->order);
  }
}

TmbStatus
tmb_learner_epoch(TmbLearner* const    learner,
                  const uint32_t       epoch,
                  TmbEpochScore* const score)
{
  tmb_learner_shuffle(learner, TMB_STREAM_ORDER + (uint64_t)epoch);

  const uint64_t  n_steps = epoch_steps(learner);
  Epoch           job     = { .learner = learner,
                              .n_all =
                                (double)n_steps * (double)learner->settings->n_epochs };
  const TmbStatus status  = tmb_team_run(learner->n_members, take_steps, &job);
  if (!status) {
    learner->state.n_steps += n_steps;
    *score      = take_score(learner, learner->examples->n);
    score->rate = job.rate;
  }
  return status;
}

typedef struct {
  TmbLearner*        learner;
  const TmbExamples* examples;
} Check;

/// TmbTeamWork: a member's share of the examples.
static void
check_share(void* const job, const uint32_t index, TmbTeam* const team)
{
  const Check* const      check  = (const Check*)job;
  TmbLearner* const       self   = check->learner;
  TmbLearnerMember* const member = &self->members[index];
  TmbBatchMaker           maker  = member->maker;
  const size_t            n      = check->examples->n;
  const size_t            end    = share_begin(self, n, index + 1U);
  maker.mixup                    = 0.0;
  maker.label_smoothing          = 0.0;

  (void)team;
  for (size_t i = share_begin(self, n, index); i < end; i += self->n_rows) {
    const size_t       n_left = end - i;
    const TmbBatchPlan plan   = {
        .examples = check->examples,
        .n_batch  = (uint32_t)n,
        .first    = (uint32_t)i,
        .n_rows   = (n_left < self->n_rows) ? (uint32_t)n_left : self->n_rows,
    };
    TmbBatch batch;
    tmb_batch_make(&maker, &plan, &batch);

    const TmbPass pass =
      tmb_backprop_check(member->backprop, self->folded, &batch);
    member->loss += pass.loss;
    member->n_right += pass.n_right;
  }
}

TmbStatus
tmb_learner_check(TmbLearner* const        learner,
                  const TmbExamples* const examples,
                  TmbEpochScore* const     score)
{
  Check     job    = { learner, examples };
  TmbStatus status = tmb_learner_fold(learner, CHECK_BATCHES);
  if (!status) {
    status = tmb_team_run(learner->n_members, check_share, &job);
  }
  if (!status) {
    *score = take_score(learner, examples->n);
  }
  return status;
}
