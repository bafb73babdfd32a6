// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LABEL_PROGRESS_H
#define TMB_LABEL_PROGRESS_H

#include <stdint.h>

typedef enum {
  TMB_PROGRESS_NONE,
  TMB_PROGRESS_LINE, ///< One line on a terminal, written over and over
  TMB_PROGRESS_JSON  ///< An object a line, for programs
} TmbProgressKind;

/// How far a run is, told on stderr.
typedef struct {
  TmbProgressKind kind;
  double          start_s; ///< By tmb_clock_s()
  double          shown_s; ///< When it was told last, 0 if nothing stands there
  uint64_t        n_total; ///< Recordings in all, or 0 if that is not known
  uint64_t        n_before; ///< Of n_done, those of a run that this one goes on
  uint64_t        n_done;   ///< Recordings, with the failed ones
  uint64_t        n_failed;
  double          before_s; ///< Of sound, before this start
  double          heard_s;  ///< Since
} TmbLabelProgress;

void
tmb_label_progress_init(TmbLabelProgress* progress, TmbProgressKind kind);

/// Tell it, but not more often than anybody can read it.
void
tmb_label_progress_show(TmbLabelProgress* progress);

/// Wipe the line, so that something else can be written there.
void
tmb_label_progress_wipe(TmbLabelProgress* progress);

/// Tell it at once in a line of its own, also if it is not told otherwise.
void
tmb_label_progress_tell(TmbLabelProgress* progress);

/// Wipe the line; or write the last object, as there are no more.
void
tmb_label_progress_end(TmbLabelProgress* progress);

#endif // TMB_LABEL_PROGRESS_H
