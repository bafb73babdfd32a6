// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ROW_SET_H
#define TMB_ROW_SET_H

#include "dsp/status.h"
#include "trainer/array_file.h"
#include "trainer/corpus.h"
#include "trainer/examples.h"

#include <stdint.h>

/// Rows of a matrix with their classes, of which nothing is in memory but what
/// the system keeps of the files.
typedef struct {
  const char* features_path; ///< Borrowed, for messages
  const char* labels_path;
  TmbArray*   features;
  TmbArray*   labels;
  uint32_t*   rows; ///< [n] Which rows of the files; null for all
  uint32_t    n;
} TmbRowSet;

/// A feature over all rows.
typedef struct {
  double mean;
  double deviation;
  double least;
  double most;
} TmbFeatureStatistics;

/**
   Open features and labels: see tmb_array_open() for their paths.

   @param[out] set Released with tmb_row_set_close(), also after an error.
   @param[out] why One sentence that names the file.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE, #TMB_WRITE_FAILED or
   #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_row_set_open(const char* features,
                 const char* labels,
                 TmbRowSet*  set,
                 TmbMessage* why);

void
tmb_row_set_close(TmbRowSet* set);

/**
   Count the rows of each class.

   @param[in,out] counts [TMB_MAX_CLASSES] Added to.
   @param[out] why Names the file and the row whose label is no whole number
   from 0 to TMB_MAX_CLASSES - 1.  Rows are counted from 0.
   @return #TMB_OK or #TMB_BAD_FILE.
*/
TMB_NODISCARD TmbStatus
tmb_row_set_count(const TmbRowSet* set, uint32_t* counts, TmbMessage* why);

/**
   Look at all values.

   @param n_threads At least 1; the outcome does not depend on it.
   @param[out] statistics [columns] Or null.
   @param[out] digest Of all values and labels, in their order, whatever the
   form of their files.
   @param[out] why Names the file, and the row and column of a value that is not
   finite, both counted from 0.
   @return #TMB_OK, #TMB_BAD_FILE or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_row_set_survey(const TmbRowSet*      set,
                   uint32_t              n_threads,
                   TmbFeatureStatistics* statistics,
                   char                  digest[TMB_DIGEST_TEXT],
                   TmbMessage*           why);

/// The class of row `i` of the set, after tmb_row_set_count().
uint32_t
tmb_row_set_class(const TmbRowSet* set, uint32_t i);

/// A row of the set.
void
tmb_row_set_row(const TmbRowSet* set, uint32_t i, float* features);

/// The draw() of TmbExamples, whose source is a row set.
uint32_t
tmb_row_set_draw(void*      source,
                 uint32_t   index,
                 TmbRandom* random,
                 float*     features);

#endif // TMB_ROW_SET_H
