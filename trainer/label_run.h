// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LABEL_RUN_H
#define TMB_LABEL_RUN_H

#include "dsp/attributes.h"
#include "dsp/model.h"
#include "dsp/status.h"
#include "trainer/label_options.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  uint64_t n_failed;       ///< Recordings that have no label
  bool     is_interrupted; ///< Not all was done, since the user did not want it
} TmbLabelResult;

/**
   Label all that the options ask for, with rows to where they say, and messages
   and progress to stderr.

   Recordings, and pieces of long ones, are labelled side by side by worker
   processes; this one finds recordings, deals them out, and puts rows in their
   order.  What is written depends neither on how many workers there are nor on
   which is done first.  What waits for its turn is in temporary files, and who
   is too far ahead waits too.  So memory depends on the number of jobs only.

   @param model Only read.
   @param path Of the model.
   @param[out] why One sentence, of what ended the run too early.
   @return #TMB_OK, also if recordings failed; or #TMB_WRITE_FAILED,
   #TMB_NO_MEMORY, #TMB_EXTERNAL_FEATURES, or as tmb_label_output_open().
*/
TMB_NODISCARD TmbStatus
tmb_label_run(const TmbModel*        model,
              const char*            path,
              const TmbLabelOptions* options,
              TmbLabelResult*        result,
              TmbMessage*            why);

#endif // TMB_LABEL_RUN_H
