// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PAGE_FRAME_H
#define TMB_PAGE_FRAME_H

#include <stdio.h>

/*
  What all pages have in common: one file that needs no other, for light and
  dark screens and for paper, HTML that is XML too.  The caller looks after
  errors of `out`.
*/

/**
   Begin a page, up to its heading: then come what else its header has, the end
   of that, and the beginning of main.

   @param head Writes more elements of the head.
*/
void
tmb_page_begin(FILE* out, const char* title, void (*head)(FILE* out));

/// From the end of main on.
void
tmb_page_end(FILE* out);

/// A number with what it is, of a list of the class "cards"; nothing if it is
/// NaN.
void
tmb_page_card(FILE* out, const char* format, double number, const char* label);

/// A table cell with a share as a percentage, or a dash if it is NaN.
void
tmb_page_share_cell(FILE* out, double share);

/// A table cell with any number, or a dash if it is NaN.
void
tmb_page_number_cell(FILE* out, const char* format, double number);

#endif // TMB_PAGE_FRAME_H
