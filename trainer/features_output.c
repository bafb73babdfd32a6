// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/features_output.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#define N_FILES 5U
#define JSON_DIGITS 17 ///< Give every double back exactly

const char* const tmb_row_kind_names[] = { "notes", "frames", NULL };

/// All files, in the order in which they take their places.
static void
list_files(TmbFeaturesOutput* const self, TmbNewFile* files[N_FILES])
{
  files[0] = &self->about;
  files[1] = &self->table;
  files[2] = &self->onsets;
  files[3] = &self->labels.file;
  files[4] = &self->rows.file;
}

/// X.npy with another suffix, which the caller frees.
static char*
name_beside(const char* const path, const char* const suffix)
{
  const size_t n_stem = strlen(path) - strlen(TMB_ROWS_SUFFIX);
  const size_t size   = n_stem + strlen(suffix) + 1U;
  char* const  name   = (char*)malloc(size);
  if (name) {
    (void)snprintf(name, size, "%.*s%s", (int)n_stem, path, suffix);
  }
  return name;
}

/// Begin a text beside X.npy with its header line.
static TmbStatus
open_text(const char* const path,
          const char* const suffix,
          const char* const header,
          TmbNewFile* const file,
          TmbMessage* const why)
{
  char* const name   = name_beside(path, suffix);
  TmbStatus   status = name ? tmb_new_file_open(name, file, why)
                            : tmb_fail(TMB_NO_MEMORY, why, "out of memory");
  if (!status) {
    (void)fputs(header, file->out);
  }
  free(name);
  return status;
}

static TmbStatus
open_labels(TmbFeaturesOutput* const self,
            const char* const        path,
            TmbMessage* const        why)
{
  char* const     name = name_beside(path, ".labels" TMB_ROWS_SUFFIX);
  const TmbStatus status =
    name ? tmb_npy_open(name, TMB_NPY_INT32, 0U, &self->labels, why)
         : tmb_fail(TMB_NO_MEMORY, why, "out of memory");
  free(name);
  return status;
}

TmbStatus
tmb_features_output_open(const char* const        path,
                         const TmbRowKind         kind,
                         const uint32_t           n_columns,
                         TmbFeaturesOutput* const output,
                         TmbMessage* const        why)
{
  memset(output, 0, sizeof(*output));

  TmbStatus status =
    tmb_npy_open(path, TMB_NPY_FLOAT32, n_columns, &output->rows, why);
  if (!status) {
    status = open_text(path, ".json", "", &output->about, why);
  }
  if (!status && kind == TMB_ROWS_NOTES) {
    status = open_labels(output, path, why);
    if (!status) {
      status = open_text(path,
                         ".csv",
                         "file,onset,duration,class,source\r\n",
                         &output->table,
                         why);
    }
  }
  if (!status && kind == TMB_ROWS_FRAMES) {
    status = open_text(path,
                       ".csv",
                       "file,first_row,rows,rate,seconds,class\r\n",
                       &output->table,
                       why);
    if (!status) {
      status = open_text(
        path, ".onsets.csv", "file,seconds\r\n", &output->onsets, why);
    }
  }
  return status ? status : tmb_features_output_keep(output, why);
}

const char*
tmb_features_output_replaces(TmbFeaturesOutput* const output,
                             bool (*const is_same)(const char* input,
                                                   const char* path),
                             const char* const input)
{
  TmbNewFile* files[N_FILES];
  list_files(output, files);
  for (size_t i = 0U; i < N_FILES; ++i) {
    if (files[i]->path && is_same(input, files[i]->path)) {
      return files[i]->path;
    }
  }
  return NULL;
}

TmbStatus
tmb_features_output_keep(TmbFeaturesOutput* const output, TmbMessage* const why)
{
  TmbNewFile* files[N_FILES];
  list_files(output, files);
  for (size_t i = 0U; i < N_FILES; ++i) {
    const TmbStatus status = tmb_new_file_check(files[i], why);
    if (status) {
      return status;
    }
  }

  tmb_npy_mark(&output->rows);
  tmb_npy_mark(&output->labels);
  tmb_new_file_mark(&output->onsets);
  tmb_new_file_mark(&output->table);
  return TMB_OK;
}

void
tmb_features_output_drop(TmbFeaturesOutput* const output)
{
  tmb_npy_return(&output->rows);
  tmb_npy_return(&output->labels);
  tmb_new_file_return(&output->onsets);
  tmb_new_file_return(&output->table);
}

/// Close all files: none takes its place before all are whole.
static TmbStatus
close_files(TmbFeaturesOutput* const self, TmbMessage* const why)
{
  TmbStatus status = tmb_npy_close(&self->rows, why);
  if (!status) {
    status = tmb_npy_close(&self->labels, why);
  }
  if (!status) {
    status = tmb_new_file_close(&self->onsets, why);
  }
  if (!status) {
    status = tmb_new_file_close(&self->table, why);
  }
  return status ? status : tmb_new_file_close(&self->about, why);
}

TmbStatus
tmb_features_output_finish(TmbFeaturesOutput* const output,
                           const json_t* const      about,
                           TmbMessage* const        why)
{
  if (json_dumpf(about,
                 output->about.out,
                 JSON_INDENT(2) | JSON_REAL_PRECISION(JSON_DIGITS)) &&
      !ferror(output->about.out)) {
    return tmb_fail(TMB_NO_MEMORY, why, "out of memory");
  }
  (void)fputc('\n', output->about.out);

  TmbNewFile* files[N_FILES];
  TmbStatus   status = close_files(output, why);
  list_files(output, files);
  for (size_t i = 0U; !status && i < N_FILES; ++i) {
    status = tmb_new_file_rename(files[i], why);
  }
  return status;
}

void
tmb_features_output_free(TmbFeaturesOutput* const output)
{
  TmbNewFile* files[N_FILES];
  list_files(output, files);
  for (size_t i = 0U; i < N_FILES; ++i) {
    tmb_new_file_discard(files[i]);
  }
}

void
tmb_csv_text(FILE* const out, const char* const text)
{
  (void)csv_fwrite(out, text, strlen(text));
}
