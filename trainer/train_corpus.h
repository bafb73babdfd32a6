// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TRAIN_CORPUS_H
#define TMB_TRAIN_CORPUS_H

#include "dsp/status.h"
#include "trainer/corpus_data.h"
#include "trainer/course.h"
#include "trainer/study.h"
#include "trainer/train_options.h"

#include <stdbool.h>

/**
   Train by each split, write the first one's model and what else was asked for.

   @param data Only read.
   @param[out] outcomes [TMB_N_SPLITS] Each released with tmb_outcome_clear(),
   also after an error.
   @param[out] why One sentence on error.
*/
TMB_NODISCARD TmbStatus
tmb_run_on_corpus(const TmbCorpusData*   data,
                  const TmbTrainOptions* options,
                  TmbCourse*             course,
                  TmbOutcome*            outcomes,
                  TmbMessage*            why);

/**
   Train a model on recordings, measure it, write what was asked for.

   @param[out] is_complete Made false if something had to be left out, which was
   said.
   @param[out] why One sentence on error.
*/
TMB_NODISCARD TmbStatus
tmb_train_corpus(const TmbTrainOptions* options,
                 bool*                  is_complete,
                 TmbMessage*            why);

#endif // TMB_TRAIN_CORPUS_H
