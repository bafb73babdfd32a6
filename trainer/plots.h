// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PLOTS_H
#define TMB_PLOTS_H

#include "dsp/status.h"
#include "trainer/new_file.h"
#include "trainer/page.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TMB_MAX_CURVES 64U  ///< Histories drawn in one graph
#define TMB_MAX_MATRIX 128U ///< Classes of a confusion matrix that is drawn

/// The pictures of a report.
typedef enum {
  TMB_PLOT_SPLITS,
  TMB_PLOT_ACCURACY,
  TMB_PLOT_LOSS,
  TMB_PLOT_RATE,
  TMB_PLOT_SWEEP,
  TMB_PLOT_CONFUSION,
  TMB_PLOT_CALIBRATION,
  TMB_N_PLOTS
} TmbPlotName;

/// A picture that was drawn.
typedef struct {
  char*      svg; ///< What gnuplot wrote; null if there was nothing to draw
  uint32_t   width;
  uint32_t   height;
  TmbNewFile file; ///< Where it goes besides, if anywhere
} TmbDrawn;

/// All pictures of a report.  All zero is none.
typedef struct {
  TmbDrawn drawn[TMB_N_PLOTS];
} TmbPlots;

/**
   Draw what there is, each by a gnuplot of its own.

   @param[out] plots Released with tmb_plots_clear(), also after an error.
   @param[out] why One sentence on error.
   @return As tmb_page_write().
*/
TMB_NODISCARD TmbStatus
tmb_plots_draw(const TmbPage* page, TmbPlots* plots, TmbMessage* why);

/// Write a picture as an element of a page; nothing if it was not drawn.
void
tmb_plots_write(const TmbPlots* plots, TmbPlotName name, FILE* out);

/// Write the style sheet that makes such elements follow a dark screen.
void
tmb_plots_write_style(FILE* out);

/// Write each as a file, which takes its place with tmb_plots_rename().
TMB_NODISCARD TmbStatus
tmb_plots_save(TmbPlots* plots, const char* folder, TmbMessage* why);

TMB_NODISCARD TmbStatus
tmb_plots_rename(TmbPlots* plots, TmbMessage* why);

void
tmb_plots_clear(TmbPlots* plots);

#endif // TMB_PLOTS_H
