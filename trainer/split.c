// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/split.h"

#include "trainer/csv_table.h"
#include "trainer/random.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SOURCE_FOLDS 1000
#define NO_FOLD UINT32_MAX
#define HELD_FOLD 0U ///< The only one held out that chance deals
#define KEPT_FOLD 1U

const char* const tmb_split_names[TMB_N_SPLITS] = { "recordings",
                                                    "segments",
                                                    "sources" };

/// A source by its size, to be dealt.
typedef struct {
  uint32_t source;
  uint32_t n_recordings;
} Share;

/// The largest first; equal ones in the order of their names.
static int
compare_shares(const void* const a, const void* const b)
{
  const Share* const left  = (const Share*)a;
  const Share* const right = (const Share*)b;
  if (left->n_recordings != right->n_recordings) {
    return (left->n_recordings < right->n_recordings) ? 1 : -1;
  }
  return (left->source > right->source) ? 1 : -1;
}

static TmbStatus
deal_sources(TmbFolds* const folds, const TmbCorpus* const corpus)
{
  Share* const shares = (Share*)calloc(corpus->n_sources, sizeof(Share));
  if (!shares) {
    return TMB_NO_MEMORY;
  }
  for (uint32_t i = 0U; i < corpus->n_sources; ++i) {
    shares[i].source = i;
  }
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    ++shares[corpus->recordings[i].source].n_recordings;
  }
  qsort(shares, corpus->n_sources, sizeof(Share), compare_shares);

  uint32_t dealt[TMB_N_FOLDS] = { 0U };
  for (uint32_t i = 0U; i < corpus->n_sources; ++i) {
    uint32_t least = 0U;
    for (uint32_t fold = 1U; fold < TMB_N_FOLDS; ++fold) {
      least = (dealt[fold] < dealt[least]) ? fold : least;
    }
    folds->of_source[shares[i].source] = least;
    dealt[least] += shares[i].n_recordings;
  }
  free(shares);

  folds->n_source_folds =
    (corpus->n_sources < TMB_N_FOLDS) ? corpus->n_sources : TMB_N_FOLDS;
  return TMB_OK;
}

static uint32_t
find_source(const TmbCorpus* const corpus, const char* const name)
{
  uint32_t i = 0U;
  while (i < corpus->n_sources && strcmp(corpus->sources[i], name) != 0) {
    ++i;
  }
  return i;
}

static TmbStatus
read_rows(TmbFolds* const          folds,
          const TmbCorpus* const   corpus,
          const char* const        path,
          const TmbCsvTable* const table,
          TmbMessage* const        why)
{
  const size_t source_column = tmb_csv_table_column(table, "source");
  const size_t fold_column   = tmb_csv_table_column(table, "fold");
  if (source_column == TMB_NO_COLUMN || fold_column == TMB_NO_COLUMN) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: there is no column \"%s\"",
                    path,
                    source_column == TMB_NO_COLUMN ? "source" : "fold");
  }

  for (uint32_t i = 0U; i < corpus->n_sources; ++i) {
    folds->of_source[i] = NO_FOLD;
  }
  for (size_t i = 0U; i < tmb_csv_table_rows(table); ++i) {
    const char* const text = tmb_csv_table_field(table, i, fold_column);
    char*             end  = NULL;
    const long        fold = strtol(text, &end, 10);
    if (end == text || *end || fold < 0 || fold >= MAX_SOURCE_FOLDS) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: \"%s\" in row %zu is not a fold from 0 to %d",
                      path,
                      text,
                      i + 2U,
                      MAX_SOURCE_FOLDS - 1);
    }

    // The file may speak of sources that were left out
    const uint32_t source =
      find_source(corpus, tmb_csv_table_field(table, i, source_column));
    if (source < corpus->n_sources) {
      folds->of_source[source] = (uint32_t)fold;
      if ((uint32_t)fold >= folds->n_source_folds) {
        folds->n_source_folds = (uint32_t)fold + 1U;
      }
    }
  }

  for (uint32_t i = 0U; i < corpus->n_sources; ++i) {
    if (folds->of_source[i] == NO_FOLD) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: the source \"%s\" has no fold",
                      path,
                      corpus->sources[i]);
    }
  }
  return TMB_OK;
}

