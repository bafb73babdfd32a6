// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BATCH_MAKER_H
#define TMB_BATCH_MAKER_H

#include "dsp/status.h"
#include "trainer/backprop.h"
#include "trainer/examples.h"

#include <stdint.h>

/// Memory for rows of a batch, and what becomes of examples on their way there.
typedef struct {
  const float* mean;            ///< [n_in] Borrowed
  const float* scale;           ///< [n_in] Borrowed
  double       label_smoothing; ///< Share of a target that all classes share
  double       mixup;           ///< a of Beta(a, a); 0 for none
  uint64_t     mixup_seed;      ///< Chooses how much is mixed
  uint64_t     draw_seed;       ///< Chooses what is drawn by chance
  float*       drawn;           ///< [n_rows + 1][n_in]
  float*       mixed;           ///< [n_rows][n_in], or null without mixup
  uint32_t*    classes;         ///< [n_rows + 1]
  float*       targets;         ///< [n_rows][n_classes]
} TmbBatchMaker;

/// Which examples are wanted.
typedef struct {
  const TmbExamples* examples;
  const uint32_t*    order;   ///< [n_batch] Their indices, or null for 0, 1...
  uint32_t           n_batch; ///< Of the whole batch
  uint32_t           first;   ///< Of the batch, that is wanted
  uint32_t           n_rows;  ///< That are wanted
  uint64_t           number;  ///< Of the batch's first in the whole training
} TmbBatchPlan;

/**
   Make memory; the settings above it are left as they are.

   @param n_rows At most.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_batch_maker_init(TmbBatchMaker*     maker,
                     const TmbExamples* examples,
                     uint32_t           n_rows);

void
tmb_batch_maker_clear(TmbBatchMaker* maker);

/**
   Look at examples, standardise them, mix each with the next of the batch.

   What chance has a part in depends on the seeds and on an example's number in
   the whole training alone, so shares of a batch are those of the whole.

   @param[out] batch Points into the maker; its seed is not set.
*/
void
tmb_batch_make(TmbBatchMaker* maker, const TmbBatchPlan* plan, TmbBatch* batch);

#endif // TMB_BATCH_MAKER_H
