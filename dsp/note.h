// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_NOTE_H
#define TMB_NOTE_H

#include "dsp/attributes.h"
#include "dsp/front_end.h"
#include "dsp/mfcc.h"

/**
   Describe a note: MFCCs of its segments, from just before the onset on.

   The note is levelled by its own largest band level, so that loudness plays
   no part, and cut at floor_db below it.  Band levels are averaged over each
   segment's frames, scaled to about -2..2, and transformed.  Segments that are
   not there yet are zero; the last feature is the mean fraction of segments
   that are.

   @param mfcc Transform for n_bands and n_coeffs of `front_end`.
   @param frames [n_available][n_bands] dB; the first is n_before frames before
   the onset.
   @param n_available 1 to tmb_front_end_note_frames().
   @param[out] features [tmb_front_end_features()] Segment by segment.
*/
TMB_REALTIME void
tmb_note_features(const TmbFrontEnd* front_end,
                  const TmbMfcc*     mfcc,
                  const float*       frames,
                  uint32_t           n_available,
                  float*             features);

#endif // TMB_NOTE_H
