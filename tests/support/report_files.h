// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_REPORT_FILES_H
#define TMB_TEST_REPORT_FILES_H

#include "trainer/history.h"

#include <jansson.h>

#include <stdint.h>

/*
  Made-up but plausible material for reports, the same each time.
*/

/// What `timbrel evaluate --json` could write about `n` classes; the first 27
/// are those of the factory model.
json_t*
report_evaluation(uint32_t n);

/// A training of `n` epochs by a peak learning rate; above 0.005 it is
/// unsteady.
TmbHistory
report_history(const char* name, uint32_t n, double learning_rate);

/// Write a history as a file, or fail the test.
void
report_save_history(const char* path, const TmbHistory* history);

/**
   Write what `timbrel label --format jsonl` could write about `n` recordings,
   of which every 23rd can't be read, and about one with markup in its name; or
   fail the test.
*/
void
report_save_results(const char* path, uint32_t n);

#endif // TMB_TEST_REPORT_FILES_H
