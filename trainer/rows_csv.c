// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/row_format.h"

#include <csv.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

// As in RFC 4180: texts are quoted, numbers are not, lines end with CR LF.

static bool
csv_start(TmbRows* const rows)
{
  (void)fputs("type,file,onset,duration,label,family,confidence,program,notes,"
              "seconds,rate,error\r\n",
              rows->out);
  return true;
}

/// The columns that every row begins with.
static void
csv_begin(FILE* const out, const char* const type, const char* const path)
{
  (void)fprintf(out, "%s,", type);
  (void)csv_fwrite(out, path, strlen(path));
}

/// A number after its comma; none if it is not finite.
static void
csv_number(FILE* const out, const double value)
{
  (void)fputc(',', out);
  if (isfinite(value)) {
    (void)fprintf(out, "%.6f", value);
  }
}

static void
csv_guess(FILE* const out, const TmbGuess* const guess)
{
  const char* const label  = tmb_guess_label(guess);
  const char* const family = tmb_guess_family(guess);
  (void)fputc(',', out);
  (void)csv_fwrite(out, label, strlen(label));
  (void)fputc(',', out);
  if (family) {
    (void)csv_fwrite(out, family, strlen(family));
  }
  csv_number(out, guess->confidence);
}

static bool
csv_note(TmbRows* const          rows,
         const char* const       path,
         const TmbNoteRow* const note)
{
  FILE* const out = rows->out;
  csv_begin(out, "note", path);
  csv_number(out, note->onset_s);
  csv_number(out, note->duration_s);
  csv_guess(out, &note->guess);
  if (note->guess.instrument) {
    (void)fprintf(out, ",%d,,,,\r\n", note->guess.instrument->program);
  } else {
    (void)fputs(",,,,,\r\n", out);
  }
  return true;
}

static bool
csv_file(TmbRows* const          rows,
         const char* const       path,
         const TmbFileRow* const file)
{
  FILE* const out = rows->out;
  csv_begin(out, "file", path);
  (void)fputs(",,", out);
  csv_guess(out, &file->guess);
  (void)fprintf(out, ",,%" PRIu64, file->n_notes);
  csv_number(out, file->seconds);
  (void)fprintf(out, ",%.0f,\r\n", file->rate_hz);
  return true;
}

static bool
csv_failure(TmbRows* const    rows,
            const char* const path,
            const char* const reason)
{
  FILE* const out = rows->out;
  csv_begin(out, "error", path);
  (void)fputs(",,,,,,,,,,", out);
  (void)csv_fwrite(out, reason, strlen(reason));
  (void)fputs("\r\n", out);
  return true;
}

const TmbRowFormat tmb_csv_rows = {
  .name      = "csv",
  .extension = ".csv",
  .start     = csv_start,
  .note      = csv_note,
  .file      = csv_file,
  .error     = csv_failure,
};
