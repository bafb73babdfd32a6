// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LABEL_OPTIONS_H
#define TMB_LABEL_OPTIONS_H

#include "dsp/attributes.h"
#include "dsp/recogniser.h"
#include "trainer/finder.h"
#include "trainer/labeller.h"
#include "trainer/rows.h"

#include <stdbool.h>
#include <stdint.h>

/// What `timbrel label` was asked for; texts are the arguments' own.
typedef struct {
  const char*         model; ///< Null for the default
  const TmbRowFormat* format;
  const char*         output;   ///< File of all recordings; null: another
  const char*         folder;   ///< Of a file for each; null too: stdout
  bool                resumes;  ///< Goes on with what an earlier start has done
  uint32_t            shard;    ///< 1 to n_shards
  uint32_t            n_shards; ///< 0: all recordings are this run's
  TmbSettings         settings;
  TmbSearch           search;
  bool                probes; ///< Folders: by content, whatever the names
  TmbPart             part;
  uint32_t            channel;      ///< See TmbPieceJob, or one for all or each
  uint32_t            n_jobs;       ///< 1 to #TMB_MAX_THREADS
  double              time_limit_s; ///< Without a sign of life from a decoder
  uint32_t            memory_mib;   ///< That a decoder may take; 0: any
  bool                tells_json;   ///< Progress for programs
  bool                is_quiet;     ///< No progress, and no word of errors
  bool                fails_fast;   ///< The first error ends the run
} TmbLabelOptions;

/**
   @param[out] exit_status To be returned if there is nothing to be done.
   @return Whether to go on.  If not, help or a usage error has been printed.
*/
TMB_NODISCARD bool
tmb_read_label_options(int              argc,
                       char**           argv,
                       TmbLabelOptions* options,
                       int*             exit_status);

#endif // TMB_LABEL_OPTIONS_H
