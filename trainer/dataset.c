// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/dataset.h"

#include "dsp/note.h"
#include "trainer/heard.h"
#include "trainer/listener.h"
#include "trainer/note_cache.h"
#include "trainer/options.h"
#include "trainer/parallel.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_PER_DB 100.0f
#define MOST_DB 327.0f ///< That 16 bits hold

/// A recording that is being listened to.
typedef struct {
  const TmbListener* listener;
  TmbHeard*          heard;
} Hearer;

typedef struct {
  const TmbCorpus*    corpus;
  const TmbFrontEnd*  front_end;
  TmbListener         listeners[TMB_MAX_THREADS];
  const TmbNoteCache* cache; ///< Or null
  TmbHeard*           heard; ///< [n_recordings]
} Hearing;

/// TmbHearNote: keep the frames of a note that is ready.
static TmbStatus
add_note(void* const data, const TmbNoteEvent* const event)
{
  const Hearer* const hearer = (const Hearer*)data;
  TmbHeard* const     heard  = hearer->heard;
  const size_t        n =
    (size_t)event->n_available * hearer->listener->front_end->n_bands;
  if (event->stage != TMB_NOTE_READY) {
    return TMB_OK;
  }

  TmbHeardNote* const notes = (TmbHeardNote*)realloc(
    heard->notes, (heard->n_notes + 1U) * sizeof(TmbHeardNote));
  if (!notes) {
    return TMB_NO_MEMORY;
  }
  heard->notes = notes;

  int16_t* const levels =
    (int16_t*)realloc(heard->levels, (heard->n_levels + n) * sizeof(int16_t));
  if (!levels) {
    return TMB_NO_MEMORY;
  }
  heard->levels = levels;

  for (size_t i = 0U; i < n; ++i) {
    const float level = fminf(fmaxf(event->frames[i], -MOST_DB), MOST_DB);
    levels[heard->n_levels + i] = (int16_t)lrintf(STEPS_PER_DB * level);
  }
  notes[heard->n_notes++] =
    (TmbHeardNote){ (double)event->onset / hearer->listener->rate_hz,
                    event->n_available };
  heard->n_levels += n;
  return TMB_OK;
}

/// TmbWork: one recording.
static void
hear(void* const job, const uint32_t item, const uint32_t worker)
{
  Hearing* const            self      = (Hearing*)job;
  const TmbRecording* const recording = &self->corpus->recordings[item];
  TmbListener* const        listener  = &self->listeners[worker];
  TmbHeard* const           heard     = &self->heard[item];

  if (self->cache) {
    tmb_file_digest(recording->path, heard->digest);
    if (tmb_note_cache_find(self->cache, heard)) {
      return;
    }
  }

  Hearer hearer       = { listener, heard };
  heard->is_new       = true;
  listener->front_end = self->front_end;
  listener->age       = self->front_end->n_ages - 1U;
  heard->status =
    tmb_listener_run(listener, recording->path, add_note, &hearer, &heard->why);
  if (heard->status) {
    heard->n_notes  = 0U; // Half a recording may end in half a note
    heard->n_levels = 0U;
  }
}

/// Which note of a recording begins where it should; n_notes if none does.
static uint32_t
find_noted(const TmbHeard* const heard, const double onset_s)
{
  uint32_t found = heard->n_notes;
  double   least = TMB_ONSET_TOLERANCE_S;
  for (uint32_t i = 0U; i < heard->n_notes; ++i) {
    const double distance = fabs(heard->notes[i].onset_s - onset_s);
    if (distance <= least) {
      found = i;
      least = distance;
    }
  }
  return found;
}

/// Add those of a recording's notes that are the corpus's.
static void
add_heard(TmbDataset* const      self,
          const TmbCorpus* const corpus,
          const uint32_t         index,
          const TmbHeard* const  heard,
          size_t* const          end)
{
  const TmbRecording* const recording = &corpus->recordings[index];
  const bool                is_noted  = recording->onset_s >= 0.0;
  const uint32_t noted = is_noted ? find_noted(heard, recording->onset_s) : 0U;
  size_t         start = 0U;
  for (uint32_t i = 0U; i < heard->n_notes; ++i) {
    const uint32_t n    = heard->notes[i].n_frames;
    const size_t   size = (size_t)n * self->front_end.n_bands;
    if (!is_noted || i == noted) {
      memcpy(
        self->levels + *end, heard->levels + start, size * sizeof(int16_t));
      self->notes[self->n_notes++] = (TmbNote){
        index, i, recording->class_index, recording->source, n, *end
      };
      *end += size;
    }
    start += size;
  }
}

/// Put all recordings' notes in one list.
static TmbStatus
gather(TmbDataset* const      self,
       const TmbCorpus* const corpus,
       const TmbHeard*        heard)
{
  uint32_t n_notes  = 0U;
  size_t   n_levels = 0U;
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    n_notes += heard[i].n_notes;
    n_levels += heard[i].n_levels;
  }
  self->notes  = (TmbNote*)calloc(n_notes + 1U, sizeof(TmbNote));
  self->levels = (int16_t*)calloc(n_levels + 1U, sizeof(int16_t));
  if (!self->notes || !self->levels) {
    return TMB_NO_MEMORY;
  }

  size_t end = 0U;
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    add_heard(self, corpus, i, &heard[i], &end);
  }
  return TMB_OK;
}

