// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/corpus.h"

#include "dsp/model.h"
#include "trainer/corpus_list.h"
#include "trainer/text.h"

#include <stdlib.h>
#include <string.h>

static int
compare_names(const void* const a, const void* const b)
{
  return strcmp(((const TmbRecording*)a)->name, ((const TmbRecording*)b)->name);
}

static int
compare_texts(const void* const a, const void* const b)
{
  return strcmp(*(const char* const*)a, *(const char* const*)b);
}

/// Sort texts and drop repetitions; returns how many are left.
static uint32_t
sort_unique(const char** const texts, const uint32_t n)
{
  qsort(texts, n, sizeof(*texts), compare_texts);

  uint32_t kept = 0U;
  for (uint32_t i = 0U; i < n; ++i) {
    if (!kept || strcmp(texts[kept - 1U], texts[i]) != 0) {
      texts[kept++] = texts[i];
    }
  }
  return kept;
}

static uint32_t
find_text(const char* const* const texts, const uint32_t n, const char* text)
{
  const char* const* const found =
    (const char* const*)bsearch(&text, texts, n, sizeof(*texts), compare_texts);
  return (uint32_t)(found - texts);
}

/// List classes and sources, and number them in each recording.
static TmbStatus
number_names(TmbCorpus* const corpus)
{
  const uint32_t n = corpus->n_recordings;
  corpus->classes  = (const char**)calloc(n, sizeof(const char*));
  corpus->sources  = (const char**)calloc(n, sizeof(const char*));
  if (!corpus->classes || !corpus->sources) {
    return TMB_NO_MEMORY;
  }

  for (uint32_t i = 0U; i < n; ++i) {
    corpus->classes[i] = corpus->recordings[i].class_name;
    corpus->sources[i] = corpus->recordings[i].source_name;
  }
  corpus->n_classes = sort_unique(corpus->classes, n);
  corpus->n_sources = sort_unique(corpus->sources, n);

  for (uint32_t i = 0U; i < n; ++i) {
    TmbRecording* const r = &corpus->recordings[i];
    r->class_index =
      find_text(corpus->classes, corpus->n_classes, r->class_name);
    r->source = find_text(corpus->sources, corpus->n_sources, r->source_name);
  }
  return TMB_OK;
}

static TmbStatus
check_names(const TmbCorpus* const corpus, TmbMessage* const why)
{
  for (uint32_t i = 1U; i < corpus->n_recordings; ++i) {
    const char* const name = corpus->recordings[i].name;
    if (!strcmp(corpus->recordings[i - 1U].name, name)) {
      return tmb_fail(
        TMB_BAD_FILE, why, "%s: %s is listed twice", corpus->folder, name);
    }
  }
  for (uint32_t i = 0U; i < corpus->n_classes; ++i) {
    const char* const name = corpus->classes[i];
    if (strlen(name) >= TMB_MAX_NAME || !strcmp(name, "unknown") ||
        !tmb_text_is_clean(name, true)) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: \"%s\" can't be the name of a class",
                      corpus->folder,
                      name);
    }
  }
  if (corpus->n_classes > TMB_MAX_CLASSES) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: more than %u classes",
                    corpus->folder,
                    TMB_MAX_CLASSES);
  }
  return TMB_OK;
}

static TmbStatus
build(TmbCorpus* const              corpus,
      const char* const             path,
      const TmbLicenceFilter* const skip,
      TmbMessage* const             why)
{
  TmbStatus status = tmb_corpus_list(corpus, path, skip, why);
  if (status) {
    return status;
  }
  if (!corpus->n_recordings) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    corpus->n_skipped ? "%s: no recording's licence is allowed"
                                      : "%s: there are no recordings in it",
                    path);
  }

  qsort(corpus->recordings,
        corpus->n_recordings,
        sizeof(TmbRecording),
        compare_names);
  status = number_names(corpus);
  return status ? status : check_names(corpus, why);
}

TmbStatus
tmb_corpus_open(const char* const             path,
                const TmbLicenceFilter* const skip,
                TmbCorpus** const             corpus,
                TmbMessage* const             why)
{
  *corpus = NULL;
  (void)tmb_fail(
    TMB_NO_MEMORY, why, "%s: %s", path, tmb_strstatus(TMB_NO_MEMORY));

  TmbCorpus* const self = (TmbCorpus*)calloc(1U, sizeof(TmbCorpus));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  const TmbStatus status = build(self, path, skip, why);
  if (status) {
    tmb_corpus_free(self);
    return status;
  }
  *corpus = self;
  return TMB_OK;
}

void
tmb_corpus_free(TmbCorpus* const corpus)
{
  if (corpus) {
    for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
      free(corpus->recordings[i].source_name);
      free(corpus->recordings[i].class_name);
      free(corpus->recordings[i].path);
      free(corpus->recordings[i].name);
    }
    free((void*)corpus->sources);
    free((void*)corpus->classes);
    free(corpus->recordings);
    free(corpus->folder);
    free(corpus);
  }
}
