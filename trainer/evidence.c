// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/evidence.h"

#include <math.h>

void
tmb_evidence_add(double* const      evidence,
                 const float* const posterior,
                 const uint32_t     n_classes)
{
  for (uint32_t i = 0U; i < n_classes; ++i) {
    evidence[i] += log(fmax((double)posterior[i], TMB_LEAST_POSTERIOR));
  }
}

/// How likely class `i` is compared with the likeliest.
static double
odds(const double* const evidence,
     const uint32_t      i,
     const uint32_t      best,
     const uint64_t      n_notes)
{
  return exp((evidence[i] - evidence[best]) / (double)n_notes);
}

uint32_t
tmb_evidence_best(const double* const evidence,
                  const uint32_t      n_classes,
                  const uint64_t      n_notes,
                  double* const       confidence)
{
  uint32_t best = 0U;
  for (uint32_t i = 1U; i < n_classes; ++i) {
    best = (evidence[i] > evidence[best]) ? i : best;
  }

  double sum = 0.0;
  for (uint32_t i = 0U; i < n_classes; ++i) {
    sum += odds(evidence, i, best, n_notes);
  }
  *confidence = 1.0 / sum;
  return best;
}

void
tmb_evidence_posterior(const double* const evidence,
                       const uint32_t      n_classes,
                       const uint64_t      n_notes,
                       float* const        posterior)
{
  double         largest = 0.0;
  const uint32_t best =
    tmb_evidence_best(evidence, n_classes, n_notes, &largest);
  for (uint32_t i = 0U; i < n_classes; ++i) {
    posterior[i] = (float)(largest * odds(evidence, i, best, n_notes));
  }
}
