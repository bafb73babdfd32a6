// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/hearing.h"

#include "dsp/front_end.h"
#include "tests/support/cmocka.h"

#include <math.h>
#include <samplerate.h>
#include <string.h>

static const char* const recordings[] = {
  "tests/demo/acoustic_guitar.flac", "tests/demo/flute.flac",
  "tests/demo/piano.flac",           "tests/demo/trumpet.flac",
  "tests/demo/vibraphone.flac",      "tests/demo/violin.flac",
};

enum { N_RECORDINGS = sizeof(recordings) / sizeof(recordings[0]) };

static TmbModel* model;

int
hearing_setup(void** const state)
{
  (void)state;
  const Folder folder = folder_new();
  TmbMessage   why    = { "" };
  bundle_write_model(folder_file(&folder, "model"), 1U);
  assert_int_equal(tmb_model_load(folder_file(&folder, "model"), &model, &why),
                   TMB_OK);
  folder_remove(&folder);
  return 0;
}

int
hearing_teardown(void** const state)
{
  (void)state;
  tmb_model_free(model);
  return 0;
}

Signal
music_new(const double rate_hz)
{
  const Signal music = signal_new((uint32_t)(MUSIC_S * rate_hz));
  uint32_t     n     = 0U;
  for (size_t i = 0U; i < N_RECORDINGS && n < music.n; ++i) {
    double   from_hz = 0.0;
    Signal   sound   = bundle_recording(recordings[i], &from_hz);
    SRC_DATA data    = { .data_in       = sound.y,
                         .data_out      = music.y + n,
                         .input_frames  = (long)sound.n,
                         .output_frames = (long)(music.n - n),
                         .src_ratio     = rate_hz / from_hz };
    assert_int_equal(src_simple(&data, SRC_LINEAR, 1), 0);
    n += (uint32_t)data.output_frames_gen;
    signal_free(&sound);
  }
  assert_int_equal(n, music.n);
  return music;
}

uint32_t
samples_at(const double seconds, const double rate_hz)
{
  return (uint32_t)(seconds * rate_hz);
}

uint32_t
window_end(const uint32_t number, const double rate_hz)
{
  const double half_hop = 0.5 * tmb_default_front_end.hop_s * rate_hz;
  const double n_window = round(tmb_default_front_end.window_s * rate_hz);
  return (uint32_t)(floor((number * half_hop) + 0.5) + ceil(0.5 * n_window));
}

TmbRecogniser*
hearing_new(const double rate_hz)
{
  TmbRecogniser* recogniser = NULL;
  assert_int_equal(tmb_recogniser_new(model, rate_hz, &recogniser), TMB_OK);
  return recogniser;
}

Heard
hearing_push(TmbRecogniser* const recogniser,
             const Signal* const  signal,
             const uint32_t       first,
             const uint32_t       end)
{
  Heard    heard = { .n = 0U };
  uint32_t time  = first;
  TmbEvent event;
  do {
    time +=
      tmb_recogniser_push(recogniser, signal->y + time, end - time, &event);
    if (event.type != TMB_EVENT_NONE) {
      assert_true(heard.n < HEARING_MAX_EVENTS);
      memcpy(heard.posteriors[heard.n],
             event.posterior,
             sizeof(heard.posteriors[0]));
      heard.events[heard.n++] = event;
    }
  } while (event.type != TMB_EVENT_NONE);
  assert_int_equal(time, end);
  return heard;
}

uint64_t
hearing_digest(const Signal* const signal,
               const double        rate_hz,
               const uint32_t      first,
               const uint32_t      end)
{
  TmbRecogniser* const recogniser = hearing_new(rate_hz);
  tmb_recogniser_begin(recogniser, first);
  (void)hearing_push(recogniser, signal, first, end);
  const uint64_t digest = tmb_recogniser_digest(recogniser);
  tmb_recogniser_free(recogniser);
  return digest;
}
