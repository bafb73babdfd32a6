// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SWEEP_TABLE_H
#define TMB_SWEEP_TABLE_H

#include "trainer/sweep_run.h"

#include <stdint.h>
#include <stdio.h>

/// Print a table of runs, with the best marked, to stdout.
void
tmb_sweep_print(const TmbSweepRun* runs, uint32_t n);

/**
   Write the table as CSV with the columns learning_rate, hidden, batch, epochs,
   best_epoch, best_accuracy, best_loss, last_accuracy, last_loss,
   seconds_per_epoch, end, best and model; the caller looks after errors.
*/
void
tmb_sweep_write_csv(FILE* out, const TmbSweepRun* runs, uint32_t n);

#endif // TMB_SWEEP_TABLE_H
