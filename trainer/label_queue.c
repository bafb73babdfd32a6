// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/label_queue.h"

#include "trainer/spool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/// Of a channel's number behind a path, with its sign and the terminator.
#define CHANNEL_BYTES 12U

/// Take a spool back, to be used again.
static void
return_spool(TmbLabelQueue* const queue, TmbQueuedPiece* const piece)
{
  if (piece->notes && queue->n_spools < TMB_MAX_WAITING) {
    rewind(piece->notes);
    queue->spools[queue->n_spools++] = piece->notes;
  } else if (piece->notes) {
    (void)fclose(piece->notes);
  }
  piece->notes = NULL;
}

static void
forget_pieces(TmbLabelQueue* const queue, TmbQueued* const recording)
{
  for (uint32_t i = 0U; i < recording->n_begun; ++i) {
    return_spool(queue, &recording->pieces[i]);
    recording->pieces[i] = (TmbQueuedPiece){ .notes = NULL };
  }
  // Each but the first was counted when it was begun
  queue->n_waiting -= recording->n_begun > 1U ? recording->n_begun - 1U : 0U;
}

void
tmb_label_queue_drop(TmbLabelQueue* const queue)
{
  TmbQueued* const recording = queue->first;
  forget_pieces(queue, recording);
  --queue->n_waiting;
  queue->first = recording->next;
  queue->last  = queue->first ? queue->last : NULL;
  free(recording->pieces);
  free(recording->name);
  free(recording->place);
  free(recording->path);
  free(recording);
}

void
tmb_label_queue_clear(TmbLabelQueue* const queue)
{
  while (queue->first) {
    tmb_label_queue_drop(queue);
  }
  while (queue->n_spools) {
    (void)fclose(queue->spools[--queue->n_spools]);
  }
}

void
tmb_queued_name(TmbQueued* const recording, const uint32_t channel)
{
  const size_t n = strlen(recording->path) + CHANNEL_BYTES;
  if (channel) {
    (void)snprintf(recording->name, n, "%s#%" PRIu32, recording->path, channel);
  } else {
    (void)snprintf(recording->name, n, "%s", recording->path);
  }
}

TmbQueued*
tmb_label_queue_add(TmbLabelQueue* const queue,
                    const char* const    path,
                    const uint64_t       index)
{
  TmbQueued* const recording = (TmbQueued*)calloc(1U, sizeof(TmbQueued));
  if (!recording) {
    return NULL;
  }

  recording->path   = strdup(path);
  recording->name   = (char*)malloc(strlen(path) + CHANNEL_BYTES);
  recording->pieces = (TmbQueuedPiece*)calloc(1U, sizeof(TmbQueuedPiece));
  if (!recording->path || !recording->name || !recording->pieces) {
    free(recording->pieces);
    free(recording->name);
    free(recording->path);
    free(recording);
    return NULL;
  }

  tmb_queued_name(recording, 0U);
  recording->index   = index;
  recording->n_parts = 1U;
  if (queue->last) {
    queue->last->next = recording;
  } else {
    queue->first = recording;
  }
  queue->last = recording;
  ++queue->n_waiting;
  return recording;
}

TmbQueued*
tmb_label_queue_next(const TmbLabelQueue* const queue)
{
  TmbQueued* recording = queue->first;
  while (recording &&
         (recording->status || recording->n_begun == recording->n_parts)) {
    recording = recording->next;
  }
  // The first one always goes on, or nothing would
  return queue->n_waiting < TMB_MAX_WAITING || recording == queue->first
           ? recording
           : NULL;
}

TmbStatus
tmb_label_queue_begin(TmbLabelQueue* const queue,
                      TmbQueued* const     recording,
                      const uint32_t       channel,
                      TmbPieceJob* const   job,
                      TmbMessage* const    why)
{
  TmbQueuedPiece* const piece = &recording->pieces[recording->n_begun];

  piece->notes =
    queue->n_spools ? queue->spools[--queue->n_spools] : tmb_spool_open(why);
  if (!piece->notes) {
    return TMB_WRITE_FAILED;
  }

  const uint32_t n_pieces = recording->opened.n_pieces;
  const uint32_t part     = recording->n_begun;
  const bool     is_cut = channel != TMB_CHANNELS_EACH && !recording->is_whole;
  *job                  = (TmbPieceJob){
                     .channel  = channel == TMB_CHANNELS_EACH ? part + 1U : channel,
                     .number   = is_cut ? part : 0U,
                     .n_pieces = is_cut ? n_pieces : 1U,
  };
  queue->n_waiting += part != 0U;
  ++recording->n_begun;
  return TMB_OK;
}

TmbStatus
tmb_label_queue_open(TmbQueued* const       recording,
                     const uint32_t         channel,
                     const TmbOpened* const opened)
{
  if (recording->opened.n_pieces) {
    return TMB_OK;
  }

  const uint32_t n_parts =
    channel == TMB_CHANNELS_EACH ? opened->n_channels : opened->n_pieces;
  TmbQueuedPiece* const pieces =
    (TmbQueuedPiece*)calloc(n_parts, sizeof(TmbQueuedPiece));
  if (!pieces) {
    return TMB_NO_MEMORY;
  }
  pieces[0] = recording->pieces[0];
  free(recording->pieces);
  recording->pieces  = pieces;
  recording->n_parts = n_parts;
  recording->opened  = *opened;
  return TMB_OK;
}

void
tmb_label_queue_restart(TmbLabelQueue* const queue, TmbQueued* const recording)
{
  forget_pieces(queue, recording);
  recording->opened   = (TmbOpened){ .n_pieces = 0U };
  recording->is_whole = true;
  recording->n_parts  = 1U;
  recording->n_begun  = 0U;
  recording->n_out    = 0U;
}
