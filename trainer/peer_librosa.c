// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/onset_finders.h"

#include "dsp/mfcc.h"
#include "dsp/onset_strength.h"
#include "dsp/peak_pick.h"
#include "trainer/audio_file.h"
#include "trainer/mel_frames.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SAMPLES 8192U
#define BANDS 128U
#define HOP_S (512.0 / 22050.0)
#define MAX_FRAMES (UINT32_MAX / BANDS / 2U)

/// The mel spectrogram of a recording.
typedef struct {
  TmbMelFrames* frames;
  uint32_t      n;
  uint32_t      capacity;
  float*        levels; ///< [n][BANDS] dB
} Spectrogram;

static TmbStatus
push(Spectrogram* const self, const float* const samples, const uint32_t n)
{
  const float* bands = NULL;
  uint32_t     taken = 0U;
  do {
    taken +=
      tmb_mel_frames_push(self->frames, samples + taken, n - taken, &bands);
    if (bands && self->n == self->capacity) {
      const uint32_t capacity = (2U * self->capacity) + 1024U;
      float* const   levels =
        capacity > MAX_FRAMES
            ? NULL
            : (float*)realloc(self->levels,
                            (size_t)capacity * BANDS * sizeof(float));
      if (!levels) {
        return TMB_NO_MEMORY;
      }
      self->levels   = levels;
      self->capacity = capacity;
    }
    if (bands) {
      memcpy(
        self->levels + ((size_t)self->n * BANDS), bands, BANDS * sizeof(float));
      ++self->n;
    }
  } while (bands);
  return TMB_OK;
}

static TmbStatus
push_file(Spectrogram* const  self,
          TmbAudioFile* const file,
          const char* const   path,
          TmbMessage* const   why)
{
  static const float silence[BLOCK_SAMPLES] = { 0.0f };

  float     block[BLOCK_SAMPLES];
  TmbStatus status = TMB_OK;
  for (size_t n = 1U; !status && n;) {
    status = tmb_audio_read(file, block, BLOCK_SAMPLES, &n, why);
    if (status) {
      return status;
    }
    status = push(self, block, (uint32_t)n);
  }
  for (uint32_t n = tmb_mel_frames_tail(self->frames); !status && n;) {
    const uint32_t n_now = n < BLOCK_SAMPLES ? n : BLOCK_SAMPLES;
    status               = push(self, silence, n_now);
    n -= n_now;
  }
  return status ? tmb_fail(status, why, "%s: %s", path, tmb_strstatus(status))
                : TMB_OK;
}

/// What librosa.onset.onset_detect does with its defaults.
static TmbStatus
pick(Spectrogram* const self, const double rate_hz, TmbMarks* const marks)
{
  static const TmbOnsetStrengthConfig usual = { 1U, 1U, 2U, TMB_ONSET_MEAN };

  float* const    envelope = (float*)calloc(self->n + 1U, sizeof(float));
  uint32_t* const onsets   = (uint32_t*)calloc(self->n + 1U, sizeof(uint32_t));
  TmbStatus       status   = (envelope && onsets) ? TMB_OK : TMB_NO_MEMORY;
  if (!status && self->n) {
    tmb_clamp_top_db(self->levels, self->n * BANDS, 80.0f);
    status = tmb_onset_strength(self->levels, self->n, BANDS, &usual, envelope);
  }
  if (!status) {
    const uint32_t n_onsets =
      tmb_onset_pick(envelope, self->n, rate_hz, HOP_S * rate_hz, onsets);
    for (uint32_t i = 0U; !status && i < n_onsets; ++i) {
      status = tmb_marks_add(marks, HOP_S * onsets[i], (double)NAN);
    }
  }
  free(onsets);
  free(envelope);
  return status;
}

TmbStatus
tmb_onsets_find_librosa(const char* const             path,
                        const TmbOnsetSettings* const settings,
                        TmbMarks* const               marks,
                        TmbMessage* const             why)
{
  (void)settings;

  TmbAudioFile* file   = NULL;
  TmbStatus     status = tmb_audio_open(path, &file, why);
  if (status) {
    return status;
  }

  const double             rate_hz = tmb_audio_info(file)->rate_hz;
  const TmbMelFramesConfig config  = {
     .rate_hz  = rate_hz,
     .window_s = 4.0 * HOP_S,
     .hop_s    = HOP_S,
     .n_bands  = BANDS,
     .fmax_hz  = 11025.0,
     .scale    = TMB_MEL_SLANEY,
     .norm     = TMB_MEL_AREA,
  };
  Spectrogram spectrogram = { .n = 0U };

  status = tmb_mel_frames_new(&config, &spectrogram.frames);
  if (status) {
    (void)tmb_fail(status, why, "%s: %s", path, tmb_strstatus(status));
  } else {
    status = push_file(&spectrogram, file, path, why);
  }
  if (!status && pick(&spectrogram, rate_hz, marks)) {
    status = tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }
  tmb_mel_frames_free(spectrogram.frames);
  free(spectrogram.levels);
  tmb_audio_close(file);
  return status;
}
