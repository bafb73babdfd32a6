// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LABEL_ERRORS_H
#define TMB_LABEL_ERRORS_H

#include "dsp/status.h"

#include <stdint.h>
#include <stdio.h>

#define TMB_MAX_REASONS 24U ///< That are told apart; others are counted as one

/// A reason, with N for each number in it.
typedef struct {
  uint64_t   n;
  TmbMessage text;
  TmbMessage example; ///< The first such recording, see tmb_text_shown()
} TmbReason;

/// Why recordings have no label, counted by reason.  All zero is none.
typedef struct {
  TmbReason reasons[TMB_MAX_REASONS + 1U]; ///< The last one for all others
  uint32_t  n;
} TmbLabelErrors;

/// @param reason Without the path.
void
tmb_label_errors_add(TmbLabelErrors* errors,
                     const char*     path,
                     const char*     reason);

/// Write a table, the most frequent reason first, if there is more than one
/// recording.  A terminal may show it, whatever the names of files hold.
/// @param n_all Recordings, also those with a label.
void
tmb_label_errors_print(TmbLabelErrors* errors, uint64_t n_all, FILE* out);

#endif // TMB_LABEL_ERRORS_H
