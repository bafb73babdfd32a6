// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_CORPUS_H
#define TMB_CORPUS_H

#include "dsp/status.h"

#include <stdint.h>

/*
  A corpus is labelled recordings.  Either a folder whose sub-folders are the
  classes,

    corpus/violin/one.wav            of source "local"
    corpus/violin/orchestra/two.wav  of source "orchestra"

  or a manifest, a CSV file with the columns path (from the manifest's folder),
  class and, if known, source and licence; a folder that holds a manifest.csv
  is read by it.  Hidden files, and in the first form those that are not audio
  by their name, are passed over.
*/

/// The source of recordings whose source is not said.
#define TMB_DEFAULT_SOURCE "local"

typedef struct {
  char*    name; ///< Path in the corpus: the same wherever the corpus lies
  char*    path; ///< To open it by
  char*    class_name;
  char*    source_name;
  uint32_t class_index; ///< Into classes
  uint32_t source;      ///< Into sources
} TmbRecording;

/// Plain, but filled by tmb_corpus_open() only.
typedef struct {
  char*         folder;
  TmbRecording* recordings; ///< [n_recordings] By name, which is unique
  uint32_t      n_recordings;
  const char**  classes; ///< [n_classes] In alphabetical order
  uint32_t      n_classes;
  const char**  sources; ///< [n_sources] In alphabetical order
  uint32_t      n_sources;
  uint32_t      n_skipped;    ///< Rows left out for their licence
  uint32_t      n_unreadable; ///< Folders that could not be read
} TmbCorpus;

#define TMB_MAX_SKIPS 32U ///< Most --skip-licence options

/// Licences to leave out: shell patterns, as fnmatch(3) reads them.
typedef struct {
  const char* const* patterns; ///< [n]
  uint32_t           n;
} TmbLicenceFilter;

/**
   List a corpus.  Recordings are not opened.

   Class folders without audio are reported on stderr, and folders that can't
   be read, which are left out.

   @param path Folder or manifest.
   @param skip Applied to a manifest's licence column; none stated is "".
   @param[out] corpus Owned by the caller, freed with tmb_corpus_free().
   @param[out] why One sentence that names the file.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE (nothing in it, too) or
   #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_corpus_open(const char*             path,
                const TmbLicenceFilter* skip,
                TmbCorpus**             corpus,
                TmbMessage*             why);

void
tmb_corpus_free(TmbCorpus* corpus);

#define TMB_DIGEST_TEXT 65U ///< SHA-256 in hexadecimal, with its end

/**
   SHA-256 over the name, class, source and content of all recordings, in order:
   says whether two corpora are the same.

   A recording that can't be read counts as empty.
*/
TMB_NODISCARD TmbStatus
tmb_corpus_digest(const TmbCorpus* corpus, char digest[TMB_DIGEST_TEXT]);

#endif // TMB_CORPUS_H
