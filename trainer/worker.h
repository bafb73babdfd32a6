// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_WORKER_H
#define TMB_WORKER_H

#include "dsp/attributes.h"
#include "dsp/status.h"
#include "trainer/labeller.h"
#include "trainer/piece.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
   A process that labels pieces, so that a decoder which a hostile file makes
   crash, hang or eat all memory takes nobody along.

   It is forked from its parent, which must have no other threads, and dies with
   it; signals that end the parent at leisure don't reach it.  All zero is none.
*/
typedef struct {
  pid_t    pid;      ///< 0 if there is none
  int      fd;       ///< Socket to it
  uint8_t* received; ///< [TMB_MAX_PIECE_MESSAGE] Of which n_received are there
  size_t   n_received;
} TmbWorker;

/**
   Start a worker.

   @param n_mib Memory that it may have in addition to what it starts with, MiB;
   0 for any.
   @param[out] worker Ended with tmb_worker_end(), also on error.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_worker_start(TmbWorker*   worker,
                 TmbLabeller* labeller,
                 uint32_t     n_mib,
                 TmbMessage*  why);

/// Give a job to a worker that has none; whether it could be told.
TMB_NODISCARD bool
tmb_worker_give(const TmbWorker*   worker,
                const TmbPieceJob* job,
                const char*        path);

/// Receive what poll() says is there; false if the worker has died.
TMB_NODISCARD bool
tmb_worker_receive(TmbWorker* worker);

/**
   Take the next message that was received.

   @param[in,out] n_taken Bytes of earlier ones, 0 before the first.
   @return Whether there is one, valid until more is received; if not, what was
   taken is forgotten.
*/
TMB_NODISCARD bool
tmb_worker_next(TmbWorker* worker, size_t* n_taken, TmbPieceMessage* message);

/**
   End a worker at once.

   @param[out] signal That had ended it before, or 0; may be null.
*/
void
tmb_worker_end(TmbWorker* worker, int* signal);

#endif // TMB_WORKER_H
