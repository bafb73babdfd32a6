// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FRONT_END_H
#define TMB_FRONT_END_H

#include "dsp/attributes.h"
#include "dsp/mel.h"
#include "dsp/status.h"

#include <stdint.h>

#define TMB_MAX_SEGMENTS 32U
#define TMB_MAX_AGES 8U
#define TMB_MAX_NOTE_FRAMES 256U

/// An age of a note at which it can be named.
typedef struct {
  uint32_t ms;       ///< Nominal age after the onset, what a user chooses
  uint32_t n_frames; ///< Frames of the note, those before its onset included
} TmbAge;

/**
   How sound becomes a note's feature vector.  It is part of the model file, so
   that the trainer and the plugin can't differ.

   Time is in seconds and frequency in Hz: at any sample rate the window is
   round(window_s * rate) samples, and no resampling takes place.
*/
typedef struct {
  double      rate_hz;  ///< Reference rate, at which levels have no offset
  double      window_s; ///< Analysis window (periodic Hann)
  double      hop_s;    ///< From one frame to the next
  uint32_t    n_bands;  ///< Mel bands
  double      fmin_hz;
  double      fmax_hz;
  TmbMelScale scale;
  TmbMelNorm  norm;
  uint32_t    n_coeffs; ///< MFCCs a segment, at most n_bands
  double      floor_db; ///< Kept range below the note's largest band level
  uint32_t    n_before; ///< Frames of a note before its onset frame
  uint32_t    n_segments;
  uint32_t    edges[TMB_MAX_SEGMENTS + 1U]; ///< Segment i is frames [i, i + 1)
  uint32_t    n_ages;
  TmbAge      ages[TMB_MAX_AGES]; ///< Ascending
} TmbFrontEnd;

/// The factory model's front end, which new models get too.
extern const TmbFrontEnd tmb_default_front_end;

/// #TMB_OK, or #TMB_BAD_ARG with the reason.
TMB_NODISCARD TmbStatus
tmb_front_end_check(const TmbFrontEnd* front_end, TmbMessage* why);

/// Frames in a whole note: the last segment's end.
uint32_t
tmb_front_end_note_frames(const TmbFrontEnd* front_end);

/// Length of a note's feature vector: n_segments * n_coeffs + 1.
uint32_t
tmb_front_end_features(const TmbFrontEnd* front_end);

/// Index of the age nearest to `ms`.
TMB_REALTIME uint32_t
tmb_front_end_age(const TmbFrontEnd* front_end, double ms);

/// Index of the oldest age that a note of so many frames has reached, or of the
/// youngest.
TMB_REALTIME uint32_t
tmb_front_end_reached(const TmbFrontEnd* front_end, uint32_t n_frames);

#endif // TMB_FRONT_END_H
