// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_GNUPLOT_H
#define TMB_GNUPLOT_H

#include "dsp/status.h"

#include <stdio.h>

/// A running gnuplot, http://www.gnuplot.info, of the user's PATH.
typedef struct TmbGnuplotImpl TmbGnuplot;

/**
   Start gnuplot with its default settings, whatever the user's are.

   @param picture Open file that the picture is written to, as gnuplot's stdout.
   @param[out] gnuplot Ended by tmb_gnuplot_finish(); null on error.
   @param[out] why One sentence on error.
   @return #TMB_OK, #TMB_NO_FILE if there is no gnuplot, or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_gnuplot_start(FILE* picture, TmbGnuplot** gnuplot, TmbMessage* why);

/// Where commands and data go; what can't be written shows at the end.
FILE*
tmb_gnuplot_input(const TmbGnuplot* gnuplot);

/**
   Write a text as a string constant, in which gnuplot replaces nothing.

   What a line can't hold becomes U+FFFD: control characters and bytes that are
   not UTF-8.  It may still be read as markup where that is not switched off by
   `noenhanced`.
*/
void
tmb_gnuplot_text(FILE* input, const char* text);

/**
   Wait until gnuplot is done.

   @param gnuplot Released; may be null.
   @param[out] why One sentence on error, with what gnuplot said.
   @return #TMB_OK, or #TMB_WRITE_FAILED if it failed.
*/
TmbStatus
tmb_gnuplot_finish(TmbGnuplot* gnuplot, TmbMessage* why);

#endif // TMB_GNUPLOT_H
