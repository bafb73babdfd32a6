// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/learners.h"

#include "tests/support/cmocka.h"

TmbFitSettings
learner_settings(void)
{
  TmbFitSettings settings   = tmb_plain_fit;
  settings.plan.layers[0].n = 12U;
  settings.plan.activation  = TMB_TANH;
  settings.n_batch          = 16U;
  settings.n_epochs         = 3U;
  settings.learning_rate    = 0.01;
  settings.dropout          = 0.2;
  settings.label_smoothing  = 0.1;
  settings.mixup            = 0.3;
  return settings;
}

TmbFitSettings
learner_normed_settings(void)
{
  TmbFitSettings settings = learner_settings();
  TmbMessage     why      = { "" };
  assert_int_equal(
    tmb_net_plan_read("conv 5x3 pool dense 8", &settings.plan, &why), TMB_OK);
  return settings;
}

TmbLearner*
learner_new(const TmbFitSettings* const settings,
            const Clouds* const         clouds,
            const uint32_t              n_threads)
{
  TmbLearner* learner = NULL;
  assert_int_equal(
    tmb_learner_new(settings, &clouds->examples, n_threads, &learner), TMB_OK);
  return learner;
}

TmbEpochScore
learner_epochs(TmbLearner* const learner, const uint32_t n_epochs)
{
  TmbEpochScore score = { .loss = 0.0 };
  for (uint32_t i = 0U; i < n_epochs; ++i) {
    assert_int_equal(tmb_learner_epoch(learner, i, &score), TMB_OK);
  }
  return score;
}

TmbEpochScore
learner_check(TmbLearner* const learner, const Clouds* const clouds)
{
  TmbEpochScore score = { .loss = 0.0 };
  assert_int_equal(tmb_learner_check(learner, &clouds->examples, &score),
                   TMB_OK);
  return score;
}

void
assert_same_net(const TmbOwnNet* const a, const TmbOwnNet* const b)
{
  assert_int_equal(a->n_learnt, b->n_learnt);
  assert_memory_equal(a->values, b->values, a->n_learnt * sizeof(float));
}
