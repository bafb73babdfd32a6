// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/learner_impl.h"
#include "trainer/shuffle.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_CHECKED 64U ///< Rows that are asked about at a time

static TmbStatus
build_nets(TmbLearner* const self)
{
  const TmbFitSettings* const settings = self->settings;
  const TmbNetEnds            ends     = { self->examples->n_in,
                                           self->examples->n_coeffs,
                                           self->examples->n_classes };
  TmbLearnt* const            state    = &self->state;
  TmbNet                      shape;
  TmbMessage                  why; // Who cares has asked before
  TmbStatus status = tmb_net_plan_fit(&settings->plan, &ends, &shape, &why);
  if (!status) {
    status        = tmb_own_net_new(&shape, true, &state->net);
    state->answer = state->net;
  }
  if (!status && settings->n_averaged) {
    status = tmb_own_net_new(&shape, true, &state->answer);
  }
  if (!status) {
    status = tmb_own_net_new(&shape, false, &self->folded);
  }
  if (!status) {
    status = tmb_optimizer_init(
      &state->optimizer, settings->method, state->net->n_learnt);
  }
  return status;
}

/// A seed for numbered streams of one use.
static uint64_t
seed_of(const TmbLearner* const self, const uint64_t stream)
{
  TmbRandom random;
  tmb_random_init(&random, self->settings->seed, stream);
  return tmb_random_next(&random);
}

static TmbStatus
build_member(const TmbLearner* const self, TmbLearnerMember* const member)
{
  const TmbFitSettings* const settings = self->settings;
  const TmbLearnt* const      state    = &self->state;
  member->maker.label_smoothing        = settings->label_smoothing;
  member->maker.mixup                  = settings->mixup;
  member->maker.mixup_seed             = seed_of(self, TMB_STREAM_MIXUP);
  member->maker.draw_seed              = seed_of(self, TMB_STREAM_DRAWS);
  member->gradient = (float*)calloc(state->net->n_learnt, sizeof(float));

  member->moments =
    (double*)calloc(tmb_own_net_moments(state->net) + 1U, sizeof(double));

  TmbStatus status =
    (member->gradient && member->moments) ? TMB_OK : TMB_NO_MEMORY;
  if (!status) {
    status = tmb_batch_maker_init(&member->maker, self->examples, self->n_rows);
  }
  if (!status) {
    status = tmb_backprop_new(
      &state->net->net, self->n_rows, settings->dropout, &member->backprop);
  }
  return status;
}

static TmbStatus
build(TmbLearner* const self)
{
  const TmbFitSettings* const settings = self->settings;
  const uint32_t              n_share =
    (settings->n_batch + self->n_members - 1U) / self->n_members;
  self->dropout_seed = seed_of(self, TMB_STREAM_DROPOUT);
  self->n_rows       = (n_share > LEAST_CHECKED) ? n_share : LEAST_CHECKED;

  TmbStatus status = build_nets(self);
  for (uint32_t i = 0U; !status && i < self->n_members; ++i) {
    status = build_member(self, &self->members[i]);
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
  enum { N_NETS = 3 };

  TmbLearnt* const state        = &self->state;
  const size_t     n_in         = self->examples->n_in;
  TmbOwnNet* const nets[N_NETS] = { state->net, state->answer, self->folded };
  TmbRandom        random;
  tmb_random_init(&random, self->settings->seed, TMB_STREAM_WEIGHTS);
  tmb_own_net_draw(state->net, &random);
  if (state->answer != state->net) {
    memcpy(state->answer->values,
           state->net->values,
           state->net->n_learnt * sizeof(float));
  }
  for (size_t i = 0U; i < N_NETS; ++i) {
    memcpy(nets[i]->mean, self->examples->mean, n_in * sizeof(float));
    memcpy(nets[i]->scale, self->examples->scale, n_in * sizeof(float));
  }
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
      TmbLearnerMember* const member = &learner->members[i];
      tmb_backprop_free(member->backprop);
      tmb_batch_maker_clear(&member->maker);
      free(member->moments);
      free(member->gradient);
    }
    TmbLearnt* const state = &learner->state;
    if (state->answer != state->net) {
      tmb_own_net_free(state->answer);
    }
    tmb_own_net_free(state->net);
    tmb_own_net_free(learner->folded);
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
