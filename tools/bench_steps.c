// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tools/bench_steps.h"

#include "dsp/analysis.h"
#include "dsp/extractor.h"
#include "dsp/framer.h"
#include "dsp/mfcc.h"
#include "dsp/note.h"
#include "dsp/onset.h"
#include "dsp/recogniser.h"
#include "dsp/spectrum.h"
#include "tools/bench_clock.h"

#include <stdbool.h>
#include <stdlib.h>

// As in dsp/analysis.c, which keeps them for itself; only the time counts here
#define FMIN_HZ 60.0
#define SHORT_FMAX_HZ 10800.0
#define LONG_FMAX_HZ 5000.0

/// Windows of a kind, as in dsp/analysis.c.
typedef struct {
  uint32_t     n_window;
  uint32_t     n_bands;
  TmbMelConfig config;
  TmbSpectrum* spectrum;
  TmbMel*      mel;
  float*       power;
  float        bands[TMB_MAX_BANDS];
} Lens;

struct BenchStepsImpl {
  const float*       samples;
  uint32_t           n;
  const TmbFrontEnd* front_end;
  TmbFramer*         framer;
  Lens               short_lens;
  Lens               long_lens;
  TmbMel*            mel; ///< Bands of notes
  float              bands[TMB_MAX_BANDS];
  TmbAnalysis*       analysis;
  TmbOnset*          onset;
  TmbExtractor*      extractor;
  float*             features;
  TmbRecogniser*     recogniser;
};

static bool
build_lens(Lens* const    lens,
           const uint32_t n_window,
           const uint32_t n_bands,
           const double   rate_hz,
           const double   fmax_hz)
{
  lens->n_window = n_window;
  lens->n_bands  = n_bands;
  lens->config   = (TmbMelConfig){ .rate_hz = rate_hz,
                                   .n_fft   = tmb_fft_length(n_window),
                                   .n_bands = n_bands,
                                   .fmin_hz = FMIN_HZ,
                                   .fmax_hz = fmax_hz,
                                   .scale   = TMB_MEL_HTK,
                                   .norm    = TMB_MEL_MEAN };

  lens->config.n_fine = tmb_mel_fine_bins(&lens->config);

  const uint32_t n_fft  = lens->config.n_fft;
  const size_t   n_bins = (size_t)(n_fft / 2U) + 1U + lens->config.n_fine;
  float* const   window = (float*)calloc(n_window, sizeof(float));
  lens->power           = (float*)calloc(n_bins, sizeof(float));
  lens->n_bins          = (uint32_t)ceil(SHORT_FMAX_HZ * n_fft / rate_hz) + 3U;
  if (!window || !lens->power) {
    free(window);
    return false;
  }

  tmb_hann(window, n_window);
  const bool is_built =
    !tmb_spectrum_new(window, n_window, n_fft, &lens->spectrum) &&
    !tmb_mel_new(&lens->config, &lens->mel);
  free(window);
  return is_built;
}

static void
clean_lens(const Lens* const lens)
{
  tmb_mel_free(lens->mel);
  tmb_spectrum_free(lens->spectrum);
  free(lens->power);
}

static bool
build(BenchSteps* const self, const TmbModel* const model, const double rate_hz)
{
  const TmbFrontEnd* const f = self->front_end;
  if (tmb_recogniser_new(model, rate_hz, &self->recogniser) ||
      tmb_extractor_new(f, rate_hz, &self->extractor) ||
      tmb_analysis_new(rate_hz,
                       f->window_s,
                       f->hop_s,
                       f->fmax_hz,
                       f->rate_hz,
                       &self->analysis)) {
    return false;
  }

  TmbMelConfig           notes = { .n_bands = f->n_bands,
                                   .fmin_hz = f->fmin_hz,
                                   .fmax_hz = f->fmax_hz,
                                   .scale   = f->scale,
                                   .norm    = f->norm };
  const TmbAnalysisTimes times = tmb_analysis_times(self->analysis);
  tmb_analysis_fit(self->analysis, &notes);
  tmb_extractor_set(
    self->extractor,
    tmb_default_settings.sensitivity,
    tmb_default_settings.gate_db,
    tmb_front_end_age(f, (double)tmb_default_settings.decision_ms));
  self->features = (float*)calloc(tmb_front_end_features(f), sizeof(float));
  return self->features && !tmb_onset_new(&times, rate_hz, &self->onset) &&
         !tmb_framer_new(times.n_long, 0.5 * times.hop, &self->framer) &&
         !tmb_mel_new(&notes, &self->mel) &&
         build_lens(&self->short_lens,
                    times.n_short,
                    TMB_SHORT_BANDS,
                    rate_hz,
                    SHORT_FMAX_HZ) &&
         build_lens(&self->long_lens,
                    times.n_long,
                    TMB_LONG_BANDS,
                    rate_hz,
                    LONG_FMAX_HZ);
}

