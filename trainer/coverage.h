// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_COVERAGE_H
#define TMB_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

/*
  What is named, and how much of it rightly, if an answer of less confidence
  than a threshold is "unknown": El-Yaniv and Wiener, "On the foundations of
  noise-free selective classification", JMLR 2010.
*/

#define TMB_N_STEPS 1000U ///< Of confidence, from 0 to 1
#define TMB_PRECISION 0.9 ///< Share of names to be right, if none is asked for

/// Shares to be named of which a table of coverage tells, the largest first.
#define TMB_N_COVERAGES 6U
extern const double tmb_coverages[TMB_N_COVERAGES];

/// Answers by their confidence; all zero before the first.
typedef struct {
  uint32_t n;
  uint32_t n_at[TMB_N_STEPS + 1U]; ///< From i / #TMB_N_STEPS to below the next
  uint32_t n_right_at[TMB_N_STEPS + 1U];
} TmbConfidences;

/// What it comes to at one threshold.
typedef struct {
  double threshold; ///< A multiple of 1 / #TMB_N_STEPS; above 1 if nothing can
                    ///< be named
  double coverage;  ///< Share of all answers that are a name
  double accuracy;  ///< Share of these that are right; NaN of nothing
} TmbCoverage;

/// @param confidence 0 to 1.
void
tmb_confidences_add(TmbConfidences* self, double confidence, bool is_right);

/// An answer that is no name at any threshold.
void
tmb_confidences_add_unknown(TmbConfidences* self);

/// What is named from a threshold on.
TmbCoverage
tmb_coverage_from(const TmbConfidences* self, double threshold);

/// The highest threshold that leaves a share of the answers named, or more if
/// many are equally sure; 0 if there are not so many names.
TmbCoverage
tmb_coverage_of(const TmbConfidences* self, double share);

/// The lowest threshold at which a share of what is named is right.
TmbCoverage
tmb_coverage_precise(const TmbConfidences* self, double precision);

#endif // TMB_COVERAGE_H
