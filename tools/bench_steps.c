// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tools/bench_steps.h"

#include "dsp/analysis.h"
#include "dsp/extractor.h"
#include "dsp/framer.h"
#include "dsp/lens.h"
#include "dsp/mfcc.h"
#include "dsp/net.h"
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

#define N_PASSES 500 ///< That are timed together

struct BenchStepsImpl {
  const float*       samples;
  uint32_t           n;
  const TmbFrontEnd* front_end;
  TmbFramer*         framer;
  TmbLens*           short_lens;
  TmbLens*           long_lens;
  TmbMel*            mel; ///< Bands of notes
  TmbAnalysis*       analysis;
  TmbOnset*          onset;
  TmbExtractor*      extractor;
  const TmbNet*      net;
  float*             features;
  float*             scratch;   ///< Of the network
  float*             posterior; ///< Likewise
  TmbRecogniser*     recogniser;
};

static bool
build_lens(const uint32_t            n_window,
           const uint32_t            n_bands,
           const double              rate_hz,
           const double              fmax_hz,
           const TmbMelConfig* const notes,
           TmbLens** const           lens)
{
  const TmbMelConfig bands  = { .rate_hz = rate_hz,
                                .n_bands = n_bands,
                                .fmin_hz = FMIN_HZ,
                                .fmax_hz = fmax_hz,
                                .scale   = TMB_MEL_HTK,
                                .norm    = TMB_MEL_MEAN };
  float* const       window = (float*)calloc(n_window, sizeof(float));
  if (!window) {
    return false;
  }

  tmb_hann(window, n_window);
  const bool is_built = !tmb_lens_new(window, n_window, &bands, notes, lens);
  free(window);
  return is_built;
}

static bool
build(BenchSteps* const self, const TmbModel* const model, const double rate_hz)
{
  const TmbFrontEnd* const f     = self->front_end;
  TmbMelConfig             notes = { .n_bands = f->n_bands,
                                     .fmin_hz = f->fmin_hz,
                                     .fmax_hz = f->fmax_hz,
                                     .scale   = f->scale,
                                     .norm    = f->norm };
  if (tmb_recogniser_new(model, rate_hz, &self->recogniser) ||
      tmb_extractor_new(f, rate_hz, &self->extractor) ||
      tmb_analysis_new(
        rate_hz, f->window_s, f->hop_s, &notes, f->rate_hz, &self->analysis)) {
    return false;
  }

  const TmbAnalysisTimes times = tmb_analysis_times(self->analysis);
  tmb_analysis_fit(self->analysis, &notes);
  tmb_extractor_set(
    self->extractor,
    tmb_default_settings.sensitivity,
    tmb_default_settings.gate_db,
    tmb_front_end_age(f, (double)tmb_default_settings.decision_ms));
  self->net       = tmb_model_net(model);
  self->features  = (float*)calloc(tmb_front_end_features(f), sizeof(float));
  self->scratch   = (float*)calloc(tmb_net_scratch(self->net), sizeof(float));
  self->posterior = (float*)calloc(tmb_net_outputs(self->net), sizeof(float));
  return self->features && self->scratch && self->posterior &&
         !tmb_onset_new(&times, rate_hz, &self->onset) &&
         !tmb_framer_new(times.n_long, 0.5 * times.hop, &self->framer) &&
         !tmb_mel_new(&notes, &self->mel) &&
         build_lens(times.n_short,
                    TMB_SHORT_BANDS,
                    rate_hz,
                    SHORT_FMAX_HZ,
                    NULL,
                    &self->short_lens) &&
         build_lens(times.n_long,
                    TMB_LONG_BANDS,
                    rate_hz,
                    LONG_FMAX_HZ,
                    &notes,
                    &self->long_lens);
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
    tmb_lens_free(self->long_lens);
    tmb_lens_free(self->short_lens);
    tmb_mel_free(self->mel);
    tmb_framer_free(self->framer);
    tmb_onset_free(self->onset);
    tmb_analysis_free(self->analysis);
    tmb_extractor_free(self->extractor);
    tmb_recogniser_free(self->recogniser);
    free(self->posterior);
    free(self->scratch);
    free(self->features);
    free(self);
  }
}

/// What is done with a window, up to `way`.
static void
look(TmbLens* const      lens,
     const float* const  end,
     const uint32_t      n_bands,
     const TmbMel* const notes,
     const uint32_t      n_note_bands,
     const BenchWay      way)
{
  float              bands[TMB_MAX_BANDS];
  float              note_bands[TMB_MAX_BANDS];
  const float* const power = tmb_lens_power(lens, end);
  if (way >= BENCH_BANDS) {
    tmb_lens_bands(lens, bands);
    if (notes) {
      tmb_mel_apply(notes, power, note_bands);
    }
  }
  if (way >= BENCH_LEVELS) {
    tmb_power_to_db(bands, n_bands, bands);
    if (notes) {
      tmb_power_to_db(note_bands, n_note_bands, note_bands);
    }
  }
}

/// The analysis, step by step.
static void
run_parts(BenchSteps* const self, const BenchWay way)
{
  tmb_framer_begin(self->framer, 0U);
  bool         is_long = true;
  uint32_t     taken   = 0U;
  const float* window  = NULL;
  do {
    taken += tmb_framer_push(
      self->framer, self->samples + taken, self->n - taken, &window);
    if (window && way >= BENCH_SHORT) {
      const float* const end = window + tmb_lens_window(self->long_lens);
      look(self->short_lens, end, TMB_SHORT_BANDS, NULL, 0U, way);
      if (is_long && way >= BENCH_LONG) {
        look(self->long_lens,
             end,
             TMB_LONG_BANDS,
             self->mel,
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
  tmb_analysis_begin(self->analysis, 0U);
  tmb_onset_reset(self->onset);
  uint32_t taken = 0U;
  TmbView  view;
  do {
    taken += tmb_analysis_push(
      self->analysis, self->samples + taken, self->n - taken, &view);
    if (view.short_db && way >= BENCH_ONSETS) {
      uint64_t start = 0U;
      (void)tmb_onset_push(self->onset, &view, &start);
    }
  } while (view.short_db);
}

static void
run_extractor(BenchSteps* const self, const BenchWay way)
{
  tmb_extractor_begin(self->extractor, 0U);
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
  tmb_recogniser_begin(self->recogniser, 0U);
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

double
bench_steps_pass_time(BenchSteps* const self)
{
  const double begun = bench_cpu_s();
  for (int i = 0; i < N_PASSES; ++i) {
    tmb_net_forward(
      self->net, self->features, 0U, self->scratch, self->posterior);
  }
  return (bench_cpu_s() - begun) / N_PASSES;
}
