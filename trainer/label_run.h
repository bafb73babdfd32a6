// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LABEL_RUN_H
#define TMB_LABEL_RUN_H

#include "dsp/attributes.h"
#include "dsp/model.h"
#include "dsp/status.h"
#include "trainer/label_options.h"

#include <stdint.h>

/**
   Label all that the options ask for, with rows to stdout, and messages and
   progress to stderr.

   Recordings are labelled side by side.  What is written, and its order,
   depends neither on how many are nor on which is done first: rows wait in
   temporary files until it is their recording's turn, and who is too far ahead
   waits too.  So memory depends on the number of jobs only.

   @param model Only read.
   @param[out] n_failed Recordings that have no label.
   @param[out] why One sentence, of what ended the run too early.
   @return #TMB_OK, also if recordings failed; #TMB_WRITE_FAILED,
   #TMB_NO_MEMORY or #TMB_EXTERNAL_FEATURES.
*/
TMB_NODISCARD TmbStatus
tmb_label_run(const TmbModel*        model,
              const TmbLabelOptions* options,
              uint64_t*              n_failed,
              TmbMessage*            why);

#endif // TMB_LABEL_RUN_H
