// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/journal.h"

#include "trainer/line_file.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT_KEY "journal"

struct TmbJournalImpl {
  TmbLineFile lines;
  json_t*     run;
  uint64_t    n_bytes;
  uint64_t    n_total; ///< If it is over
  bool        is_over;
  bool        has_ended; ///< No line is to be read any more
};

bool
tmb_journal_start(FILE* const out, json_t* const run)
{
  const bool is_written =
    run &&
    !json_object_set_new(run, FORMAT_KEY, json_integer(TMB_JOURNAL_FORMAT)) &&
    !json_dumpf(run, out, JSON_COMPACT | JSON_SORT_KEYS) &&
    fputc('\n', out) != EOF;
  json_decref(run);
  return is_written;
}

void
tmb_journal_put(FILE* const out, const TmbJournalEntry* const entry)
{
  (void)fprintf(out,
                "%" PRIu64 " %016" PRIx64 " %" PRIu64 " %d %.17g\n",
                entry->index,
                entry->hash,
                entry->end,
                entry->failed,
                entry->seconds);
}

void
tmb_journal_put_end(FILE* const out, const uint64_t n_total)
{
  (void)fprintf(out, "end %" PRIu64 "\n", n_total);
}

static TmbStatus
read_run(TmbJournal* const self, const char* const path, TmbMessage* const why)
{
  const bool has_line = tmb_line_file_next(&self->lines);
  if (has_line && self->lines.has_end) {
    self->run = json_loadb(self->lines.text, self->lines.n, 0, NULL);
  }

  const json_t* const format = json_object_get(self->run, FORMAT_KEY);
  if (!json_is_integer(format) || json_integer_value(format) < 1) {
    return tmb_fail(
      TMB_BAD_FILE, why, "%s: not a journal of timbrel label", path);
  }
  if (json_integer_value(format) > TMB_JOURNAL_FORMAT) {
    return tmb_fail(
      TMB_TOO_NEW, why, "%s: a journal of a later version of timbrel", path);
  }
  self->n_bytes = self->lines.n + 1U;
  return TMB_OK;
}

TmbStatus
tmb_journal_open(const char* const  path,
                 TmbJournal** const journal,
                 TmbMessage* const  why)
{
  *journal               = NULL;
  TmbJournal* const self = (TmbJournal*)calloc(1U, sizeof(TmbJournal));
  if (!self) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }

  TmbStatus status = tmb_line_file_open(path, &self->lines, why);
  if (!status) {
    status = read_run(self, path, why);
  }
  if (status) {
    tmb_journal_close(self);
    return status;
  }
  *journal = self;
  return TMB_OK;
}

void
tmb_journal_close(TmbJournal* const journal)
{
  if (journal) {
    tmb_line_file_close(&journal->lines);
    json_decref(journal->run);
    free(journal);
  }
}

const json_t*
tmb_journal_run(const TmbJournal* const journal)
{
  return journal->run;
}

/// The number that a text begins with, and behind it the separator.
static bool
take_number(const char** const text,
            const int          base,
            const char         separator,
            uint64_t* const    value)
{
  char* end = NULL;
  *value    = (uint64_t)strtoull(*text, &end, base);
  if (!isxdigit((unsigned char)**text) || end == *text || *end != separator) {
    return false;
  }
  *text = end + (separator != '\0');
  return true;
}

static bool
parse_entry(const char* text, TmbJournalEntry* const entry)
{
  uint64_t failed = 0U;
  char*    end    = NULL;
  if (!take_number(&text, 10, ' ', &entry->index) ||
      !take_number(&text, 16, ' ', &entry->hash) ||
      !take_number(&text, 10, ' ', &entry->end) ||
      !take_number(&text, 10, ' ', &failed) || failed > 1U) {
    return false;
  }
  entry->failed  = failed;
  entry->seconds = strtod(text, &end);
  return end != text && !*end && entry->seconds >= 0.0 &&
         isfinite(entry->seconds);
}

bool
tmb_journal_next(TmbJournal* const self, TmbJournalEntry* const entry)
{
  static const char end_word[] = "end ";

  char       line[128];
  const bool has_line = !self->has_ended && tmb_line_file_next(&self->lines) &&
                        self->lines.has_end && self->lines.n < sizeof(line) &&
                        !memchr(self->lines.text, '\0', self->lines.n);
  self->has_ended = !has_line;
  if (!has_line) {
    return false;
  }

  memcpy(line, self->lines.text, self->lines.n);
  line[self->lines.n] = '\0';

  const bool is_entry = parse_entry(line, entry);
  if (!is_entry) {
    const char* text = line + sizeof(end_word) - 1U;
    self->has_ended  = true;
    self->is_over    = !strncmp(line, end_word, sizeof(end_word) - 1U) &&
                    take_number(&text, 10, '\0', &self->n_total);
  }
  if (is_entry || self->is_over) {
    self->n_bytes += self->lines.n + 1U;
  }
  return is_entry;
}

bool
tmb_journal_is_over(const TmbJournal* const self, uint64_t* const n_total)
{
  *n_total = self->n_total;
  return self->is_over;
}

uint64_t
tmb_journal_bytes(const TmbJournal* const self)
{
  return self->n_bytes;
}
