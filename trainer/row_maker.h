// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ROW_MAKER_H
#define TMB_ROW_MAKER_H

#include "dsp/attributes.h"
#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "dsp/status.h"
#include "trainer/piece.h"
#include "trainer/rows.h"

#include <stdint.h>

/**
   Makes the rows of recordings from what workers tell of them.

   For each recording: tmb_row_maker_open(), its notes, tmb_row_maker_close().
*/
typedef struct TmbRowMakerImpl TmbRowMaker;

/**
   @param model Borrowed: it must outlive the maker.
   @param settings Copied.
   @param[out] maker Owned by the caller, freed with tmb_row_maker_free().
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_row_maker_new(const TmbModel*    model,
                  const TmbSettings* settings,
                  TmbRowMaker**      maker);

void
tmb_row_maker_free(TmbRowMaker* maker);

/**
   Begin a recording.

   @param name What rows call it; borrowed until it is closed.
   @param rows Where they go; same.
   @return As the other two, #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_row_maker_open(TmbRowMaker*     maker,
                   const char*      name,
                   const TmbOpened* opened,
                   TmbRows*         rows,
                   TmbMessage*      why);

/// @param posterior [n_outputs of the model]
TMB_NODISCARD TmbStatus
tmb_row_maker_note(TmbRowMaker*        maker,
                   const TmbPieceNote* note,
                   const float*        posterior,
                   TmbMessage*         why);

/**
   Write the file's row.

   Its label joins the notes: the geometric mean of their posteriors, made to
   sum to 1.  That is judged like a note's, see tmb_judge(); without notes it is
   unknown.

   @param n_samples Of the recording, as far as it was labelled.
*/
TMB_NODISCARD TmbStatus
tmb_row_maker_close(TmbRowMaker* maker, uint64_t n_samples, TmbMessage* why);

#endif // TMB_ROW_MAKER_H
