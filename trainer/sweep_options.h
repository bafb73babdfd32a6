// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SWEEP_OPTIONS_H
#define TMB_SWEEP_OPTIONS_H

#include "trainer/data_options.h"
#include "trainer/learner.h"

#include <stdbool.h>
#include <stdint.h>

#define TMB_MAX_RUNS 64U ///< Of a sweep: more lines can't be told apart

/// What `timbrel sweep` was asked for; texts are argv's.
typedef struct {
  TmbDataOptions data;
  const char*    folder; ///< Where each run gets a folder of its own
  TmbFitSettings runs[TMB_MAX_RUNS]; ///< How each run trains
  uint32_t       n_runs;
  uint32_t       n_jobs; ///< Runs at a time
  uint32_t       every;  ///< Epochs between two checkpoints
  bool           resumes;
  const char*    report; ///< HTML file, or null
  const char*    plots;  ///< Folder, or null
} TmbSweepOptions;

/**
   Read the command line.

   @param[out] exit_status What to return if it returns false.
   @return Whether to go on; if not, help or a usage error has been printed.
*/
bool
tmb_read_sweep_options(int              argc,
                       char**           argv,
                       TmbSweepOptions* options,
                       int*             exit_status);

#endif // TMB_SWEEP_OPTIONS_H
