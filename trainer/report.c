// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/report.h"

#include "trainer/own_net.h"
#include "trainer/split.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#define NAME_WIDTH 18
#define LAYER_WIDTH 22
#define SCORE_WIDTH 10 ///< Of what a row of scores is about

/// A number with a comma after each three digits, as in 30,976.
static void
print_count(const int width, const uint64_t n)
{
  char text[32];
  char digits[32];
  int  at     = (int)sizeof(text) - 1;
  int  n_left = snprintf(digits, sizeof(digits), "%" PRIu64, n);
  text[at]    = '\0';
  for (int i = 0; n_left > 0; ++i) {
    if (i && i % 3 == 0) {
      text[--at] = ',';
    }
    text[--at] = digits[--n_left];
  }
  (void)printf("%*s", width, text + at);
}

/// A layer's name, for people.
static void
name_layer(const TmbLayer* const layer,
           const bool            is_last,
           char* const           name,
           const size_t          size)
{
  switch (layer->kind) {
    case TMB_DENSE:
      (void)snprintf(name,
                     size,
                     "dense, %s",
                     is_last ? "softmax"
                             : tmb_activation_names[layer->activation]);
      break;
    case TMB_CONV:
      (void)snprintf(name,
                     size,
                     "conv %ux%u, %s",
                     layer->out_channels,
                     layer->width,
                     tmb_activation_names[layer->activation]);
      break;
    case TMB_POOL:
      (void)snprintf(name, size, "pool %u", layer->width);
      break;
    case TMB_IDCT:
      (void)snprintf(name,
                     size,
                     (layer->n_views > 1U) ? "inverse DCT, %u views"
                                           : "inverse DCT",
                     layer->n_views);
      break;
  }
}

void
tmb_report_network(const TmbNet* const shape)
{
  uint64_t n_all = 0U;
  (void)printf("%-*s %9s %12s\n%-*s %9u\n",
               LAYER_WIDTH,
               "layer",
               "outputs",
               "parameters",
               LAYER_WIDTH,
               (shape->layers[0].kind == TMB_IDCT) ? "features"
                                                   : "features, standardised",
               tmb_net_inputs(shape));
  for (uint32_t i = 0U; i < shape->n_layers; ++i) {
    const TmbLayer* const layer = &shape->layers[i];
    const uint64_t        n     = tmb_layer_parameters(layer);
    char                  name[64];
    name_layer(layer, i + 1U == shape->n_layers, name, sizeof(name));
    (void)printf("%-*s %9u ", LAYER_WIDTH, name, layer->n_out);
    print_count(12, n);
    (void)putchar('\n');
    n_all += n;
  }
  (void)printf("%-*s ", LAYER_WIDTH + 10, "all");
  print_count(12, n_all);
  (void)printf("\n\n");
}

void
tmb_report_dataset(const TmbCorpus* const  corpus,
                   const TmbDataset* const dataset)
{
  (void)printf("%u recordings of %u classes from %u sources",
               corpus->n_recordings,
               corpus->n_classes,
               corpus->n_sources);
  if (corpus->n_skipped) {
    (void)printf(", %u left out for their licence", corpus->n_skipped);
  }
  (void)printf("\n%u notes", dataset->n_notes);
  if (dataset->n_silent) {
    (void)printf(", none in %u recordings", dataset->n_silent);
  }
  if (dataset->n_missed) {
    (void)printf(", none at the onset of %u recordings", dataset->n_missed);
  }
  if (dataset->n_unreadable) {
    (void)printf(", %u recordings can't be read", dataset->n_unreadable);
  }
  (void)printf("\n\n");
}

void
tmb_report_scores_head(void)
{
  (void)printf("%-*s         %-38s %-31s recordings\n"
               "%-*s %7s %7s %7s %8s %6s %7s %7s %7s %7s %7s %7s\n",
               SCORE_WIDTH,
               "",
               "notes",
               "       cells, of 8 notes or more",
               SCORE_WIDTH,
               "",
               "number",
               "right",
               "top 3",
               "log loss",
               "ECE",
               "number",
               "right",
               "family",
               "top 3",
               "number",
               "right");
}

void
tmb_report_scores(const char* const name, const TmbScores* const scores)
{
  (void)printf("%-*s %7u %7.3f %7.3f %8.3f %6.3f %7u",
               SCORE_WIDTH,
               name,
               scores->n_notes,
               scores->notes,
               scores->notes_top3,
               scores->log_loss,
               scores->calibration_error,
               scores->n_cells);
  if (scores->n_cells) {
    (void)printf(" %7.3f %7.3f %7.3f",
                 scores->cells,
                 scores->cells_family,
                 scores->cells_top3);
  } else {
    (void)printf(" %7s %7s %7s", "-", "-", "-");
  }
  if (scores->n_recordings) {
    (void)printf(" %7u %7.3f", scores->n_recordings, scores->recordings);
  }
  (void)putchar('\n');
}

