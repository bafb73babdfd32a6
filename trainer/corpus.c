// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/corpus.h"
#include "trainer/corpus_list.h"
#include "trainer/regular_file.h"
#include "trainer/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// By all that does not depend on the order in which folders were given first.
static int
compare_recordings(const void* const a, const void* const b)
{
  const TmbRecording* const left  = (const TmbRecording*)a;
  const TmbRecording* const right = (const TmbRecording*)b;

  int order = strcmp(left->name, right->name);
  order     = order ? order : strcmp(left->class_name, right->class_name);
  order     = order ? order : strcmp(left->source_name, right->source_name);
  return order ? order
               : (int)(left->folder > right->folder) -
                   (int)(left->folder < right->folder);
}

/// Alphabetical, but that what is none of the classes is the last of them, as
/// models want it.
static int
compare_texts(const void* const a, const void* const b)
{
  const char* const left  = *(const char* const*)a;
  const char* const right = *(const char* const*)b;
  const int         order = (int)!strcmp(left, TMB_UNKNOWN_LABEL) -
                    (int)!strcmp(right, TMB_UNKNOWN_LABEL);
  return order ? order : strcmp(left, right);
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

/// Whether a recording is one of those of its name that come before it: a
/// folder may be given twice, under two names.
static bool
is_listed_twice(const TmbCorpus* const corpus, const uint32_t i)
{
  const TmbRecording* const self = &corpus->recordings[i];
  for (uint32_t j = i; j-- > 0U;) {
    const TmbRecording* const other = &corpus->recordings[j];
    if (strcmp(self->name, other->name) != 0) {
      break;
    }
    if (self->folder == other->folder ||
        tmb_is_same_file(self->path, other->path)) {
      return true;
    }
  }
  return false;
}

static TmbStatus
check_names(const TmbCorpus* const corpus, TmbMessage* const why)
{
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    if (is_listed_twice(corpus, i)) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: %s is listed twice",
                      corpus->name,
                      corpus->recordings[i].name);
    }
  }
  for (uint32_t i = 0U; i < corpus->n_classes; ++i) {
    const char* const name = corpus->classes[i];
    if (strlen(name) >= TMB_MAX_NAME || !tmb_text_is_clean(name, true)) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: \"%s\" can't be the name of a class",
                      corpus->name,
                      name);
    }
  }
  if (corpus->n_classes > TMB_MAX_CLASSES) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: more than %u classes",
                    corpus->name,
                    TMB_MAX_CLASSES);
  }
  return TMB_OK;
}

/// All paths in one text, which the caller frees.
static char*
join_paths(const char* const* const paths, const uint32_t n)
{
  static const char between[] = ", ";

  size_t size = 1U;
  for (uint32_t i = 0U; i < n; ++i) {
    size += strlen(paths[i]) + sizeof(between) - 1U;
  }
  char* const text = (char*)calloc(size, 1U);
  size_t      end  = 0U;
  for (uint32_t i = 0U; text && i < n; ++i) {
    end += (size_t)snprintf(
      text + end, size - end, "%s%s", i ? between : "", paths[i]);
  }
  return text;
}

/// List a folder, in which there must be something.
static TmbStatus
add_path(TmbCorpus* const              corpus,
         const char* const             path,
         const TmbLicenceFilter* const skip,
         TmbMessage* const             why)
{
  const uint32_t  n_before  = corpus->n_recordings;
  const uint32_t  n_skipped = corpus->n_skipped;
  const TmbStatus status    = tmb_corpus_list(corpus, path, skip, why);
  if (status || corpus->n_recordings > n_before) {
    return status;
  }
  return tmb_fail(TMB_BAD_FILE,
                  why,
                  corpus->n_skipped > n_skipped
                    ? "%s: no recording's licence is allowed"
                    : "%s: there are no recordings in it",
                  path);
}

static TmbStatus
build(TmbCorpus* const              corpus,
      const char* const* const      paths,
      const uint32_t                n_paths,
      const TmbLicenceFilter* const skip,
      TmbMessage* const             why)
{
  corpus->name     = join_paths(paths, n_paths);
  corpus->folders  = (char**)calloc(n_paths, sizeof(char*));
  TmbStatus status = (corpus->name && corpus->folders) ? TMB_OK : TMB_NO_MEMORY;
  for (uint32_t i = 0U; !status && i < n_paths; ++i) {
    status = add_path(corpus, paths[i], skip, why);
  }
  if (status) {
    return status;
  }

  qsort(corpus->recordings,
        corpus->n_recordings,
        sizeof(TmbRecording),
        compare_recordings);
  status = number_names(corpus);
  return status ? status : check_names(corpus, why);
}

TmbStatus
tmb_corpus_open(const char* const* const      paths,
                const uint32_t                n_paths,
                const TmbLicenceFilter* const skip,
                TmbCorpus** const             corpus,
                TmbMessage* const             why)
{
  *corpus = NULL;
  (void)tmb_fail(
    TMB_NO_MEMORY, why, "%s: %s", paths[0], tmb_strstatus(TMB_NO_MEMORY));

  TmbCorpus* const self = (TmbCorpus*)calloc(1U, sizeof(TmbCorpus));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  const TmbStatus status = build(self, paths, n_paths, skip, why);
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
    for (uint32_t i = 0U; i < corpus->n_folders; ++i) {
      free(corpus->folders[i]);
    }
    free((void*)corpus->folders);
    free(corpus->name);
    free(corpus);
  }
}
