// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_SWEPT_H
#define TMB_TEST_SWEPT_H

#include <stddef.h>

/*
  What a sweep has to work on, and what it leaves.
*/

#define SWEEP_ROWS "--features X.npy --labels y.npy "
#define SWEEP_MAX_PATH 160U

/// Columns of results.csv.
enum {
  SWEEP_RATE,
  SWEEP_HIDDEN,
  SWEEP_BATCH,
  SWEEP_EPOCHS,
  SWEEP_BEST_EPOCH,
  SWEEP_BEST_ACCURACY,
  SWEEP_BEST_LOSS,
  SWEEP_LAST_ACCURACY,
  SWEEP_LAST_LOSS,
  SWEEP_SECONDS,
  SWEEP_END,
  SWEEP_BEST,
  SWEEP_MODEL,
  SWEEP_N_FIELDS
};

/// A row of it.
typedef struct {
  char  text[512];
  char* fields[SWEEP_N_FIELDS]; ///< In its text
} SweepRow;

/// scratch_setup(), with the SWEEP_ROWS to train on, and with others.
int
sweep_setup(void** state);

/// A file of a run, valid until the call after the next.
const char*
sweep_file(const char* folder, const char* run, const char* name);

/// Read a folder's results.csv, whose texts hold no commas here; returns how
/// many rows.
size_t
sweep_read(const char* folder, SweepRow* rows, size_t most);

double
sweep_number(const SweepRow* row, unsigned field);

/// A row must say what the run's history says.
void
assert_row_is_of(const SweepRow* row, const char* history_path);

#endif // TMB_TEST_SWEPT_H
