// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/row_format.h"

/*
  A line a note: its beginning and end in seconds and its label.  Audacity
  imports them with tabs between; what MIREX calls lab is read by splitting at
  any white space, so there a label must have none.
*/

/// Write a line.  The label's characters up to `last` become '_'.
static bool
write_line(FILE* const             out,
           const TmbNoteRow* const note,
           const char              separator,
           const unsigned char     last)
{
  (void)fprintf(out,
                "%.6f%c%.6f%c",
                note->onset_s,
                separator,
                tmb_note_end(note),
                separator);
  for (const char* c = tmb_guess_label(&note->guess); *c; ++c) {
    (void)fputc((unsigned char)*c <= last ? '_' : *c, out);
  }
  (void)fputc('\n', out);
  return true;
}

static bool
audacity_note(TmbRows* const          rows,
              const char* const       path,
              const TmbNoteRow* const note)
{
  (void)path;
  return write_line(rows->out, note, '\t', ' ' - 1);
}

static bool
lab_note(TmbRows* const          rows,
         const char* const       path,
         const TmbNoteRow* const note)
{
  (void)path;
  return write_line(rows->out, note, ' ', ' ');
}

const TmbRowFormat tmb_audacity_rows = {
  .name      = "audacity",
  .extension = ".txt",
  .note      = audacity_note,
};

const TmbRowFormat tmb_lab_rows = {
  .name      = "lab",
  .extension = ".lab",
  .note      = lab_note,
};
