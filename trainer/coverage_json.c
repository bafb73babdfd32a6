// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/coverage_json.h"

#include "trainer/json_parts.h"

json_t*
tmb_pack_coverage(const TmbCoverage* const coverage)
{
  // clang-format off
  return json_pack("{s:f, s:f, s:o}",
    "threshold", coverage->threshold,
    "coverage",  coverage->coverage,
    "accuracy",  tmb_json_finite(coverage->accuracy));
  // clang-format on
}

json_t*
tmb_pack_coverages(const TmbConfidences* const answers)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < TMB_N_COVERAGES; ++i) {
    const TmbCoverage coverage = tmb_coverage_of(answers, tmb_coverages[i]);
    list = tmb_json_append(list, tmb_pack_coverage(&coverage));
  }
  return list;
}

json_t*
tmb_pack_precise(const TmbCoverage* const precise)
{
  return tmb_json_extend(tmb_pack_coverage(precise),
                         json_pack("{s:f}", "precision", TMB_PRECISION));
}
