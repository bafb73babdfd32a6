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
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANIFEST "manifest.csv"

static char*
join_path(const char* const folder, const char* const name)
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
              const char* const source_name)
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

  TmbRecording* const self = &corpus->recordings[n];
  *self                    = (TmbRecording){
                       .name = strdup(name),
                       .path = (name[0] == '/') ? strdup(name) : join_path(corpus->folder, name),
                       .class_name  = strdup(class_name),
                       .source_name = strdup(source_name[0] ? source_name : TMB_DEFAULT_SOURCE),
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

static TmbStatus
add_rows(TmbCorpus* const              corpus,
         const char* const             manifest,
         const TmbCsvTable* const      table,
         const TmbLicenceFilter* const skip,
         TmbMessage* const             why)
{
  const size_t path_column    = tmb_csv_table_column(table, "path");
  const size_t class_column   = tmb_csv_table_column(table, "class");
  const size_t source_column  = tmb_csv_table_column(table, "source");
  const size_t licence_column = tmb_csv_table_column(table, "licence");
  if (path_column == TMB_NO_COLUMN || class_column == TMB_NO_COLUMN) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: there is no column \"%s\"",
                    manifest,
                    path_column == TMB_NO_COLUMN ? "path" : "class");
  }

  for (size_t i = 0U; i < tmb_csv_table_rows(table); ++i) {
    const char* const name       = tmb_csv_table_field(table, i, path_column);
    const char* const class_name = tmb_csv_table_field(table, i, class_column);
    if (!name[0] || !class_name[0]) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: row %zu has no %s",
                      manifest,
                      i + 2U,
                      name[0] ? "class" : "path");
    }
    if (is_skipped(skip, tmb_csv_table_field(table, i, licence_column))) {
      ++corpus->n_skipped;
      continue;
    }

    const TmbStatus status = add_recording(
      corpus, name, class_name, tmb_csv_table_field(table, i, source_column));
    if (status) {
      return tmb_fail(status, why, "%s: %s", manifest, tmb_strstatus(status));
    }
  }
  return TMB_OK;
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
    status = add_recording(corpus, name, class_name, source_name);
  }
  free(source_name);
  free(class_name);
  return status;
}

static bool
has_recordings(const TmbCorpus* const corpus, const char* const class_name)
{
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    if (!strcmp(corpus->recordings[i].class_name, class_name)) {
      return true;
    }
  }
  return false;
}

static void
report_empty_folders(const TmbCorpus* const corpus)
{
  struct dirent** entries = NULL;
  const int       n       = scandir(corpus->folder, &entries, NULL, alphasort);
  for (int i = 0; i < n; ++i) {
    const char* const name = entries[i]->d_name;
    char* const       path = join_path(corpus->folder, name);
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
  TmbWalk*  walk   = NULL;
  TmbStatus status = tmb_walk_new(corpus->folder, &walk);
  if (status) {
    return tmb_fail(
      status, why, "%s: %s", corpus->folder, tmb_strstatus(status));
  }

  const char* path = NULL;
  do {
    status = tmb_walk_next(walk, &path, why);
    if (!status && path) {
      const char* const name = path + strlen(corpus->folder);
      status                 = add_by_place(corpus, name + strspn(name, "/"));
    } else if (status == TMB_NO_FILE && strcmp(path, corpus->folder) != 0) {
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

  if (!S_ISDIR(info.st_mode)) {
    const char* const slash = strrchr(path, '/');
    corpus->folder =
      slash ? strndup(path, (size_t)(slash - path) + 1U) : strdup(".");
    return corpus->folder ? add_manifest(corpus, path, skip, why)
                          : TMB_NO_MEMORY;
  }

  corpus->folder       = strdup(path);
  char* const manifest = join_path(path, MANIFEST);
  TmbStatus   status   = TMB_NO_MEMORY;
  if (corpus->folder && manifest) {
    status = stat(manifest, &info) ? add_folder(corpus, why)
                                   : add_manifest(corpus, manifest, skip, why);
  }
  free(manifest);
  return status;
}
