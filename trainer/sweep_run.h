// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SWEEP_RUN_H
#define TMB_SWEEP_RUN_H

#include "dsp/status.h"
#include "trainer/corpus_data.h"
#include "trainer/course.h"
#include "trainer/fit.h"
#include "trainer/sweep_options.h"
#include "trainer/table.h"
#include "trainer/train_options.h"

#include <stdbool.h>
#include <stdint.h>

#define TMB_SWEEP_PATH 4096U ///< Bytes of a path, with its end
#define TMB_SWEEP_NAME 640U  ///< ... of a run's name

/// What all runs are trained on: one of the two, the other all zero.
typedef struct {
  TmbCorpusData corpus;
  TmbTable      table;
} TmbSweepData;

/// A training among others.
typedef struct {
  char            label[640]; ///< What is particular to it, for people
  char            folder[TMB_SWEEP_PATH];
  char            model[TMB_SWEEP_PATH];
  char            history[TMB_SWEEP_PATH];
  char            checkpoint[TMB_SWEEP_PATH];
  TmbTrainOptions options; ///< Its texts are those above
  TmbSweepData*   data;
  TmbCourse       course;
  bool            is_done;       ///< Neither left out nor failed
  bool            lacks_history; ///< It can't be written, which was said
  TmbStatus       status;
  TmbMessage      why;
  TmbFitted       fitted;
} TmbSweepRun;

/// A network's layers: "512x256", or "none", or its plan if not all are dense.
void
tmb_sweep_layers(const TmbNetPlan* plan, char text[TMB_PLAN_TEXT]);

/// What the folder of a run is called, by all that a sweep may vary.
void
tmb_sweep_name(const TmbFitSettings* fit, char name[TMB_SWEEP_NAME]);

/**
   Name a run and its files after its settings.

   @param index Which, of the options'.
   @param data Borrowed.
   @param[out] run Released with tmb_sweep_run_clear().
   @param[out] why One sentence on error.
   @return #TMB_OK, or #TMB_WRITE_FAILED if a path is too long or the network is
   too large for a file.
*/
TMB_NODISCARD TmbStatus
tmb_sweep_run_init(TmbSweepRun*           run,
                   const TmbSweepOptions* options,
                   uint32_t               index,
                   TmbSweepData*          data,
                   TmbMessage*            why);

/// Train, unless the sweep was interrupted; from any thread.
void
tmb_sweep_run(TmbSweepRun* run);

void
tmb_sweep_run_clear(TmbSweepRun* run);

#endif // TMB_SWEEP_RUN_H
