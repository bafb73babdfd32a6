// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/verdict.h"

#include "dsp/net.h"

/// @param[out] sums [n_families] Posterior of each family.
static void
sum_families(const TmbFamilies* const families,
             const float* const       posterior,
             float* const             sums)
{
  for (uint32_t i = 0U; i < families->n_families; ++i) {
    sums[i] = 0.0f;
  }
  for (uint32_t i = 0U; i < families->n_classes; ++i) {
    const int family = families->of_class[i];
    if (family >= 0) {
      sums[family] += posterior[i];
    }
  }
}

TmbVerdict
tmb_judge(const TmbFamilies* const families,
          const float* const       posterior,
          const uint32_t           n_outputs,
          const float              threshold,
          float* const             scratch)
{
  const uint32_t best    = tmb_largest(posterior, families->n_classes);
  TmbVerdict     verdict = { TMB_UNKNOWN, posterior[best], TMB_UNKNOWN, 0.0f };
  if (tmb_largest(posterior, n_outputs) != best) {
    return verdict;
  }

  sum_families(families, posterior, scratch);
  if (verdict.confidence >= threshold) {
    verdict.instrument = (int)best;
    verdict.family     = families->of_class[best];
  } else if (families->n_families) {
    const uint32_t family = tmb_largest(scratch, families->n_families);
    verdict.family = (scratch[family] >= threshold) ? (int)family : TMB_UNKNOWN;
  }
  if (verdict.family >= 0) {
    verdict.family_confidence = scratch[verdict.family];
  }
  return verdict;
}
