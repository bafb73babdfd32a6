// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_PHRASE_LIST_H
#define TMB_TEST_PHRASE_LIST_H

#include "dsp/status.h"
#include "trainer/csv_table.h"

#include <stdbool.h>
#include <stdint.h>

#define PHRASE_RATE 44100U ///< Recordings of other rates are not taken

/// A recording that phrases can be made of; its texts are the list's.
typedef struct {
  const char* path; ///< From the corpus's folder
  const char* class_name;
  const char* source;
  bool        is_even; ///< Of the half to report, not the one to tune on
} PhraseEntry;

/// The notes of a corpus.
typedef struct {
  TmbCsvTable* table;
  PhraseEntry* entries; ///< [n] By class, half, source and path
  uint32_t     n;
} PhraseList;

/**
   List the notes of the phrases' rate, of sources that have at least 8 in a
   class, and put them into halves: a class's sources, by name, into the one and
   the other by turns, and so the recordings of a lone source.

   @param corpus Folder with a manifest.csv: columns path, class, source and
   kind, which is "note" for what is taken.
   @param[out] list To be freed with phrase_list_free() after an error too.
   @param[out] why One sentence that names the file.
*/
TmbStatus
phrase_list_read(const char* corpus, PhraseList* list, TmbMessage* why);

void
phrase_list_free(PhraseList* list);

/// Of n entries, how many from the first on are of its class and half.
uint32_t
phrase_list_half(const PhraseEntry* entries, uint32_t n);

/// Of n entries, how many from the first on are of its class, half and source.
uint32_t
phrase_list_source(const PhraseEntry* entries, uint32_t n);

#endif // TMB_TEST_PHRASE_LIST_H
