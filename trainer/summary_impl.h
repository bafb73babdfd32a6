// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SUMMARY_IMPL_H
#define TMB_SUMMARY_IMPL_H

#include "trainer/summary.h"

/// See summary.h.
struct TmbSummaryImpl {
  TmbHeardFile* files; ///< [n_files] Of capacity `room`
  size_t        n_files;
  size_t        room;
  TmbKind*      kinds; ///< [TMB_MAX_KINDS]
  uint32_t      n_kinds;
  char*         open_file; ///< Or null
  uint32_t*     open;      ///< [TMB_MAX_KINDS][TMB_N_BINS + 1] Its notes
  TmbSums       sums;
};

/// The bin of a confidence, #TMB_N_BINS for NaN.
uint32_t
tmb_confidence_bin(double confidence);

/**
   Add up files, each of another path.

   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_summary_add_up(TmbSummary* self);

#endif // TMB_SUMMARY_IMPL_H
