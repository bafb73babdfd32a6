// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  The demo recordings, resampled by libsamplerate to rates from 8 to 384 kHz,
  must show the same bands, and be named the same.
*/

#include "dsp/analysis.h"
#include "dsp/mfcc.h"
#include "dsp/recogniser.h"
#include "tests/support/bundle.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <math.h>
#include <samplerate.h>
#include <stdbool.h>
#include <stdlib.h>

#define N_BANDS 80U
#define PART_S 2.5     ///< Of each recording
#define RANGE_DB 60.0f ///< Below a recording's loudest level, what counts
#define MAX_FRAMES 300U
#define MAX_NAMED 16U

static const char* const recordings[] = {
  "tests/demo/acoustic_guitar.flac", "tests/demo/flute.flac",
  "tests/demo/piano.flac",           "tests/demo/trumpet.flac",
  "tests/demo/vibraphone.flac",      "tests/demo/violin.flac",
};

enum { N_RECORDINGS = sizeof(recordings) / sizeof(recordings[0]) };

static const double rates_hz[] = { 8000.0,  11025.0, 16000.0,  22050.0,
                                   48000.0, 96000.0, 192000.0, 384000.0 };

enum { N_RATES = sizeof(rates_hz) / sizeof(rates_hz[0]) };

/// The first part of a recording at another rate.
static Signal
resample(const Signal* const sound, const double from_hz, const double to_hz)
{
  const double ratio = to_hz / from_hz;
  const long   n_in  = lround(fmin(PART_S * from_hz, (double)sound->n));
  Signal       out   = signal_new((uint32_t)ceil((double)n_in * ratio) + 1U);
  SRC_DATA     data  = { .data_in       = sound->y,
                         .data_out      = out.y,
                         .input_frames  = n_in,
                         .output_frames = (long)out.n,
                         .src_ratio     = ratio };
  assert_int_equal(src_simple(&data, SRC_SINC_BEST_QUALITY, 1), 0);
  out.n = (uint32_t)data.output_frames_gen;
  return out;
}

/// Levels of a note's bands, [frame][N_BANDS] dB, and how many frames.
static uint32_t
look(const Signal* const sound, const double rate_hz, float* const levels)
{
  const TmbFrontEnd* const f        = &tmb_default_front_end;
  TmbAnalysis*             analysis = NULL;
  TmbMel*                  mel      = NULL;
  TmbMelConfig             config   = { .n_bands = f->n_bands,
                                        .fmin_hz = f->fmin_hz,
                                        .fmax_hz = f->fmax_hz,
                                        .scale   = f->scale,
                                        .norm    = f->norm };
  assert_int_equal(
    tmb_analysis_new(
      rate_hz, f->window_s, f->hop_s, &config, f->rate_hz, &analysis),
    TMB_OK);
  tmb_analysis_fit(analysis, &config);
  assert_int_equal(f->n_bands, N_BANDS);
  assert_int_equal(tmb_mel_new(&config, &mel), TMB_OK);

  uint32_t n     = 0U;
  uint32_t taken = 0U;
  while (taken < sound->n) {
    TmbView view;
    taken +=
      tmb_analysis_push(analysis, sound->y + taken, sound->n - taken, &view);
    if (view.power) {
      float* const frame = levels + ((size_t)n * N_BANDS);
      assert_true(n < MAX_FRAMES);
      tmb_mel_apply(mel, view.power, frame);
      tmb_power_to_db(frame, N_BANDS, frame);
      ++n;
    }
  }
  tmb_mel_free(mel);
  tmb_analysis_free(analysis);
  return n;
}

/// Bands that end below 4 kHz and below where a resampler cuts.
static unsigned
count_comparable_bands(const double rate_hz)
{
  const TmbFrontEnd* const f    = &tmb_default_front_end;
  const double             low  = tmb_hz_to_mel(f->scale, f->fmin_hz);
  const double             high = tmb_hz_to_mel(f->scale, f->fmax_hz);
  const double top = tmb_hz_to_mel(f->scale, fmin(4000.0, 0.44 * rate_hz));
  return (unsigned)((top - low) / (high - low) * (N_BANDS + 1.0)) - 1U;
}

/// RMS difference of the lowest bands, dB; what is faint in both is nothing.
static double
difference(const float* const a,
           const float* const b,
           const uint32_t     n_frames,
           const unsigned     n_bands,
           const float        floor_db)
{
  double sum = 0.0;
  for (uint32_t i = 0U; i < n_frames; ++i) {
    for (unsigned band = 0U; band < n_bands; ++band) {
      const size_t at = ((size_t)i * N_BANDS) + band;
      const double d =
        (double)fmaxf(a[at], floor_db) - (double)fmaxf(b[at], floor_db);
      sum += d * d;
    }
  }
  return sqrt(sum / (double)(n_frames * n_bands));
}

