// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/json_parts.h"
#include "trainer/row_format.h"
#include "trainer/row_json.h"
#include "trainer/spool.h"

#include <jansson.h>

#include <stdio.h>

/*
  JAMS 0.3, Humphrey et al., "JAMS: a JSON annotated music specification for
  reproducible MIR research", ISMIR 2014.

  The notes are written as they come, so memory does not grow with them; the
  rest follows, as an object's keys may stand in any order.  An observation has
  no room for more than its four keys: what else is known of a note goes to the
  annotation's sandbox, in the notes' order, and waits aside until their end.
*/

#define JAMS_VERSION "0.3.4"

static bool
jams_open(TmbRows* const rows, const char* const path)
{
  (void)path;
  (void)fputs("{\"annotations\":[{\"namespace\":\"segment_open\",\"data\":[",
              rows->out);
  return true;
}

/// What is said of a stretch of time.
static json_t*
observation(const TmbGuess* const guess,
            const double          time_s,
            const double          duration_s)
{
  return json_pack("{s:o, s:o, s:s, s:o}",
                   "time",
                   tmb_row_number(time_s),
                   "duration",
                   tmb_row_number(duration_s),
                   "value",
                   tmb_guess_label(guess),
                   "confidence",
                   tmb_row_number(guess->confidence));
}

static bool
jams_note(TmbRows* const          rows,
          const char* const       path,
          const TmbNoteRow* const note)
{
  (void)path;
  const double duration_s = tmb_note_end(note) - note->onset_s;
  if (rows->n_notes) {
    (void)fputc(',', rows->out);
    (void)fputc(',', rows->aside);
  }
  return tmb_row_dump(rows->out,
                      observation(&note->guess, note->onset_s, duration_s)) &&
         tmb_row_dump(rows->aside,
                      json_pack("{s:s?, s:o, s:o}",
                                "family",
                                tmb_guess_family(&note->guess),
                                "program",
                                tmb_row_program(&note->guess),
                                "alternatives",
                                tmb_row_alternatives(note)));
}

/// Who made an annotation.
static json_t*
metadata(void)
{
  return json_pack("{s:s, s:s}",
                   "annotation_tools",
                   "timbrel " TMB_VERSION,
                   "data_source",
                   "program");
}

/// The rest of the notes' annotation, to its end.
static bool
end_notes(TmbRows* const rows, const double seconds)
{
  FILE* const out = rows->out;
  (void)fputs("],\"annotation_metadata\":", out);
  bool ok = tmb_row_dump(out, metadata());
  (void)fputs(",\"time\":0.0,\"duration\":", out);
  ok = ok && tmb_row_dump(out, tmb_row_number(seconds));
  (void)fputs(",\"sandbox\":{\"notes\":[", out);
  ok = ok && tmb_spool_pour(rows->aside, out);
  (void)fputs("]}}", out);
  return ok;
}

/// The annotation of the whole recording.
static json_t*
recording(const TmbFileRow* const file)
{
  return json_pack("{s:s, s:[o], s:o, s:f, s:o, s:{s:s?, s:I, s:I}}",
                   "namespace",
                   "tag_open",
                   "data",
                   observation(&file->guess, 0.0, file->seconds),
                   "annotation_metadata",
                   metadata(),
                   "time",
                   0.0,
                   "duration",
                   tmb_row_number(file->seconds),
                   "sandbox",
                   "family",
                   tmb_guess_family(&file->guess),
                   "notes",
                   (json_int_t)file->n_notes,
                   "rate",
                   (json_int_t)file->rate_hz);
}

static bool
jams_file(TmbRows* const          rows,
          const char* const       path,
          const TmbFileRow* const file)
{
  FILE* const out = rows->out;
  bool        ok  = end_notes(rows, file->seconds);
  (void)fputc(',', out);
  ok = ok && tmb_row_dump(out, recording(file));
  (void)fputs("],\"file_metadata\":", out);
  ok = ok && tmb_row_dump(out,
                          json_pack("{s:s, s:o, s:{s:o}}",
                                    "jams_version",
                                    JAMS_VERSION,
                                    "duration",
                                    tmb_row_number(file->seconds),
                                    "identifiers",
                                    "file",
                                    tmb_json_text(path)));
  (void)fputs(",\"sandbox\":{}}\n", out);
  return ok;
}

const TmbRowFormat tmb_jams_rows = {
  .name      = "jams",
  .extension = ".jams",
  .open      = jams_open,
  .note      = jams_note,
  .file      = jams_file,
};
