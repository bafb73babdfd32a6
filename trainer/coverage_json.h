// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_COVERAGE_JSON_H
#define TMB_COVERAGE_JSON_H

#include "trainer/coverage.h"

#include <jansson.h>

/*
  Coverage as JSON.  Each is a new reference, or null if memory is out.
*/

/// {threshold, coverage, accuracy}, the last null if nothing is named.
json_t*
tmb_pack_coverage(const TmbCoverage* coverage);

/// A list of these, for each of #tmb_coverages.
json_t*
tmb_pack_coverages(const TmbConfidences* answers);

/// What reaches #TMB_PRECISION, with that as precision.
json_t*
tmb_pack_precise(const TmbCoverage* precise);

#endif // TMB_COVERAGE_JSON_H
