// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/corpus_list.h"

#include "trainer/csv_table.h"
#include "trainer/options.h"
#include "trainer/walk.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NO_ONSET (-1.0)

/// Where a manifest has what; #TMB_NO_COLUMN if it has not.
typedef struct {
  size_t path;
  size_t class_name;
  size_t source;
  size_t licence;
  size_t onset;
} Columns;

char*
tmb_corpus_path(const char* const folder, const char* const name)
{
  const size_t n_folder = strlen(folder);
  const bool   has_end  = n_folder && folder[n_folder - 1U] == '/';
  const size_t size     = n_folder + strlen(name) + 2U;
  char* const  path     = (char*)malloc(size);
  if (path) {
    (void)snprintf(path, size, "%s%s%s", folder, has_end ? "" : "/", name);
  }
  return path;
}

static TmbStatus
add_recording(TmbCorpus* const  corpus,
              const char* const name,
              const char* const class_name,
              const char* const source_name,
              const double      onset_s)
{
  const uint32_t n = corpus->n_recordings;
  if (!(n & (n - 1U))) { // Full at each power of two
    const size_t        size = n ? 2U * (size_t)n : 1U;
    TmbRecording* const grown =
      (TmbRecording*)realloc(corpus->recordings, size * sizeof(TmbRecording));
    if (!grown) {
      return TMB_NO_MEMORY;
    }
    corpus->recordings = grown;
  }

  const uint32_t      folder = corpus->n_folders - 1U;
  TmbRecording* const self   = &corpus->recordings[n];
  *self                      = (TmbRecording){
                         .name        = strdup(name),
                         .path        = (name[0] == '/') ? strdup(name)
                                                         : tmb_corpus_path(corpus->folders[folder], name),
                         .folder      = folder,
                         .class_name  = strdup(class_name),
                         .source_name = strdup(source_name[0] ? source_name : TMB_DEFAULT_SOURCE),
                         .onset_s     = onset_s,
  };
  ++corpus->n_recordings;
  return (self->name && self->path && self->class_name && self->source_name)
           ? TMB_OK
           : TMB_NO_MEMORY;
}

static bool
is_skipped(const TmbLicenceFilter* const skip, const char* const licence)
{
  for (uint32_t i = 0U; i < skip->n; ++i) {
    if (!fnmatch(skip->patterns[i], licence, 0)) {
      return true;
    }
  }
  return false;
}

/// Read an onset, or that there is none; whether it is one of the two.
static bool
read_onset(const char* const text, double* const onset_s)
{
  char* end = NULL;
  *onset_s  = text[0] ? strtod(text, &end) : NO_ONSET;
  return !text[0] ||
         (end != text && !*end && *onset_s >= 0.0 && isfinite(*onset_s));
}

static TmbStatus
add_row(TmbCorpus* const              corpus,
        const char* const             manifest,
        const TmbCsvTable* const      table,
        const Columns* const          columns,
        const size_t                  row,
        const TmbLicenceFilter* const skip,
        TmbMessage* const             why)
{
  const char* const name = tmb_csv_table_field(table, row, columns->path);
  const char* const class_name =
    tmb_csv_table_field(table, row, columns->class_name);
  const char* const onset   = tmb_csv_table_field(table, row, columns->onset);
  double            onset_s = NO_ONSET;
  if (!name[0] || !class_name[0]) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: row %zu has no %s",
                    manifest,
                    row + 2U,
                    name[0] ? "class" : "path");
  }
  if (!read_onset(onset, &onset_s)) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: \"%s\" in row %zu is not an onset in seconds",
                    manifest,
                    onset,
                    row + 2U);
  }
  if (is_skipped(skip, tmb_csv_table_field(table, row, columns->licence))) {
    ++corpus->n_skipped;
    return TMB_OK;
  }

  const TmbStatus status =
    add_recording(corpus,
                  name,
                  class_name,
                  tmb_csv_table_field(table, row, columns->source),
                  onset_s);
  return status
           ? tmb_fail(status, why, "%s: %s", manifest, tmb_strstatus(status))
           : TMB_OK;
}

static TmbStatus
add_rows(TmbCorpus* const              corpus,
         const char* const             manifest,
         const TmbCsvTable* const      table,
         const TmbLicenceFilter* const skip,
         TmbMessage* const             why)
{
  const Columns columns = {
    .path       = tmb_csv_table_column(table, "path"),
    .class_name = tmb_csv_table_column(table, "class"),
    .source     = tmb_csv_table_column(table, "source"),
    .licence    = tmb_csv_table_column(table, "licence"),
    .onset      = tmb_csv_table_column(table, "onset"),
  };
  if (columns.path == TMB_NO_COLUMN || columns.class_name == TMB_NO_COLUMN) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: there is no column \"%s\"",
                    manifest,
                    columns.path == TMB_NO_COLUMN ? "path" : "class");
  }

  TmbStatus status = TMB_OK;
  for (size_t i = 0U; !status && i < tmb_csv_table_rows(table); ++i) {
    status = add_row(corpus, manifest, table, &columns, i, skip, why);
  }
  return status;
}

