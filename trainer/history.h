// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_HISTORY_H
#define TMB_HISTORY_H

#include "dsp/status.h"

#include <stdint.h>
#include <stdio.h>

#define TMB_MAX_EPOCHS 100000U ///< Longer histories are refused

/// An epoch of a training.  What is not known, or not finite, is NaN.
typedef struct {
  uint32_t epoch; ///< From 1
  double   learning_rate;
  double   loss;                ///< Of the training examples
  double   accuracy;            ///< ..., 0 to 1
  double   validation_loss;     ///< Of examples held out; NaN without these
  double   validation_accuracy; ///< ...
  double   seconds;             ///< That the epoch took
} TmbHistoryRow;

/**
   The course of a training, epoch by epoch.  All zero is an empty one.

   Its file is CSV, RFC 4180, whose header names the members of #TmbHistoryRow;
   numbers have a point in any locale, and what is not known is empty.
*/
typedef struct {
  char*          name; ///< For people; may be null
  TmbHistoryRow* rows; ///< [n_rows] By rising epoch
  uint32_t       n_rows;
} TmbHistory;

/**
   Add an epoch.

   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_ARG if the epoch does not come
   after the last one or there are #TMB_MAX_EPOCHS already.
*/
TMB_NODISCARD TmbStatus
tmb_history_add(TmbHistory* history, const TmbHistoryRow* row);

/// The header, which begins a file.
void
tmb_history_write_head(FILE* out);

/// A line of the file; the caller looks after errors of `out`.
void
tmb_history_write_row(FILE* out, const TmbHistoryRow* row);

/**
   Read a file, which is not trusted.

   It is named after itself, without the extension; if it is called
   history.csv, after its folder.  Columns may come in any order, and others
   beside them.

   @param[out] history Released with tmb_history_clear(), also after an error.
   @param[out] why One sentence that names the path and the row.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_history_read(const char* path, TmbHistory* history, TmbMessage* why);

/**
   The best epoch: of the highest validation accuracy and, among equals, of the
   least validation loss, or of the least loss if there was no validation.

   @return The first of such; null if nothing is known of any.
*/
const TmbHistoryRow*
tmb_history_best(const TmbHistory* history);

/// The index of the history of [n] whose best epoch is better than those of the
/// others, or `n` if none has been validated.
uint32_t
tmb_history_best_of(const TmbHistory* histories, uint32_t n);

/// Release what a history holds, and make it an empty one.
void
tmb_history_clear(TmbHistory* history);

#endif // TMB_HISTORY_H
