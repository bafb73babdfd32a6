// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/learner.h"

#include "dsp/attributes.h"
#include "trainer/backprop.h"
#include "trainer/batch_maker.h"
#include "trainer/parallel.h"
#include "trainer/shuffle.h"
#include "trainer/team.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_CHECKED 64U    ///< Rows that are asked about at a time
#define MEMBER_ALIGNMENT 16U ///< Parameters; members share no cache line

/// Streams of the seed, so that one use does not shift another.
enum {
  STREAM_WEIGHTS,
  STREAM_DRAWS,
  STREAM_DROPOUT,
  STREAM_MIXUP,
  STREAM_ORDER
};

/// What a thread has of its own.
typedef struct {
  TmbBatchMaker maker;
  TmbBackprop*  backprop; ///< Of the network that takes the steps
  TmbBackprop*  checker;  ///< Of the one that is asked, perhaps the same
  float*        gradient; ///< [n_learnt]
  double        loss;     ///< Of its examples up to now
  uint64_t      n_right;
} Member;

struct TmbLearnerImpl {
  const TmbFitSettings* settings;
  const TmbExamples*    examples;
  TmbLearnt             state;
  uint64_t              dropout_seed;
  uint32_t*             order;  ///< [n] Of the epoch
  uint32_t*             blocks; ///< Scratch of tmb_shuffle()
  uint32_t              n_rows; ///< Of a member's memory
  uint32_t              n_members;
  Member                members[TMB_MAX_THREADS];
};

/// The steps of an epoch.
static uint64_t
epoch_steps(const TmbLearner* const self)
{
  const uint32_t n_batch = self->settings->n_batch;
  return ((uint64_t)self->examples->n + n_batch - 1U) / n_batch;
}

static TmbStatus
build_nets(TmbLearner* const self)
{
  const TmbFitSettings* const settings = self->settings;
  const uint32_t              n_layers = settings->n_hidden + 1U;
  uint32_t widths[TMB_MAX_LAYERS + 1U] = { self->examples->n_in };
  for (uint32_t i = 0U; i < settings->n_hidden; ++i) {
    widths[i + 1U] = settings->hidden[i];
  }
  widths[n_layers] = self->examples->n_classes;

  TmbLearnt* const state = &self->state;
  TmbStatus        status =
    tmb_own_net_new(widths, n_layers, settings->activation, &state->net);
  state->answer = state->net;
  if (!status && settings->n_averaged) {
    status =
      tmb_own_net_new(widths, n_layers, settings->activation, &state->answer);
  }
  if (!status) {
    status = tmb_optimizer_init(
      &state->optimizer, settings->method, state->net->n_learnt);
  }
  return status;
}

static TmbStatus
build_member(const TmbLearner* const self,
             const uint64_t          mixup_seed,
             Member* const           member)
{
  const TmbFitSettings* const settings = self->settings;
  const TmbLearnt* const      state    = &self->state;
  member->maker.label_smoothing        = settings->label_smoothing;
  member->maker.mixup                  = settings->mixup;
  member->maker.seed                   = mixup_seed;
  member->gradient = (float*)calloc(state->net->n_learnt, sizeof(float));

  TmbStatus status = member->gradient ? TMB_OK : TMB_NO_MEMORY;
  if (!status) {
    status = tmb_batch_maker_init(&member->maker, self->examples, self->n_rows);
  }
  if (!status) {
    status = tmb_backprop_new(
      state->net, self->n_rows, settings->dropout, &member->backprop);
    member->checker = member->backprop;
  }
  if (!status && state->answer != state->net) {
    status =
      tmb_backprop_new(state->answer, self->n_rows, 0.0, &member->checker);
  }
  return status;
}

static TmbStatus
build(TmbLearner* const self)
{
  const TmbFitSettings* const settings = self->settings;
  const uint64_t              seed     = settings->seed;
  const uint32_t              n_share =
    (settings->n_batch + self->n_members - 1U) / self->n_members;
  TmbRandom random;
  tmb_random_init(&random, seed, STREAM_DROPOUT);
  self->dropout_seed = tmb_random_next(&random);
  tmb_random_init(&random, seed, STREAM_MIXUP);
  const uint64_t mixup_seed = tmb_random_next(&random);
  self->n_rows = (n_share > LEAST_CHECKED) ? n_share : LEAST_CHECKED;

  TmbStatus status = build_nets(self);
  for (uint32_t i = 0U; !status && i < self->n_members; ++i) {
    status = build_member(self, mixup_seed, &self->members[i]);
  }
  if (!status && self->examples->is_fixed) {
    const uint32_t n = self->examples->n;
    self->order      = (uint32_t*)calloc(n, sizeof(uint32_t));
    self->blocks = (uint32_t*)calloc(tmb_shuffle_blocks(n), sizeof(uint32_t));
    status       = (self->order && self->blocks) ? TMB_OK : TMB_NO_MEMORY;
  }
  return status;
}

