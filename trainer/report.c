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
      (void)snprintf(name, size, "inverse DCT");
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

static void
print_coverage(const char* const name, const TmbCoverage* const coverage)
{
  (void)printf("%-*s %9.3f %7.3f",
               SCORE_WIDTH,
               name,
               coverage->threshold,
               coverage->coverage);
  if (coverage->coverage > 0.0) {
    (void)printf(" %7.3f\n", coverage->accuracy);
  } else {
    (void)printf(" %7s\n", "-");
  }
}

void
tmb_report_coverage(const TmbMetrics* const metrics,
                    const double            threshold,
                    const char* const       unit)
{
  const TmbConfidences* const answers = tmb_metrics_confidences(metrics);
  (void)printf("\ncoverage: what is named if %s below the threshold are "
               "unknown\n"
               "%-*s %9s %7s %7s\n",
               unit,
               SCORE_WIDTH,
               "",
               "threshold",
               "named",
               "right");
  for (uint32_t i = 0U; i < TMB_N_COVERAGES; ++i) {
    const TmbCoverage coverage = tmb_coverage_of(answers, tmb_coverages[i]);
    char              name[16];
    (void)snprintf(name, sizeof(name), "%.0f %%", 100.0 * tmb_coverages[i]);
    print_coverage(name, &coverage);
  }
  const TmbCoverage usual   = tmb_coverage_from(answers, threshold);
  const TmbCoverage precise = tmb_coverage_precise(answers, TMB_PRECISION);
  print_coverage("default", &usual);
  tmb_report_precision(&precise, unit);
}

void
tmb_report_precision(const TmbCoverage* const precise, const char* const unit)
{
  const double percent = 100.0 * TMB_PRECISION;
  if (precise->coverage > 0.0) {
    (void)printf("%.0f %% of names are right from a confidence of %.3f on, "
                 "which %.0f %% of %s have\n",
                 percent,
                 precise->threshold,
                 100.0 * precise->coverage,
                 unit);
  } else {
    (void)printf("%.0f %% of names are right from no confidence on\n", percent);
  }
}

/// A share of a share, such as it is.
static void
print_ratio(const double part, const double whole)
{
  if (whole > 0.0) {
    (void)printf(" %7.3f", part / whole);
  } else {
    (void)printf(" %7s", "-");
  }
}

void
tmb_report_ages(const TmbAgeScores* const ages, const uint32_t n_ages)
{
  if (!n_ages) {
    return;
  }

  const TmbScores* const oldest = &ages[n_ages - 1U].scores;
  (void)printf("\nby the age at which notes are named; those that end sooner "
               "count as they were\n"
               "%-*s %7s %7s %7s %7s %7s %7s %7s\n",
               SCORE_WIDTH,
               "ms",
               "reached",
               "right",
               "share",
               "ECE",
               "cells",
               "share",
               "family");
  for (uint32_t i = 0U; i < n_ages; ++i) {
    const TmbScores* const scores = &ages[i].scores;
    (void)printf("%-*u %7u %7.3f",
                 SCORE_WIDTH,
                 ages[i].ms,
                 ages[i].n_reached,
                 scores->notes);
    print_ratio(scores->notes, oldest->notes);
    (void)printf(" %7.3f", scores->calibration_error);
    if (scores->n_cells) {
      (void)printf(" %7.3f", scores->cells);
      print_ratio(scores->cells, oldest->cells);
      (void)printf(" %7.3f", scores->cells_family);
    } else {
      (void)printf(" %7s %7s %7s", "-", "-", "-");
    }
    (void)putchar('\n');
  }
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

static void
print_outsiders(const char* const name, const TmbOutsiders* const outsiders)
{
  if (outsiders->n_notes || outsiders->n_silent) {
    (void)printf("%-26s %7.3f %7u %7u\n",
                 name,
                 tmb_outsiders_unknown(outsiders),
                 outsiders->n_notes,
                 outsiders->n_silent);
  }
}

void
tmb_report_outsiders(const TmbOutsiders* const outsiders,
                     const char* const* const  sources,
                     const uint32_t            n_sources)
{
  const TmbOutsiders all = tmb_outsiders_sum(outsiders, n_sources);
  if (!all.n_notes && !all.n_silent) {
    return;
  }

  (void)printf("\nsounds that are none of the classes: share that is unknown, "
               "of notes and of\nrecordings in which none was found\n"
               "%-26s %7s %7s %7s\n",
               "source",
               "unknown",
               "notes",
               "silent");
  for (uint32_t i = 0U; i < n_sources; ++i) {
    print_outsiders(sources[i], &outsiders[i]);
  }
  print_outsiders("all", &all);
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
