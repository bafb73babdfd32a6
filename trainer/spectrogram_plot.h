// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SPECTROGRAM_PLOT_H
#define TMB_SPECTROGRAM_PLOT_H

#include "trainer/spectrogram_image.h"
#include "trainer/spectrogram_notes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/// A picture, in all that gnuplot is to know of it.
typedef struct {
  bool               is_svg; ///< Else PNG
  uint32_t           width;  ///< In pixels
  uint32_t           height;
  const char*        title;
  double             start_s;
  double             end_s;
  const TmbImage*    image; ///< Finished
  const TmbPlotNote* notes; ///< [n_notes] By onset, all from start_s to end_s
  size_t             n_notes;
} TmbPlot;

/// Pixels from the left to the right end of the time axis.
uint32_t
tmb_plot_columns(uint32_t width);

/**
   Write the commands and data that draw a picture.

   @param input gnuplot's; what can't be written is its affair.
*/
void
tmb_plot_write(const TmbPlot* plot, FILE* input);

#endif // TMB_SPECTROGRAM_PLOT_H
