// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FEATURES_OUTPUT_H
#define TMB_FEATURES_OUTPUT_H

#include "dsp/status.h"
#include "trainer/new_file.h"
#include "trainer/npy_writer.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TMB_ROWS_SUFFIX ".npy"

/// What a row of features describes.
typedef enum { TMB_ROWS_NOTES, TMB_ROWS_FRAMES, TMB_N_ROW_KINDS } TmbRowKind;

/// Their names, such as "notes"; null at the end.
extern const char* const tmb_row_kind_names[];

/// The files that `timbrel features -o X.npy` writes; they belong together.
typedef struct {
  TmbNpyWriter rows;   ///< X.npy: float32, [rows][columns]
  TmbNpyWriter labels; ///< X.labels.npy of notes: int32, [rows]
  TmbNewFile   onsets; ///< X.onsets.csv of frames
  TmbNewFile   table;  ///< X.csv
  TmbNewFile   about;  ///< X.json
} TmbFeaturesOutput;

/**
   Begin all files, each with its header.

   @param path X.npy.
   @param[out] output Released with tmb_features_output_free(), also after an
   error.
   @param[out] why One sentence that names the file and the reason.
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_features_output_open(const char*        path,
                         TmbRowKind         kind,
                         uint32_t           n_columns,
                         TmbFeaturesOutput* output,
                         TmbMessage*        why);

/**
   The file, among those that will be replaced, that is the same as `input`.

   @return Its path; null if there is none.
*/
const char*
tmb_features_output_replaces(TmbFeaturesOutput* output,
                             bool (*is_same)(const char* input,
                                             const char* path),
                             const char* input);

/// A recording is done: what was written of it stays, if it could be.
TMB_NODISCARD TmbStatus
tmb_features_output_keep(TmbFeaturesOutput* output, TmbMessage* why);

/// Drop what was written of a recording.
void
tmb_features_output_drop(TmbFeaturesOutput* output);

/**
   Write X.json and let all files take their places, X.npy as the last.

   @param about Borrowed.
*/
TMB_NODISCARD TmbStatus
tmb_features_output_finish(TmbFeaturesOutput* output,
                           const json_t*      about,
                           TmbMessage*        why);

/// Remove what was not finished.
void
tmb_features_output_free(TmbFeaturesOutput* output);

/// A field of a CSV file: bytes as they are, quoted.
void
tmb_csv_text(FILE* out, const char* text);

#endif // TMB_FEATURES_OUTPUT_H
