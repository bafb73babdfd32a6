// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TABLE_H
#define TMB_TABLE_H

#include "dsp/model.h"
#include "dsp/status.h"
#include "trainer/examples.h"
#include "trainer/row_set.h"

#include <stdbool.h>
#include <stdint.h>

/// Files that hold examples as rows of numbers, see tmb_array_open().
typedef struct {
  const char* features;
  const char* labels;
  const char* test_features; ///< Null: rows are held out to check with
  const char* test_labels;
  const char* classes; ///< Names, a line each; null for the numbers
} TmbTablePaths;

/// Examples as rows of numbers.
typedef struct {
  uint32_t              n_columns;
  uint32_t              n_classes;
  TmbClass*             classes;    ///< [n_classes]
  TmbRowSet             rows[2];    ///< To train on, to check with
  uint32_t*             counts[2];  ///< [TMB_MAX_CLASSES] Rows of each class
  TmbFeatureStatistics* statistics; ///< [n_columns] Of those to train on
  float*                standard; ///< [2][n_columns] Mean and 1 / deviation, or
                                  ///< 0 where a feature is constant
  char        digests[2][TMB_DIGEST_TEXT];
  TmbExamples training; ///< These point to the table
  TmbExamples validation;
} TmbTable;

/**
   Open matrices and look at every value once.

   Labels are whole numbers from 0.  Without a test set a row in five is held
   out, by chance, but never the first of its class.

   @param seed Chooses the rows that are held out.
   @param n_threads At least 1; the outcome does not depend on it.
   @param[out] table Released with tmb_table_clear(), also after an error.
   @param[out] why One sentence that names the file and, where it is one row or
   value that is wrong, which.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE, #TMB_WRITE_FAILED or
   #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_table_open(const TmbTablePaths* paths,
               uint64_t             seed,
               uint32_t             n_threads,
               TmbTable*            table,
               TmbMessage*          why);

void
tmb_table_clear(TmbTable* table);

#endif // TMB_TABLE_H
