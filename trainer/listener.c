// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/listener.h"

#include "dsp/recogniser.h"
#include "trainer/audio_file.h"

#include <string.h>

#define BLOCK_SAMPLES 4096U

/// A recording on its way through the extractor.
typedef struct {
  TmbExtractor* extractor;
  uint64_t      n_samples; ///< Of the recording, read up to now
  TmbHearNote   hear;
  void*         data;
} Stream;

static TmbStatus
push(Stream* const self, const float* const samples, const size_t n)
{
  TmbNoteEvent event  = { .stage = TMB_NOTE_NONE };
  TmbStatus    status = TMB_OK;
  size_t       taken  = 0U;
  do {
    taken += tmb_extractor_push(
      self->extractor, samples + taken, (uint32_t)(n - taken), &event);
    // The cut to the silence after the end is no note
    if (event.stage != TMB_NOTE_NONE && event.onset < self->n_samples) {
      const uint64_t left = self->n_samples - event.onset;

      event.duration = (event.duration < left) ? event.duration : left;
      status         = self->hear(self->data, &event);
    }
  } while (!status && event.stage != TMB_NOTE_NONE);
  return status;
}

/// Push the whole recording, then silence until its last note is complete.
static TmbStatus
push_recording(Stream* const       self,
               TmbAudioFile* const file,
               TmbMessage* const   why)
{
  float     samples[BLOCK_SAMPLES];
  size_t    n_read = 0U;
  TmbStatus status = TMB_OK;
  do {
    status = tmb_audio_read(file, samples, BLOCK_SAMPLES, &n_read, why);
    if (!status && n_read) {
      self->n_samples += n_read;
      status = push(self, samples, n_read);
    }
  } while (!status && n_read);

  memset(samples, 0, sizeof(samples));
  size_t n_left = tmb_extractor_tail(self->extractor);
  while (!status && n_left) {
    const size_t n = (n_left < BLOCK_SAMPLES) ? n_left : BLOCK_SAMPLES;
    status         = push(self, samples, n);
    n_left -= n;
  }
  return status;
}

/// Make the extractor fit for a recording's rate, or make one that is.
static TmbStatus
prepare(TmbListener* const self, const double rate_hz)
{
  if (self->extractor && self->rate_hz == rate_hz) {
    tmb_extractor_begin(self->extractor, 0U);
    return TMB_OK;
  }

  tmb_listener_clear(self);
  self->rate_hz = rate_hz;

  const TmbStatus status =
    tmb_extractor_new(self->front_end, rate_hz, &self->extractor);
  if (!status) {
    tmb_extractor_set(self->extractor,
                      tmb_default_settings.sensitivity,
                      tmb_default_settings.gate_db,
                      self->age);
  }
  return status;
}

TmbStatus
tmb_listener_run(TmbListener* const listener,
                 const char* const  path,
                 const TmbHearNote  hear,
                 void* const        data,
                 TmbMessage* const  why)
{
  TmbAudioFile* file   = NULL;
  TmbStatus     status = tmb_audio_open(path, &file, why);
  if (status) {
    return status;
  }

  status = prepare(listener, tmb_audio_info(file)->rate_hz);
  if (status) {
    (void)tmb_fail(status, why, "%s: %s", path, tmb_strstatus(status));
  } else {
    Stream stream = { listener->extractor, 0U, hear, data };
    status        = push_recording(&stream, file, why);
  }
  tmb_audio_close(file);
  return status;
}

void
tmb_listener_clear(TmbListener* const listener)
{
  tmb_extractor_free(listener->extractor);
  listener->extractor = NULL;
}
