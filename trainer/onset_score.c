// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/onset_score.h"

#include <math.h>
#include <stdlib.h>

const double tmb_onset_tolerances[TMB_N_TOLERANCES] = { 0.050, 0.025 };

size_t
tmb_onsets_match(const TmbMarks* const annotated,
                 const TmbMarks* const told,
                 const double          tolerance_s,
                 TmbOnsetPair* const   pairs)
{
  size_t n = 0U;
  for (size_t a = 0U, t = 0U; a < annotated->n && t < told->n;) {
    const double truth_s     = annotated->items[a].onset_s;
    const double deviation_s = told->items[t].onset_s - truth_s;
    if (deviation_s > tolerance_s) {
      ++a;
    } else if (deviation_s < -tolerance_s) {
      ++t;
    } else {
      if (pairs) {
        pairs[n] = (TmbOnsetPair){
          .delay_s     = told->items[t].told_s - truth_s,
          .deviation_s = deviation_s,
        };
      }
      ++n;
      ++a;
      ++t;
    }
  }
  return n;
}

TmbStatus
tmb_onset_score_add(TmbOnsetScore* const  score,
                    const TmbMarks* const annotated,
                    const TmbMarks* const told)
{
  const size_t n_pairs  = score->n_found[TMB_WITHIN_50_MS];
  const size_t shorter  = annotated->n < told->n ? annotated->n : told->n;
  const size_t capacity = n_pairs + shorter;
  if (capacity > score->capacity) {
    TmbOnsetPair* const pairs = (TmbOnsetPair*)realloc(
      score->pairs, 2U * capacity * sizeof(TmbOnsetPair));
    if (!pairs) {
      return TMB_NO_MEMORY;
    }
    score->pairs    = pairs;
    score->capacity = 2U * capacity;
  }

  ++score->n_files;
  score->n_annotated += annotated->n;
  score->n_told += told->n;
  for (unsigned i = 0U; i < TMB_N_TOLERANCES; ++i) {
    score->n_found[i] += tmb_onsets_match(
      annotated,
      told,
      tmb_onset_tolerances[i],
      (i == TMB_WITHIN_50_MS && shorter) ? score->pairs + n_pairs : NULL);
  }
  return TMB_OK;
}

void
tmb_onset_score_free(TmbOnsetScore* const score)
{
  free(score->pairs);
  *score = (TmbOnsetScore){ .n_files = 0U };
}

static double
share(const size_t part, const size_t whole)
{
  return whole ? (double)part / (double)whole : (double)NAN;
}

TmbOnsetRates
tmb_onset_rates(const TmbOnsetScore* const score, const unsigned tolerance)
{
  const size_t n_found = score->n_found[tolerance];
  return (TmbOnsetRates){
    .precision = share(n_found, score->n_told),
    .recall    = share(n_found, score->n_annotated),
    .f         = share(2U * n_found, score->n_told + score->n_annotated),
  };
}

double
tmb_quantile(const double* const values, const size_t n, const double share)
{
  if (!n) {
    return (double)NAN;
  }

  const double position = share * (double)(n - 1U);
  const size_t below    = (size_t)position;
  const size_t above    = below + 1U < n ? below + 1U : below;
  return values[below] +
         ((position - (double)below) * (values[above] - values[below]));
}

/// NaN before all else, so that the order is total.
static int
by_value(const void* const left, const void* const right)
{
  const double a = *(const double*)left;
  const double b = *(const double*)right;
  return isnan(a) || isnan(b) ? isnan(b) - isnan(a) : (a > b) - (a < b);
}

TmbStatus
tmb_onset_times(const TmbOnsetScore* const score, TmbOnsetTimes* const times)
{
  const size_t n      = score->n_found[TMB_WITHIN_50_MS];
  double*      values = (double*)calloc(n + 1U, sizeof(double));
  if (!values) {
    return TMB_NO_MEMORY;
  }

  for (size_t i = 0U; i < n; ++i) {
    values[i] = score->pairs[i].delay_s;
  }
  qsort(values, n, sizeof(double), by_value);
  times->delay_median_s = tmb_quantile(values, n, 0.5);
  times->delay_95_s     = tmb_quantile(values, n, 0.95);

  double sum = 0.0;
  for (size_t i = 0U; i < n; ++i) {
    values[i] = score->pairs[i].deviation_s;
    sum += values[i];
  }
  qsort(values, n, sizeof(double), by_value);
  times->deviation_median_s = tmb_quantile(values, n, 0.5);
  times->deviation_mean_s   = n ? sum / (double)n : (double)NAN;
  free(values);
  return TMB_OK;
}
