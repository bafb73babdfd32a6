// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_EVIDENCE_H
#define TMB_EVIDENCE_H

#include <stdint.h>

/*
  What the notes of a recording say together: the sum of their log posteriors,
  each note counting alike.  Its mean over the notes, normalised, is the
  recording's posterior, as if the notes were one.
*/

/// Least posterior whose logarithm is taken: one note is not to rule out all.
#define TMB_LEAST_POSTERIOR 1e-9

/**
   Add a note.

   @param evidence [n_classes] Zero before the first note.
   @param posterior [n_classes] Of the note.
*/
void
tmb_evidence_add(double* evidence, const float* posterior, uint32_t n_classes);

/**
   The likeliest class.

   @param n_notes That were added, at least 1.
   @param[out] confidence Its posterior.
*/
uint32_t
tmb_evidence_best(const double* evidence,
                  uint32_t      n_classes,
                  uint64_t      n_notes,
                  double*       confidence);

/**
   The posterior of the whole recording.

   @param n_notes That were added, at least 1.
   @param[out] posterior [n_classes]
*/
void
tmb_evidence_posterior(const double* evidence,
                       uint32_t      n_classes,
                       uint64_t      n_notes,
                       float*        posterior);

#endif // TMB_EVIDENCE_H
