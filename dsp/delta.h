// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_DELTA_H
#define TMB_DELTA_H

#include "dsp/status.h"

#include <stdint.h>

#define TMB_MAX_DELTA_WIDTH 255U

/// What stands in for the frames before the first and after the last.
typedef enum {
  TMB_DELTA_INTERP, ///< The polynomial fitted to the outermost whole window
  TMB_DELTA_NEAREST ///< The first and last frames, repeated
} TmbDeltaMode;

/**
   Derivative over time of each column of a matrix, frame by frame.

   A polynomial of degree `order` is fitted by least squares to `width` frames
   around each frame, and differentiated `order` times: Savitzky & Golay,
   "Smoothing and differentiation of data by simplified least squares
   procedures", Analytical Chemistry 36 (1964).  The result is that of
   librosa.feature.delta, whose default is a width of 9, order 1 and
   #TMB_DELTA_INTERP; its matrix is [column, frame], though.

   For whole recordings, not for the real-time thread: it looks ahead.

   @param in [n_frames][n_columns] Such as MFCCs.
   @param width Odd, 3 to #TMB_MAX_DELTA_WIDTH; with #TMB_DELTA_INTERP at most
   n_frames.
   @param order 1 for the slope, 2 for the curvature; per frame, not per second.
   @param[out] out [n_frames][n_columns] Must not overlap in.
   @return #TMB_OK or #TMB_BAD_ARG.
*/
TMB_NODISCARD TmbStatus
tmb_delta(const float* in,
          uint32_t     n_frames,
          uint32_t     n_columns,
          uint32_t     width,
          uint32_t     order,
          TmbDeltaMode mode,
          float*       out);

#endif // TMB_DELTA_H
