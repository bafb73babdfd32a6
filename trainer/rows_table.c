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
table_open(FILE* const out, const char* const path)
{
  static const char columns[] =
    "\n     onset  duration  confidence  instrument        family\n";
  return table_path(out, "", path, columns);
}

static bool
table_note(FILE* const             out,
           const char* const       path,
           const TmbNoteRow* const note)
{
  (void)path;
  (void)fprintf(out,
                "%10.3f%10.3f%10.0f %%  ",
                note->onset_s,
                note->duration_s,
                100.0 * note->guess.confidence);

  const TmbClass* const instrument = note->guess.instrument;
  if (!instrument) {
    (void)fprintf(out,
                  "%-*s(%s?)\n",
                  (int)LABEL_WIDTH,
                  TMB_UNKNOWN_LABEL,
                  tmb_guess_label(&note->alternatives[0]));
    return true;
  }

  const size_t n   = tmb_text_length(instrument->name);
  const size_t pad = n < LABEL_WIDTH ? LABEL_WIDTH - n : 1U;
  (void)fprintf(
    out, "%s%*s%s\n", instrument->name, (int)pad, "", instrument->family);
  return true;
}

static bool
table_file(FILE* const             out,
           const char* const       path,
           const TmbFileRow* const file)
{
  (void)path;
  (void)fprintf(out, "  %s", tmb_guess_label(&file->guess));
  if (file->guess.instrument) {
    (void)fprintf(out, " (%s)", file->guess.instrument->family);
  }
  (void)fprintf(out,
                ", %.0f %%: %" PRIu64 " %s in %.3f s at %.0f Hz\n\n",
                100.0 * file->guess.confidence,
                file->n_notes,
                file->n_notes == 1U ? "note" : "notes",
                file->seconds,
                file->rate_hz);
  return true;
}

static bool
table_error(FILE* const out, const char* const path, const char* const reason)
{
  (void)reason; // Stands on stderr, most often the same terminal
  return table_path(out, "  no label for ", path, "\n\n");
}

const TmbRowFormat tmb_table_rows = {
  .name  = "table",
  .open  = table_open,
  .note  = table_note,
  .file  = table_file,
  .error = table_error,
};
