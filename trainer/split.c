// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/split.h"

#include "trainer/folds_file.h"
#include "trainer/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/// Give a fold to each source that has none.
static TmbStatus
deal_sources(TmbFolds* const folds, const TmbCorpus* const corpus)
{
  Share* const    shares = (Share*)calloc(corpus->n_sources, sizeof(Share));
  uint32_t* const dealt =
    (uint32_t*)calloc(TMB_MAX_SOURCE_FOLDS, sizeof(uint32_t));
  if (!shares || !dealt) {
    free(dealt);
    free(shares);
    return TMB_NO_MEMORY;
  }
  for (uint32_t i = 0U; i < corpus->n_sources; ++i) {
    shares[i].source = i;
  }
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    ++shares[corpus->recordings[i].source].n_recordings;
  }

  uint32_t n_left = 0U;
  for (uint32_t i = 0U; i < corpus->n_sources; ++i) {
    const uint32_t fold = folds->of_source[i];
    if (fold == TMB_NO_FOLD) {
      shares[n_left++] = shares[i];
    } else {
      dealt[fold] += shares[i].n_recordings;
      if (fold >= folds->n_source_folds) {
        folds->n_source_folds = fold + 1U;
      }
    }
  }
  qsort(shares, n_left, sizeof(Share), compare_shares);

  const uint32_t n_dealt = (n_left < TMB_N_FOLDS) ? n_left : TMB_N_FOLDS;
  if (folds->n_source_folds < n_dealt) {
    folds->n_source_folds = n_dealt;
  }
  for (uint32_t i = 0U; i < n_left; ++i) {
    uint32_t least = 0U;
    for (uint32_t fold = 1U; fold < folds->n_source_folds; ++fold) {
      least = (dealt[fold] < dealt[least]) ? fold : least;
    }
    folds->of_source[shares[i].source] = least;
    dealt[least] += shares[i].n_recordings;
  }
  free(dealt);
  free(shares);
  return TMB_OK;
}

TmbStatus
tmb_folds_init(TmbFolds* const        folds,
               const TmbCorpus* const corpus,
               const uint64_t         seed,
               TmbMessage* const      why)
{
  *folds = (TmbFolds){
    .seed      = seed,
    .of_source = (uint32_t*)calloc(corpus->n_sources, sizeof(uint32_t)),
  };
  (void)tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  if (!folds->of_source) {
    return TMB_NO_MEMORY;
  }

  const TmbStatus status = tmb_folds_read(corpus, folds->of_source, why);
  return status ? status : deal_sources(folds, corpus);
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
