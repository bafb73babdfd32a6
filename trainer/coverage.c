// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/coverage.h"

#include <math.h>

const double tmb_coverages[TMB_N_COVERAGES] = { 1.0, 0.8, 0.6, 0.5, 0.4, 0.2 };

/// Answers of a step or more.
typedef struct {
  uint32_t step; ///< Above the last if there are none yet
  uint32_t n;
  uint32_t n_right;
} Named;

static const Named nothing = { .step = TMB_N_STEPS + 1U };

void
tmb_confidences_add(TmbConfidences* const self,
                    const double          confidence,
                    const bool            is_right)
{
  const uint32_t step =
    (uint32_t)fmin(TMB_N_STEPS * confidence, (double)TMB_N_STEPS);
  ++self->n;
  ++self->n_at[step];
  self->n_right_at[step] += is_right;
}

void
tmb_confidences_add_unknown(TmbConfidences* const self)
{
  ++self->n;
}

/// Take in the step below, if there is one.
static bool
step_down(const TmbConfidences* const self, Named* const named)
{
  if (!named->step) {
    return false;
  }
  --named->step;
  named->n += self->n_at[named->step];
  named->n_right += self->n_right_at[named->step];
  return true;
}

static TmbCoverage
coverage_at(const TmbConfidences* const self, const Named* const named)
{
  const double n = (double)named->n;
  return (TmbCoverage){ (double)named->step / TMB_N_STEPS,
                        self->n ? n / (double)self->n : 0.0,
                        named->n ? (double)named->n_right / n : (double)NAN };
}

TmbCoverage
tmb_coverage_from(const TmbConfidences* const self, const double threshold)
{
  // Steps are counted, so that a threshold such as 0.29 is not just below one
  const double least = ceil((TMB_N_STEPS * threshold) - 1e-6);
  Named        named = nothing;
  while ((double)named.step > least && step_down(self, &named)) {
  }
  return coverage_at(self, &named);
}

TmbCoverage
tmb_coverage_of(const TmbConfidences* const self, const double share)
{
  const double least = share * (double)self->n;
  Named        named = nothing;
  while ((double)named.n < least && step_down(self, &named)) {
  }
  return coverage_at(self, &named);
}

TmbCoverage
tmb_coverage_precise(const TmbConfidences* const self, const double precision)
{
  Named named = nothing;
  Named found = nothing;
  while (step_down(self, &named)) {
    if (named.n && (double)named.n_right >= precision * (double)named.n) {
      found = named;
    }
  }
  return coverage_at(self, &found);
}
