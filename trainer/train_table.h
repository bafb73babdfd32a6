// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TRAIN_TABLE_H
#define TMB_TRAIN_TABLE_H

#include "dsp/status.h"
#include "trainer/course.h"
#include "trainer/fit.h"
#include "trainer/metrics.h"
#include "trainer/table.h"
#include "trainer/train_options.h"

#include <stdbool.h>

/**
   Train, measure the network, write the model and what else was asked for.

   @param table Not changed.
   @param[out] fitted Released with tmb_fitted_clear(), also after an error.
   @param[out] scores Of the rows to check with.
   @param[out] why One sentence on error.
*/
TMB_NODISCARD TmbStatus
tmb_run_on_table(TmbTable*              table,
                 const TmbTrainOptions* options,
                 TmbCourse*             course,
                 TmbFitted*             fitted,
                 TmbScores*             scores,
                 TmbMessage*            why);

/**
   Train a model on rows of a matrix, measure it, write what was asked for.

   @param[out] is_complete Made false if something had to be left out, which was
   said.
   @param[out] why One sentence on error.
*/
TMB_NODISCARD TmbStatus
tmb_train_table(const TmbTrainOptions* options,
                bool*                  is_complete,
                TmbMessage*            why);

#endif // TMB_TRAIN_TABLE_H