/// Say which recordings were lost, in their order.
static TmbStatus
report(TmbDataset* const      self,
       const TmbCorpus* const corpus,
       const TmbHeard* const  heard)
{
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    const double onset_s = corpus->recordings[i].onset_s;
    if (heard[i].status == TMB_NO_MEMORY) {
      return TMB_NO_MEMORY;
    }
    self->is_silent[i] = !heard[i].status && !heard[i].n_notes;
    if (heard[i].status) {
      tmb_complain("%s", heard[i].why.text);
      ++self->n_unreadable;
    } else if (onset_s >= 0.0) {
      self->n_missed += find_noted(&heard[i], onset_s) == heard[i].n_notes;
    } else if (!heard[i].n_notes) {
      ++self->n_silent;
    }
  }
  return TMB_OK;
}

/// Listen to all, with what the cache knows; it is written if that was not all.
static TmbStatus
hear_all(Hearing* const    self,
         const char* const cache_path,
         const uint32_t    n_threads)
{
  TmbNoteCache* cache = NULL;
  TmbStatus     status =
    cache_path ? tmb_note_cache_open(cache_path, self->front_end, &cache)
                   : TMB_OK;
  if (!status) {
    self->cache = cache;
    tmb_parallel(self->corpus->n_recordings, n_threads, hear, self);
  }
  TmbMessage why;
  if (cache && tmb_note_cache_write(
                 cache, self->heard, self->corpus->n_recordings, &why)) {
    tmb_complain("%s", why.text); // The notes are there all the same
  }
  self->cache = NULL;
  tmb_note_cache_free(cache);
  return status;
}

static TmbStatus
build(TmbDataset* const      self,
      const TmbCorpus* const corpus,
      const char* const      cache_path,
      const uint32_t         n_threads)
{
  Hearing hearing = { .corpus = corpus, .front_end = &self->front_end };
  self->is_silent = (bool*)calloc(corpus->n_recordings, sizeof(bool));
  hearing.heard   = (TmbHeard*)calloc(corpus->n_recordings, sizeof(TmbHeard));
  if (!self->is_silent || !hearing.heard) {
    free(hearing.heard);
    return TMB_NO_MEMORY;
  }

  TmbStatus status = hear_all(&hearing, cache_path, n_threads);
  if (!status) {
    status = report(self, corpus, hearing.heard);
  }
  if (!status) {
    status = gather(self, corpus, hearing.heard);
  }

  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    free(hearing.heard[i].levels);
    free(hearing.heard[i].notes);
  }
  free(hearing.heard);
  for (uint32_t i = 0U; i < TMB_MAX_THREADS; ++i) {
    tmb_listener_clear(&hearing.listeners[i]);
  }
  return status;
}

TmbStatus
tmb_dataset_new(const TmbCorpus* const   corpus,
                const TmbFrontEnd* const front_end,
                const char* const        cache_path,
                const uint32_t           n_threads,
                TmbDataset** const       dataset)
{
  *dataset = NULL;

  TmbDataset* const self = (TmbDataset*)calloc(1U, sizeof(TmbDataset));
  if (!self) {
    return TMB_NO_MEMORY;
  }
  self->front_end = *front_end;

  TmbStatus status =
    tmb_mfcc_new(front_end->n_bands, front_end->n_coeffs, 0.0, &self->mfcc);
  if (!status) {
    status = build(self, corpus, cache_path, n_threads);
  }
  if (status) {
    tmb_dataset_free(self);
    return status;
  }
  *dataset = self;
  return TMB_OK;
}

void
tmb_dataset_free(TmbDataset* const dataset)
{
  if (dataset) {
    free(dataset->levels);
    free(dataset->notes);
    free(dataset->is_silent);
    tmb_mfcc_free(dataset->mfcc);
    free(dataset);
  }
}

uint32_t
tmb_dataset_ages(const TmbDataset* const dataset, const uint32_t note)
{
  const TmbFrontEnd* const front_end = &dataset->front_end;
  uint32_t                 n         = 1U;
  while (n < front_end->n_ages &&
         front_end->ages[n - 1U].n_frames < dataset->notes[note].n_available) {
    ++n;
  }
  return n;
}

void
tmb_dataset_frames(const TmbDataset* const dataset,
                   const uint32_t          note,
                   float* const            frames)
{
  const TmbNote* const self = &dataset->notes[note];
  const size_t n = (size_t)self->n_available * dataset->front_end.n_bands;
  for (size_t i = 0U; i < n; ++i) {
    frames[i] = (float)dataset->levels[self->start + i] / STEPS_PER_DB;
  }
}

void
tmb_dataset_describe(const TmbDataset* const dataset,
                     const uint32_t          note,
                     const uint32_t          age,
                     const float* const      frames,
                     float* const            features)
{
  const TmbFrontEnd* const front_end = &dataset->front_end;
  const uint32_t           n_reached = dataset->notes[note].n_available;
  const uint32_t           n_wanted  = front_end->ages[age].n_frames;
  tmb_note_features(front_end,
                    dataset->mfcc,
                    frames,
                    (n_wanted < n_reached) ? n_wanted : n_reached,
                    features);
}
