// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PROVENANCE_H
#define TMB_PROVENANCE_H

#include "dsp/model.h"
#include "dsp/status.h"
#include "trainer/corpus.h"
#include "trainer/study.h"
#include "trainer/table.h"

#include <stdbool.h>
#include <stdint.h>

/*
  What a model's metadata tells of its making, so that others can judge and
  repeat it: JSON text for TMB_KEY_TRAINING and TMB_KEY_ACCURACY.
*/

/// Where a model comes from, as far as others need it to repeat a measurement.
typedef struct {
  char     digest[TMB_DIGEST_TEXT]; ///< tmb_corpus_digest() of its corpus
  uint64_t seed;                    ///< Dealt the folds
  TmbSplit split;                   ///< What it was trained without
  uint32_t fold;
} TmbOrigin;

/**
   @param skip What was left out of the corpus.
   @param origin Of the model.
   @return JSON that the caller frees, or null if memory is out.
*/
char*
tmb_training_text(const TmbStudy*         study,
                  const TmbLicenceFilter* skip,
                  const TmbOrigin*        origin);

/**
   The scores of each split by its name, with what tmb_pack_precise() tells and
   lists of the same scores by age and, if there are several, by fold, and under
   "held_out" those of the fold that the first outcome's network was trained
   without.

   @return JSON that the caller frees, or null if memory is out.
*/
char*
tmb_accuracy_text(const TmbStudy*   study,
                  const TmbOutcome* outcomes,
                  uint32_t          n_outcomes);

/// The same of a training on rows of a matrix.
char*
tmb_table_training_text(const TmbTable*       table,
                        const TmbTablePaths*  paths,
                        const TmbFitSettings* settings);

/// The scores of the rows that were held out, or of the test set, as "rows".
char*
tmb_table_accuracy_text(const TmbScores* scores);

/**
   Read what tmb_training_text() wrote.

   @param text Not trusted; may be null.
   @return Whether it holds an origin.
*/
bool
tmb_read_origin(const char* text, TmbOrigin* origin);

#endif // TMB_PROVENANCE_H
