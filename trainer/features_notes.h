// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FEATURES_NOTES_H
#define TMB_FEATURES_NOTES_H

#include "dsp/front_end.h"
#include "dsp/status.h"
#include "trainer/features_inputs.h"
#include "trainer/features_output.h"

#include <jansson.h>

/// What the rows of notes are made with.
typedef struct {
  TmbFrontEnd front_end;
  const char* model;       ///< Where the front end is from, or null
  double      decision_ms; ///< Age of a note when it is described
} TmbNoteSettings;

/// Writes a row for each note of a recording: what a network would get of it.
typedef struct TmbNoteWriterImpl TmbNoteWriter;

/**
   @param settings Copied.
   @param output Borrowed; of tmb_front_end_features() columns.
   @param[out] writer Owned by the caller, freed with tmb_note_writer_free().
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_note_writer_new(const TmbNoteSettings* settings,
                    TmbFeaturesOutput*     output,
                    TmbNoteWriter**        writer);

void
tmb_note_writer_free(TmbNoteWriter* writer);

/**
   Write the notes of a recording, each when it has ended.

   @param[out] why One sentence that names the file and the reason.
   @return #TMB_OK; #TMB_WRITE_FAILED; or why the recording can't be read to its
   end, of which rows may have been written.
*/
TMB_NODISCARD TmbStatus
tmb_note_writer_take(TmbNoteWriter*  writer,
                     const TmbInput* input,
                     TmbMessage*     why);

/// Settings and columns, for X.json: a new reference, or null without memory.
json_t*
tmb_note_writer_about(const TmbNoteSettings* settings);

#endif // TMB_FEATURES_NOTES_H
