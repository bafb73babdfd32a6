// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ROW_FORMAT_H
#define TMB_ROW_FORMAT_H

#include "trainer/rows.h"

/**
   Each function writes to `rows->out`, and returns false if memory ran out.

   A format without `error` is for one recording only, and may write to
   `rows->aside` what it can write out only when all notes are known.
*/
struct TmbRowFormatImpl {
  const char* name;
  const char* extension;                         ///< Such as ".csv"
  bool (*start)(TmbRows* rows);                  ///< May be null
  bool (*open)(TmbRows* rows, const char* path); ///< May be null
  bool (*note)(TmbRows* rows, const char* path, const TmbNoteRow* note);
  /// May be null
  bool (*file)(TmbRows* rows, const char* path, const TmbFileRow* file);
  bool (*error)(TmbRows* rows, const char* path, const char* reason); ///< Same
};

extern const TmbRowFormat tmb_table_rows;
extern const TmbRowFormat tmb_jsonl_rows;
extern const TmbRowFormat tmb_csv_rows;
extern const TmbRowFormat tmb_audacity_rows;
extern const TmbRowFormat tmb_lab_rows;
extern const TmbRowFormat tmb_jams_rows;
extern const TmbRowFormat tmb_midi_rows;

/// The instrument's name, or "unknown".
const char*
tmb_guess_label(const TmbGuess* guess);

/// The instrument's family; with a question mark, that of an unknown one; or
/// null.
const char*
tmb_guess_family(const TmbGuess* guess);

/// When a note ends, in seconds: its onset if its duration is not finite.
double
tmb_note_end(const TmbNoteRow* note);

#endif // TMB_ROW_FORMAT_H
