// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LABEL_RUN_IMPL_H
#define TMB_LABEL_RUN_IMPL_H

#include "dsp/model.h"
#include "dsp/status.h"
#include "trainer/finder.h"
#include "trainer/label_errors.h"
#include "trainer/label_options.h"
#include "trainer/label_output.h"
#include "trainer/label_progress.h"
#include "trainer/label_queue.h"
#include "trainer/labeller.h"
#include "trainer/parallel.h"
#include "trainer/row_maker.h"
#include "trainer/rows.h"
#include "trainer/worker.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/// A worker and what it is at.
typedef struct {
  TmbWorker   worker;
  bool        is_busy;
  TmbQueued*  recording; ///< Null if nobody needs what it does any more
  uint32_t    part;
  TmbPieceJob job;      ///< That is this part
  double      heard_s;  ///< Of sound, in this job
  double      silent_s; ///< Since its last sign of life
  bool        is_used;  ///< The worker has done another job before
} TmbHand;

typedef struct {
  const TmbModel*        model;
  const TmbLabelOptions* options;
  TmbLabeller*           labeller; ///< That workers are forked with
  TmbHand                hands[TMB_MAX_THREADS]; ///< [n_jobs]
  double                 looked_s; ///< When they were listened to last

  TmbWorker     prober; ///< That looks into files for it
  TmbFinder*    finder;
  bool          finder_is_over;
  uint64_t      n_found; ///< Also for other shards
  TmbFinder*    counter; ///< Looks ahead how many there are; or null
  uint64_t      n_counted;
  TmbLabelQueue queue;

  TmbRowMaker*    maker;
  TmbRows         rows;  ///< Of the queue's first recording, to a spool
  FILE*           aside; ///< For them, or null
  TmbLabelOutput* output;

  bool             speaks; ///< Sentences for people may go to stderr
  TmbLabelProgress progress;
  TmbLabelErrors   errors;
  bool             has_stopped; ///< Nothing more is to be written
  TmbStatus        status;      ///< Why, unless an error was to do that
  TmbMessage       why;
} TmbLabelRun;

/// End a run before all is labelled.
void
tmb_label_stop(TmbLabelRun* self, TmbStatus status, const TmbMessage* why);

/// Whether what a finder has found is this shard's.
bool
tmb_label_is_mine(const TmbLabelRun* self,
                  const TmbFinder*   finder,
                  const char*        path);

/// Whether a file is a recording: a TmbProbe, with the run as its data.
bool
tmb_label_probe(void* data, const char* path);

/// Give work to all who have none, as far as there is any.
void
tmb_label_deal(TmbLabelRun* self);

/// Take in what a worker has to say.
void
tmb_label_hear(TmbLabelRun* self, TmbHand* hand);

/// End a worker that says nothing.
void
tmb_label_give_up(TmbLabelRun* self, TmbHand* hand);

/// Make all rows whose turn has come, and put out the recordings they complete.
void
tmb_label_put_out(TmbLabelRun* self);

#endif // TMB_LABEL_RUN_IMPL_H
