// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_LOOKS_H
#define TMB_TEST_LOOKS_H

#include "dsp/analysis.h"
#include "tests/support/signals.h"

#include <stdbool.h>
#include <stdint.h>

#define LOOK_BANDS (TMB_SHORT_BANDS + TMB_LONG_BANDS)

/// A copy of a view; what it does not have is zero.
typedef struct {
  uint64_t taken;
  bool     is_long;
  float    level_db;
  float    oldest; ///< Of the short window's samples
  float    newest;
  float    power;              ///< Sum over the long window's bins
  float    levels[LOOK_BANDS]; ///< Short bands, then long ones, dB
} Look;

/// All views of a signal, which the test owns.
typedef struct {
  uint32_t n;
  Look*    looks;
} Looks;

/// An analysis as the default front end has it, or fail the test.
TmbAnalysis*
analysis_new(double rate_hz);

/// The same, but with another highest frequency of its bands.
TmbAnalysis*
analysis_new_up_to(double rate_hz, double fmax_hz);

/// Bins that a long window's power has.
uint32_t
analysis_bins(const TmbAnalysis* analysis);

/// Push a signal in blocks and keep all views.
Looks
looks_at(TmbAnalysis* analysis, const Signal* signal, uint32_t n_block);

/// The same with an analysis of its own.
Looks
looks_anew(const Signal* signal, double rate_hz, uint32_t n_block);

void
looks_free(Looks* looks);

bool
look_is_same(const Look* a, const Look* b);

/// Demand the same views, to the bit.
void
looks_expect_same(const Looks* a, const Looks* b, const char* label);

#endif // TMB_TEST_LOOKS_H
