// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/rows.h"

#include "trainer/row_format.h"

#include <errno.h>
#include <string.h>

const TmbRowFormat*
tmb_row_format(const char* const name)
{
  static const TmbRowFormat* const formats[] = {
    &tmb_table_rows, &tmb_jsonl_rows, &tmb_csv_rows, NULL
  };

  for (const TmbRowFormat* const* format = formats; *format; ++format) {
    if (!strcmp(name, (*format)->name)) {
      return *format;
    }
  }
  return NULL;
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

static TmbStatus
check(const TmbRows* const rows, const bool had_memory, TmbMessage* const why)
{
  if (ferror(rows->out)) {
    return tmb_fail(TMB_WRITE_FAILED,
                    why,
                    "the output can't be written: %s",
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
tmb_rows_start(const TmbRows* const rows, TmbMessage* const why)
{
  const TmbRowFormat* const format = rows->format;
  return check(rows, !format->start || format->start(rows->out), why);
}

TmbStatus
tmb_rows_open(const TmbRows* const rows,
              const char* const    path,
              TmbMessage* const    why)
{
  const TmbRowFormat* const format = rows->format;
  return check(rows, !format->open || format->open(rows->out, path), why);
}

TmbStatus
tmb_rows_note(const TmbRows* const    rows,
              const char* const       path,
              const TmbNoteRow* const note,
              TmbMessage* const       why)
{
  return check(rows, rows->format->note(rows->out, path, note), why);
}

TmbStatus
tmb_rows_file(const TmbRows* const    rows,
              const char* const       path,
              const TmbFileRow* const file,
              TmbMessage* const       why)
{
  return check_flushed(rows, rows->format->file(rows->out, path, file), why);
}

const char*
tmb_rows_reason(const char* const sentence, const char* const path)
{
  const size_t n        = strlen(path);
  const bool   has_path = !strncmp(sentence, path, n) && sentence[n] == ':';
  const char*  rest     = has_path ? sentence + n + 1U : sentence;
  return rest + (has_path && *rest == ' ');
}

TmbStatus
tmb_rows_error(const TmbRows* const rows,
               const char* const    path,
               const char* const    reason,
               TmbMessage* const    why)
{
  const char* const rest = tmb_rows_reason(reason, path);
  return check_flushed(rows, rows->format->error(rows->out, path, rest), why);
}