void
tmb_report_row_scores(const char* const name, const TmbScores* const scores)
{
  (void)printf("%s: %u rows, %.4f right, %.4f among the first three; log loss "
               "%.4f, ECE %.4f\n",
               name,
               scores->n_notes,
               scores->notes,
               scores->notes_top3,
               scores->log_loss,
               scores->calibration_error);
}

void
tmb_report_classes(const TmbMetrics* const metrics,
                   const TmbClass* const   classes,
                   const uint32_t          n_classes,
                   const char* const       unit)
{
  (void)printf("\n%-*s %9s %9s %7s %7s\n",
               NAME_WIDTH,
               "class",
               "precision",
               "recall",
               "F1",
               unit);
  for (uint32_t i = 0U; i < n_classes; ++i) {
    const TmbTally tally = tmb_metrics_class(metrics, i);
    if (tally.n || tally.n_claimed) {
      (void)printf("%-*s %9.3f %9.3f %7.3f %7u\n",
                   NAME_WIDTH,
                   classes[i].name,
                   tmb_share(tally.n_right, tally.n_claimed),
                   tmb_share(tally.n_right, tally.n),
                   tmb_tally_f1(&tally),
                   tally.n);
    }
  }
}

static void
print_tally(const char* const name, const TmbTally tally)
{
  if (tally.n) {
    (void)printf(
      "%-26s %7.3f %7u\n", name, tmb_share(tally.n_right, tally.n), tally.n);
  }
}

void
tmb_report_families(const TmbMetrics* const metrics,
                    const TmbClass* const   classes,
                    const uint32_t          n_classes,
                    const char* const       unit)
{
  uint32_t n_families = 0U;
  for (uint32_t i = 0U; i < n_classes; ++i) {
    n_families += tmb_metrics_family_of(metrics, i) == i;
  }
  if (n_families < 2U) {
    return; // All is of the same
  }

  (void)printf("\n%-26s %7s %7s\n", "family", "right", unit);
  for (uint32_t i = 0U; i < n_classes; ++i) {
    if (tmb_metrics_family_of(metrics, i) == i) {
      print_tally(classes[i].family, tmb_metrics_family(metrics, i));
    }
  }
}

void
tmb_report_sources(const TmbMetrics* const  metrics,
                   const char* const* const sources,
                   const uint32_t           n_sources,
                   const char* const        unit)
{
  if (n_sources) {
    (void)printf("\n%-26s %7s %7s\n", "source", "right", unit);
  }
  for (uint32_t i = 0U; i < n_sources; ++i) {
    print_tally(sources[i], tmb_metrics_source(metrics, i));
  }
}

/// Digits of the largest number, and at least those of most class numbers.
static int
confusion_width(const TmbMetrics* const metrics, const uint32_t n_classes)
{
  int      width = 3;
  uint64_t most  = 999U;
  for (uint32_t i = 0U; i < n_classes * n_classes; ++i) {
    while (tmb_metrics_confusion(metrics, i / n_classes, i % n_classes) >
           most) {
      most = (most * 10U) + 9U;
      ++width;
    }
  }
  return width;
}

void
tmb_report_confusion(const TmbMetrics* const metrics,
                     const TmbClass* const   classes,
                     const uint32_t          n_classes,
                     const char* const       unit)
{
  const int width = confusion_width(metrics, n_classes);
  (void)printf("\nconfusion: %s of the class of each row, by the column that "
               "they were taken for;\nthe columns are numbered as the rows\n"
               "%*s",
               unit,
               NAME_WIDTH + 3,
               "");
  for (uint32_t i = 0U; i < n_classes; ++i) {
    (void)printf(" %*u", width, i + 1U);
  }
  (void)putchar('\n');

  for (uint32_t i = 0U; i < n_classes; ++i) {
    (void)printf("%2u %-*s", i + 1U, NAME_WIDTH, classes[i].name);
    for (uint32_t j = 0U; j < n_classes; ++j) {
      const uint32_t n = tmb_metrics_confusion(metrics, i, j);
      if (n) {
        (void)printf(" %*u", width, n);
      } else {
        (void)printf(" %*c", width, (i == j) ? '-' : '.');
      }
    }
    (void)putchar('\n');
  }
}
