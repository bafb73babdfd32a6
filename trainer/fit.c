// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/fit.h"

#include "trainer/adam.h"
#include "trainer/backprop.h"
#include "trainer/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const TmbFitSettings tmb_default_fit = {
  .hidden        = { 512U, 256U },
  .n_hidden      = 2U,
  .activation    = TMB_RELU,
  .n_epochs      = 60U,
  .n_batch       = 128U,
  .learning_rate = 0.002,
  .dropout       = 0.1,
  .weight_decay  = 0.01,
  .mixup         = 0.0,
  .seed          = 1U,
};

#define MAX_STATISTICS 2048U ///< Draws for mean and deviation, at most
#define STATISTICS_PER_NOTE 8U
#define LEAST_DEVIATION 1e-6
#define SOFTENING 0.5   ///< So that what hardly varies does not weigh as much
#define LEAST_STEPS 16U ///< An epoch, so that a small corpus is learnt too
#define RISE 0.3        ///< Share of the steps in which the rate rises
#define FIRST_RATE 0.04 ///< Of the highest
#define AVERAGED 200.0  ///< Steps over which weights are averaged

/// Streams of the seed, so that one use does not shift another.
enum { STREAM_STATISTICS, STREAM_WEIGHTS, STREAM_DRAWS, STREAM_DROPOUT };

typedef struct {
  const TmbFitSettings* settings;
  TmbSampler*           sampler;
  uint32_t              n_in;
  uint32_t              n_classes;
  TmbOwnNet*            net;
  TmbBackprop*          backprop;
  TmbAdam*              adam;
  TmbRandom             draws;
  TmbRandom             dropout;
  float*                drawn;    ///< [n_batch][n_in]
  uint32_t*             classes;  ///< [n_batch]
  float*                mixed;    ///< [n_batch][n_in]
  float*                targets;  ///< [n_batch][n_classes]
  float*                gradient; ///< [n_learnt]
  float*                average;  ///< [n_learnt] Of the weights
} Fit;

/// Set the network's mean and scale.
static TmbStatus
take_statistics(Fit* const fit)
{
  const uint32_t n_asked =
    STATISTICS_PER_NOTE * tmb_sampler_notes(fit->sampler);
  const uint32_t n_draws =
    (n_asked < MAX_STATISTICS) ? n_asked : MAX_STATISTICS;
  const uint32_t n   = fit->n_in;
  double* const  sum = (double*)calloc(2U * (size_t)n, sizeof(double));
  if (!sum) {
    return TMB_NO_MEMORY;
  }

  double* const square = sum + n;
  TmbRandom     random;
  tmb_random_init(&random, fit->settings->seed, STREAM_STATISTICS);
  for (uint32_t i = 0U; i < n_draws; ++i) {
    (void)tmb_sampler_draw(fit->sampler, &random, fit->drawn);
    for (uint32_t j = 0U; j < n; ++j) {
      sum[j] += (double)fit->drawn[j];
      square[j] += (double)fit->drawn[j] * (double)fit->drawn[j];
    }
  }

  for (uint32_t j = 0U; j < n; ++j) {
    const double mean      = sum[j] / (double)n_draws;
    const double variance  = (square[j] / (double)n_draws) - (mean * mean);
    const double deviation = sqrt(fmax(variance, 0.0));
    fit->net->mean[j]      = (float)mean;
    fit->net->scale[j]     = (deviation > LEAST_DEVIATION)
                               ? (float)(1.0 / (deviation + SOFTENING))
                               : 0.0f;
  }
  free(sum);
  return TMB_OK;
}

/// Draw a batch, standardise it, and mix each example with the next.
static void
draw_batch(Fit* const fit)
{
  const uint32_t     n_batch = fit->settings->n_batch;
  const uint32_t     n_in    = fit->n_in;
  const double       mixup   = fit->settings->mixup;
  const float* const mean    = fit->net->mean;
  const float* const scale   = fit->net->scale;
  for (uint32_t i = 0U; i < n_batch; ++i) {
    float* const x  = fit->drawn + ((size_t)i * n_in);
    fit->classes[i] = tmb_sampler_draw(fit->sampler, &fit->draws, x);
    for (uint32_t j = 0U; j < n_in; ++j) {
      x[j] = (x[j] - mean[j]) * scale[j];
    }
  }

  memset(fit->targets, 0, (size_t)n_batch * fit->n_classes * sizeof(float));
  for (uint32_t i = 0U; i < n_batch; ++i) {
    const uint32_t partner = (i + 1U) % n_batch;
    const float    share =
      (mixup > 0.0) ? (float)tmb_random_beta(&fit->draws, mixup) : 1.0f;
    const float* const a = fit->drawn + ((size_t)i * n_in);
    const float* const b = fit->drawn + ((size_t)partner * n_in);
    float* const       x = fit->mixed + ((size_t)i * n_in);
    for (uint32_t j = 0U; j < n_in; ++j) {
      x[j] = (share * a[j]) + ((1.0f - share) * b[j]);
    }

    float* const target = fit->targets + ((size_t)i * fit->n_classes);
    target[fit->classes[i]] += share;
    target[fit->classes[partner]] += 1.0f - share;
  }
}

/// Cosine up, cosine down to 0.
static double
learning_rate(const TmbFitSettings* const settings, const double progress)
{
  const double pi = 3.141592653589793;
  const double height =
    (progress < RISE)
      ? FIRST_RATE +
          ((1.0 - FIRST_RATE) * 0.5 * (1.0 - cos(pi * progress / RISE)))
      : 0.5 * (1.0 + cos(pi * (progress - RISE) / (1.0 - RISE)));
  return settings->learning_rate * height;
}

