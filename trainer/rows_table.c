// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/row_format.h"
#include "trainer/text.h"

#include <inttypes.h>
#include <stdlib.h>

/// Of the column of instruments, in characters.
#define LABEL_WIDTH 18U

/// Write a path that is safe to show, between two texts.
static bool
table_path(FILE* const       out,
           const char* const before,
           const char* const path,
           const char* const after)
{
  char* const clean = tmb_text_clean(path, true);
  if (!clean) {
    return false;
  }
  (void)fprintf(out, "%s%s%s", before, clean, after);
  free(clean);
  return true;
}

static bool
table_open(TmbRows* const rows, const char* const path)
{
  static const char columns[] =
    "\n     onset  duration  confidence  instrument        family\n";
  return table_path(rows->out, "", path, columns);
}

/// What people read first, and how likely it is: the instrument, or if that is
/// unknown, its family.
static const char*
best_name(const TmbGuess* const guess, double* const confidence)
{
  const bool is_family = !guess->instrument && guess->family;
  *confidence = is_family ? guess->family_confidence : guess->confidence;
  return is_family ? tmb_guess_family(guess) : tmb_guess_label(guess);
}

static bool
table_note(TmbRows* const          rows,
           const char* const       path,
           const TmbNoteRow* const note)
{
  (void)path;

  FILE* const           out        = rows->out;
  double                confidence = 0.0;
  const char* const     name       = best_name(&note->guess, &confidence);
  const TmbClass* const instrument = note->guess.instrument;
  const size_t          n          = tmb_text_length(name);
  const int             pad = n < LABEL_WIDTH ? (int)(LABEL_WIDTH - n) : 1;
  (void)fprintf(out,
                "%10.3f%10.3f%10.0f %%  ",
                note->onset_s,
                note->duration_s,
                100.0 * confidence);
  if (instrument) {
    (void)fprintf(out, "%s%*s%s\n", name, pad, "", instrument->family);
  } else {
    const char* const likely = tmb_guess_label(&note->alternatives[0]);
    (void)fprintf(out, "%s%*s(%s?)\n", name, pad, "", likely);
  }
  return true;
}

static bool
table_file(TmbRows* const          rows,
           const char* const       path,
           const TmbFileRow* const file)
{
  (void)path;

  FILE* const       out        = rows->out;
  double            confidence = 0.0;
  const char* const name       = best_name(&file->guess, &confidence);
  (void)fprintf(out, "  %s", name);
  if (file->guess.instrument) {
    (void)fprintf(out, " (%s)", file->guess.instrument->family);
  }
  (void)fprintf(out,
                ", %.0f %%: %" PRIu64 " %s in %.3f s at %.0f Hz\n\n",
                100.0 * confidence,
                file->n_notes,
                file->n_notes == 1U ? "note" : "notes",
                file->seconds,
                file->rate_hz);
  return true;
}

static bool
table_error(TmbRows* const    rows,
            const char* const path,
            const char* const reason)
{
  (void)reason; // Stands on stderr, most often the same terminal
  return table_path(rows->out, "  no label for ", path, "\n\n");
}

const TmbRowFormat tmb_table_rows = {
  .name      = "table",
  .extension = ".txt",
  .open      = table_open,
  .note      = table_note,
  .file      = table_file,
  .error     = table_error,
};
