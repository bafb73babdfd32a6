// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LABEL_QUEUE_H
#define TMB_LABEL_QUEUE_H

#include "dsp/attributes.h"
#include "dsp/status.h"
#include "trainer/piece.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/// Pieces whose rows wait for their turn, so that many short recordings may
/// overtake a long one.  Each has a file open.
#define TMB_MAX_WAITING 256U

#define TMB_CHANNELS_MIXED 0U        ///< Their mean
#define TMB_CHANNELS_EACH UINT32_MAX ///< One after another

/// A piece from when a worker has begun it until its rows are out.
typedef struct {
  FILE*       notes; ///< Spool of what was told of it
  bool        is_done;
  TmbPieceEnd end;
} TmbQueuedPiece;

/// A recording from when it is found until its rows are out.
typedef struct TmbQueued {
  struct TmbQueued* next;
  char*             path;
  char*             place;  ///< Of its file, if recordings have files; or null
  char*             name;   ///< In rows: the path, with each channel its number
  uint64_t          index;  ///< Among all that were found
  TmbStatus         status; ///< Why it has no label
  TmbMessage        why;
  TmbOpened         opened;   ///< Pieces are 0 before
  bool              is_whole; ///< It is not to be cut
  uint32_t          n_parts;  ///< Pieces of all its channels; 1 before
  uint32_t          n_begun;
  uint32_t          n_out;  ///< Parts whose rows are made
  TmbQueuedPiece*   pieces; ///< [n_parts]
  double            heard_s;
} TmbQueued;

/// Recordings in the order in which their rows come out.  All zero is none.
typedef struct {
  TmbQueued* first;
  TmbQueued* last;
  uint32_t   n_waiting; ///< Recordings and more pieces of them, in work or done
  FILE*      spools[TMB_MAX_WAITING]; ///< [n_spools] That are free
  uint32_t   n_spools;
} TmbLabelQueue;

void
tmb_label_queue_clear(TmbLabelQueue* queue);

/**
   Add a recording that was found.

   @param path Copied.
   @return It; or null if memory is out.
*/
TmbQueued*
tmb_label_queue_add(TmbLabelQueue* queue, const char* path, uint64_t index);

/// Let a recording's rows be of one of its channels, from 1 on; 0: of all.
void
tmb_queued_name(TmbQueued* recording, uint32_t channel);

/// Remove the first recording.
void
tmb_label_queue_drop(TmbLabelQueue* queue);

/// The first recording that has a part for a worker, or null.
TmbQueued*
tmb_label_queue_next(const TmbLabelQueue* queue);

/**
   Begin a recording's next part.

   @param channel To label, from 1 on, or one of the above.
   @param[out] job
   @return #TMB_OK or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_label_queue_begin(TmbLabelQueue* queue,
                      TmbQueued*     recording,
                      uint32_t       channel,
                      TmbPieceJob*   job,
                      TmbMessage*    why);

/**
   Take in of how many parts a recording is, which its first one tells.

   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_label_queue_open(TmbQueued*       recording,
                     uint32_t         channel,
                     const TmbOpened* opened);

/// Let a recording begin again, in one piece.
void
tmb_label_queue_restart(TmbLabelQueue* queue, TmbQueued* recording);

#endif // TMB_LABEL_QUEUE_H
