// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MEL_FRAMES_H
#define TMB_MEL_FRAMES_H

#include "dsp/mel.h"
#include "dsp/status.h"

#include <stdint.h>

/// How a recording becomes a mel spectrogram.
typedef struct {
  double      rate_hz;
  double      window_s; ///< Periodic Hann, padded to tmb_fft_length()
  double      hop_s;    ///< At most window_s
  uint32_t    n_bands;
  double      fmin_hz;
  double      fmax_hz;
  TmbMelScale scale;
  TmbMelNorm  norm;
} TmbMelFramesConfig;

/**
   A mel spectrogram, frame by frame, as librosa.feature.melspectrogram has it:
   powers of windows centred on multiples of the hop, zeros on both sides.

   Bands that are means of bins (#TMB_MEL_MEAN), which librosa does not have,
   get half bins too, by transforms of twice the length.
*/
typedef struct TmbMelFramesImpl TmbMelFrames;

/**
   @param[out] frames Owned by the caller, freed with tmb_mel_frames_free().
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_ARG, also if at this rate a
   window is too long to be transformed or a hop shorter than a sample.
*/
TMB_NODISCARD TmbStatus
tmb_mel_frames_new(const TmbMelFramesConfig* config, TmbMelFrames** frames);

void
tmb_mel_frames_free(TmbMelFrames* frames);

/// Forget the signal; the next sample is sample 0.
void
tmb_mel_frames_reset(TmbMelFrames* frames);

/**
   Take samples until a frame is complete.

   @param samples [n]
   @param[out] bands [n_bands] dB, 10 log10(power), at least -100; valid until
   the next call; null if all n samples were taken and no frame was completed.
   @return Samples taken, at most n.
*/
uint32_t
tmb_mel_frames_push(TmbMelFrames* frames,
                    const float*  samples,
                    uint32_t      n,
                    const float** bands);

/// The sample that the newest frame is centred on.
uint64_t
tmb_mel_frames_middle(const TmbMelFrames* frames);

/// Length of a window in samples.
uint32_t
tmb_mel_frames_window(const TmbMelFrames* frames);

/// Zeros to push after the last sample for the frames centred up to it.
uint32_t
tmb_mel_frames_tail(const TmbMelFrames* frames);

#endif // TMB_MEL_FRAMES_H
