// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/mel_frames.h"

#include "dsp/fft.h"
#include "dsp/framer.h"
#include "dsp/mfcc.h"
#include "trainer/exact_spectrum.h"

#include <math.h>
#include <stdlib.h>

struct TmbMelFramesImpl {
  uint32_t          n_window;
  uint32_t          n_bands;
  TmbFramer*        framer;
  TmbExactSpectrum* spectrum;
  TmbMel*           mel;
  float*            power; ///< [n_fft / 2 + 1]
  float*            bands; ///< [n_bands]
};

/// Tables and buffers for windows whose length has been checked.
static TmbStatus
build(TmbMelFrames* const self, const TmbMelFramesConfig* const config)
{
  const uint32_t     n_plain = tmb_fft_length(self->n_window);
  const TmbMelConfig mel     = {
        .rate_hz = config->rate_hz,
        .n_fft   = (config->norm == TMB_MEL_MEAN) ? 2U * n_plain : n_plain,
        .n_bands = config->n_bands,
        .fmin_hz = config->fmin_hz,
        .fmax_hz = config->fmax_hz,
        .scale   = config->scale,
        .norm    = config->norm,
  };

  self->power = (float*)calloc((mel.n_fft / 2U) + 1U, sizeof(float));
  self->bands = (float*)calloc(config->n_bands, sizeof(float));
  if (!self->power || !self->bands) {
    return TMB_NO_MEMORY;
  }

  TmbStatus status =
    tmb_exact_spectrum_new(self->n_window, mel.n_fft, &self->spectrum);
  if (!status) {
    status = tmb_mel_new(&mel, &self->mel);
  }
  return status ? status
                : tmb_framer_new(self->n_window,
                                 fmin(config->hop_s * config->rate_hz,
                                      (double)self->n_window),
                                 &self->framer);
}

TmbStatus
tmb_mel_frames_new(const TmbMelFramesConfig* const config,
                   TmbMelFrames** const            frames)
{
  *frames = NULL;

  const double n_window = round(config->window_s * config->rate_hz);
  if (!config->n_bands || config->n_bands > TMB_MAX_BANDS ||
      !(n_window >= 1.0 && n_window <= (double)TMB_MAX_FFT)) {
    return TMB_BAD_ARG;
  }

  TmbMelFrames* const self = (TmbMelFrames*)calloc(1U, sizeof(TmbMelFrames));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->n_window         = (uint32_t)n_window;
  self->n_bands          = config->n_bands;
  const TmbStatus status = build(self, config);
  if (status) {
    tmb_mel_frames_free(self);
    return status;
  }
  *frames = self;
  return TMB_OK;
}

void
tmb_mel_frames_free(TmbMelFrames* const frames)
{
  if (frames) {
    tmb_framer_free(frames->framer);
    tmb_mel_free(frames->mel);
    tmb_exact_spectrum_free(frames->spectrum);
    free(frames->bands);
    free(frames->power);
    free(frames);
  }
}

void
tmb_mel_frames_reset(TmbMelFrames* const frames)
{
  tmb_framer_begin(frames->framer, 0U);
}

uint32_t
tmb_mel_frames_push(TmbMelFrames* const frames,
                    const float* const  samples,
                    const uint32_t      n,
                    const float** const bands)
{
  const float*   window = NULL;
  const uint32_t taken  = tmb_framer_push(frames->framer, samples, n, &window);
  *bands                = NULL;
  if (window) {
    tmb_exact_spectrum_power(frames->spectrum, window, frames->power);
    tmb_mel_apply(frames->mel, frames->power, frames->bands);
    tmb_power_to_db(frames->bands, frames->n_bands, frames->bands);
    *bands = frames->bands;
  }
  return taken;
}

uint64_t
tmb_mel_frames_middle(const TmbMelFrames* const frames)
{
  return tmb_framer_middle(frames->framer);
}

uint32_t
tmb_mel_frames_window(const TmbMelFrames* const frames)
{
  return frames->n_window;
}

uint32_t
tmb_mel_frames_tail(const TmbMelFrames* const frames)
{
  return frames->n_window - (frames->n_window / 2U);
}
