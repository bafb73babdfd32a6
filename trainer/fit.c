// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/fit.h"

#include "trainer/checkpoint.h"
#include "trainer/clock.h"
#include "trainer/interrupt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// clang-format off
const TmbFitSettings tmb_default_fit = {
  .plan          = { 8U,
                     { { TMB_IDCT, 0U, 0U },
                       { TMB_CONV, 32U, 7U }, { TMB_POOL, 2U, 0U },
                       { TMB_CONV, 48U, 5U }, { TMB_POOL, 2U, 0U },
                       { TMB_CONV, 64U, 3U }, { TMB_POOL, 2U, 0U },
                       { TMB_DENSE, 128U, 0U } },
                     TMB_RELU },
  .n_epochs      = 60U,
  .n_batch       = 256U,
  .method        = TMB_ADAMW,
  .schedule      = TMB_ONE_CYCLE,
  .learning_rate = 0.004,
  .dropout       = 0.15,
  .weight_decay  = 0.01,
  .mixup         = 0.3,
  .views         = 2.5,
  .n_averaged    = 200U,
  .seed          = 1U,
  .augmentation  = TMB_DEFAULT_AUGMENTATION,
};
// clang-format on

const TmbFitSettings tmb_plain_fit = {
  .plan          = { 1U, { { TMB_DENSE, 256U, 0U } }, TMB_SIGMOID },
  .n_epochs      = 10U,
  .n_batch       = 100U,
  .method        = TMB_ADAM,
  .schedule      = TMB_CONSTANT,
  .learning_rate = 0.001,
  .seed          = 1U,
  .augmentation  = TMB_DEFAULT_AUGMENTATION,
};

/// As exact as a checkpoint keeps it, so that nothing depends on it more.
static double
round_value(const double value)
{
  // In memory, or gcc 12 forgets the conversion where it does two at once
  const volatile float rounded = (float)value;
  return (double)rounded;
}

/// The epoch, from 1, that is better than all others, or 0 of none.
static uint32_t
best_epoch(const TmbHistory* const history)
{
  const TmbHistoryRow* const best = tmb_history_best(history);
  return (best && isfinite(best->validation_loss)) ? best->epoch : 0U;
}

/// Whether a training is over after the epochs of its history.
static TmbFitEnd
find_end(const TmbFitSettings* const settings, const TmbHistory* const history)
{
  const uint32_t n = history->n_rows;
  if (!n) {
    return TMB_GOES_ON;
  }

  const TmbHistoryRow* const last = &history->rows[n - 1U];
  const uint32_t             best = best_epoch(history);
  if (settings->target_accuracy > 0.0 &&
      last->validation_accuracy >= round_value(settings->target_accuracy)) {
    return TMB_TARGET;
  }
  if (n >= settings->n_epochs) {
    return TMB_ALL_EPOCHS;
  }
  if (best && settings->patience && n - best >= settings->patience) {
    return TMB_NO_PATIENCE;
  }
  return tmb_interrupted() ? TMB_WAS_INTERRUPTED : TMB_GOES_ON;
}

static TmbStatus
fail_for_memory(TmbMessage* const why)
{
  return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
}

/// A training under way.
typedef struct {
  const TmbFitJob* job;
  TmbLearner*      learner;
  TmbHistory*      history;
  float*           best; ///< [n_learnt] Weights of the best epoch, or null
} Fit;

static void
tell(const Fit* const fit, const TmbHistoryRow* const row, const bool restored)
{
  if (fit->job->done) {
    fit->job->done(fit->job->context, row, restored);
  }
}

/// The loss can't tell: it is finite whatever the weights are.
static TmbStatus
check_weights(const TmbOwnNet* const net,
              const uint32_t         epoch,
              TmbMessage* const      why)
{
  for (size_t i = 0U; i < net->n_learnt; ++i) {
    if (!isfinite(net->values[i])) {
      return tmb_fail(TMB_BAD_ARG,
                      why,
                      "the weights grew beyond all bounds in epoch %u: the "
                      "learning rate is too high",
                      epoch);
    }
  }
  return TMB_OK;
}

/// Train for one epoch, and see how good the network is.
static TmbStatus
run_epoch(Fit* const fit, TmbMessage* const why)
{
  const TmbExamples* const validation = fit->job->validation;
  const double             start      = tmb_clock_s();
  const uint32_t           epoch      = fit->history->n_rows;
  TmbEpochScore            training   = { .loss = 0.0 };
  TmbStatus status = tmb_learner_epoch(fit->learner, epoch, &training);
  if (status) {
    return fail_for_memory(why);
  }

  const double  seconds = tmb_clock_s() - start;
  TmbEpochScore checked = { .loss = (double)NAN, .accuracy = (double)NAN };
  if (validation->n) {
    status = tmb_learner_check(fit->learner, validation, &checked);
  }

  const TmbHistoryRow row = {
    .epoch               = epoch + 1U,
    .learning_rate       = round_value(training.rate),
    .loss                = round_value(training.loss),
    .accuracy            = round_value(training.accuracy),
    .validation_loss     = round_value(checked.loss),
    .validation_accuracy = round_value(checked.accuracy),
    .seconds             = round_value(seconds),
  };
  if (status || tmb_history_add(fit->history, &row)) {
    return fail_for_memory(why);
  }
  status = check_weights(tmb_learner_state(fit->learner)->net, row.epoch, why);
  if (!status) {
    tell(fit, &row, false);
  }
  return status;
}

