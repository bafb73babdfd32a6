// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_EVALUATE_ROWS_H
#define TMB_EVALUATE_ROWS_H

#include "dsp/model.h"
#include "dsp/status.h"
#include "trainer/evaluation.h"

/**
   Measure a model on rows of a matrix, and tell.

   @param labels File of the rows' classes, as indices into the model's; the
   features' is the evaluation's data.  See tmb_array_open().
   @param evaluation With its data, model and classes; the rest is filled in.
   @param[out] why One sentence that names the file.
   @return #TMB_OK, or what tmb_row_set_open(), tmb_row_set_survey() and
   tmb_evaluation_report() return.
*/
TMB_NODISCARD TmbStatus
tmb_evaluate_rows(const TmbModel* model,
                  const char*     labels,
                  TmbEvaluation*  evaluation,
                  TmbMessage*     why);

#endif // TMB_EVALUATE_ROWS_H
