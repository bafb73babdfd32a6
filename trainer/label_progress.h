// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LABEL_PROGRESS_H
#define TMB_LABEL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/// How far a run is, as one line on a terminal.  For one thread at a time.
typedef struct {
  bool     is_shown;
  double   start_s; ///< By a clock that nobody sets
  double   shown_s; ///< When it was shown last
  uint64_t n_done;  ///< Recordings, with the failed ones
  uint64_t n_failed;
  double   heard_s; ///< Of sound
} TmbLabelProgress;

/// @param is_shown Whether there is a terminal that wants it.
void
tmb_label_progress_init(TmbLabelProgress* progress, bool is_shown);

/// Show the line, but not more often than anybody can read it.
/// @param n_total Recordings in all, or 0 if that is not known.
void
tmb_label_progress_show(TmbLabelProgress* progress, uint64_t n_total);

/// Wipe the line, so that something else can be written there.
void
tmb_label_progress_wipe(TmbLabelProgress* progress);

#endif // TMB_LABEL_PROGRESS_H
