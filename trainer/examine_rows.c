// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/examine_rows.h"

#include "trainer/parallel.h"

#include <stdbool.h>
#include <stdlib.h>

#define WINDOW_ROWS 4096U ///< Asked about before they are counted
#define PIECE_ROWS 64U    ///< Asked about by a thread at a time

/// A window of rows, which threads ask about.
typedef struct {
  const TmbNet*    net;
  const TmbRowSet* set;
  uint32_t         first; ///< Of the window
  uint32_t         n;
  uint32_t         n_classes;                 ///< That are names
  float*           posteriors;                ///< [WINDOW_ROWS][n_classes]
  float*           features[TMB_MAX_THREADS]; ///< [n_in]
  float*           scratch[TMB_MAX_THREADS];
} Window;

/// TmbWork: some rows of the window.
static void
ask(void* const job, const uint32_t item, const uint32_t worker)
{
  const Window* const self      = (const Window*)job;
  const size_t        n_classes = tmb_net_outputs(self->net);
  const uint32_t      begin     = item * PIECE_ROWS;
  for (uint32_t i = begin; i < self->n && i - begin < PIECE_ROWS; ++i) {
    tmb_row_set_row(self->set, self->first + i, self->features[worker]);
    tmb_net_forward(self->net,
                    self->features[worker],
                    0U,
                    self->scratch[worker],
                    self->posteriors + (i * n_classes));
  }
}

static TmbStatus
prepare(Window* const self, const uint32_t n_threads)
{
  self->posteriors = (float*)calloc(
    (size_t)WINDOW_ROWS * tmb_net_outputs(self->net), sizeof(float));
  bool ok = self->posteriors != NULL;
  for (uint32_t i = 0U; i < n_threads; ++i) {
    self->features[i] =
      (float*)calloc(tmb_net_inputs(self->net), sizeof(float));
    self->scratch[i] =
      (float*)calloc(tmb_net_scratch(self->net), sizeof(float));
    ok = ok && self->features[i] && self->scratch[i];
  }
  return ok ? TMB_OK : TMB_NO_MEMORY;
}

static void
count(const Window* const self, TmbMetrics* const metrics)
{
  const size_t n_outputs = tmb_net_outputs(self->net);
  for (uint32_t i = 0U; i < self->n; ++i) {
    const uint32_t truth = tmb_row_set_class(self->set, self->first + i);
    if (truth < self->n_classes) {
      tmb_metrics_add_row(metrics, truth, self->posteriors + (i * n_outputs));
    }
  }
}

TmbStatus
tmb_examine_rows(const TmbNet* const    net,
                 const TmbClass* const  classes,
                 const TmbRowSet* const set,
                 const uint32_t         n_threads,
                 TmbMetrics** const     metrics)
{
  TmbStatus status =
    tmb_metrics_new(classes, tmb_net_outputs(net), 0U, 0U, metrics);
  if (status) {
    return status;
  }

  Window window = { .net       = net,
                    .set       = set,
                    .n_classes = tmb_n_named(classes, tmb_net_outputs(net)) };
  status        = prepare(&window, n_threads);
  while (!status && window.first < set->n) {
    const uint32_t n_left = set->n - window.first;
    window.n              = (n_left < WINDOW_ROWS) ? n_left : WINDOW_ROWS;
    tmb_parallel(
      (window.n + PIECE_ROWS - 1U) / PIECE_ROWS, n_threads, ask, &window);
    count(&window, *metrics);
    window.first += window.n;
  }

  for (uint32_t i = 0U; i < n_threads; ++i) {
    free(window.scratch[i]);
    free(window.features[i]);
  }
  free(window.posteriors);
  if (status) {
    tmb_metrics_free(*metrics);
    *metrics = NULL;
  }
  return status;
}
