// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/analysis.h"

#include "dsp/framer.h"
#include "dsp/matrix.h"
#include "dsp/mfcc.h"
#include "dsp/spectrum.h"

#include <math.h>
#include <stdlib.h>

#define TMB_PI 3.14159265358979323846

#define SHORT_S 0.0232     ///< Short windows
#define SHORT_FALL_S 0.006 ///< Of them
#define SHORT_FMIN_HZ 60.0
#define SHORT_FMAX_HZ 10800.0
#define LONG_FMIN_HZ 60.0
#define LONG_FMAX_HZ 5000.0

/// A kind of window: samples in, powers of bands out.
typedef struct {
  uint32_t     n_window;
  uint32_t     n_fft;
  uint32_t     n_fine;
  uint32_t     n_bins; ///< Whole ones that are looked at
  TmbSpectrum* spectrum;
  float*       power; ///< [n_fft / 2 + 1 + n_fine]
  TmbMel*      mel;
} Lens;

struct TmbAnalysisImpl {
  double     rate_hz;
  double     hop;   ///< Of long windows, in samples
  uint32_t   n_hop; ///< Rounded
  TmbFramer* framer;
  uint64_t   n_windows; ///< Short ones so far
  Lens       short_lens;
  Lens       long_lens;
  float      short_db[TMB_SHORT_BANDS];
  float      long_db[TMB_LONG_BANDS];
};

/// Half a raised cosine up and, faster, another one down.
static void
fill_short_window(float* const window, const uint32_t n, const double rate_hz)
{
  const double fall = fmin(SHORT_FALL_S * rate_hz, 0.5 * (double)n);
  const double rise = (double)n - fall;
  for (uint32_t i = 0U; i < n; ++i) {
    const double at    = (double)i + 0.5;
    const double phase = (at < rise) ? at / rise : 1.0 - ((at - rise) / fall);

    window[i] = (float)(0.5 - (0.5 * cos(TMB_PI * phase)));
  }
}

/// Scale a window so that power is a density per Hz, as at the reference rate.
static void
scale_window(float* const window, const uint32_t n, const double rates)
{
  double energy = 0.0;
  for (uint32_t i = 0U; i < n; ++i) {
    energy += (double)window[i] * (double)window[i];
  }

  const double scale = sqrt(rates / energy);
  for (uint32_t i = 0U; i < n; ++i) {
    window[i] = (float)((double)window[i] * scale);
  }
}

/**
   Build all but n_window, which is set, from a window and its bands.

   @param fmax_hz What the power must show, at least as high as the bands.
*/
static TmbStatus
build_lens(Lens* const         lens,
           const float* const  window,
           const TmbMelConfig* bands,
           const double        fmax_hz)
{
  TmbMelConfig config = *bands;
  config.n_fft        = tmb_fft_length(lens->n_window);
  config.n_fine       = tmb_mel_fine_bins(&config);
  lens->n_fft         = config.n_fft;
  lens->n_fine        = config.n_fine;

  // Half bins need three whole ones above; those further up stay zero
  const uint32_t n_all  = (lens->n_fft / 2U) + 1U;
  const double   n_seen = ceil(fmax_hz * lens->n_fft / config.rate_hz) + 3.0;
  lens->n_bins          = (uint32_t)fmin(n_seen, (double)n_all);
  lens->power = (float*)calloc((size_t)n_all + lens->n_fine, sizeof(float));
  if (!lens->power) {
    return TMB_NO_MEMORY;
  }

  const TmbStatus status =
    tmb_spectrum_new(window, lens->n_window, lens->n_fft, &lens->spectrum);
  return status ? status : tmb_mel_new(&config, &lens->mel);
}

static void
clean_lens(const Lens* const lens)
{
  tmb_mel_free(lens->mel);
  tmb_spectrum_free(lens->spectrum);
  free(lens->power);
}

static TmbStatus
build(TmbAnalysis* const self, const double fmax_hz, const double reference_hz)
{
  TmbMelConfig bands = { .rate_hz = self->rate_hz,
                         .n_bands = TMB_SHORT_BANDS,
                         .fmin_hz = SHORT_FMIN_HZ,
                         .fmax_hz = SHORT_FMAX_HZ,
                         .scale   = TMB_MEL_HTK,
                         .norm    = TMB_MEL_MEAN };

  const uint32_t n_short = self->short_lens.n_window;
  const uint32_t n_long  = self->long_lens.n_window;
  const double   rates   = reference_hz / self->rate_hz;
  float* const   window  = (float*)calloc(n_long, sizeof(float));
  if (!window) {
    return TMB_NO_MEMORY;
  }

  fill_short_window(window, n_short, self->rate_hz);
  scale_window(window, n_short, rates);
  TmbStatus status =
    build_lens(&self->short_lens, window, &bands, SHORT_FMAX_HZ);
  if (!status) {
    bands.n_bands = TMB_LONG_BANDS;
    bands.fmin_hz = LONG_FMIN_HZ;
    bands.fmax_hz = LONG_FMAX_HZ;
    tmb_hann(window, n_long);
    scale_window(window, n_long, rates);
    status =
      build_lens(&self->long_lens, window, &bands, fmax(fmax_hz, LONG_FMAX_HZ));
  }
  free(window);
  return status ? status
                : tmb_framer_new(n_long, 0.5 * self->hop, &self->framer);
}

