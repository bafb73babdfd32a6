// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/metrics.h"

#include "dsp/net.h"
#include "trainer/evidence.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint32_t n;
  uint32_t n_right;
  uint32_t n_family; ///< Right by family
  uint32_t n_top3;
} Cell;

typedef struct {
  bool     is_expected;
  uint32_t truth;
  uint32_t n_notes;
} Recording;

struct TmbMetricsImpl {
  const TmbClass* classes;
  uint32_t        n_classes; ///< That are names
  uint32_t        n_outputs;
  uint32_t        n_sources;
  uint32_t        n_recordings;
  uint32_t*       family;     ///< [n_classes] The first class of its family
  uint32_t*       confusion;  ///< [n_classes][n_classes] Truth, answer
  Cell*           totals;     ///< [n_classes] Of all sources and none
  Cell*           cells;      ///< [n_sources][n_classes]
  Recording*      recordings; ///< [n_recordings]
  double*         evidence;   ///< [n_recordings][n_outputs] Log posteriors
  double*         families;   ///< [n_classes] Scratch
  double          log_loss;   ///< Summed
  TmbBin          bins[TMB_N_BINS]; ///< Their confidence summed
  TmbConfidences  confidences;
};

/// Nothing needs no memory, but null would say that there is none.
static void*
allocate(const size_t n, const size_t size)
{
  return calloc(n ? n : 1U, size);
}

TmbStatus
tmb_metrics_new(const TmbClass* const classes,
                const uint32_t        n_outputs,
                const uint32_t        n_sources,
                const uint32_t        n_recordings,
                TmbMetrics** const    metrics)
{
  *metrics = NULL;

  TmbMetrics* const self = (TmbMetrics*)calloc(1U, sizeof(TmbMetrics));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  const uint32_t n_classes = tmb_n_named(classes, n_outputs);
  const size_t   n         = n_classes;
  self->classes            = classes;
  self->n_classes          = n_classes;
  self->n_outputs          = n_outputs;
  self->n_sources          = n_sources;
  self->n_recordings       = n_recordings;
  self->family             = (uint32_t*)allocate(n, sizeof(uint32_t));
  self->confusion          = (uint32_t*)allocate(n * n, sizeof(uint32_t));
  self->totals             = (Cell*)allocate(n, sizeof(Cell));
  self->cells              = (Cell*)allocate(n_sources * n, sizeof(Cell));
  self->recordings = (Recording*)allocate(n_recordings, sizeof(Recording));
  self->evidence =
    (double*)allocate((size_t)n_recordings * n_outputs, sizeof(double));
  self->families = (double*)allocate(n, sizeof(double));
  if (!self->family || !self->confusion || !self->totals || !self->cells ||
      !self->recordings || !self->evidence || !self->families) {
    tmb_metrics_free(self);
    return TMB_NO_MEMORY;
  }

  for (uint32_t i = 0U; i < n_classes; ++i) {
    while (strcmp(classes[self->family[i]].family, classes[i].family) != 0) {
      ++self->family[i];
    }
  }
  *metrics = self;
  return TMB_OK;
}

void
tmb_metrics_free(TmbMetrics* const metrics)
{
  if (metrics) {
    free(metrics->families);
    free(metrics->evidence);
    free(metrics->recordings);
    free(metrics->cells);
    free(metrics->totals);
    free(metrics->confusion);
    free(metrics->family);
    free(metrics);
  }
}

void
tmb_metrics_expect(TmbMetrics* const metrics,
                   const uint32_t    recording,
                   const uint32_t    truth)
{
  metrics->recordings[recording].is_expected = true;
  metrics->recordings[recording].truth       = truth;
}

/// How many classes are likelier than the right one.
static uint32_t
rank_of(const uint32_t     truth,
        const float* const posterior,
        const uint32_t     n_classes)
{
  uint32_t rank = 0U;
  for (uint32_t i = 0U; i < n_classes; ++i) {
    rank += (posterior[i] > posterior[truth]);
  }
  return rank;
}

uint32_t
tmb_n_named(const TmbClass* const classes, const uint32_t n_outputs)
{
  return n_outputs -
         (n_outputs && tmb_class_is_unknown(&classes[n_outputs - 1U]));
}

