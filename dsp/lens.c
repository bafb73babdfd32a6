// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/lens.h"

#include "dsp/fft.h"
#include "dsp/spectrum.h"

#include <math.h>
#include <stdlib.h>

struct TmbLensImpl {
  uint32_t     n_window;
  uint32_t     n_bins; ///< Whole ones that are computed
  TmbMelConfig config;
  TmbSpectrum* spectrum;
  float*       power; ///< [n_fft / 2 + 1 + n_fine]
  TmbMel*      mel;
};

TmbStatus
tmb_lens_new(const float* const        window,
             const uint32_t            n_window,
             const TmbMelConfig* const bands,
             const double              fmax_hz,
             TmbLens** const           lens)
{
  *lens = NULL;

  TmbLens* const self = (TmbLens*)calloc(1U, sizeof(TmbLens));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  const uint32_t n_fft = tmb_fft_length(n_window);
  self->n_window       = n_window;
  self->config         = *bands;
  self->config.n_fft   = n_fft;
  self->config.n_fine  = tmb_mel_fine_bins(&self->config);

  TmbStatus status = tmb_mel_new(&self->config, &self->mel);
  if (!status) {
    status = tmb_spectrum_new(window, n_window, n_fft, &self->spectrum);
  }
  if (!status) {
    // Half bins need three whole ones above
    const uint32_t n_all  = (n_fft / 2U) + 1U;
    const double   top_hz = fmax(fmax_hz, bands->fmax_hz);
    const double   n_seen = ceil(top_hz * n_fft / bands->rate_hz) + 3.0;
    self->n_bins          = (uint32_t)fmin(n_seen, (double)n_all);
    self->power =
      (float*)calloc((size_t)n_all + self->config.n_fine, sizeof(float));
    status = self->power ? TMB_OK : TMB_NO_MEMORY;
  }
  if (status) {
    tmb_lens_free(self);
    return status;
  }
  *lens = self;
  return TMB_OK;
}

void
tmb_lens_free(TmbLens* const lens)
{
  if (lens) {
    tmb_mel_free(lens->mel);
    tmb_spectrum_free(lens->spectrum);
    free(lens->power);
    free(lens);
  }
}

void
tmb_lens_fit(const TmbLens* const lens, TmbMelConfig* const config)
{
  config->rate_hz = lens->config.rate_hz;
  config->n_fft   = lens->config.n_fft;
  config->n_fine  = lens->config.n_fine;
}

uint32_t
tmb_lens_window(const TmbLens* const lens)
{
  return lens->n_window;
}

const float*
tmb_lens_power(TmbLens* const lens, const float* const end)
{
  tmb_spectrum_power_fine(lens->spectrum,
                          end - lens->n_window,
                          lens->config.n_fine,
                          lens->n_bins,
                          lens->power);
  return lens->power;
}

void
tmb_lens_bands(const TmbLens* const lens, float* const bands)
{
  tmb_mel_apply(lens->mel, lens->power, bands);
}
