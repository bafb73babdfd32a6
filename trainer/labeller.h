// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LABELLER_H
#define TMB_LABELLER_H

#include "dsp/attributes.h"
#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "dsp/status.h"
#include "trainer/rows.h"

#include <stdint.h>

#define TMB_CHANNELS_MIXED 0U        ///< Their mean
#define TMB_CHANNELS_EACH UINT32_MAX ///< One after another

/// What of a recording is labelled.
typedef struct {
  double   start_s; ///< What is before is passed over
  double   end_s;   ///< Later than start_s; may be infinite
  uint32_t channel; ///< From 1 on, or one of the above
} TmbPart;

/// All of it, mixed.
extern const TmbPart tmb_whole_recording;

/**
   Labels recordings, one after another, with the plugin's own recogniser.

   A recording is streamed: memory depends neither on its length nor on how
   many there are.
*/
typedef struct TmbLabellerImpl TmbLabeller;

/**
   @param model Borrowed: it must outlive the labeller.
   @param settings Copied.
   @param part Of every recording; copied.
   @param[out] labeller Owned by the caller, freed with tmb_labeller_free().
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_EXTERNAL_FEATURES if the model has
   no front end.
*/
TMB_NODISCARD TmbStatus
tmb_labeller_new(const TmbModel*    model,
                 const TmbSettings* settings,
                 const TmbPart*     part,
                 TmbLabeller**      labeller);

void
tmb_labeller_free(TmbLabeller* labeller);

/**
   Label a recording: a row for each note when it ends, then the file's row.

   The file's label joins its notes: the geometric mean of their posteriors,
   made to sum to 1.  That is judged like a note's, see tmb_judge(); without
   notes it is unknown.

   Of a part the rows are those of a file that holds nothing else, but onsets
   count from the recording's begin.

   @param name What rows call it.
   @param channel From 1 on, or 0 for the mean of all.
   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK; #TMB_WRITE_FAILED if the rows can't be written; or why the
   recording can't be read to its end.  The rows of its notes stand then, and
   the row that says what is wrong is the caller's.
*/
TMB_NODISCARD TmbStatus
tmb_label_file(TmbLabeller* labeller,
               const char*  path,
               const char*  name,
               uint32_t     channel,
               TmbRows*     rows,
               TmbMessage*  why);

/// Seconds of sound that a labeller has heard, of all recordings.
double
tmb_labeller_heard_s(const TmbLabeller* labeller);

#endif // TMB_LABELLER_H
