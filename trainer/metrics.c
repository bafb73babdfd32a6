// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/metrics.h"

#include "trainer/evidence.h"

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
  uint32_t        n_classes;
  uint32_t        n_sources;
  uint32_t        n_recordings;
  uint32_t*       family;     ///< [n_classes] The first class of its family
  uint32_t*       confusion;  ///< [n_classes][n_classes] Truth, answer
  Cell*           cells;      ///< [n_sources][n_classes]
  Recording*      recordings; ///< [n_recordings]
  double*         evidence;   ///< [n_recordings][n_classes] Log posteriors
  double*         families;   ///< [n_classes] Scratch
};

TmbStatus
tmb_metrics_new(const TmbClass* const classes,
                const uint32_t        n_classes,
                const uint32_t        n_sources,
                const uint32_t        n_recordings,
                TmbMetrics** const    metrics)
{
  *metrics = NULL;

  TmbMetrics* const self = (TmbMetrics*)calloc(1U, sizeof(TmbMetrics));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  const size_t n     = n_classes;
  self->classes      = classes;
  self->n_classes    = n_classes;
  self->n_sources    = n_sources;
  self->n_recordings = n_recordings;
  self->family       = (uint32_t*)calloc(n, sizeof(uint32_t));
  self->confusion    = (uint32_t*)calloc(n * n, sizeof(uint32_t));
  self->cells        = (Cell*)calloc(n_sources * n, sizeof(Cell));
  self->recordings   = (Recording*)calloc(n_recordings, sizeof(Recording));
  self->evidence     = (double*)calloc(n_recordings * n, sizeof(double));
  self->families     = (double*)calloc(n, sizeof(double));
  if (!self->family || !self->confusion || !self->cells || !self->recordings ||
      !self->evidence || !self->families) {
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
tmb_largest(const float* const x, const uint32_t n)
{
  uint32_t best = 0U;
  for (uint32_t i = 1U; i < n; ++i) {
    best = (x[i] > x[best]) ? i : best;
  }
  return best;
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

void
tmb_metrics_add(TmbMetrics* const  metrics,
                const uint32_t     recording,
                const uint32_t     source,
                const uint32_t     truth,
                const float* const posterior)
{
  const uint32_t n      = metrics->n_classes;
  const uint32_t answer = tmb_largest(posterior, n);
  Cell* const    cell   = &metrics->cells[((size_t)source * n) + truth];
  ++metrics->confusion[((size_t)truth * n) + answer];
  ++cell->n;
  cell->n_right += (answer == truth);
  cell->n_family += family_is_right(metrics, truth, posterior);
  cell->n_top3 += (rank_of(truth, posterior, n) < 3U);

  tmb_evidence_add(metrics->evidence + ((size_t)recording * n), posterior, n);
  ++metrics->recordings[recording].n_notes;
}

static bool
recording_is_right(const TmbMetrics* const self,
                   const uint32_t          index,
                   const double            threshold)
{
  const Recording* const recording  = &self->recordings[index];
  double                 confidence = 0.0;
  const uint32_t         best =
    tmb_evidence_best(self->evidence + ((size_t)index * self->n_classes),
                      self->n_classes,
                      recording->n_notes,
                      &confidence);
  return best == recording->truth && confidence >= threshold;
}

double
tmb_share(const double part, const uint32_t whole)
{
  return whole ? part / (double)whole : 0.0;
}

static void
score_cells(const TmbMetrics* const self, TmbScores* const scores)
{
  uint32_t n_right = 0U;
  uint32_t n_top3  = 0U;
  for (size_t i = 0U; i < (size_t)self->n_sources * self->n_classes; ++i) {
    const Cell* const cell = &self->cells[i];
    scores->n_notes += cell->n;
    n_right += cell->n_right;
    n_top3 += cell->n_top3;
    if (cell->n >= TMB_LEAST_CELL) {
      ++scores->n_cells;
      scores->cells += tmb_share(cell->n_right, cell->n);
      scores->cells_family += tmb_share(cell->n_family, cell->n);
      scores->cells_top3 += tmb_share(cell->n_top3, cell->n);
    }
  }
  scores->notes        = tmb_share(n_right, scores->n_notes);
  scores->notes_top3   = tmb_share(n_top3, scores->n_notes);
  scores->cells        = tmb_share(scores->cells, scores->n_cells);
  scores->cells_family = tmb_share(scores->cells_family, scores->n_cells);
  scores->cells_top3   = tmb_share(scores->cells_top3, scores->n_cells);
}

TmbScores
tmb_metrics_scores(const TmbMetrics* const metrics, const double threshold)
{
  TmbScores scores = { .n_notes = 0U };
  score_cells(metrics, &scores);

  uint32_t n_right = 0U;
  for (uint32_t i = 0U; i < metrics->n_recordings; ++i) {
    const Recording* const recording = &metrics->recordings[i];
    if (recording->is_expected) {
      ++scores.n_recordings;
      n_right +=
        recording->n_notes && recording_is_right(metrics, i, threshold);
    }
  }
  scores.recordings = tmb_share(n_right, scores.n_recordings);
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
tmb_metrics_confusion(const TmbMetrics* const metrics,
                      const uint32_t          truth,
                      const uint32_t          answer)
{
  return metrics->confusion[((size_t)truth * metrics->n_classes) + answer];
}
