// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/corpus_data.h"

#include "dsp/recogniser.h"
#include "trainer/instruments.h"
#include "trainer/options.h"
#include "trainer/study.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/// Leave out the split by sources if there is nothing to be learnt from it.
static TmbStatus
choose_splits(TmbCorpusData* const self, TmbMessage* const why)
{
  const TmbDataOptions* const options = self->options;
  for (uint32_t i = 0U; i < options->n_splits; ++i) {
    if (options->splits[i] != TMB_SPLIT_SOURCES ||
        tmb_sources_can_be_held(self->corpus, &self->folds)) {
      self->splits[self->n_splits++] = options->splits[i];
    } else {
      (void)tmb_fail(TMB_BAD_FILE,
                     why,
                     "%s: sources can't be held out, since no class has two",
                     self->corpus->name);
      if (options->n_splits > 1U) {
        tmb_complain("%s", why->text);
      }
    }
  }
  return self->n_splits ? TMB_OK : TMB_BAD_FILE;
}

TmbStatus
tmb_corpus_data_list(const TmbDataOptions* const options,
                     const uint64_t              seed,
                     TmbCorpusData* const        data,
                     TmbMessage* const           why)
{
  *data = (TmbCorpusData){ .options = options,
                           .skip = { options->patterns, options->n_patterns } };

  TmbStatus status = tmb_corpus_open(
    options->corpora, options->n_corpora, &data->skip, &data->corpus, why);
  if (!status && data->corpus->n_classes < 2U) {
    status = tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: \"%s\" is the only class, and two are needed",
                      data->corpus->name,
                      data->corpus->classes[0]);
  }
  if (!status) {
    status = tmb_folds_init(&data->folds, data->corpus, seed, why);
  }
  return status ? status : choose_splits(data, why);
}

/// Find the notes, and see that at least two classes have some.
static TmbStatus
find_notes(TmbCorpusData* const self,
           const uint32_t       n_threads,
           TmbMessage* const    why)
{
  const TmbCorpus* const corpus = self->corpus;
  const TmbStatus        status = tmb_dataset_new(corpus,
                                           &tmb_default_front_end,
                                           self->options->cache,
                                           n_threads,
                                           &self->dataset);
  if (status) {
    return tmb_fail(status, why, "%s", tmb_strstatus(status));
  }

  tmb_folds_keep(&self->folds, corpus, self->dataset);
  bool has_notes[TMB_MAX_CLASSES] = { false };
  for (uint32_t i = 0U; i < self->dataset->n_notes; ++i) {
    has_notes[self->dataset->notes[i].class_index] = true;
  }
  uint32_t n_classes = 0U;
  for (uint32_t i = 0U; i < corpus->n_classes; ++i) {
    n_classes += has_notes[i];
    if (!has_notes[i]) {
      tmb_complain("%s: no note was found in the class \"%s\"",
                   corpus->name,
                   corpus->classes[i]);
    }
  }
  return (n_classes < 2U) ? tmb_fail(TMB_BAD_FILE,
                                     why,
                                     "%s: notes of two classes are needed",
                                     corpus->name)
                          : TMB_OK;
}

TmbStatus
tmb_corpus_data_listen(TmbCorpusData* const data,
                       const uint32_t       n_threads,
                       TmbMessage* const    why)
{
  const TmbStatus status = find_notes(data, n_threads, why);
  if (status) {
    return status;
  }

  const TmbCorpus* const corpus = data->corpus;
  data->classes = (TmbClass*)calloc(corpus->n_classes, sizeof(TmbClass));
  data->truths  = (int*)calloc(corpus->n_classes, sizeof(int));
  if (!data->classes || !data->truths ||
      tmb_corpus_digest(corpus, data->digest)) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }
  for (uint32_t i = 0U; i < corpus->n_classes; ++i) {
    data->classes[i] = tmb_instrument(corpus->classes[i]);
    data->truths[i] =
      strcmp(corpus->classes[i], TMB_UNKNOWN_LABEL) ? (int)i : TMB_NO_CLASS;
  }
  data->exam =
    (TmbExam){ corpus,
               data->dataset,
               data->truths,
               tmb_front_end_age(&data->dataset->front_end,
                                 (double)tmb_default_settings.decision_ms),
               n_threads };
  return TMB_OK;
}

void
tmb_corpus_data_clear(TmbCorpusData* const data)
{
  free(data->truths);
  free(data->classes);
  tmb_folds_clear(&data->folds);
  tmb_dataset_free(data->dataset);
  tmb_corpus_free(data->corpus);
}
