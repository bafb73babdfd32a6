// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PAGE_H
#define TMB_PAGE_H

#include "dsp/status.h"
#include "trainer/history.h"

#include <jansson.h>

#include <stdint.h>

/**
   What a report page tells, every part optional: what is absent, or not as it
   should be, is left out.

   All is borrowed, and none of it is trusted.
*/
typedef struct {
  const char*       title;
  const TmbHistory* histories; ///< [n_histories] One training, or a sweep
  uint32_t          n_histories;
  double            target;     ///< Accuracy drawn as a line; 0 for none
  const json_t*     evaluation; ///< What `timbrel evaluate --json` writes
  const json_t*     training;   ///< A model's TMB_KEY_TRAINING
  const json_t*     accuracy;   ///< A model's TMB_KEY_ACCURACY
} TmbPage;

/**
   Write a report as one HTML file that needs no other, its pictures drawn by
   gnuplot as SVG, for light and dark screens and for paper.  It is XML too.

   @param path Of the page.
   @param folder Where the pictures go too, as NAME.svg; made if it is missing.
   Null for nowhere.
   @param[out] why One sentence on error.  Nothing is replaced then.
   @return #TMB_OK, #TMB_NO_FILE if there is no gnuplot, #TMB_NO_MEMORY or
   #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_page_write(const TmbPage* page,
               const char*    path,
               const char*    folder,
               TmbMessage*    why);

#endif // TMB_PAGE_H