BenchSteps*
bench_steps_new(const TmbModel* const model,
                const double          rate_hz,
                const float* const    samples,
                const uint32_t        n)
{
  BenchSteps* const self = (BenchSteps*)calloc(1U, sizeof(BenchSteps));
  if (!self) {
    return NULL;
  }

  self->samples   = samples;
  self->n         = n;
  self->front_end = tmb_model_front_end(model);
  if (!build(self, model, rate_hz)) {
    bench_steps_free(self);
    return NULL;
  }
  return self;
}

void
bench_steps_free(BenchSteps* const self)
{
  if (self) {
    clean_lens(&self->long_lens);
    clean_lens(&self->short_lens);
    tmb_mel_free(self->mel);
    tmb_framer_free(self->framer);
    tmb_onset_free(self->onset);
    tmb_analysis_free(self->analysis);
    tmb_extractor_free(self->extractor);
    tmb_recogniser_free(self->recogniser);
    free(self->features);
    free(self);
  }
}

/// What is done with a window, up to `way`.
static void
look(Lens* const         lens,
     const float* const  end,
     const TmbMel* const notes,
     float* const        note_bands,
     const uint32_t      n_note_bands,
     const BenchWay      way)
{
  tmb_spectrum_power_fine(lens->spectrum,
                          end - lens->n_window,
                          lens->config.n_fine,
                          lens->n_bins,
                          lens->power);
  if (way >= BENCH_BANDS) {
    tmb_mel_apply(lens->mel, lens->power, lens->bands);
    if (notes) {
      tmb_mel_apply(notes, lens->power, note_bands);
    }
  }
  if (way >= BENCH_LEVELS) {
    tmb_power_to_db(lens->bands, lens->n_bands, lens->bands);
    if (notes) {
      tmb_power_to_db(note_bands, n_note_bands, note_bands);
    }
  }
}

/// The analysis, step by step.
static void
run_parts(BenchSteps* const self, const BenchWay way)
{
  tmb_framer_reset(self->framer);
  bool         is_long = true;
  uint32_t     taken   = 0U;
  const float* window  = NULL;
  do {
    taken += tmb_framer_push(
      self->framer, self->samples + taken, self->n - taken, &window);
    if (window && way >= BENCH_SHORT) {
      const float* const end = window + self->long_lens.n_window;
      look(&self->short_lens, end, NULL, NULL, 0U, way);
      if (is_long && way >= BENCH_LONG) {
        look(&self->long_lens,
             end,
             self->mel,
             self->bands,
             self->front_end->n_bands,
             way);
      }
      is_long = !is_long;
    }
  } while (window);
}

static void
run_analysis(BenchSteps* const self, const BenchWay way)
{
  tmb_analysis_reset(self->analysis);
  tmb_onset_reset(self->onset);
  uint32_t taken = 0U;
  TmbView  view;
  do {
    taken += tmb_analysis_push(
      self->analysis, self->samples + taken, self->n - taken, &view);
    if (view.short_db && way >= BENCH_ONSETS) {
      uint32_t n_since = 0U;
      (void)tmb_onset_push(self->onset, &view, &n_since);
    }
  } while (view.short_db);
}

static void
run_extractor(BenchSteps* const self, const BenchWay way)
{
  tmb_extractor_reset(self->extractor);
  uint32_t     taken = 0U;
  TmbNoteEvent event;
  do {
    taken += tmb_extractor_push(
      self->extractor, self->samples + taken, self->n - taken, &event);
    if (event.stage == TMB_NOTE_READY && way >= BENCH_NOTES) {
      tmb_note_features(self->front_end,
                        tmb_extractor_mfcc(self->extractor),
                        event.frames,
                        event.n_available,
                        self->features);
    }
  } while (event.stage != TMB_NOTE_NONE);
}

static void
run_recogniser(BenchSteps* const self)
{
  tmb_recogniser_reset(self->recogniser);
  uint32_t taken = 0U;
  TmbEvent event;
  do {
    taken += tmb_recogniser_push(
      self->recogniser, self->samples + taken, self->n - taken, &event);
  } while (event.type != TMB_EVENT_NONE);
}

double
bench_steps_time(BenchSteps* const self, const BenchWay way)
{
  const double begun = bench_cpu_s();
  if (way <= BENCH_LEVELS) {
    run_parts(self, way);
  } else if (way <= BENCH_ONSETS) {
    run_analysis(self, way);
  } else if (way <= BENCH_NOTES) {
    run_extractor(self, way);
  } else {
    run_recogniser(self);
  }
  return bench_cpu_s() - begun;
}
