// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ONSET_STRENGTH_H
#define TMB_ONSET_STRENGTH_H

#include "dsp/status.h"

#include <stdint.h>

/// How the rises of all bands become one number.
typedef enum { TMB_ONSET_MEAN, TMB_ONSET_MEDIAN } TmbOnsetAggregate;

/// librosa's defaults are { 1, 1, 2048 / (2 * 512), TMB_ONSET_MEAN }.
typedef struct {
  uint32_t          lag;      ///< Frames from the reference on, at least 1
  uint32_t          max_size; ///< Bands in the maximum filter, 1 for none
  uint32_t          shift;    ///< Frames that the envelope is delayed by
  TmbOnsetAggregate aggregate;
} TmbOnsetStrengthConfig;

/**
   Onset strength of a whole recording, as librosa.onset.onset_strength has it.

   The mean or median over all bands b of max(0, S[t][b] - R[t - lag][b]), where
   R is S after a maximum filter over neighbouring bands: Böck & Widmer,
   "Maximum filter vibrato suppression for onset detection", DAFx 2013.

   A centred window sees an attack before its middle does.  librosa makes up
   for it by a delay of half a window: with `center=True`, shift is
   n_fft / (2 * hop) frames, else 0.

   Not for the real-time thread: what a stream is heard with is in dsp/onset.h.

   @param log_mel [n_frames][n_bands] dB; librosa's matrix is [band, frame].
   librosa's own has 128 bands, cut by tmb_clamp_top_db() 80 dB below the peak.
   @param n_bands 1 to #TMB_MAX_BANDS.
   @param[out] envelope [n_frames] dB, >= 0; the first lag + shift are zero.
   @return #TMB_OK or #TMB_BAD_ARG, also where max_size exceeds #TMB_MAX_BANDS.
*/
TMB_NODISCARD TmbStatus
tmb_onset_strength(const float*                  log_mel,
                   uint32_t                      n_frames,
                   uint32_t                      n_bands,
                   const TmbOnsetStrengthConfig* config,
                   float*                        envelope);

#endif // TMB_ONSET_STRENGTH_H
