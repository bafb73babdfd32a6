// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/rows.h"

#include "trainer/row_format.h"
#include "trainer/text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

const TmbRowFormat*
tmb_row_format(const char* const name)
{
  static const TmbRowFormat* const formats[] = {
    &tmb_table_rows, &tmb_jsonl_rows, &tmb_csv_rows,  &tmb_audacity_rows,
    &tmb_lab_rows,   &tmb_jams_rows,  &tmb_midi_rows, NULL
  };

  for (const TmbRowFormat* const* format = formats; *format; ++format) {
    if (!strcmp(name, (*format)->name)) {
      return *format;
    }
  }
  return NULL;
}

const char*
tmb_row_format_name(const TmbRowFormat* const format)
{
  return format->name;
}

bool
tmb_row_format_is_single(const TmbRowFormat* const format)
{
  return !format->error;
}

const char*
tmb_row_format_extension(const TmbRowFormat* const format)
{
  return format->extension;
}

const char*
tmb_guess_label(const TmbGuess* const guess)
{
  return guess->instrument ? guess->instrument->name : TMB_UNKNOWN_LABEL;
}

const char*
tmb_guess_family(const TmbGuess* const guess)
{
  if (guess->instrument) {
    return guess->instrument->family;
  }
  return guess->family ? guess->family->guess : NULL;
}

double
tmb_note_end(const TmbNoteRow* const note)
{
  const double end_s = note->onset_s + note->duration_s;
  return isfinite(end_s) ? end_s : note->onset_s;
}

static TmbStatus
check(const TmbRows* const rows, const bool had_memory, TmbMessage* const why)
{
  if (ferror(rows->out) || (rows->aside && ferror(rows->aside))) {
    return tmb_fail(TMB_WRITE_FAILED,
                    why,
                    "%s can't be written: %s",
                    rows->name,
                    strerror(errno));
  }
  return had_memory ? TMB_OK : tmb_fail(TMB_NO_MEMORY, why, "out of memory");
}

static TmbStatus
check_flushed(const TmbRows* const rows,
              const bool           had_memory,
              TmbMessage* const    why)
{
  (void)fflush(rows->out);
  return check(rows, had_memory, why);
}

TmbStatus
tmb_rows_start(TmbRows* const rows, TmbMessage* const why)
{
  const TmbRowFormat* const format = rows->format;
  return check(rows, !format->start || format->start(rows), why);
}

TmbStatus
tmb_rows_open(TmbRows* const    rows,
              const char* const path,
              TmbMessage* const why)
{
  const TmbRowFormat* const format = rows->format;
  rows->n_notes                    = 0U;
  rows->tick                       = 0U;
  if (rows->aside) {
    rewind(rows->aside);
  }
  return check(rows, !format->open || format->open(rows, path), why);
}

TmbStatus
tmb_rows_note(TmbRows* const          rows,
              const char* const       path,
              const TmbNoteRow* const note,
              TmbMessage* const       why)
{
  const bool had_memory = rows->format->note(rows, path, note);
  ++rows->n_notes;
  return check(rows, had_memory, why);
}

TmbStatus
tmb_rows_file(TmbRows* const          rows,
              const char* const       path,
              const TmbFileRow* const file,
              TmbMessage* const       why)
{
  const TmbRowFormat* const format = rows->format;
  return check_flushed(
    rows, !format->file || format->file(rows, path, file), why);
}

/// What tmb_fail() writes as a question mark.
static bool
is_control(const char c)
{
  return (unsigned char)c < 0x20U || c == 0x7F;
}

const char*
tmb_rows_reason(const char* const sentence, const char* const path)
{
  const char* rest = sentence;
  const char* c    = tmb_text_shown(path);
  while (*c && *rest && (*rest == *c || (*rest == '?' && is_control(*c)))) {
    ++rest;
    ++c;
  }
  if (*c || *rest != ':') {
    return sentence;
  }
  return rest + (rest[1] == ' ' ? 2 : 1);
}

TmbStatus
tmb_rows_error(TmbRows* const    rows,
               const char* const path,
               const char* const reason,
               TmbMessage* const why)
{
  const char* const rest = tmb_rows_reason(reason, path);
  return check_flushed(
    rows, !rows->format->error || rows->format->error(rows, path, rest), why);
}
