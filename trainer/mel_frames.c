// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/mel_frames.h"

#include "dsp/framer.h"
#include "dsp/mfcc.h"
#include "dsp/spectrum.h"

#include <math.h>
#include <stdlib.h>

struct TmbMelFramesImpl {
  uint32_t     n_window;
  uint32_t     n_bands;
  uint32_t     n_fine;
  TmbFramer*   framer;
  TmbSpectrum* spectrum;
  TmbMel*      mel;
  float*       power; ///< [n_fft / 2 + 1 + n_fine]
  float*       bands; ///< [n_bands]
};

/// Tables and buffers for windows whose length has been checked.
static TmbStatus
build(TmbMelFrames* const self, const TmbMelFramesConfig* const config)
{
  TmbMelConfig mel = {
    .rate_hz = config->rate_hz,
    .n_fft   = tmb_fft_length(self->n_window),
    .n_bands = config->n_bands,
    .fmin_hz = config->fmin_hz,
    .fmax_hz = config->fmax_hz,
    .scale   = config->scale,
    .norm    = config->norm,
  };
  mel.n_fine   = tmb_mel_fine_bins(&mel);
  self->n_fine = mel.n_fine;

  TmbStatus    status = TMB_NO_MEMORY;
  float* const window = (float*)calloc(self->n_window, sizeof(float));
  self->power =
    (float*)calloc((mel.n_fft / 2U) + 1U + mel.n_fine, sizeof(float));
  self->bands = (float*)calloc(config->n_bands, sizeof(float));
  if (window && self->power && self->bands) {
    tmb_hann(window, self->n_window);
    status =
      tmb_spectrum_new(window, self->n_window, mel.n_fft, &self->spectrum);
  }
  free(window);
  if (!status) {
    status = tmb_mel_new(&mel, &self->mel);
  }
  return status ? status
                : tmb_framer_new(self->n_window,
                                 config->hop_s * config->rate_hz,
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
    tmb_spectrum_free(frames->spectrum);
    free(frames->bands);
    free(frames->power);
    free(frames);
  }
}

void
tmb_mel_frames_reset(TmbMelFrames* const frames)
{
  tmb_framer_reset(frames->framer);
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
    tmb_spectrum_power_fine(
      frames->spectrum, window, frames->n_fine, frames->power);
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