static TmbCheckpoint
checkpoint_of(const Fit* const fit)
{
  return (TmbCheckpoint){ .settings = fit->job->settings,
                          .data     = fit->job->checkpointing.data,
                          .state    = tmb_learner_state(fit->learner),
                          .best     = fit->best,
                          .history  = fit->history };
}

static TmbStatus
restore(const Fit* const fit, TmbMessage* const why)
{
  TmbCheckpoint   checkpoint = checkpoint_of(fit);
  const TmbStatus status =
    tmb_checkpoint_read(fit->job->checkpointing.path, &checkpoint, why);
  if (status == TMB_NO_FILE) {
    return TMB_OK; // It was cut off before its first
  }
  for (uint32_t i = 0U; !status && i < fit->history->n_rows; ++i) {
    tell(fit, &fit->history->rows[i], true);
  }
  return status;
}

static TmbStatus
run_epochs(Fit* const fit, TmbFitEnd* const end, TmbMessage* const why)
{
  const TmbFitSettings* const   settings      = fit->job->settings;
  const TmbCheckpointing* const checkpointing = &fit->job->checkpointing;
  const TmbLearnt* const        state         = tmb_learner_state(fit->learner);
  const size_t                  size   = state->net->n_learnt * sizeof(float);
  TmbStatus                     status = TMB_OK;
  *end                                 = find_end(settings, fit->history);
  while (!status && *end == TMB_GOES_ON) {
    status                = run_epoch(fit, why);
    *end                  = find_end(settings, fit->history);
    const uint32_t n_done = fit->history->n_rows;
    if (!status && fit->best && best_epoch(fit->history) == n_done) {
      memcpy(fit->best, state->answer->values, size);
    }
    if (!status && checkpointing->path &&
        (*end != TMB_GOES_ON || n_done % checkpointing->every == 0U)) {
      const TmbCheckpoint checkpoint = checkpoint_of(fit);
      status = tmb_checkpoint_write(checkpointing->path, &checkpoint, why);
    }
  }
  return status;
}

/// Hand out the network that is to be kept.
static TmbStatus
conclude(const Fit* const fit, TmbFitted* const fitted, TmbMessage* const why)
{
  TmbLearnt* const state = tmb_learner_state(fit->learner);
  const uint32_t   best  = best_epoch(fit->history);
  fitted->kept           = fit->history->n_rows;
  if (fit->best && best) {
    fitted->kept = best;
    memcpy(state->answer->values,
           fit->best,
           state->answer->n_learnt * sizeof(float));
  }

  // A checkpoint may have brought any weights back
  return tmb_learner_conclude(fit->learner, &fitted->net)
           ? fail_for_memory(why)
           : check_weights(fitted->net, fitted->kept, why);
}

TmbStatus
tmb_fit(const TmbFitJob* const job,
        TmbFitted* const       fitted,
        TmbMessage* const      why)
{
  *fitted = (TmbFitted){ .net = NULL };
  if (!job->training->n) {
    return tmb_fail(TMB_BAD_ARG, why, "there is nothing left to train on");
  }

  Fit       fit = { .job = job, .history = &fitted->history };
  TmbStatus status =
    tmb_learner_new(job->settings, job->training, job->n_threads, &fit.learner);
  if (!status && job->settings->keeps_best) {
    const size_t n = tmb_learner_state(fit.learner)->net->n_learnt;
    fit.best       = (float*)calloc(n, sizeof(float));
    status         = fit.best ? TMB_OK : TMB_NO_MEMORY;
  }
  if (status) {
    (void)tmb_fail(status, why, "%s", tmb_strstatus(status));
  }
  if (!status && job->checkpointing.path && job->checkpointing.is_asked) {
    status = restore(&fit, why);
  }
  if (!status) {
    status = run_epochs(&fit, &fitted->end, why);
  }
  if (!status) {
    status = conclude(&fit, fitted, why);
  }
  free(fit.best);
  tmb_learner_free(fit.learner);
  return status;
}

void
tmb_fitted_clear(TmbFitted* const fitted)
{
  tmb_own_net_free(fitted->net);
  tmb_history_clear(&fitted->history);
  fitted->net = NULL;
}
