// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PLOT_KINDS_H
#define TMB_PLOT_KINDS_H

#include "trainer/page.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
  What the pictures of a report have in common; see plots.h.
*/

/// Size in pixels.  Small enough that its letters can be read on a phone.
typedef struct {
  uint32_t width;
  uint32_t height;
} TmbCanvas;

#define TMB_PLOT_WIDTH 400U
#define TMB_PLOT_HEIGHT 280U

/// A kind of picture.
typedef struct {
  const char* name;  ///< Of its file and ids
  const char* title; ///< For people who can't see it
  const char* about;

  /// Whether there is something to draw, and how large it gets.
  bool (*measure)(const TmbPage* page, TmbCanvas* canvas);

  /// Tell gnuplot, after tmb_plot_begin().
  void (*draw)(const TmbPage* page, const TmbCanvas* canvas, FILE* input);
} TmbPlotKind;

extern const TmbPlotKind tmb_plot_splits;
extern const TmbPlotKind tmb_plot_accuracy;
extern const TmbPlotKind tmb_plot_loss;
extern const TmbPlotKind tmb_plot_rate;
extern const TmbPlotKind tmb_plot_sweep;
extern const TmbPlotKind tmb_plot_confusion;
extern const TmbPlotKind tmb_plot_calibration;

#define TMB_N_SERIES 6U
#define TMB_N_HEATS 9U

/// Colours on a light screen, all different: on a dark one, each is replaced.
typedef enum {
  TMB_INK,                                ///< Texts
  TMB_AXIS,                               ///< Axes and reference lines
  TMB_FAINT,                              ///< Grid
  TMB_SERIES,                             ///< And TMB_N_SERIES - 1 more
  TMB_HEAT   = TMB_SERIES + TMB_N_SERIES, ///< And more, each stronger
  TMB_ON_LOW = TMB_HEAT + TMB_N_HEATS,    ///< Texts on the weaker half
  TMB_ON_HIGH,                            ///< Texts on the stronger half
  TMB_N_COLOURS
} TmbColour;

/// Such as "#30363d".
const char*
tmb_colour(unsigned colour);

/// Terminal, font, calm axes without a key.
void
tmb_plot_begin(const TmbCanvas* canvas, FILE* input);

/// A key above the picture, entries beside or below each other.
void
tmb_plot_key(bool is_list, FILE* input);

/// A text as a string constant, cut to `most` characters.
void
tmb_plot_text(const char* text, size_t most, FILE* input);

#endif // TMB_PLOT_KINDS_H
