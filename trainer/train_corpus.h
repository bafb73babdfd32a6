// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TRAIN_CORPUS_H
#define TMB_TRAIN_CORPUS_H

#include "dsp/status.h"
#include "trainer/train_options.h"

#include <stdbool.h>

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
