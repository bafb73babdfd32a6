// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/json_parts.h"
#include "trainer/row_format.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/// Six decimals, which 15 digits hold for any length of recording.
static json_t*
json_number(const double value)
{
  return isfinite(value) ? json_real(round(value * 1e6) / 1e6) : json_null();
}

static json_t*
json_alternatives(const TmbNoteRow* const note)
{
  json_t* const array = json_array();
  for (uint32_t i = 0U; i < note->n_alternatives; ++i) {
    const TmbGuess* const guess = &note->alternatives[i];
    if (json_array_append_new(array,
                              json_pack("{s:s, s:o}",
                                        "label",
                                        tmb_guess_label(guess),
                                        "confidence",
                                        json_number(guess->confidence)))) {
      json_decref(array);
      return NULL;
    }
  }
  return array;
}

/// Write a row, null if memory ran out, and let go of it.
static bool
json_line(FILE* const out, json_t* const row)
{
  const bool is_written =
    row && !json_dumpf(row, out, JSON_COMPACT | JSON_REAL_PRECISION(15)) &&
    fputc('\n', out) != EOF;
  json_decref(row);
  return is_written;
}

static bool
jsonl_note(FILE* const             out,
           const char* const       path,
           const TmbNoteRow* const note)
{
  const TmbClass* const instrument = note->guess.instrument;
  return json_line(
    out,
    json_pack("{s:s, s:o, s:o, s:o, s:s, s:s?, s:o, s:o, s:o}",
              "type",
              "note",
              "file",
              tmb_json_text(path),
              "onset",
              json_number(note->onset_s),
              "duration",
              json_number(note->duration_s),
              "label",
              tmb_guess_label(&note->guess),
              "family",
              tmb_guess_family(&note->guess),
              "confidence",
              json_number(note->guess.confidence),
              "program",
              instrument ? json_integer(instrument->program) : json_null(),
              "alternatives",
              json_alternatives(note)));
}

static bool
jsonl_file(FILE* const             out,
           const char* const       path,
           const TmbFileRow* const file)
{
  return json_line(out,
                   json_pack("{s:s, s:o, s:s, s:s?, s:o, s:I, s:o, s:I}",
                             "type",
                             "file",
                             "file",
                             tmb_json_text(path),
                             "label",
                             tmb_guess_label(&file->guess),
                             "family",
                             tmb_guess_family(&file->guess),
                             "confidence",
                             json_number(file->guess.confidence),
                             "notes",
                             (json_int_t)file->n_notes,
                             "seconds",
                             json_number(file->seconds),
                             "rate",
                             (json_int_t)file->rate_hz));
}

static bool
jsonl_error(FILE* const out, const char* const path, const char* const reason)
{
  return json_line(out,
                   json_pack("{s:s, s:o, s:o}",
                             "type",
                             "error",
                             "file",
                             tmb_json_text(path),
                             "error",
                             tmb_json_text(reason)));
}

const TmbRowFormat tmb_jsonl_rows = {
  .name  = "jsonl",
  .note  = jsonl_note,
  .file  = jsonl_file,
  .error = jsonl_error,
};