bool
tmb_is_named(const float* const posterior,
             const uint32_t     n_classes,
             const uint32_t     n_outputs,
             const double       threshold)
{
  const uint32_t best = tmb_largest(posterior, n_classes);
  return tmb_largest(posterior, n_outputs) == best &&
         (double)posterior[best] >= threshold;
}

/// Whether the likeliest family is that of `truth`.
static bool
family_is_right(TmbMetrics* const  self,
                const uint32_t     truth,
                const float* const posterior)
{
  for (uint32_t i = 0U; i < self->n_classes; ++i) {
    self->families[i] = 0.0;
  }
  uint32_t best = 0U;
  for (uint32_t i = 0U; i < self->n_classes; ++i) {
    self->families[self->family[i]] += (double)posterior[i];
  }
  for (uint32_t i = 1U; i < self->n_classes; ++i) {
    best = (self->families[i] > self->families[best]) ? i : best;
  }
  return best == self->family[truth];
}

static void
count(Cell* const cell, const Cell* const answer)
{
  cell->n += answer->n;
  cell->n_right += answer->n_right;
  cell->n_family += answer->n_family;
  cell->n_top3 += answer->n_top3;
}

/// Judge an answer, a cell of one note, and count it where all are counted.
static Cell
judge(TmbMetrics* const  self,
      const uint32_t     truth,
      const float* const posterior)
{
  const uint32_t n      = self->n_classes;
  const uint32_t best   = tmb_largest(posterior, n);
  const Cell     answer = { 1U,
                            best == truth,
                            family_is_right(self, truth, posterior),
                            rank_of(truth, posterior, n) < 3U };
  ++self->confusion[((size_t)truth * n) + best];
  count(&self->totals[truth], &answer);
  self->log_loss -= log(fmax((double)posterior[truth], TMB_LEAST_POSTERIOR));

  const double confidence = (double)posterior[best];
  uint32_t     bin        = 0U; // The likeliest of classes is above 0
  while (bin + 1U < TMB_N_BINS && confidence * TMB_N_BINS > bin + 1U) {
    ++bin;
  }
  ++self->bins[bin].n;
  self->bins[bin].n_right += answer.n_right;
  self->bins[bin].confidence += confidence;
  if (tmb_is_named(posterior, n, self->n_outputs, 0.0)) {
    tmb_confidences_add(&self->confidences, confidence, best == truth);
  } else {
    tmb_confidences_add_unknown(&self->confidences);
  }
  return answer;
}

void
tmb_metrics_add(TmbMetrics* const  metrics,
                const uint32_t     recording,
                const uint32_t     source,
                const uint32_t     truth,
                const float* const posterior)
{
  const uint32_t n      = metrics->n_classes;
  const Cell     answer = judge(metrics, truth, posterior);
  count(&metrics->cells[((size_t)source * n) + truth], &answer);
  tmb_evidence_add(metrics->evidence + ((size_t)recording * metrics->n_outputs),
                   posterior,
                   metrics->n_outputs);
  ++metrics->recordings[recording].n_notes;
}

void
tmb_metrics_add_row(TmbMetrics* const  metrics,
                    const uint32_t     truth,
                    const float* const posterior)
{
  (void)judge(metrics, truth, posterior);
}

static bool
recording_is_right(const TmbMetrics* const self,
                   const uint32_t          index,
                   const double            threshold)
{
  const Recording* const recording  = &self->recordings[index];
  double                 confidence = 0.0;
  const uint32_t         best =
    tmb_evidence_best(self->evidence + ((size_t)index * self->n_outputs),
                      self->n_outputs,
                      recording->n_notes,
                      &confidence);
  return best == recording->truth && confidence >= threshold;
}

double
tmb_share(const double part, const uint32_t whole)
{
  return whole ? part / (double)whole : 0.0;
}

double
tmb_tally_f1(const TmbTally* const tally)
{
  const double n = (double)tally->n + (double)tally->n_claimed;
  return (n > 0.0) ? 2.0 * (double)tally->n_right / n : (double)NAN;
}

