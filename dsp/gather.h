// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_GATHER_H
#define TMB_GATHER_H

#include "dsp/attributes.h"
#include "dsp/digest.h"
#include "dsp/front_end.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stdint.h>

/// Frames that a note's attack may last; see TmbGather.
#define TMB_ATTACK_FRAMES 24U

/// Frames after an onset that it may take to notice it.
#define TMB_LOOK_BACK 8U

/**
   Gathers the frames of the note that is being played.

   An onset may be a breath, a key or the first touch of the bow.  The note
   starts at the first frame since that is less than 20 dB weaker than the
   loudest so far, so that notes line up however they were attacked; it never
   starts later than #TMB_ATTACK_FRAMES after the onset.
*/
typedef struct TmbGatherImpl TmbGather;

/**
   @param front_end Copied.
   @param[out] gather Owned by the caller, freed with tmb_gather_free().
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_gather_new(const TmbFrontEnd* front_end, TmbGather** gather);

void
tmb_gather_free(TmbGather* gather);

/// Forget all frames: the next is frame `next`, and silence came before it.
TMB_REALTIME void
tmb_gather_reset(TmbGather* gather, uint64_t next);

/**
   Take the next frame: the note's too, if it began and does not have all.

   @param log_bands [n_bands] dB.
   @param power Sum of the bands, linear.
*/
TMB_REALTIME void
tmb_gather_push(TmbGather* gather, const float* log_bands, float power);

/**
   A note begins, with n_before frames before that of its onset.

   @param onset Number of the onset's frame: one that was pushed, at most
   #TMB_LOOK_BACK ago, or one that comes.
*/
TMB_REALTIME void
tmb_gather_begin(TmbGather* gather, uint64_t onset);

/// Whether the note has the first `n` of its frames.
TMB_REALTIME bool
tmb_gather_has(const TmbGather* gather, uint32_t n);

/**
   The note's frames, from n_before before its start on.

   @param[out] n_available At most tmb_front_end_note_frames().
   @return [n_available][n_bands] dB, until the note grows or another begins.
*/
TMB_REALTIME const float*
tmb_gather_frames(const TmbGather* gather, uint32_t* n_available);

/// Frames from the onset to the start.
TMB_REALTIME uint32_t
tmb_gather_start(const TmbGather* gather);

/**
   Add what later notes depend on.

   @param with_note Whether the note that began last counts too.
*/
void
tmb_gather_digest(const TmbGather* gather, bool with_note, TmbDigest* digest);

#endif // TMB_GATHER_H
