// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SUMMARY_PARTS_H
#define TMB_SUMMARY_PARTS_H

#include "trainer/summary.h"

#include <stdint.h>
#include <stdio.h>

/*
  The parts of a summary's page; see summary_output.h.
*/

/**
   Draw notes by name as bars below each other, the most frequent ones.

   @param name Begins the picture's ids.
   @param title For people who can't see it.
*/
void
tmb_summary_draw_shares(FILE*           out,
                        const char*     name,
                        const char*     title,
                        const TmbShare* shares,
                        uint32_t        n);

/// Draw how many notes have which confidence.
void
tmb_summary_draw_bins(FILE* out, const TmbBin* bins);

/// Write the style sheet of these pictures and of the table of files.
void
tmb_summary_write_style(FILE* out);

/// Write the table of files, and the script that fills it.
void
tmb_summary_write_files(const TmbSummary* summary, FILE* out);

#endif // TMB_SUMMARY_PARTS_H