static TmbStatus
add_manifest(TmbCorpus* const              corpus,
             const char* const             manifest,
             const TmbLicenceFilter* const skip,
             TmbMessage* const             why)
{
  TmbCsvTable* table  = NULL;
  TmbStatus    status = tmb_csv_table_read(manifest, &table, why);
  if (!status) {
    status = add_rows(corpus, manifest, table, skip, why);
    tmb_csv_table_free(table);
  }
  return status;
}

TmbStatus
tmb_corpus_place(const char* const name,
                 char** const      class_name,
                 char** const      source_name)
{
  const char* const class_end = strchr(name, '/');
  *class_name                 = NULL;
  *source_name                = NULL;
  if (!class_end) {
    return TMB_OK;
  }

  const char* const source     = class_end + 1U;
  const char* const source_end = strchr(source, '/');
  *class_name                  = strndup(name, (size_t)(class_end - name));
  *source_name = source_end ? strndup(source, (size_t)(source_end - source))
                            : strdup(TMB_DEFAULT_SOURCE);
  return (*class_name && *source_name) ? TMB_OK : TMB_NO_MEMORY;
}

/// Add a file, unless it is in no class folder.
static TmbStatus
add_by_place(TmbCorpus* const corpus, const char* const name)
{
  char*     class_name  = NULL;
  char*     source_name = NULL;
  TmbStatus status      = tmb_corpus_place(name, &class_name, &source_name);
  if (!status && class_name) {
    status = add_recording(corpus, name, class_name, source_name, NO_ONSET);
  }
  free(source_name);
  free(class_name);
  return status;
}

/// The folder that is being added.
static const char*
newest_folder(const TmbCorpus* const corpus)
{
  return corpus->folders[corpus->n_folders - 1U];
}

/// Whether the folder that is being added has recordings of a class.
static bool
has_recordings(const TmbCorpus* const corpus, const char* const class_name)
{
  for (uint32_t i = corpus->n_recordings; i-- > 0U;) {
    const TmbRecording* const recording = &corpus->recordings[i];
    if (recording->folder + 1U == corpus->n_folders &&
        !strcmp(recording->class_name, class_name)) {
      return true;
    }
  }
  return false;
}

static void
report_empty_folders(const TmbCorpus* const corpus)
{
  const char* const folder  = newest_folder(corpus);
  struct dirent**   entries = NULL;
  const int         n       = scandir(folder, &entries, NULL, alphasort);
  for (int i = 0; i < n; ++i) {
    const char* const name = entries[i]->d_name;
    char* const       path = tmb_corpus_path(folder, name);
    struct stat       info;
    if (path && name[0] != '.' && !stat(path, &info) && S_ISDIR(info.st_mode) &&
        !access(path, R_OK | X_OK) && !has_recordings(corpus, name)) {
      tmb_complain("%s: there is no audio in this folder", path);
    }
    free(path);
    free(entries[i]);
  }
  free((void*)entries);
}

static TmbStatus
add_folder(TmbCorpus* const corpus, TmbMessage* const why)
{
  const char* const folder = newest_folder(corpus);
  TmbWalk*          walk   = NULL;
  TmbStatus         status = tmb_walk_new(folder, NULL, NULL, &walk);
  if (status) {
    return tmb_fail(status, why, "%s: %s", folder, tmb_strstatus(status));
  }

  const char* path = NULL;
  do {
    status = tmb_walk_next(walk, &path, why);
    if (!status && path) {
      const char* const name = path + strlen(folder);
      status                 = add_by_place(corpus, name + strspn(name, "/"));
    } else if (status == TMB_NO_FILE && strcmp(path, folder) != 0) {
      tmb_complain("%s", why->text);
      ++corpus->n_unreadable;
      status = TMB_OK;
    }
  } while (!status && path);
  tmb_walk_free(walk);

  if (!status) {
    report_empty_folders(corpus);
  }
  return status;
}

TmbStatus
tmb_corpus_list(TmbCorpus* const              corpus,
                const char* const             path,
                const TmbLicenceFilter* const skip,
                TmbMessage* const             why)
{
  struct stat info;
  if (stat(path, &info)) {
    return tmb_fail(TMB_NO_FILE, why, "%s: %s", path, strerror(errno));
  }

  const bool        is_folder = S_ISDIR(info.st_mode);
  const char* const slash     = strrchr(path, '/');
  char* const       folder    = is_folder ? strdup(path)
                                : slash ? strndup(path, (size_t)(slash - path) + 1U)
                                        : strdup(".");
  if (!folder) {
    return TMB_NO_MEMORY;
  }
  corpus->folders[corpus->n_folders++] = folder;
  if (!is_folder) {
    return add_manifest(corpus, path, skip, why);
  }

  char* const manifest = tmb_corpus_path(path, TMB_MANIFEST_FILE);
  TmbStatus   status   = TMB_NO_MEMORY;
  if (manifest) {
    status = stat(manifest, &info) ? add_folder(corpus, why)
                                   : add_manifest(corpus, manifest, skip, why);
  }
  free(manifest);
  return status;
}
