// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ROWS_H
#define TMB_ROWS_H

#include "dsp/attributes.h"
#include "dsp/model.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TMB_N_ALTERNATIVES 3U

/// A class and what speaks for it.
typedef struct {
  const TmbClass*  instrument;        ///< Null if unknown
  double           confidence;        ///< 0 to 1
  const TmbFamily* family;            ///< Of an unknown one, if that is known
  double           family_confidence; ///< 0 to 1, if there is a family
} TmbGuess;

/// A note in a recording.
typedef struct {
  double   onset_s;
  double   duration_s;
  TmbGuess guess;
  int      class_index; ///< Of the instrument in its model, or #TMB_UNKNOWN
  uint32_t n_alternatives;
  TmbGuess alternatives[TMB_N_ALTERNATIVES]; ///< The likeliest first
} TmbNoteRow;

/// A whole recording.
typedef struct {
  TmbGuess guess;
  uint64_t n_notes;
  double   seconds;
  double   rate_hz;
} TmbFileRow;

/// A way to write rows, such as "table" for people and "csv" for programs; see
/// docs/label-formats.md.
typedef struct TmbRowFormatImpl TmbRowFormat;

/// The names of all formats, in words.
#define TMB_ROW_FORMATS "table, jsonl, csv, audacity, lab, jams or midi"

/// A format by its name, or null.
const TmbRowFormat*
tmb_row_format(const char* name);

const char*
tmb_row_format_name(const TmbRowFormat* format);

/// Whether a format is for one recording, so that several need a file each.
bool
tmb_row_format_is_single(const TmbRowFormat* format);

/// How the names of its files end, such as ".csv".
const char*
tmb_row_format_extension(const TmbRowFormat* format);

/**
   Where rows go, and what was written of the recording at hand.

   For each file: tmb_rows_open(), its notes, then tmb_rows_file(); or at any
   point instead tmb_rows_error(), of which a format for one recording says
   nothing.  The last two flush, so that a reader has whole files.  Each
   function returns #TMB_OK, #TMB_NO_MEMORY, or #TMB_WRITE_FAILED with the
   reason in `why`.

   A path need not be UTF-8: JSON gets a replacement character for each stray
   byte, the table also for control characters, CSV gets the bytes.
*/
typedef struct {
  FILE*               out; ///< Borrowed
  const TmbRowFormat* format;
  const char*         name;  ///< Of `out` in messages; borrowed
  FILE*               aside; ///< See tmb_spool_open(); borrowed, and needed
                             ///< only if the format is for one recording
  uint64_t n_notes;          ///< Written of this recording
  uint64_t tick;             ///< Where its format is in time
} TmbRows;

/// Before the first file: the header line, if the format has one.
TMB_NODISCARD TmbStatus
tmb_rows_start(TmbRows* rows, TmbMessage* why);

TMB_NODISCARD TmbStatus
tmb_rows_open(TmbRows* rows, const char* path, TmbMessage* why);

TMB_NODISCARD TmbStatus
tmb_rows_note(TmbRows*          rows,
              const char*       path,
              const TmbNoteRow* note,
              TmbMessage*       why);

TMB_NODISCARD TmbStatus
tmb_rows_file(TmbRows*          rows,
              const char*       path,
              const TmbFileRow* file,
              TmbMessage*       why);

/// What a sentence says of a path, without what tmb_text_shown() shows of it,
/// with which it begins.
const char*
tmb_rows_reason(const char* sentence, const char* path);

/// @param reason A sentence; if it begins with the path, that is left out.
TMB_NODISCARD TmbStatus
tmb_rows_error(TmbRows*    rows,
               const char* path,
               const char* reason,
               TmbMessage* why);

#endif // TMB_ROWS_H