/// Draw the first weights, which are the first average too.
static void
begin(TmbLearner* const self)
{
  TmbLearnt* const state   = &self->state;
  const size_t     n_in    = self->examples->n_in;
  TmbOwnNet* const nets[2] = { state->net, state->answer };
  const uint64_t   seed    = self->settings->seed;
  TmbRandom        random;
  tmb_random_init(&random, seed, STREAM_WEIGHTS);
  tmb_own_net_draw(state->net, &random);
  if (state->answer != state->net) {
    memcpy(state->answer->values,
           state->net->values,
           state->net->n_learnt * sizeof(float));
  }
  for (unsigned i = 0U; i < 2U; ++i) {
    memcpy(nets[i]->mean, self->examples->mean, n_in * sizeof(float));
    memcpy(nets[i]->scale, self->examples->scale, n_in * sizeof(float));
  }
  tmb_random_init(&state->draws, seed, STREAM_DRAWS);
}

TmbStatus
tmb_learner_new(const TmbFitSettings* const settings,
                const TmbExamples* const    training,
                const uint32_t              n_threads,
                TmbLearner** const          learner)
{
  *learner = NULL;

  TmbLearner* const self = (TmbLearner*)calloc(1U, sizeof(TmbLearner));
  if (!self) {
    return TMB_NO_MEMORY;
  }
  self->settings  = settings;
  self->examples  = training;
  self->n_members = n_threads;

  const TmbStatus status = build(self);
  if (status) {
    tmb_learner_free(self);
    return status;
  }
  begin(self);
  *learner = self;
  return TMB_OK;
}

void
tmb_learner_free(TmbLearner* const learner)
{
  if (learner) {
    for (uint32_t i = 0U; i < learner->n_members; ++i) {
      Member* const member = &learner->members[i];
      if (member->checker != member->backprop) {
        tmb_backprop_free(member->checker);
      }
      tmb_backprop_free(member->backprop);
      tmb_batch_maker_clear(&member->maker);
      free(member->gradient);
    }
    TmbLearnt* const state = &learner->state;
    if (state->answer != state->net) {
      tmb_own_net_free(state->answer);
    }
    tmb_own_net_free(state->net);
    tmb_optimizer_clear(&state->optimizer);
    free(learner->blocks);
    free(learner->order);
    free(learner);
  }
}

TmbLearnt*
tmb_learner_state(TmbLearner* const learner)
{
  return &learner->state;
}

/// Of `n` things, the first that is a member's; the last's end is `n`.
static size_t
share_begin(const TmbLearner* const self, const size_t n, const uint32_t member)
{
  return (size_t)(((uint64_t)n * member) / self->n_members);
}

/// The gradient of a member's share of a batch.
static void
learn(TmbLearner* const    self,
      const uint32_t       index,
      const uint64_t       position,
      const TmbStep* const step)
{
  Member* const  member  = &self->members[index];
  const uint64_t n_left  = self->examples->n - position;
  const uint32_t n_batch = self->settings->n_batch;
  TmbBatchPlan   plan    = { .examples = self->examples,
                             .order = self->order ? self->order + position : NULL,
                             .n_batch =
                          (n_left < n_batch) ? (uint32_t)n_left : n_batch,
                             .number = (step->number - 1U) * n_batch };
  plan.first             = (uint32_t)share_begin(self, plan.n_batch, index);
  plan.n_rows =
    (uint32_t)share_begin(self, plan.n_batch, index + 1U) - plan.first;
  if (!plan.n_rows) {
    memset(member->gradient, 0, self->state.net->n_learnt * sizeof(float));
    return;
  }

  TmbBatch batch;
  tmb_batch_make(&member->maker, &plan, &self->state.draws, &batch);
  batch.seed = self->dropout_seed;
  const TmbPass pass =
    tmb_backprop_pass(member->backprop, &batch, member->gradient);
  member->loss += pass.loss;
  member->n_right += pass.n_right;
}

TMB_WIDE static void
add(float* const restrict sum, const float* const restrict x, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    sum[i] += x[i];
  }
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
    add(sum + begin, self->members[i].gradient + begin, n);
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
    Member* const member = &self->members[i];
    score.loss += member->loss;
    n_right += member->n_right;
    member->loss    = 0.0;
    member->n_right = 0U;
  }
  score.loss     = n ? score.loss / (double)n : (double)NAN;
  score.accuracy = n ? (double)n_right / (double)n : (double)NAN;
  return score;
}

TmbStatus
tmb_learner_epoch(TmbLearner* const    learner,
                  const uint32_t       epoch,
                  TmbEpochScore* const score)
{
  if (learner->order) {
    TmbRandom random;
    tmb_random_init(
      &random, learner->settings->seed, STREAM_ORDER + (uint64_t)epoch);
    tmb_shuffle(&random, learner->examples->n, learner->blocks, learner->order);
  }

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
  const Check* const check  = (const Check*)job;
  TmbLearner* const  self   = check->learner;
  Member* const      member = &self->members[index];
  TmbBatchMaker      maker  = member->maker;
  const size_t       n      = check->examples->n;
  const size_t       end    = share_begin(self, n, index + 1U);
  maker.mixup               = 0.0;
  maker.label_smoothing     = 0.0;

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
    tmb_batch_make(&maker, &plan, NULL, &batch);

    const TmbPass pass = tmb_backprop_check(member->checker, &batch);
    member->loss += pass.loss;
    member->n_right += pass.n_right;
  }
}

TmbStatus
tmb_learner_check(TmbLearner* const        learner,
                  const TmbExamples* const examples,
                  TmbEpochScore* const     score)
{
  Check           job    = { learner, examples };
  const TmbStatus status = tmb_team_run(learner->n_members, check_share, &job);
  if (!status) {
    *score = take_score(learner, examples->n);
  }
  return status;
}