TmbStatus
tmb_analysis_new(const double        rate_hz,
                 const double        window_s,
                 const double        hop_s,
                 const double        fmax_hz,
                 const double        reference_hz,
                 TmbAnalysis** const analysis)
{
  *analysis = NULL;
  if (!(rate_hz >= 8000.0 && rate_hz <= 384000.0) ||
      !(window_s >= 0.001 && window_s * 384000.0 <= (double)TMB_MAX_FFT) ||
      !(hop_s >= 0.0005) || !(hop_s <= window_s) || !(fmax_hz > 0.0) ||
      !(reference_hz > 0.0)) {
    return TMB_BAD_ARG;
  }

  TmbAnalysis* const self = (TmbAnalysis*)calloc(1U, sizeof(TmbAnalysis));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  const uint32_t n_short    = (uint32_t)lround(SHORT_S * rate_hz);
  const uint32_t n_long     = (uint32_t)lround(window_s * rate_hz);
  self->rate_hz             = rate_hz;
  self->hop                 = fmin(hop_s * rate_hz, (double)n_long);
  self->n_hop               = (uint32_t)lround(self->hop);
  self->long_lens.n_window  = n_long;
  self->short_lens.n_window = (n_short < n_long) ? n_short : n_long;

  const TmbStatus status = build(self, fmax_hz, reference_hz);
  if (status) {
    tmb_analysis_free(self);
    return status;
  }

  *analysis = self;
  return TMB_OK;
}

void
tmb_analysis_free(TmbAnalysis* const analysis)
{
  if (analysis) {
    clean_lens(&analysis->long_lens);
    clean_lens(&analysis->short_lens);
    tmb_framer_free(analysis->framer);
    free(analysis);
  }
}

void
tmb_analysis_reset(TmbAnalysis* const analysis)
{
  tmb_framer_reset(analysis->framer);
  analysis->n_windows = 0U;
}

void
tmb_analysis_fit(const TmbAnalysis* const analysis, TmbMelConfig* const config)
{
  config->rate_hz = analysis->rate_hz;
  config->n_fft   = analysis->long_lens.n_fft;
  config->n_fine  = analysis->long_lens.n_fine;
}

/// Mean power in dBFS.
TMB_WIDE static float
power_level(const float* const samples, const uint32_t n)
{
  const float power = tmb_dot(samples, samples, n) / (float)n;
  return fmaxf(TMB_LEAST_LEVEL_DB, 10.0f * log10f(power + 1e-20f));
}

/// Levels of the bands of the window that ends at `end`.
static void
look(const Lens* const  lens,
     const float* const end,
     const uint32_t     n_bands,
     float* const       levels_db)
{
  tmb_spectrum_power_fine(lens->spectrum,
                          end - lens->n_window,
                          lens->n_fine,
                          lens->n_bins,
                          lens->power);
  tmb_mel_apply(lens->mel, lens->power, levels_db);
  tmb_power_to_db(levels_db, n_bands, levels_db);
}

uint32_t
tmb_analysis_push(TmbAnalysis* const self,
                  const float* const samples,
                  const uint32_t     n,
                  TmbView* const     view)
{
  *view = (TmbView){ .level_db = TMB_LEAST_LEVEL_DB };

  const float*   window  = NULL;
  const uint32_t n_taken = tmb_framer_push(self->framer, samples, n, &window);
  if (!window) {
    return n_taken;
  }

  const float* const end = window + self->long_lens.n_window;
  look(&self->short_lens, end, TMB_SHORT_BANDS, self->short_db);
  view->samples  = end - self->short_lens.n_window;
  view->short_db = self->short_db;
  view->level_db = power_level(end - self->n_hop, self->n_hop);
  if (self->n_windows % 2U == 0U) {
    look(&self->long_lens, end, TMB_LONG_BANDS, self->long_db);
    view->long_db = self->long_db;
    view->power   = self->long_lens.power;
  }
  ++self->n_windows;
  return n_taken;
}

uint64_t
tmb_analysis_taken(const TmbAnalysis* const analysis)
{
  return tmb_framer_taken(analysis->framer);
}

TmbAnalysisTimes
tmb_analysis_times(const TmbAnalysis* const analysis)
{
  return (TmbAnalysisTimes){ analysis->short_lens.n_window,
                             analysis->long_lens.n_window,
                             analysis->hop };
}
