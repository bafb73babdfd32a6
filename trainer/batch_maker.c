// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/batch_maker.h"

#include "dsp/attributes.h"
#include "trainer/random.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

TmbStatus
tmb_batch_maker_init(TmbBatchMaker* const     maker,
                     const TmbExamples* const examples,
                     const uint32_t           n_rows)
{
  const size_t n    = (size_t)n_rows + 1U; // One may be mixed with the next's
  const size_t n_in = examples->n_in;
  maker->mean       = examples->mean;
  maker->scale      = examples->scale;
  maker->drawn      = (float*)calloc(n * n_in, sizeof(float));
  maker->classes    = (uint32_t*)calloc(n, sizeof(uint32_t));
  maker->targets    = (float*)calloc(n * examples->n_classes, sizeof(float));
  if (maker->mixup > 0.0) {
    maker->mixed = (float*)calloc(n * n_in, sizeof(float));
  }
  return (maker->drawn && maker->classes && maker->targets &&
          (maker->mixed || !(maker->mixup > 0.0)))
           ? TMB_OK
           : TMB_NO_MEMORY;
}

void
tmb_batch_maker_clear(TmbBatchMaker* const maker)
{
  free(maker->targets);
  free(maker->classes);
  free(maker->mixed);
  free(maker->drawn);
}

TMB_WIDE static void
standardise(float* const restrict x,
            const float* const restrict mean,
            const float* const restrict scale,
            const uint32_t n)
{
  for (uint32_t i = 0U; i < n; ++i) {
    x[i] = (x[i] - mean[i]) * scale[i];
  }
}

static void
draw(TmbBatchMaker* const      maker,
     const TmbBatchPlan* const plan,
     const uint32_t            row)
{
  const TmbExamples* const examples = plan->examples;
  const uint32_t           at       = (plan->first + row) % plan->n_batch;
  const uint32_t           index    = plan->order ? plan->order[at] : at;
  float* const             x = maker->drawn + ((size_t)row * examples->n_in);
  TmbRandom                random;
  tmb_random_init(&random, maker->draw_seed, plan->number + at);
  maker->classes[row] = examples->draw(examples->source, index, &random, x);
  standardise(x, maker->mean, maker->scale, examples->n_in);
}

/// Mix a row with another, and say what it is.
static void
mix(TmbBatchMaker* const      maker,
    const TmbBatchPlan* const plan,
    const uint32_t            row,
    const uint32_t            partner)
{
  const TmbExamples* const examples  = plan->examples;
  const size_t             n_in      = examples->n_in;
  const uint32_t           n_classes = examples->n_classes;
  float*                   target = maker->targets + ((size_t)row * n_classes);
  float                    share  = 1.0f;
  if (maker->mixup > 0.0) {
    TmbRandom random;
    tmb_random_init(
      &random, maker->mixup_seed, plan->number + plan->first + row);
    share = (float)tmb_random_beta(&random, maker->mixup);

    const float* const a = maker->drawn + (row * n_in);
    const float* const b = maker->drawn + (partner * n_in);
    float* const       x = maker->mixed + (row * n_in);
    for (size_t i = 0U; i < n_in; ++i) {
      x[i] = (share * a[i]) + ((1.0f - share) * b[i]);
    }
  }

  const float sure = (float)(1.0 - maker->label_smoothing);
  for (uint32_t i = 0U; i < n_classes; ++i) {
    target[i] = (1.0f - sure) / (float)n_classes;
  }
  target[maker->classes[row]] += sure * share;
  target[maker->classes[partner]] += sure * (1.0f - share);
}

void
tmb_batch_make(TmbBatchMaker* const      maker,
               const TmbBatchPlan* const plan,
               TmbBatch* const           batch)
{
  // The last row's partner is the first of the next share, which is looked at
  // there too
  const bool is_whole = plan->n_rows == plan->n_batch;
  const bool is_mixed = maker->mixup > 0.0;
  for (uint32_t i = 0U; i < plan->n_rows + (is_mixed && !is_whole); ++i) {
    draw(maker, plan, i);
  }
  for (uint32_t i = 0U; i < plan->n_rows; ++i) {
    const uint32_t next = is_whole ? (i + 1U) % plan->n_rows : i + 1U;
    mix(maker, plan, i, is_mixed ? next : i);
  }
  *batch = (TmbBatch){ .x       = is_mixed ? maker->mixed : maker->drawn,
                       .targets = maker->targets,
                       .n_rows  = plan->n_rows,
                       .n_batch = plan->n_batch,
                       .number  = plan->number + plan->first };
}
