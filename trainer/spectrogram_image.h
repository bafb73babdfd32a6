// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SPECTROGRAM_IMAGE_H
#define TMB_SPECTROGRAM_IMAGE_H

#include "dsp/mel.h"
#include "dsp/status.h"

#include <stdint.h>

/// Mel scale of a picture's bands.
#define TMB_IMAGE_SCALE TMB_MEL_HTK

/// Least level of a picture, in silence.
#define TMB_IMAGE_FLOOR_DB (-140.0)

/// What is to be seen in a picture; times are those of the recording.
typedef struct {
  double   rate_hz;
  double   start_s;
  double   end_s; ///< Infinite if it is not known
  uint32_t n_bands;
  double   fmin_hz;
  double   fmax_hz;
  uint32_t max_columns; ///< At least 2
} TmbImageConfig;

/**
   A mel spectrogram of a part of a recording, as wide as a picture can show.

   Windows are 46 ms long.  As many columns as there may be are spread over the
   part, and each holds the largest levels of the windows in it; the longer the
   part, the more windows that is, so that memory does not depend on its length.
   Levels are dBFS, whatever the rate: a full-scale sine is at -3 where a band
   is as narrow as a window can tell, and lower in wide ones, which are means.
*/
typedef struct TmbImageImpl TmbImage;

/**
   @param[out] image Owned by the caller, freed with tmb_image_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_image_new(const TmbImageConfig* config, TmbImage** image);

void
tmb_image_free(TmbImage* image);

/// Take the next samples of the recording, from its first one on.
void
tmb_image_push(TmbImage* image, const float* samples, uint32_t n);

/// No more samples: complete the last windows.
void
tmb_image_finish(TmbImage* image);

/// What the image was made with.
const TmbImageConfig*
tmb_image_config(const TmbImage* image);

/// Columns that there are, at most max_columns.
uint32_t
tmb_image_columns(const TmbImage* image);

/// Levels of a column, [n_bands] dBFS.
const float*
tmb_image_column(const TmbImage* image, uint32_t column);

/// Middle of the first column, and distance from column to column.
void
tmb_image_times(const TmbImage* image, double* first_s, double* step_s);

#endif // TMB_SPECTROGRAM_IMAGE_H
