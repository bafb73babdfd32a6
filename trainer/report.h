// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_REPORT_H
#define TMB_REPORT_H

#include "dsp/model.h"
#include "trainer/corpus.h"
#include "trainer/dataset.h"
#include "trainer/exam.h"
#include "trainer/metrics.h"
#include "trainer/phrase_exam.h"

#include <stdint.h>

/*
  What training and evaluation print for people, to stdout.
*/

/// The layers of the network that is to be trained, with their parameters.
void
tmb_report_network(const TmbNet* shape);

/// Recordings, sources, notes.
void
tmb_report_dataset(const TmbCorpus* corpus, const TmbDataset* dataset);

/*
  In what follows, `unit` is what answers are about: "notes".
*/

/// The head of a table of scores of notes.
void
tmb_report_scores_head(void);

/// A row of it.
void
tmb_report_scores(const char* name, const TmbScores* scores);

/// Scores of rows of a matrix, which have neither sources nor recordings.
void
tmb_report_row_scores(const char* name, const TmbScores* scores);

/**
   What is named at some thresholds, each of which leaves less of it.

   @param threshold That which holds unless the user sets another.
*/
void
tmb_report_coverage(const TmbMetrics* metrics,
                    double            threshold,
                    const char*       unit);

/// At which threshold #TMB_PRECISION is reached, in words.
void
tmb_report_precision(const TmbCoverage* precise, const char* unit);

/**
   Accuracy by the age at which notes are named, and what share it is of that at
   the oldest; nothing if there are no ages.

   @param ages [n_ages]
*/
void
tmb_report_ages(const TmbAgeScores* ages, uint32_t n_ages);

/// Precision, recall, F1 and number of each class that has some.
void
tmb_report_classes(const TmbMetrics* metrics,
                   const TmbClass*   classes,
                   uint32_t          n_classes,
                   const char*       unit);

/// Share right, by family, and number of each family that has some, if there
/// are several.
void
tmb_report_families(const TmbMetrics* metrics,
                    const TmbClass*   classes,
                    uint32_t          n_classes,
                    const char*       unit);

/// Share right and number of each source that has some.
void
tmb_report_sources(const TmbMetrics*  metrics,
                   const char* const* sources,
                   uint32_t           n_sources,
                   const char*        unit);

/// What of the sounds that are none of the classes was given no name, by their
/// source; nothing if there are none.
void
tmb_report_outsiders(const TmbOutsiders* outsiders,
                     const char* const*  sources,
                     uint32_t            n_sources);

/// How tracks are named in phrases; nothing if none were asked for.
void
tmb_report_phrases(const TmbPhraseExam* phrases);

/// Number of each class, by what they were taken for.
void
tmb_report_confusion(const TmbMetrics* metrics,
                     const TmbClass*   classes,
                     uint32_t          n_classes,
                     const char*       unit);

#endif // TMB_REPORT_H
