// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ONSET_SCORE_H
#define TMB_ONSET_SCORE_H

#include "trainer/marks.h"

#include <stddef.h>

/// How far a told onset may be from an annotated one to be it, in seconds.
enum { TMB_WITHIN_50_MS, TMB_WITHIN_25_MS, TMB_N_TOLERANCES };
extern const double tmb_onset_tolerances[TMB_N_TOLERANCES];

/// A told onset and the annotated one that it is.
typedef struct {
  double delay_s;     ///< From the annotated onset to when it was told, or NaN
  double deviation_s; ///< From the annotated onset to the told one
} TmbOnsetPair;

/// What a detector did on some recordings; all zero before the first.
typedef struct {
  size_t        n_files;
  size_t        n_annotated;
  size_t        n_told;
  size_t        n_found[TMB_N_TOLERANCES];
  size_t        capacity;
  TmbOnsetPair* pairs; ///< [n_found[TMB_WITHIN_50_MS]]
} TmbOnsetScore;

/// Shares of told onsets that are right, of annotated ones that were found, and
/// their harmonic mean; NaN where there is nothing to share.
typedef struct {
  double precision;
  double recall;
  double f;
} TmbOnsetRates;

/// Over the pairs within 50 ms, in seconds; NaN if there are none.
typedef struct {
  double delay_median_s;
  double delay_95_s; ///< 95th percentile
  double deviation_median_s;
  double deviation_mean_s;
} TmbOnsetTimes;

/**
   Pair annotated with told onsets, as many as can be, each at most once.

   On a line, with one tolerance for all, pairing from the left is optimal (F.
   Glover, "Maximum matching in a convex bipartite graph", Naval Research
   Logistics 1967), so the number of pairs is that of mir_eval (Raffel et al.,
   ISMIR 2014).

   @param[out] pairs [at least the shorter list's length] Or null.
   @return Number of pairs.
*/
size_t
tmb_onsets_match(const TmbMarks* annotated,
                 const TmbMarks* told,
                 double          tolerance_s,
                 TmbOnsetPair*   pairs);

/// Count one more recording: #TMB_OK or #TMB_NO_MEMORY.
TMB_NODISCARD TmbStatus
tmb_onset_score_add(TmbOnsetScore*  score,
                    const TmbMarks* annotated,
                    const TmbMarks* told);

/// Free what the score holds; it is as before the first recording then.
void
tmb_onset_score_free(TmbOnsetScore* score);

/// @param tolerance Index into #tmb_onset_tolerances.
TmbOnsetRates
tmb_onset_rates(const TmbOnsetScore* score, unsigned tolerance);

/// What the pairs say of time: #TMB_OK or #TMB_NO_MEMORY.
TMB_NODISCARD TmbStatus
tmb_onset_times(const TmbOnsetScore* score, TmbOnsetTimes* times);

/**
   The value below which a share of all values lies, between two values by
   interpolation (type 7 of Hyndman & Fan, "Sample quantiles in statistical
   packages", The American Statistician 1996, which is numpy's).

   @param values [n] Ascending.
   @param share 0 to 1.
   @return NaN if n is 0.
*/
double
tmb_quantile(const double* values, size_t n, double share);

#endif // TMB_ONSET_SCORE_H