static void
score_notes(const TmbMetrics* const self, TmbScores* const scores)
{
  Cell all = { .n = 0U };
  for (uint32_t i = 0U; i < self->n_classes; ++i) {
    count(&all, &self->totals[i]);
  }
  double apart = 0.0;
  for (uint32_t i = 0U; i < TMB_N_BINS; ++i) {
    const TmbBin* const bin = &self->bins[i];
    apart += fabs((double)bin->n_right - bin->confidence);
  }

  scores->n_notes           = all.n;
  scores->notes             = tmb_share(all.n_right, all.n);
  scores->notes_top3        = tmb_share(all.n_top3, all.n);
  scores->log_loss          = tmb_share(self->log_loss, all.n);
  scores->calibration_error = tmb_share(apart, all.n);
}

static void
score_cells(const TmbMetrics* const self, TmbScores* const scores)
{
  for (size_t i = 0U; i < (size_t)self->n_sources * self->n_classes; ++i) {
    const Cell* const cell = &self->cells[i];
    if (cell->n >= TMB_LEAST_CELL) {
      ++scores->n_cells;
      scores->cells += tmb_share(cell->n_right, cell->n);
      scores->cells_family += tmb_share(cell->n_family, cell->n);
      scores->cells_top3 += tmb_share(cell->n_top3, cell->n);
    }
  }
  scores->cells        = tmb_share(scores->cells, scores->n_cells);
  scores->cells_family = tmb_share(scores->cells_family, scores->n_cells);
  scores->cells_top3   = tmb_share(scores->cells_top3, scores->n_cells);
}

static void
score_recordings(const TmbMetrics* const self,
                 const double            threshold,
                 TmbScores* const        scores)
{
  uint32_t n_right = 0U;
  for (uint32_t i = 0U; i < self->n_recordings; ++i) {
    const Recording* const recording = &self->recordings[i];
    if (recording->is_expected) {
      ++scores->n_recordings;
      n_right += recording->n_notes && recording_is_right(self, i, threshold);
    }
  }
  scores->recordings = tmb_share(n_right, scores->n_recordings);
}

TmbScores
tmb_metrics_scores(const TmbMetrics* const metrics, const double threshold)
{
  TmbScores scores = { .n_notes = 0U };
  score_notes(metrics, &scores);
  score_cells(metrics, &scores);
  score_recordings(metrics, threshold, &scores);
  return scores;
}

TmbTally
tmb_metrics_class(const TmbMetrics* const metrics, const uint32_t class_index)
{
  TmbTally tally = { .n_right = tmb_metrics_confusion(
                       metrics, class_index, class_index) };
  for (uint32_t i = 0U; i < metrics->n_classes; ++i) {
    tally.n += tmb_metrics_confusion(metrics, class_index, i);
    tally.n_claimed += tmb_metrics_confusion(metrics, i, class_index);
  }
  return tally;
}

TmbTally
tmb_metrics_source(const TmbMetrics* const metrics, const uint32_t source)
{
  const Cell* const cells =
    metrics->cells + ((size_t)source * metrics->n_classes);
  TmbTally tally = { .n = 0U };
  for (uint32_t i = 0U; i < metrics->n_classes; ++i) {
    tally.n += cells[i].n;
    tally.n_right += cells[i].n_right;
  }
  return tally;
}

uint32_t
tmb_metrics_family_of(const TmbMetrics* const metrics,
                      const uint32_t          class_index)
{
  return metrics->family[class_index];
}

TmbTally
tmb_metrics_family(const TmbMetrics* const metrics, const uint32_t first_class)
{
  TmbTally tally = { .n = 0U };
  for (uint32_t i = 0U; i < metrics->n_classes; ++i) {
    if (metrics->family[i] == first_class) {
      tally.n += metrics->totals[i].n;
      tally.n_right += metrics->totals[i].n_family;
    }
  }
  return tally;
}

TmbBin
tmb_metrics_bin(const TmbMetrics* const metrics, const uint32_t bin)
{
  TmbBin mean     = metrics->bins[bin];
  mean.confidence = tmb_share(mean.confidence, mean.n);
  return mean;
}

const TmbConfidences*
tmb_metrics_confidences(const TmbMetrics* const metrics)
{
  return &metrics->confidences;
}

uint32_t
tmb_metrics_confusion(const TmbMetrics* const metrics,
                      const uint32_t          truth,
                      const uint32_t          answer)
{
  return metrics->confusion[((size_t)truth * metrics->n_classes) + answer];
}
