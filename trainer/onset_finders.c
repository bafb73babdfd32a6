// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/onset_finders.h"

#include "dsp/extractor.h"
#include "trainer/audio_file.h"

#include <stdint.h>
#include <string.h>

#define BLOCK_SAMPLES 8192U

/// A recording on its way through the extractor.
typedef struct {
  TmbExtractor* extractor;
  double        rate_hz;
  uint64_t      n_samples; ///< Of the recording, read up to now
  TmbMarks*     marks;
} Stream;

static TmbStatus
push(Stream* const self, const float* const block, const uint32_t n)
{
  TmbNoteEvent event  = { .stage = TMB_NOTE_NONE };
  TmbStatus    status = TMB_OK;
  uint32_t     taken  = 0U;
  do {
    taken +=
      tmb_extractor_push(self->extractor, block + taken, n - taken, &event);
    // The cut to the silence after the end is no note
    if (event.stage == TMB_NOTE_ONSET && event.onset < self->n_samples) {
      status = tmb_marks_add(self->marks,
                             (double)event.onset / self->rate_hz,
                             (double)event.time / self->rate_hz);
    }
  } while (!status && event.stage != TMB_NOTE_NONE);
  return status;
}

static TmbStatus
push_file(Stream* const       self,
          TmbAudioFile* const file,
          const char* const   path,
          TmbMessage* const   why)
{
  float     block[BLOCK_SAMPLES];
  TmbStatus status = TMB_OK;
  for (size_t n = 1U; n;) {
    status = tmb_audio_read(file, block, BLOCK_SAMPLES, &n, why);
    if (status) {
      return status;
    }
    self->n_samples += n;
    status = push(self, block, (uint32_t)n);
    if (status) {
      return tmb_fail(status, why, "%s: %s", path, tmb_strstatus(status));
    }
  }

  memset(block, 0, sizeof(block));
  for (uint32_t n = tmb_extractor_tail(self->extractor); !status && n;) {
    const uint32_t n_now = n < BLOCK_SAMPLES ? n : BLOCK_SAMPLES;
    status               = push(self, block, n_now);
    n -= n_now;
  }
  return status ? tmb_fail(status, why, "%s: %s", path, tmb_strstatus(status))
                : TMB_OK;
}

TmbStatus
tmb_onsets_find(const char* const             path,
                const TmbOnsetSettings* const settings,
                TmbMarks* const               marks,
                TmbMessage* const             why)
{
  TmbAudioFile* file   = NULL;
  TmbStatus     status = tmb_audio_open(path, &file, why);
  if (status) {
    return status;
  }

  Stream stream = { .rate_hz = tmb_audio_info(file)->rate_hz, .marks = marks };
  status        = tmb_extractor_new(
    &tmb_default_front_end, stream.rate_hz, &stream.extractor);
  if (status) {
    (void)tmb_fail(status, why, "%s: %s", path, tmb_strstatus(status));
  } else {
    tmb_extractor_set(
      stream.extractor, settings->sensitivity, settings->gate_db, 0U);
    status = push_file(&stream, file, path, why);
  }
  tmb_extractor_free(stream.extractor);
  tmb_audio_close(file);
  return status;
}
