// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_METRICS_H
#define TMB_METRICS_H

#include "dsp/model.h"
#include "dsp/status.h"
#include "trainer/coverage.h"

#include <stdbool.h>
#include <stdint.h>

#define TMB_LEAST_CELL 8U ///< Notes that a (source, class) cell must have
#define TMB_N_BINS 10U    ///< Of confidence, equally wide, from 0 to 1

/**
   Counts right and wrong answers about notes, or about rows of a matrix, which
   count as notes but are of no recording and no source.

   A *cell* is the notes of one class from one source.  Means over cells let a
   large library count no more than a small one.
*/
typedef struct TmbMetricsImpl TmbMetrics;

/// What it comes to.  Shares are 0 to 1, and 0 of nothing.
typedef struct {
  uint32_t n_notes;
  double   notes;      ///< Share of notes whose likeliest class is right
  double   notes_top3; ///< ... that have the right one among the first three
  double   log_loss;   ///< Mean over notes of -ln(posterior of the right one),
                       ///< of #TMB_LEAST_POSTERIOR at least
  double   calibration_error; ///< Expected calibration error, see TmbBin
  uint32_t n_cells;           ///< Cells with at least #TMB_LEAST_CELL notes
  double   cells;             ///< Mean over these of the share right by class
  double   cells_family;      ///< ... by family, the sum of its classes
  double   cells_top3;
  uint32_t n_recordings; ///< That were expected
  double   recordings;   ///< Share named rightly, see tmb_metrics_expect()
} TmbScores;

/// A row of a table: a class, a family or a source.
typedef struct {
  uint32_t n;         ///< Notes that are of it
  uint32_t n_right;   ///< ... and got their class right, or FAMILY: that right
  uint32_t n_claimed; ///< CLASS only: notes whose likeliest class it is
} TmbTally;

/**
   Notes whose confidence, the posterior of their likeliest class, is alike.

   If confidence is what it should be, it is the share of these that are right.
   The expected calibration error is the mean over notes of how far the two are
   apart in their bin: Naeini et al., "Obtaining well calibrated probabilities
   using Bayesian binning", AAAI 2015; Guo et al., "On calibration of modern
   neural networks", ICML 2017, whose bins hold their upper end.
*/
typedef struct {
  uint32_t n;
  uint32_t n_right;
  double   confidence; ///< Mean; 0 of nothing
} TmbBin;

/**
   @param classes [n_outputs] Of the model; borrowed.
   @param n_outputs Classes, and perhaps "unknown" behind them.
   @param n_sources, n_recordings Of the corpus; 0 for rows of a matrix.
   @param[out] metrics Owned by the caller, freed with tmb_metrics_free().
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_metrics_new(const TmbClass* classes,
                uint32_t        n_outputs,
                uint32_t        n_sources,
                uint32_t        n_recordings,
                TmbMetrics**    metrics);

void
tmb_metrics_free(TmbMetrics* metrics);

/**
   Expect a recording to be named: as `timbrel label` does, from the geometric
   mean of its notes' posteriors, and wrong if that is below the threshold or
   there are no notes.
*/
void
tmb_metrics_expect(TmbMetrics* metrics, uint32_t recording, uint32_t truth);

/**
   Count an answer about a note.

   The answer is the likeliest class, even if "unknown" is likelier.

   @param posterior [n_outputs] From tmb_net_forward().
*/
void
tmb_metrics_add(TmbMetrics*  metrics,
                uint32_t     recording,
                uint32_t     source,
                uint32_t     truth,
                const float* posterior);

/// Count an answer about a row of a matrix.
void
tmb_metrics_add_row(TmbMetrics*  metrics,
                    uint32_t     truth,
                    const float* posterior);

/// @param threshold Least confidence of a named recording.
TmbScores
tmb_metrics_scores(const TmbMetrics* metrics, double threshold);

TmbTally
tmb_metrics_class(const TmbMetrics* metrics, uint32_t class_index);

TmbTally
tmb_metrics_source(const TmbMetrics* metrics, uint32_t source);

/// The first class of the same family: families are known by it.
uint32_t
tmb_metrics_family_of(const TmbMetrics* metrics, uint32_t class_index);

/// @param first_class Of the family.
TmbTally
tmb_metrics_family(const TmbMetrics* metrics, uint32_t first_class);

/// @param bin Its confidences are above bin / #TMB_N_BINS.
TmbBin
tmb_metrics_bin(const TmbMetrics* metrics, uint32_t bin);

/// How sure the answers are, and which of them are right.
const TmbConfidences*
tmb_metrics_confidences(const TmbMetrics* metrics);

/// Outputs that are names: all, or all but "unknown" at the end.
uint32_t
tmb_n_named(const TmbClass* classes, uint32_t n_outputs);

/**
   Whether the likeliest class is a name for what has a posterior: it reaches
   the threshold, and "unknown" is not likelier.

   @param posterior [n_outputs]
   @param n_classes Those that are names.
*/
bool
tmb_is_named(const float* posterior,
             uint32_t     n_classes,
             uint32_t     n_outputs,
             double       threshold);

/// `part` of `whole`, and 0 of nothing.
double
tmb_share(double part, uint32_t whole);

/// The harmonic mean of a class's precision and recall, F1; NaN of nothing.
double
tmb_tally_f1(const TmbTally* tally);

/// Notes of class `truth` whose likeliest class is `answer`.
uint32_t
tmb_metrics_confusion(const TmbMetrics* metrics,
                      uint32_t          truth,
                      uint32_t          answer);

#endif // TMB_METRICS_H
