// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SPECTROGRAM_NOTES_H
#define TMB_SPECTROGRAM_NOTES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/// A note to be marked.
typedef struct {
  double      onset_s;
  const char* label; ///< Null if it is unknown
} TmbPlotNote;

/**
   Where the marks of notes go, in pixels.

   Onsets are lines through the picture, the names of the instruments stand
   above it, each at the upper end of its line.  Names that find no room are
   left out; if there are too many lines to tell them apart, so are these, and
   one line of text tells how many notes there are of which instrument.
*/
typedef struct {
  const TmbPlotNote* notes; ///< [n_notes] By onset, all on the axis
  size_t             n_notes;
  double             start_s; ///< At the left end of the axis
  double             end_s;   ///< At the right end
  uint32_t           left;    ///< Of the axis, from the picture's left edge
  uint32_t           right;   ///< Its right end, from the same
  uint32_t           width;   ///< Of the picture
  uint32_t           height;
  uint32_t           top; ///< Of the names, from the picture's upper edge
} TmbPlotNotes;

/// Pixels that the names take.
uint32_t
tmb_plot_notes_height(const TmbPlotNotes* notes);

/// Write gnuplot's commands for all marks, to come before its `plot`.
void
tmb_plot_notes_write(const TmbPlotNotes* notes, FILE* input);

#endif // TMB_SPECTROGRAM_NOTES_H
