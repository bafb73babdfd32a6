// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LABEL_OUTPUT_H
#define TMB_LABEL_OUTPUT_H

#include "dsp/attributes.h"
#include "dsp/status.h"
#include "trainer/label_options.h"
#include "trainer/label_queue.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
   Where the rows of a run go: to stdout, to one file, or to a file for each
   recording in a folder.

   The last two keep a journal beside it, FILE.journal, and can go on with what
   an earlier start has done.  One file is written as FILE.part, which takes
   FILE's place when all is done; what is behind the last recording that the
   journal tells of is then cut off, so that nothing is there twice.
*/
typedef struct TmbLabelOutputImpl TmbLabelOutput;

/**
   @param options Borrowed.
   @param model Path of the model.
   @param[out] output Owned by the caller, freed with tmb_label_output_free().
   @param[out] why One sentence.
   @return #TMB_OK, #TMB_NO_MEMORY, #TMB_WRITE_FAILED, or #TMB_BAD_FILE if the
   earlier start was of another run.
*/
TMB_NODISCARD TmbStatus
tmb_label_output_open(const TmbLabelOptions* options,
                      const char*            model,
                      TmbLabelOutput**       output,
                      TmbMessage*            why);

void
tmb_label_output_free(TmbLabelOutput* output);

/// Whether there is nothing left to be done.
bool
tmb_label_output_is_over(const TmbLabelOutput* output);

/// What earlier starts have left here.
void
tmb_label_output_before(const TmbLabelOutput* output,
                        uint64_t*             n_failed,
                        double*               seconds);

/**
   Whether a recording was done before, to be asked of all in their order; if
   not, claim a place for its rows.

   @param[out] place For TmbQueued; may be null.
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_ARG if another recording has its
   place.
*/
TMB_NODISCARD TmbStatus
tmb_label_output_claim(TmbLabelOutput* output,
                       const char*     path,
                       bool*           was_done,
                       char**          place,
                       TmbMessage*     why);

/**
   Put out the rows of a recording that is done.

   @param rows Spool, which is then empty.  If a recording has failed, and files
   are apart, its rows are nowhere.
   @return #TMB_OK, #TMB_WRITE_FAILED, or #TMB_NO_FILE if its file can't be
   made, which is this recording's matter.
*/
TMB_NODISCARD TmbStatus
tmb_label_output_put(TmbLabelOutput* output,
                     TmbQueued*      recording,
                     FILE*           rows,
                     TmbMessage*     why);

/// Take in that a recording is done, after tmb_label_output_put().
TMB_NODISCARD TmbStatus
tmb_label_output_log(TmbLabelOutput*  output,
                     const TmbQueued* recording,
                     TmbMessage*      why);

/**
   End the run.

   @param is_over Whether all was done; if not, what was is kept to go on with.
   @param n_total Recordings that were found, also for other shards.
*/
TMB_NODISCARD TmbStatus
tmb_label_output_end(TmbLabelOutput* output,
                     bool            is_over,
                     uint64_t        n_total,
                     TmbMessage*     why);

#endif // TMB_LABEL_OUTPUT_H
