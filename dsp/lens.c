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

/// Choose the half bins and the whole ones, for both kinds of bands.
static void
choose_bins(TmbLens* const self, const TmbMelConfig* const others)
{
  TmbMelConfig* const config = &self->config;
  uint32_t            n_fine = tmb_mel_fine_bins(config);
  double              top_hz = config->fmax_hz;
  if (others) {
    TmbMelConfig fitted = *others;
    fitted.rate_hz      = config->rate_hz;
    fitted.n_fft        = config->n_fft;

    const uint32_t n_others = tmb_mel_fine_bins(&fitted);
    n_fine                  = (n_others > n_fine) ? n_others : n_fine;
    top_hz                  = fmax(top_hz, others->fmax_hz);
  }

  // Half bins need three whole ones above
  const double n_all  = (0.5 * (double)config->n_fft) + 1.0;
  const double n_seen = ceil(top_hz * config->n_fft / config->rate_hz) + 3.0;
  config->n_fine      = n_fine;
  self->n_bins        = (uint32_t)fmin(n_seen, n_all);
}

TmbStatus
tmb_lens_new(const float* const        window,
             const uint32_t            n_window,
             const TmbMelConfig* const bands,
             const TmbMelConfig* const others,
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
  choose_bins(self, others);

  TmbStatus status = tmb_mel_new(&self->config, &self->mel);
  if (!status) {
    status = tmb_spectrum_new(window, n_window, n_fft, &self->spectrum);
  }
  if (!status) {
    const size_t n_power = (size_t)(n_fft / 2U) + 1U + self->config.n_fine;
    self->power          = (float*)calloc(n_power, sizeof(float));
    status               = self->power ? TMB_OK : TMB_NO_MEMORY;
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
