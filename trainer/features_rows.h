// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FEATURES_ROWS_H
#define TMB_FEATURES_ROWS_H

#include "dsp/mel.h"
#include "dsp/status.h"
#include "trainer/npy_writer.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

/// What the rows of frames are made with.
typedef struct {
  double      window_s; ///< Periodic Hann, zero-padded to tmb_fft_length()
  double      hop_s;
  uint32_t    n_bands;
  double      fmin_hz;
  double      fmax_hz;
  TmbMelScale scale;
  TmbMelNorm  norm;
  uint32_t    n_coeffs;
  double      lifter;         ///< See tmb_mfcc_new()
  double      top_db;         ///< Of a recording, or 0 for all levels
  uint32_t    n_deltas;       ///< 0 to #TMB_MAX_DELTAS orders of derivatives
  bool        onset_strength; ///< Whether it is the last column
} TmbFrameSettings;

#define TMB_MAX_DELTAS 2U

/// Names of mel norms as librosa has them, by TmbMelNorm; null at the end.
extern const char* const tmb_frame_norm_names[];

/// At 44.1 kHz windows of 2048 samples and hops of 512.
extern const TmbFrameSettings tmb_default_frames;

/// Values in a row: coefficients, their derivatives, onset strength.
uint32_t
tmb_frame_columns(const TmbFrameSettings* settings);

/// Settings and columns, for X.json: a new reference, or null without memory.
json_t*
tmb_frame_about(const TmbFrameSettings* settings);

/**
   Makes rows of the frames of a recording, and writes them as soon as it can:
   a block at a time, or if need be all at the recording's end.
*/
typedef struct TmbFrameRowsImpl TmbFrameRows;

/**
   @param settings Copied.
   @param array Borrowed; of tmb_frame_columns() columns.
   @param[out] rows Owned by the caller, freed with tmb_frame_rows_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_frame_rows_new(const TmbFrameSettings* settings,
                   TmbNpyWriter*           array,
                   TmbFrameRows**          rows);

void
tmb_frame_rows_free(TmbFrameRows* rows);

/// Forget the frames that are not written yet.
void
tmb_frame_rows_reset(TmbFrameRows* rows);

/**
   Take the next frame of a recording.

   @param levels [n_bands] dB.
   @param[out] why On #TMB_WRITE_FAILED.
   @return #TMB_OK, #TMB_WRITE_FAILED, or #TMB_NO_MEMORY if the recording is too
   long to be held.
*/
TMB_NODISCARD TmbStatus
tmb_frame_rows_push(TmbFrameRows* rows, const float* levels, TmbMessage* why);

/// That was the last: write what is left.  Returns as tmb_frame_rows_push().
TMB_NODISCARD TmbStatus
tmb_frame_rows_flush(TmbFrameRows* rows, TmbMessage* why);

#endif // TMB_FEATURES_ROWS_H
