// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FEATURES_FRAMES_H
#define TMB_FEATURES_FRAMES_H

#include "dsp/status.h"
#include "trainer/features_inputs.h"
#include "trainer/features_output.h"
#include "trainer/features_rows.h"

/**
   Writes a row for each analysis frame of a recording, as librosa.feature.mfcc
   has it: windows centred on multiples of the hop, zeros on both sides.

   Derivatives are those of librosa.feature.delta, but of fewer than 9 frames,
   where it has none, the first and the last are repeated.  Onset strength is
   that of librosa.onset.onset_strength for these bands and this top_db.

   Rows are written as the recording is read, and memory does not depend on its
   length, unless top_db, derivatives or onset strength need the whole of it.
*/
typedef struct TmbFrameWriterImpl TmbFrameWriter;

/**
   @param settings Copied.
   @param output Borrowed; of tmb_frame_columns() columns.
   @param[out] writer Owned by the caller, freed with tmb_frame_writer_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_frame_writer_new(const TmbFrameSettings* settings,
                     TmbFeaturesOutput*      output,
                     TmbFrameWriter**        writer);

void
tmb_frame_writer_free(TmbFrameWriter* writer);

/**
   Write the frames of a recording, and the onsets of its notes.

   @param[out] why One sentence that names the file and the reason.
   @return #TMB_OK; #TMB_WRITE_FAILED; or why the recording can't be analysed to
   its end, of which rows may have been written.
*/
TMB_NODISCARD TmbStatus
tmb_frame_writer_take(TmbFrameWriter* writer,
                      const TmbInput* input,
                      TmbMessage*     why);

#endif // TMB_FEATURES_FRAMES_H
