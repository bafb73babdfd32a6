// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/report.h"

#include "trainer/coverage.h"

#include <stdio.h>

#define LABEL_WIDTH 10 ///< Of what a row is about
#define NAME_WIDTH 26  ///< If that is a source

static void
print_coverage(const char* const name, const TmbCoverage* const coverage)
{
  (void)printf("%-*s %9.3f %7.3f",
               LABEL_WIDTH,
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
               LABEL_WIDTH,
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
               LABEL_WIDTH,
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
                 LABEL_WIDTH,
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

static void
print_outsiders(const char* const name, const TmbOutsiders* const outsiders)
{
  if (outsiders->n_notes || outsiders->n_silent) {
    (void)printf("%-*s %7.3f %7u %7u\n",
                 NAME_WIDTH,
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
               "%-*s %7s %7s %7s\n",
               NAME_WIDTH,
               "source",
               "unknown",
               "notes",
               "silent");
  for (uint32_t i = 0U; i < n_sources; ++i) {
    print_outsiders(sources[i], &outsiders[i]);
  }
  print_outsiders("all", &all);
}

void
tmb_report_phrases(const TmbPhraseExam* const phrases)
{
  const TmbPhraseScores scores = tmb_phrase_exam_scores(phrases);
  if (!phrases->n_each) {
    return;
  }

  (void)printf("\nphrases of %u notes, %u of each of %u cells, with a room and "
               "noise\n"
               "%-34s %7.3f, deviation %.3f between cells\n"
               "%-34s %7.3f\n%-34s %7.3f\n%-34s %7.3f\n%-34s %7.3f\n"
               "%-34s %7.3f\n%-34s %7.3f\n",
               TMB_PHRASE_NOTES,
               phrases->n_each,
               scores.n_cells,
               "the track's name is right",
               scores.label,
               scores.label_deviation,
               "the track has no name",
               scores.unknown,
               "time it is right, from note 2 on",
               scores.time,
               "notes named",
               scores.named,
               "names right",
               scores.named_right,
               "notes found within 50 ms",
               scores.found,
               "found where there are none",
               scores.false_told);
}