static TmbPass
take_step(Fit* const fit, const double rate, const double keep)
{
  draw_batch(fit);

  const TmbPass pass = tmb_backprop_pass(
    fit->backprop, fit->mixed, fit->targets, &fit->dropout, fit->gradient);
  tmb_adam_step(fit->adam,
                fit->net->values,
                fit->gradient,
                rate,
                fit->settings->weight_decay);

  const float share = (float)(1.0 - keep);
  for (size_t i = 0U; i < fit->net->n_learnt; ++i) {
    fit->average[i] += share * (fit->net->values[i] - fit->average[i]);
  }
  return pass;
}

static double
now(void)
{
  struct timespec time;
  (void)clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (1e-9 * (double)time.tv_nsec);
}

static TmbStatus
run_epochs(Fit* const fit, const TmbEpochDone done, void* const context)
{
  const TmbFitSettings* const settings = fit->settings;
  const uint32_t              n_notes  = tmb_sampler_notes(fit->sampler);

  const uint32_t n_passes =
    (n_notes + settings->n_batch - 1U) / settings->n_batch;
  const uint32_t n_steps = (n_passes > LEAST_STEPS) ? n_passes : LEAST_STEPS;
  const double   n_all   = (double)n_steps * (double)settings->n_epochs;
  const double   keep    = 1.0 - (1.0 / fmin(AVERAGED, 1.0 + (0.1 * n_all)));

  for (uint32_t epoch = 0U; epoch < settings->n_epochs; ++epoch) {
    const double start = now();
    TmbEpoch report = { .epoch = epoch + 1U, .n_epochs = settings->n_epochs };
    for (uint32_t i = 0U; i < n_steps; ++i) {
      const double at      = ((double)epoch * n_steps) + (double)i;
      report.learning_rate = learning_rate(settings, at / n_all);

      const TmbPass pass = take_step(fit, report.learning_rate, keep);
      report.loss += pass.loss / (double)n_steps;
      report.accuracy +=
        (double)pass.n_right / ((double)n_steps * settings->n_batch);
    }
    report.seconds = now() - start;
    if (done) {
      done(context, &report);
    }
  }
  memcpy(fit->net->values, fit->average, fit->net->n_learnt * sizeof(float));
  for (size_t i = 0U; i < fit->net->n_learnt; ++i) {
    if (!isfinite(fit->average[i])) {
      return TMB_BAD_ARG;
    }
  }
  return TMB_OK;
}

static TmbStatus
build(Fit* const fit)
{
  const TmbFitSettings* const settings = fit->settings;
  const size_t                n_batch  = settings->n_batch;

  uint32_t widths[TMB_MAX_LAYERS + 1U] = { fit->n_in };
  for (uint32_t i = 0U; i < settings->n_hidden; ++i) {
    widths[i + 1U] = settings->hidden[i];
  }
  widths[settings->n_hidden + 1U] = fit->n_classes;

  TmbStatus status = tmb_own_net_new(
    widths, settings->n_hidden + 1U, settings->activation, &fit->net);
  if (!status) {
    status = tmb_backprop_new(
      fit->net, settings->n_batch, settings->dropout, &fit->backprop);
  }
  if (!status) {
    status = tmb_adam_new(fit->net->n_learnt, &fit->adam);
  }
  if (status) {
    return status;
  }

  fit->drawn    = (float*)calloc(n_batch * fit->n_in, sizeof(float));
  fit->mixed    = (float*)calloc(n_batch * fit->n_in, sizeof(float));
  fit->classes  = (uint32_t*)calloc(n_batch, sizeof(uint32_t));
  fit->targets  = (float*)calloc(n_batch * fit->n_classes, sizeof(float));
  fit->gradient = (float*)calloc(fit->net->n_learnt, sizeof(float));
  fit->average  = (float*)calloc(fit->net->n_learnt, sizeof(float));
  return (fit->drawn && fit->mixed && fit->classes && fit->targets &&
          fit->gradient && fit->average)
           ? TMB_OK
           : TMB_NO_MEMORY;
}

static void
clear(Fit* const fit)
{
  free(fit->average);
  free(fit->gradient);
  free(fit->targets);
  free(fit->classes);
  free(fit->mixed);
  free(fit->drawn);
  tmb_adam_free(fit->adam);
  tmb_backprop_free(fit->backprop);
}

TmbStatus
tmb_fit(TmbSampler* const           sampler,
        const uint32_t              n_in,
        const uint32_t              n_classes,
        const TmbFitSettings* const settings,
        const TmbEpochDone          done,
        void* const                 context,
        TmbOwnNet** const           net)
{
  *net = NULL;

  Fit fit = { .settings  = settings,
              .sampler   = sampler,
              .n_in      = n_in,
              .n_classes = n_classes };

  TmbStatus status = build(&fit);
  if (!status) {
    status = take_statistics(&fit);
  }
  if (!status) {
    TmbRandom weights;
    tmb_random_init(&weights, settings->seed, STREAM_WEIGHTS);
    tmb_random_init(&fit.draws, settings->seed, STREAM_DRAWS);
    tmb_random_init(&fit.dropout, settings->seed, STREAM_DROPOUT);
    tmb_own_net_draw(fit.net, &weights);
    memcpy(fit.average, fit.net->values, fit.net->n_learnt * sizeof(float));
    status = run_epochs(&fit, done, context);
  }

  clear(&fit);
  if (status) {
    tmb_own_net_free(fit.net);
    return status;
  }
  *net = fit.net;
  return TMB_OK;
}
