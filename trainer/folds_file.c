// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/folds_file.h"

#include "trainer/csv_table.h"

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static uint32_t
find_source(const TmbCorpus* const corpus, const char* const name)
{
  uint32_t i = 0U;
  while (i < corpus->n_sources && strcmp(corpus->sources[i], name) != 0) {
    ++i;
  }
  return i;
}

/// A folder's folds.csv.
typedef struct {
  char*        path;
  TmbCsvTable* table; ///< Null if there is none
  bool*        has;   ///< [n_sources] Whether the folder has recordings of each
} FoldsFile;

static void
clear_file(FoldsFile* const file)
{
  tmb_csv_table_free(file->table);
  free(file->has);
  free(file->path);
}

/// Read the fold in a row.
static TmbStatus
read_fold(const FoldsFile* const file,
          const size_t           row,
          const size_t           column,
          uint32_t* const        fold,
          TmbMessage* const      why)
{
  const char* const text  = tmb_csv_table_field(file->table, row, column);
  char*             end   = NULL;
  const long        value = strtol(text, &end, 10);
  if (end == text || *end || value < 0 || value >= TMB_MAX_SOURCE_FOLDS) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: \"%s\" in row %zu is not a fold from 0 to %d",
                    file->path,
                    text,
                    row + 2U,
                    TMB_MAX_SOURCE_FOLDS - 1);
  }
  *fold = (uint32_t)value;
  return TMB_OK;
}

static TmbStatus
read_rows(uint32_t* const        of_source,
          const TmbCorpus* const corpus,
          const FoldsFile* const file,
          TmbMessage* const      why)
{
  const size_t source_column = tmb_csv_table_column(file->table, "source");
  const size_t fold_column   = tmb_csv_table_column(file->table, "fold");
  if (source_column == TMB_NO_COLUMN || fold_column == TMB_NO_COLUMN) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: there is no column \"%s\"",
                    file->path,
                    source_column == TMB_NO_COLUMN ? "source" : "fold");
  }

  for (size_t i = 0U; i < tmb_csv_table_rows(file->table); ++i) {
    uint32_t        fold   = 0U;
    const TmbStatus status = read_fold(file, i, fold_column, &fold, why);
    if (status) {
      return status;
    }

    // The file may speak of sources that were left out
    const uint32_t source =
      find_source(corpus, tmb_csv_table_field(file->table, i, source_column));
    if (source == corpus->n_sources || !file->has[source]) {
      continue;
    }
    uint32_t* const known = &of_source[source];
    if (*known != TMB_NO_FOLD && *known != fold) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: the source \"%s\" is in fold %u here, and "
                      "elsewhere in fold %u",
                      file->path,
                      corpus->sources[source],
                      fold,
                      *known);
    }
    *known = fold;
  }
  return TMB_OK;
}

/// Open a folder's file, if it has one.
static TmbStatus
open_file(const TmbCorpus* const corpus,
          const uint32_t         folder,
          FoldsFile* const       file,
          TmbMessage* const      why)
{
  *file = (FoldsFile){
    .path = tmb_corpus_path(corpus->folders[folder], TMB_FOLDS_FILE),
    .has  = (bool*)calloc(corpus->n_sources + 1U, sizeof(bool)),
  };
  if (!file->path || !file->has) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    const TmbRecording* const recording = &corpus->recordings[i];
    file->has[recording->source] |= recording->folder == folder;
  }

  struct stat info;
  return stat(file->path, &info)
           ? TMB_OK
           : tmb_csv_table_read(file->path, &file->table, why);
}

/// See that a folder's file left none of its sources out, unless another
/// folder's has it.
static TmbStatus
check_file(const TmbCorpus* const corpus,
           const FoldsFile* const file,
           const uint32_t* const  of_source,
           TmbMessage* const      why)
{
  for (uint32_t i = 0U; file->table && i < corpus->n_sources; ++i) {
    if (file->has[i] && of_source[i] == TMB_NO_FOLD) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: the source \"%s\" has no fold",
                      file->path,
                      corpus->sources[i]);
    }
  }
  return TMB_OK;
}

TmbStatus
tmb_folds_read(const TmbCorpus* const corpus,
               uint32_t* const        of_source,
               TmbMessage* const      why)
{
  FoldsFile* const files =
    (FoldsFile*)calloc(corpus->n_folders, sizeof(FoldsFile));
  if (!files) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }
  for (uint32_t i = 0U; i < corpus->n_sources; ++i) {
    of_source[i] = TMB_NO_FOLD;
  }

  TmbStatus status = TMB_OK;
  for (uint32_t i = 0U; !status && i < corpus->n_folders; ++i) {
    status = open_file(corpus, i, &files[i], why);
    if (!status && files[i].table) {
      status = read_rows(of_source, corpus, &files[i], why);
    }
  }
  for (uint32_t i = 0U; !status && i < corpus->n_folders; ++i) {
    status = check_file(corpus, &files[i], of_source, why);
  }
  for (uint32_t i = 0U; i < corpus->n_folders; ++i) {
    clear_file(&files[i]);
  }
  free(files);
  return status;
}
