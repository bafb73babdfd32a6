// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TRAIN_OPTIONS_H
#define TMB_TRAIN_OPTIONS_H

#include "trainer/data_options.h"
#include "trainer/learner.h"

#include <stdbool.h>
#include <stdint.h>

/// What `timbrel train` was asked for; texts are argv's.
typedef struct {
  TmbDataOptions data;
  bool           shows_statistics;
  const char*    model;
  const char*    licence; ///< Of the model, or null
  TmbFitSettings fit;
  uint32_t       n_threads;
  const char*    history;    ///< CSV file, or null
  const char*    checkpoint; ///< Or null
  uint32_t       every;      ///< Epochs between two checkpoints
  bool           resumes;
  const char*    report; ///< HTML file, or null
  const char*    plots;  ///< Folder, or null
} TmbTrainOptions;

/**
   Read the command line.

   @param[out] exit_status What to return if it returns false.
   @return Whether to go on; if not, help or a usage error has been printed.
*/
bool
tmb_read_train_options(int              argc,
                       char**           argv,
                       TmbTrainOptions* options,
                       int*             exit_status);

#endif // TMB_TRAIN_OPTIONS_H