TmbStatus
tmb_folds_init(TmbFolds* const        folds,
               const TmbCorpus* const corpus,
               const uint64_t         seed,
               TmbMessage* const      why)
{
  static const char name[] = "/folds.csv";

  const size_t size = strlen(corpus->folder) + sizeof(name);
  char* const  path = (char*)malloc(size);

  *folds = (TmbFolds){
    .seed      = seed,
    .of_source = (uint32_t*)calloc(corpus->n_sources, sizeof(uint32_t)),
  };
  (void)tmb_fail(TMB_NO_MEMORY, why, "out of memory");

  TmbStatus status = TMB_NO_MEMORY;
  if (path && folds->of_source) {
    (void)snprintf(path, size, "%s%s", corpus->folder, name);

    struct stat  info;
    TmbCsvTable* table = NULL;
    if (stat(path, &info)) {
      status = deal_sources(folds, corpus);
    } else {
      status = tmb_csv_table_read(path, &table, why);
      if (!status) {
        status = read_rows(folds, corpus, path, table, why);
        tmb_csv_table_free(table);
      }
    }
  }
  free(path);
  return status;
}

void
tmb_folds_clear(TmbFolds* const folds)
{
  free(folds->of_source);
  folds->of_source = NULL;
}

static uint64_t
hash_recording(const TmbFolds* const folds, const TmbRecording* const recording)
{
  return tmb_hash(folds->seed, recording->name, strlen(recording->name));
}

bool
tmb_fold_has_recording(const TmbFolds* const     folds,
                       const TmbSplit            split,
                       const uint32_t            fold,
                       const TmbRecording* const recording)
{
  switch (split) {
    case TMB_SPLIT_RECORDINGS:
      return (recording == folds->kept_recordings[recording->class_index]
                ? KEPT_FOLD
                : hash_recording(folds, recording) % TMB_N_FOLDS) == fold;
    case TMB_SPLIT_SOURCES:
      return folds->of_source[recording->source] == fold;
    case TMB_SPLIT_SEGMENTS:
    case TMB_N_SPLITS:
      break;
  }
  return false;
}

bool
tmb_fold_has_segment(const TmbFolds* const   folds,
                     const TmbSplit          split,
                     const uint32_t          fold,
                     const TmbCorpus* const  corpus,
                     const TmbDataset* const dataset,
                     const uint32_t          note,
                     const uint32_t          age)
{
  const TmbNote* const      self      = &dataset->notes[note];
  const TmbRecording* const recording = &corpus->recordings[self->recording];
  if (split != TMB_SPLIT_SEGMENTS) {
    return tmb_fold_has_recording(folds, split, fold, recording);
  }

  const uint32_t last    = tmb_dataset_ages(dataset, note) - 1U;
  const uint32_t reached = (age < last) ? age : last;
  if (!reached && self == folds->kept_notes[self->class_index]) {
    return fold == KEPT_FOLD;
  }

  char      segment[32];
  const int n =
    snprintf(segment, sizeof(segment), "%u %u", self->number, reached);
  return tmb_hash(hash_recording(folds, recording), segment, (size_t)n) %
           TMB_N_FOLDS ==
         fold;
}

/// For each class of which fold 0 has all, the first note; else null.
static void
find_held_classes(const TmbFolds* const   folds,
                  const TmbSplit          split,
                  const TmbCorpus* const  corpus,
                  const TmbDataset* const dataset,
                  const TmbNote*          first[TMB_MAX_CLASSES])
{
  bool is_taught[TMB_MAX_CLASSES] = { false };
  for (uint32_t i = 0U; i < dataset->n_notes; ++i) {
    const TmbNote* const note   = &dataset->notes[i];
    const uint32_t       n_ages = tmb_dataset_ages(dataset, i);
    bool* const          taught = &is_taught[note->class_index];
    for (uint32_t age = 0U; !*taught && age < n_ages; ++age) {
      *taught =
        !tmb_fold_has_segment(folds, split, HELD_FOLD, corpus, dataset, i, age);
    }
    if (*taught) {
      first[note->class_index] = NULL;
    } else if (!first[note->class_index]) {
      first[note->class_index] = note;
    }
  }
}

void
tmb_folds_keep(TmbFolds* const         folds,
               const TmbCorpus* const  corpus,
               const TmbDataset* const dataset)
{
  const TmbNote* segments[TMB_MAX_CLASSES]   = { NULL };
  const TmbNote* recordings[TMB_MAX_CLASSES] = { NULL };
  find_held_classes(folds, TMB_SPLIT_SEGMENTS, corpus, dataset, segments);
  find_held_classes(folds, TMB_SPLIT_RECORDINGS, corpus, dataset, recordings);

  for (uint32_t i = 0U; i < corpus->n_classes; ++i) {
    folds->kept_notes[i] = segments[i];
    folds->kept_recordings[i] =
      recordings[i] ? &corpus->recordings[recordings[i]->recording] : NULL;
  }
}
