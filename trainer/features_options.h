// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FEATURES_OPTIONS_H
#define TMB_FEATURES_OPTIONS_H

#include "trainer/features_frames.h"
#include "trainer/features_output.h"

#include <stdbool.h>

/// What `timbrel features` was asked for; texts are argv's.
typedef struct {
  const char*      output; ///< Ends in TMB_ROWS_SUFFIX
  TmbRowKind       kind;
  const char*      model;       ///< Of notes: null for the default front end
  double           decision_ms; ///< Of notes
  TmbFrameSettings frames;      ///< Of frames
} TmbFeaturesOptions;

/**
   Read the command line; the inputs are argv[optind] and what follows.

   @param[out] exit_status What to return if it returns false.
   @return Whether to go on; if not, help or a usage error has been printed.
*/
bool
tmb_read_features_options(int                 argc,
                          char**              argv,
                          TmbFeaturesOptions* options,
                          int*                exit_status);

#endif // TMB_FEATURES_OPTIONS_H
