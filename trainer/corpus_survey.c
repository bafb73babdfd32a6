// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/corpus_survey.h"

#include "dsp/front_end.h"
#include "trainer/audio_file.h"
#include "trainer/listener.h"
#include "trainer/parallel.h"

#include <nettle/sha2.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SAMPLES 4096U
#define FULL_SCALE 0.9999f ///< 16-bit samples reach 32767 / 32768
#define MIN_CLIPPED 4U     ///< Samples in a row that no wave leaves by chance

typedef struct {
  const TmbCorpus*    corpus;
  TmbListener         listeners[TMB_MAX_THREADS];
  TmbRecordingSurvey* surveys;
} Job;

/// Take note of more samples.
static void
measure(TmbRecordingSurvey* const self,
        const float* const        samples,
        const size_t              n,
        uint32_t* const           n_full)
{
  for (size_t i = 0U; i < n; ++i) {
    const float size = fabsf(samples[i]);
    self->peak       = fmaxf(self->peak, size);
    *n_full          = (size >= FULL_SCALE) ? *n_full + 1U : 0U;
    self->is_clipped = self->is_clipped || *n_full >= MIN_CLIPPED;
  }
}

static TmbStatus
measure_file(const char* const path, TmbRecordingSurvey* const self)
{
  TmbAudioFile* file   = NULL;
  TmbStatus     status = tmb_audio_open(path, &file, &self->why);
  if (status) {
    return status;
  }

  const double      rate_hz = tmb_audio_info(file)->rate_hz;
  float             samples[BLOCK_SAMPLES];
  size_t            n_read    = 0U;
  uint64_t          n_samples = 0U;
  uint32_t          n_full    = 0U;
  struct sha256_ctx sha;
  sha256_init(&sha);
  sha256_update(&sha, sizeof(rate_hz), (const uint8_t*)&rate_hz);
  do {
    status = tmb_audio_read(file, samples, BLOCK_SAMPLES, &n_read, &self->why);
    measure(self, samples, n_read, &n_full);
    sha256_update(&sha, n_read * sizeof(float), (const uint8_t*)samples);
    n_samples += n_read;
  } while (!status && n_read);
  sha256_digest(&sha, sizeof(self->digest), self->digest);
  self->seconds = (double)n_samples / rate_hz;
  tmb_audio_close(file);
  return status;
}

/// TmbHearNote: count it.
static TmbStatus
count_note(void* const data, const TmbNoteEvent* const event)
{
  uint32_t* const n_notes = (uint32_t*)data;
  *n_notes += event->stage == TMB_NOTE_READY;
  return TMB_OK;
}

/// TmbWork: one recording.
static void
survey(void* const job, const uint32_t item, const uint32_t worker)
{
  Job* const                self      = (Job*)job;
  const char* const         path      = self->corpus->recordings[item].path;
  TmbListener* const        listener  = &self->listeners[worker];
  TmbRecordingSurvey* const recording = &self->surveys[item];

  listener->front_end = &tmb_default_front_end;
  listener->age       = tmb_default_front_end.n_ages - 1U;
  recording->status   = measure_file(path, recording);
  if (!recording->status) {
    recording->status = tmb_listener_run(
      listener, path, count_note, &recording->n_notes, &recording->why);
  }
}

TmbStatus
tmb_corpus_survey(const TmbCorpus* const    corpus,
                  const uint32_t            n_threads,
                  TmbRecordingSurvey* const surveys)
{
  Job job = { .corpus = corpus, .surveys = surveys };
  memset(surveys, 0, corpus->n_recordings * sizeof(*surveys));
  tmb_parallel(corpus->n_recordings, n_threads, survey, &job);
  for (uint32_t i = 0U; i < TMB_MAX_THREADS; ++i) {
    tmb_listener_clear(&job.listeners[i]);
  }

  TmbStatus status = TMB_OK;
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    if (surveys[i].status == TMB_NO_MEMORY) {
      status = TMB_NO_MEMORY;
    }
  }
  return status;
}

static int
compare(const void* const a, const void* const b)
{
  const TmbRecordingSurvey* const left  = *(const TmbRecordingSurvey* const*)a;
  const TmbRecordingSurvey* const right = *(const TmbRecordingSurvey* const*)b;

  const int order = memcmp(left->digest, right->digest, sizeof(left->digest));
  return order ? order : (int)(left > right) - (int)(left < right);
}

uint32_t
tmb_order_by_content(const TmbRecordingSurvey* const  surveys,
                     const uint32_t                   n,
                     const TmbRecordingSurvey** const order)
{
  uint32_t n_readable = 0U;
  uint32_t n_others   = 0U;
  for (uint32_t i = 0U; i < n; ++i) {
    if (surveys[i].status) {
      order[n - ++n_others] = &surveys[i];
    } else {
      order[n_readable++] = &surveys[i];
    }
  }
  qsort((void*)order, n_readable, sizeof(const TmbRecordingSurvey*), compare);
  return n_readable;
}
