// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LABELLER_H
#define TMB_LABELLER_H

#include "dsp/attributes.h"
#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "dsp/status.h"
#include "trainer/piece.h"

#include <stdint.h>
#include <stdio.h>

/// What of each recording is labelled.
typedef struct {
  double start_s; ///< What is before is passed over
  double end_s;   ///< Later than start_s; may be infinite
} TmbPart;

/**
   Labels recordings, or pieces of long ones, with the plugin's own recogniser.

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
   Label a piece, and tell of it in messages, see trainer/piece.h.

   A recording of which every sample can be read at once is cut into pieces of
   about ten minutes, if the job leaves that open.  What is before a piece is
   heard for some seconds first, after which the recogniser's state is, but for
   odd cases, that of one which has heard all: the digests tell.

   Of a part the notes are those of a recording that holds nothing else, but
   onsets count from the recording's begin.

   @param job Its number may also be 0 if its n_pieces is.
   @param out Flushed at the end; who reads it is told of all errors.
*/
void
tmb_label_piece(TmbLabeller*       labeller,
                const char*        path,
                const TmbPieceJob* job,
                FILE*              out);

/// Tell by the status of an END whether a file is a recording: #TMB_OK,
/// #TMB_BAD_FILE, or #TMB_NO_MEMORY if there is too little to know.
void
tmb_probe_piece(const char* path, FILE* out);

#endif // TMB_LABELLER_H
