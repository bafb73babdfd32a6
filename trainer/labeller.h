// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LABELLER_H
#define TMB_LABELLER_H

#include "dsp/attributes.h"
#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "dsp/status.h"
#include "trainer/rows.h"

/**
   Labels recordings, one after another, with the plugin's own recogniser.

   A recording is streamed: memory depends neither on its length nor on how
   many there are.
*/
typedef struct TmbLabellerImpl TmbLabeller;

/**
   @param model Borrowed: it must outlive the labeller.
   @param settings Copied.
   @param[out] labeller Owned by the caller, freed with tmb_labeller_free().
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_EXTERNAL_FEATURES if the model has
   no front end.
*/
TMB_NODISCARD TmbStatus
tmb_labeller_new(const TmbModel*    model,
                 const TmbSettings* settings,
                 TmbLabeller**      labeller);

void
tmb_labeller_free(TmbLabeller* labeller);

/**
   Label a recording: a row for each note when it ends, then the file's row.

   The file's label joins its notes: the geometric mean of their posteriors,
   made to sum to 1.  That is judged like a note's, see tmb_judge(); without
   notes it is unknown.

   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK; #TMB_WRITE_FAILED if the rows can't be written; or why the
   recording can't be read to its end.  The rows of its notes stand then, and
   the row that says what is wrong is the caller's.
*/
TMB_NODISCARD TmbStatus
tmb_label_file(TmbLabeller*   labeller,
               const char*    path,
               const TmbRows* rows,
               TmbMessage*    why);

#endif // TMB_LABELLER_H
