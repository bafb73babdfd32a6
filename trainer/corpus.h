// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_CORPUS_H
#define TMB_CORPUS_H

#include "dsp/model.h"
#include "dsp/status.h"

#include <stdint.h>

/*
  A corpus is labelled recordings, in one folder or in several, which then count
  together: classes and sources are the same if their names are.  A folder is
  either one whose sub-folders are the classes,

    corpus/violin/one.wav            of source "local"
    corpus/violin/orchestra/two.wav  of source "orchestra"

  or a manifest, a CSV file with the columns path (from the manifest's folder),
  class and, if known, source, licence and onset: the time in seconds at which
  the recording's only note begins.  A folder that holds a manifest.csv is read
  by it.  Hidden files, and in the first form those that are not audio by their
  name, are passed over.

  The class #TMB_UNKNOWN_LABEL, which is the last, holds sounds that are none of
  the instruments.
*/

/// The source of recordings whose source is not said.
#define TMB_DEFAULT_SOURCE "local"

typedef struct {
  char*    name;   ///< Path in its folder: the same wherever the corpus lies
  char*    path;   ///< To open it by
  uint32_t folder; ///< Into folders
  char*    class_name;
  char*    source_name;
  uint32_t class_index; ///< Into classes
  uint32_t source;      ///< Into sources
  double   onset_s;     ///< Of its note, or negative if it is not said
} TmbRecording;

/// Plain, but filled by tmb_corpus_open() only.
typedef struct {
  char*         name;    ///< The paths that it was opened by, for people
  char**        folders; ///< [n_folders] What recordings' names begin in
  uint32_t      n_folders;
  TmbRecording* recordings; ///< [n_recordings] By name, class, source, folder;
                            ///< no two have name and folder in common
  uint32_t     n_recordings;
  const char** classes; ///< [n_classes] In alphabetical order
  uint32_t     n_classes;
  const char** sources; ///< [n_sources] In alphabetical order
  uint32_t     n_sources;
  uint32_t     n_skipped;    ///< Rows left out for their licence
  uint32_t     n_unreadable; ///< Folders that could not be read
} TmbCorpus;

/// File in a corpus folder that lists its recordings.
#define TMB_MANIFEST_FILE "manifest.csv"

/// File in it that says which sources are held out together.
#define TMB_FOLDS_FILE "folds.csv"

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

   @param paths [n_paths] Folders or manifests, at least one.
   @param skip Applied to a manifest's licence column; none stated is "".
   @param[out] corpus Owned by the caller, freed with tmb_corpus_free().
   @param[out] why One sentence that names the file.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE (nothing in it, too) or
   #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_corpus_open(const char* const*      paths,
                uint32_t                n_paths,
                const TmbLicenceFilter* skip,
                TmbCorpus**             corpus,
                TmbMessage*             why);

void
tmb_corpus_free(TmbCorpus* corpus);

/// Path of a file in a folder, which the caller frees; null if memory is out.
char*
tmb_corpus_path(const char* folder, const char* name);

#define TMB_DIGEST_TEXT 65U ///< SHA-256 in hexadecimal, with its end

/**
   SHA-256 over the name, class, source, onset and content of all recordings, in
   order, and over each folder's folds.csv: says whether two corpora are the
   same, whatever the order of their folders, unless two of these have a
   recording of one name, class and source.

   What can't be read counts as empty.
*/
TMB_NODISCARD TmbStatus
tmb_corpus_digest(const TmbCorpus* corpus, char digest[TMB_DIGEST_TEXT]);

#endif // TMB_CORPUS_H
