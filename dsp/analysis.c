// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/analysis.h"

#include "dsp/framer.h"
#include "dsp/lens.h"
#include "dsp/matrix.h"
#include "dsp/mfcc.h"
#include "dsp/spectrum.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define TMB_PI 3.14159265358979323846

#define SHORT_S 0.0232     ///< Short windows
#define SHORT_FALL_S 0.006 ///< Of them
#define SHORT_FMIN_HZ 60.0
#define SHORT_FMAX_HZ 10800.0
#define LONG_FMIN_HZ 60.0
#define LONG_FMAX_HZ 5000.0

struct TmbAnalysisImpl {
  double     rate_hz;
  double     hop;   ///< Of long windows, in samples
  uint32_t   n_hop; ///< Rounded
  TmbFramer* framer;
  TmbLens*   short_lens;
  TmbLens*   long_lens;
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

static TmbStatus
build(TmbAnalysis* const        self,
      const uint32_t            n_short,
      const uint32_t            n_long,
      const TmbMelConfig* const notes,
      const double              reference_hz)
{
  TmbMelConfig bands = { .rate_hz = self->rate_hz,
                         .n_bands = TMB_SHORT_BANDS,
                         .fmin_hz = SHORT_FMIN_HZ,
                         .fmax_hz = SHORT_FMAX_HZ,
                         .scale   = TMB_MEL_HTK,
                         .norm    = TMB_MEL_MEAN };

  const double rates  = reference_hz / self->rate_hz;
  float* const window = (float*)calloc(n_long, sizeof(float));
  if (!window) {
    return TMB_NO_MEMORY;
  }

  fill_short_window(window, n_short, self->rate_hz);
  scale_window(window, n_short, rates);
  TmbStatus status =
    tmb_lens_new(window, n_short, &bands, NULL, &self->short_lens);
  if (!status) {
    bands.n_bands = TMB_LONG_BANDS;
    bands.fmin_hz = LONG_FMIN_HZ;
    bands.fmax_hz = LONG_FMAX_HZ;
    tmb_hann(window, n_long);
    scale_window(window, n_long, rates);
    status = tmb_lens_new(window, n_long, &bands, notes, &self->long_lens);
  }
  free(window);
  return status ? status
                : tmb_framer_new(n_long, 0.5 * self->hop, &self->framer);
}

TmbStatus
tmb_analysis_new(const double              rate_hz,
                 const double              window_s,
                 const double              hop_s,
                 const TmbMelConfig* const notes,
                 const double              reference_hz,
                 TmbAnalysis** const       analysis)
{
  *analysis = NULL;
  if (!(rate_hz >= 8000.0 && rate_hz <= 384000.0) ||
      !(window_s >= 0.001 && window_s * 384000.0 <= (double)TMB_MAX_FFT) ||
      !(hop_s >= 0.0005) || !(hop_s <= window_s) || !(reference_hz > 0.0)) {
    return TMB_BAD_ARG;
  }

  TmbAnalysis* const self = (TmbAnalysis*)calloc(1U, sizeof(TmbAnalysis));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  const double n_long  = round(window_s * rate_hz);
  const double n_short = fmin(round(SHORT_S * rate_hz), n_long);
  self->rate_hz        = rate_hz;
  self->hop            = fmin(hop_s * rate_hz, n_long);
  self->n_hop          = (uint32_t)lround(self->hop);

  const TmbStatus status =
    build(self, (uint32_t)n_short, (uint32_t)n_long, notes, reference_hz);
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
    tmb_lens_free(analysis->long_lens);
    tmb_lens_free(analysis->short_lens);
    tmb_framer_free(analysis->framer);
    free(analysis);
  }
}

void
tmb_analysis_begin(TmbAnalysis* const analysis, const uint64_t first)
{
  tmb_framer_begin(analysis->framer, first);
}

void
tmb_analysis_fit(const TmbAnalysis* const analysis, TmbMelConfig* const config)
{
  tmb_lens_fit(analysis->long_lens, config);
}

/// Mean power in dBFS.
TMB_WIDE static float
power_level(const float* const samples, const uint32_t n)
{
  const float power = tmb_dot(samples, samples, n) / (float)n;
  return fmaxf(TMB_LEAST_LEVEL_DB, 10.0f * log10f(power + 1e-20f));
}

/// Levels of the bands of the window that ends before `end`, and its power.
static const float*
look(TmbLens* const     lens,
     const float* const end,
     const uint32_t     n_bands,
     float* const       levels_db)
{
  const float* const power = tmb_lens_power(lens, end);
  tmb_lens_bands(lens, levels_db);
  tmb_power_to_db(levels_db, n_bands, levels_db);
  return power;
}

uint32_t
tmb_analysis_push(TmbAnalysis* const self,
                  const float* const samples,
                  const uint32_t     n,
                  TmbView* const     view)
{
  *view = (TmbView){ .level_db = TMB_LEAST_LEVEL_DB };

  const bool     is_long = tmb_framer_next(self->framer) % 2U == 0U;
  const float*   window  = NULL;
  const uint32_t n_taken = tmb_framer_push(self->framer, samples, n, &window);
  if (!window) {
    return n_taken;
  }

  const float* const end = window + tmb_lens_window(self->long_lens);
  (void)look(self->short_lens, end, TMB_SHORT_BANDS, self->short_db);
  view->samples  = end - tmb_lens_window(self->short_lens);
  view->short_db = self->short_db;
  view->end      = tmb_framer_taken(self->framer);
  view->level_db = power_level(end - self->n_hop, self->n_hop);
  if (is_long) {
    view->power   = look(self->long_lens, end, TMB_LONG_BANDS, self->long_db);
    view->long_db = self->long_db;
  }
  return n_taken;
}

uint64_t
tmb_analysis_next(const TmbAnalysis* const analysis)
{
  return (tmb_framer_next(analysis->framer) + 1U) / 2U;
}

uint64_t
tmb_analysis_taken(const TmbAnalysis* const analysis)
{
  return tmb_framer_taken(analysis->framer);
}

void
tmb_analysis_digest(const TmbAnalysis* const analysis, TmbDigest* const digest)
{
  tmb_framer_digest(analysis->framer, digest);
}

TmbAnalysisTimes
tmb_analysis_times(const TmbAnalysis* const analysis)
{
  return (TmbAnalysisTimes){ tmb_lens_window(analysis->short_lens),
                             tmb_lens_window(analysis->long_lens),
                             analysis->hop };
}