/**
   MFCCs are an orthonormal transform of these levels, so that they differ by as
   much, a band.  The worst of six recordings counts.
*/
static void
bands_below_4_khz_are_the_same_within_half_a_decibel(void** const state)
{
  (void)state;
  float* const usual = (float*)calloc(MAX_FRAMES, N_BANDS * sizeof(float));
  float* const other = (float*)calloc(MAX_FRAMES, N_BANDS * sizeof(float));
  double       worst[N_RATES] = { 0.0 };
  assert_non_null(usual);
  assert_non_null(other);
  for (size_t s = 0U; s < N_RECORDINGS; ++s) {
    double rate_hz = 0.0;
    Signal sound   = bundle_recording(recordings[s], &rate_hz);
    sound.n        = (uint32_t)fmin(PART_S * rate_hz, (double)sound.n);

    const uint32_t n_usual    = look(&sound, rate_hz, usual);
    float          loudest_db = -INFINITY;
    for (uint32_t i = 0U; i < n_usual * N_BANDS; ++i) {
      loudest_db = fmaxf(loudest_db, usual[i]);
    }
    for (size_t r = 0U; r < N_RATES; ++r) {
      Signal         signal = resample(&sound, rate_hz, rates_hz[r]);
      const uint32_t n      = look(&signal, rates_hz[r], other);
      assert_in_range(n, n_usual - 2U, n_usual + 2U);
      // The last frames reach beyond what was resampled
      worst[r] = fmax(worst[r],
                      difference(usual,
                                 other,
                                 n_usual - 5U,
                                 count_comparable_bands(rates_hz[r]),
                                 loudest_db - RANGE_DB));
      signal_free(&signal);
    }
    signal_free(&sound);
  }
  for (size_t r = 0U; r < N_RATES; ++r) {
    print_message("%g Hz: %.3f dB\n", rates_hz[r], worst[r]);
    assert_true(worst[r] <= 0.5);
  }
  free(other);
  free(usual);
}

/// What the notes of a recording are named.
typedef struct {
  uint32_t n;
  int      names[MAX_NAMED];
  double   onsets_s[MAX_NAMED];
} Named;

static Named
name_notes(const TmbModel* const model,
           const Signal* const   sound,
           const double          rate_hz)
{
  TmbRecogniser* recogniser = NULL;
  assert_int_equal(tmb_recogniser_new(model, rate_hz, &recogniser), TMB_OK);

  TmbSettings settings = tmb_default_settings;
  settings.threshold   = 0.0f; // The likeliest name counts
  tmb_recogniser_set(recogniser, &settings);

  Named    named = { .n = 0U };
  TmbEvent event = { .type = TMB_EVENT_NONE };
  uint32_t taken = 0U;
  do {
    taken += tmb_recogniser_push(
      recogniser, sound->y + taken, sound->n - taken, &event);
    if (event.type == TMB_EVENT_NOTE) {
      assert_true(named.n < MAX_NAMED);
      named.names[named.n]    = event.verdict.instrument;
      named.onsets_s[named.n] = (double)event.onset / rate_hz;
      ++named.n;
    }
  } while (event.type != TMB_EVENT_NONE);
  tmb_recogniser_free(recogniser);
  return named;
}

/// Notes of `b` that `a` has at the same time, and of those the same names.
static void
count_same(const Named* const a,
           const Named* const b,
           unsigned* const    n_notes,
           unsigned* const    n_names)
{
  for (uint32_t i = 0U; i < a->n; ++i) {
    for (uint32_t k = 0U; k < b->n; ++k) {
      if (fabs(a->onsets_s[i] - b->onsets_s[k]) < 0.012) {
        ++*n_notes;
        *n_names += a->names[i] == b->names[k];
        break;
      }
    }
  }
}

static void
notes_are_named_the_same_from_22_khz_on(void** const state)
{
  (void)state;
  TmbModel*  model            = NULL;
  TmbMessage why              = { "" };
  unsigned   n_all            = 0U;
  unsigned   n_notes[N_RATES] = { 0U };
  unsigned   n_names[N_RATES] = { 0U };
  assert_int_equal(
    tmb_model_load(
      bundle_built("timbrel.lv2/factory.safetensors"), &model, &why),
    TMB_OK);
  for (size_t s = 0U; s < N_RECORDINGS; ++s) {
    double      rate_hz = 0.0;
    Signal      sound   = bundle_recording(recordings[s], &rate_hz);
    Signal      part    = resample(&sound, rate_hz, rate_hz);
    const Named usual   = name_notes(model, &part, rate_hz);
    n_all += usual.n;
    for (size_t r = 0U; r < N_RATES; ++r) {
      Signal      signal = resample(&sound, rate_hz, rates_hz[r]);
      const Named named  = name_notes(model, &signal, rates_hz[r]);
      count_same(&usual, &named, &n_notes[r], &n_names[r]);
      signal_free(&signal);
    }
    signal_free(&part);
    signal_free(&sound);
  }
  for (size_t r = 0U; r < N_RATES; ++r) {
    print_message("%g Hz: of %u notes %u found, %u named the same\n",
                  rates_hz[r],
                  n_all,
                  n_notes[r],
                  n_names[r]);
    if (rates_hz[r] >= 22050.0) {
      // A note between two instruments may go either way
      assert_int_equal(n_notes[r], n_all);
      assert_true(n_names[r] + 1U >= n_all);
    }
  }
  tmb_model_free(model);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bands_below_4_khz_are_the_same_within_half_a_decibel),
    cmocka_unit_test(notes_are_named_the_same_from_22_khz_on),
  };
  return cmocka_run_group_tests_name("resampled", tests, NULL, NULL);
}
