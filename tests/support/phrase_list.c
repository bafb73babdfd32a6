// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/phrase_list.h"

#include "trainer/audio_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_RECORDINGS 8U ///< Of a source
#define MAX_PATH 1024U

static int
by_source(const void* const left, const void* const right)
{
  const PhraseEntry* const a = (const PhraseEntry*)left;
  const PhraseEntry* const b = (const PhraseEntry*)right;
  const int                c = strcmp(a->class_name, b->class_name);
  const int                s = strcmp(a->source, b->source);
  return c ? c : s ? s : strcmp(a->path, b->path);
}

static int
by_half(const void* const left, const void* const right)
{
  const PhraseEntry* const a = (const PhraseEntry*)left;
  const PhraseEntry* const b = (const PhraseEntry*)right;
  const int                c = strcmp(a->class_name, b->class_name);
  const int                h = a->is_even - b->is_even;
  return c ? c : h ? h : by_source(left, right);
}

static bool
is_same_class(const PhraseEntry* const a, const PhraseEntry* const b)
{
  return !strcmp(a->class_name, b->class_name);
}

static bool
is_same_half(const PhraseEntry* const a, const PhraseEntry* const b)
{
  return is_same_class(a, b) && a->is_even == b->is_even;
}

static bool
is_same_source(const PhraseEntry* const a, const PhraseEntry* const b)
{
  return is_same_half(a, b) && !strcmp(a->source, b->source);
}

/// Entries from the first on that are like it.
static uint32_t
count_like(const PhraseEntry* const entries,
           const uint32_t           n,
           bool (*is_like)(const PhraseEntry* a, const PhraseEntry* b))
{
  uint32_t i = 0U;
  while (i < n && is_like(entries, &entries[i])) {
    ++i;
  }
  return i;
}

uint32_t
phrase_list_half(const PhraseEntry* const entries, const uint32_t n)
{
  return count_like(entries, n, is_same_half);
}

uint32_t
phrase_list_source(const PhraseEntry* const entries, const uint32_t n)
{
  return count_like(entries, n, is_same_source);
}

/// Leave out small sources; entries are by source.
static void
drop_small_sources(PhraseList* const self)
{
  uint32_t n_kept = 0U;
  for (uint32_t i = 0U; i < self->n;) {
    PhraseEntry* const first = self->entries + i;
    const uint32_t     n     = phrase_list_source(first, self->n - i);
    if (n >= LEAST_RECORDINGS) {
      memmove(self->entries + n_kept, first, n * sizeof(PhraseEntry));
      n_kept += n;
    }
    i += n;
  }
  self->n = n_kept;
}

/// Put the sources of a class into halves, or a lone source's recordings.
static void
halve_class(PhraseEntry* const entries, const uint32_t n)
{
  const bool is_alone = phrase_list_source(entries, n) == n;
  bool       is_even  = false;
  for (uint32_t i = 0U; i < n;) {
    const uint32_t n_like = phrase_list_source(entries + i, n - i);
    for (uint32_t j = 0U; j < n_like; ++j) {
      entries[i + j].is_even = is_alone ? j % 2U : is_even;
    }
    is_even = !is_even;
    i += n_like;
  }
}

static bool
has_rate(const char* const path)
{
  TmbAudioFile* file  = NULL;
  TmbMessage    why   = { "" };
  const bool    found = !tmb_audio_open(path, &file, &why) &&
                     tmb_audio_info(file)->rate_hz == (double)PHRASE_RATE;
  tmb_audio_close(file);
  return found;
}

/// Take the manifest's rows that can be used.
static void
take_rows(PhraseList* const self, const char* const corpus)
{
  const TmbCsvTable* const table      = self->table;
  const size_t             name       = tmb_csv_table_column(table, "path");
  const size_t             class_name = tmb_csv_table_column(table, "class");
  const size_t             source     = tmb_csv_table_column(table, "source");
  const size_t             kind       = tmb_csv_table_column(table, "kind");
  for (size_t row = 0U; row < tmb_csv_table_rows(table); ++row) {
    const PhraseEntry entry = {
      .path       = tmb_csv_table_field(table, row, name),
      .class_name = tmb_csv_table_field(table, row, class_name),
      .source     = tmb_csv_table_field(table, row, source),
    };
    char path[MAX_PATH];
    (void)snprintf(path, sizeof(path), "%s/%s", corpus, entry.path);
    if (!strcmp(tmb_csv_table_field(table, row, kind), "note") &&
        has_rate(path)) {
      self->entries[self->n++] = entry;
    }
  }
}

TmbStatus
phrase_list_read(const char* const corpus,
                 PhraseList* const list,
                 TmbMessage* const why)
{
  char path[MAX_PATH];
  (void)snprintf(path, sizeof(path), "%s/manifest.csv", corpus);
  *list                  = (PhraseList){ .n = 0U };
  const TmbStatus status = tmb_csv_table_read(path, &list->table, why);
  if (status) {
    return status;
  }

  list->entries = (PhraseEntry*)calloc(tmb_csv_table_rows(list->table) + 1U,
                                       sizeof(PhraseEntry));
  if (!list->entries) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }

  take_rows(list, corpus);
  qsort(list->entries, list->n, sizeof(PhraseEntry), by_source);
  drop_small_sources(list);
  for (uint32_t i = 0U; i < list->n;) {
    PhraseEntry* const first = list->entries + i;
    const uint32_t     n     = count_like(first, list->n - i, is_same_class);
    halve_class(first, n);
    i += n;
  }
  qsort(list->entries, list->n, sizeof(PhraseEntry), by_half);
  return list->n ? TMB_OK
                 : tmb_fail(TMB_BAD_FILE,
                            why,
                            "%s: no source has %u notes at %u Hz",
                            path,
                            LEAST_RECORDINGS,
                            PHRASE_RATE);
}

void
phrase_list_free(PhraseList* const list)
{
  free(list->entries);
  tmb_csv_table_free(list->table);
  *list = (PhraseList){ .n = 0U };
}
