// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/json_parts.h"
#include "trainer/row_format.h"
#include "trainer/row_json.h"

#include <jansson.h>
#include <stdio.h>

/// Write a row, null if memory ran out, and let go of it.
static bool
json_line(FILE* const out, json_t* const row)
{
  return tmb_row_dump(out, row) && fputc('\n', out) != EOF;
}

static bool
jsonl_note(TmbRows* const          rows,
           const char* const       path,
           const TmbNoteRow* const note)
{
  return json_line(rows->out,
                   json_pack("{s:s, s:o, s:o, s:o, s:s, s:s?, s:o, s:o, s:o}",
                             "type",
                             "note",
                             "file",
                             tmb_json_text(path),
                             "onset",
                             tmb_row_number(note->onset_s),
                             "duration",
                             tmb_row_number(note->duration_s),
                             "label",
                             tmb_guess_label(&note->guess),
                             "family",
                             tmb_guess_family(&note->guess),
                             "confidence",
                             tmb_row_number(note->guess.confidence),
                             "program",
                             tmb_row_program(&note->guess),
                             "alternatives",
                             tmb_row_alternatives(note)));
}

static bool
jsonl_file(TmbRows* const          rows,
           const char* const       path,
           const TmbFileRow* const file)
{
  return json_line(rows->out,
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
                             tmb_row_number(file->guess.confidence),
                             "notes",
                             (json_int_t)file->n_notes,
                             "seconds",
                             tmb_row_number(file->seconds),
                             "rate",
                             (json_int_t)file->rate_hz));
}

static bool
jsonl_error(TmbRows* const    rows,
            const char* const path,
            const char* const reason)
{
  return json_line(rows->out,
                   json_pack("{s:s, s:o, s:o}",
                             "type",
                             "error",
                             "file",
                             tmb_json_text(path),
                             "error",
                             tmb_json_text(reason)));
}

const TmbRowFormat tmb_jsonl_rows = {
  .name      = "jsonl",
  .extension = ".jsonl",
  .note      = jsonl_note,
  .file      = jsonl_file,
  .error     = jsonl_error,
};
