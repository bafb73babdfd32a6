// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/labeller.h"

#include "dsp/verdict.h"
#include "trainer/audio_file.h"
#include "trainer/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SAMPLES 8192U

struct TmbLabellerImpl {
  const TmbModel* model;
  TmbSettings     settings;
  TmbPart         part;
  TmbRecogniser*  recogniser; ///< Null, or of the newest recording's rate
  double          rate_hz;
  double          heard_s;   ///< Of all recordings
  float*          block;     ///< [BLOCK_SAMPLES]
  double*         evidence;  ///< [n_outputs] Sum of the notes' log posteriors
  float*          posterior; ///< [n_outputs] Of the whole recording
  float*          families;  ///< [n_classes] For tmb_judge()
};

/// The recording at hand.
typedef struct {
  const char* path;
  const char* name; ///< In rows
  TmbRows*    rows;
  uint64_t    first;     ///< Sample with which the part begins
  uint64_t    n_samples; ///< Of the part, read up to now
  uint64_t    n_notes;
} Recording;

TmbStatus
tmb_labeller_new(const TmbModel* const    model,
                 const TmbSettings* const settings,
                 const TmbPart* const     part,
                 TmbLabeller** const      labeller)
{
  *labeller = NULL;
  if (!tmb_model_front_end(model)) {
    return TMB_EXTERNAL_FEATURES;
  }

  const uint32_t     n_outputs = tmb_model_n_outputs(model);
  TmbLabeller* const self      = (TmbLabeller*)calloc(1U, sizeof(TmbLabeller));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->model     = model;
  self->settings  = *settings;
  self->part      = *part;
  self->block     = (float*)calloc(BLOCK_SAMPLES, sizeof(float));
  self->evidence  = (double*)calloc(n_outputs, sizeof(double));
  self->posterior = (float*)calloc(n_outputs, sizeof(float));
  self->families  = (float*)calloc(tmb_model_n_classes(model), sizeof(float));
  if (!self->block || !self->evidence || !self->posterior || !self->families) {
    tmb_labeller_free(self);
    return TMB_NO_MEMORY;
  }
  *labeller = self;
  return TMB_OK;
}

void
tmb_labeller_free(TmbLabeller* const labeller)
{
  if (labeller) {
    tmb_recogniser_free(labeller->recogniser);
    free(labeller->families);
    free(labeller->posterior);
    free(labeller->evidence);
    free(labeller->block);
    free(labeller);
  }
}

/// Most recordings of an archive share a rate, and a new one takes under 1 ms.
static TmbStatus
prepare_recogniser(TmbLabeller* const self, const double rate_hz)
{
  if (self->recogniser && self->rate_hz == rate_hz) {
    tmb_recogniser_begin(self->recogniser, 0U);
    return TMB_OK;
  }

  tmb_recogniser_free(self->recogniser);
  self->rate_hz = rate_hz;

  const TmbStatus status =
    tmb_recogniser_new(self->model, rate_hz, &self->recogniser);
  if (!status) {
    tmb_recogniser_set(self->recogniser, &self->settings);
  }
  return status;
}

/// The likeliest classes, the first first.
static void
find_alternatives(const TmbModel* const model,
                  const float* const    posterior,
                  TmbNoteRow* const     row)
{
  const uint32_t n_classes = tmb_model_n_classes(model);
  for (uint32_t i = 0U; i < n_classes; ++i) {
    uint32_t rank = row->n_alternatives;
    while (rank &&
           (double)posterior[i] > row->alternatives[rank - 1U].confidence) {
      --rank;
    }
    if (rank == TMB_N_ALTERNATIVES) {
      continue;
    }
    if (row->n_alternatives < TMB_N_ALTERNATIVES) {
      ++row->n_alternatives;
    }
    memmove(&row->alternatives[rank + 1U],
            &row->alternatives[rank],
            (row->n_alternatives - rank - 1U) * sizeof(TmbGuess));
    row->alternatives[rank].instrument = tmb_model_class(model, i);
    row->alternatives[rank].confidence = (double)posterior[i];
  }
}

/// A verdict in the words of rows.
static TmbGuess
guess_of(const TmbModel* const model, const TmbVerdict* const verdict)
{
  TmbGuess guess = { .confidence = (double)verdict->confidence };
  if (verdict->instrument != TMB_UNKNOWN) {
    guess.instrument = tmb_model_class(model, (uint32_t)verdict->instrument);
  } else if (verdict->family != TMB_UNKNOWN) {
    guess.family = &tmb_model_families(model)->families[verdict->family];
    guess.family_confidence = (double)verdict->family_confidence;
  }
  return guess;
}

static TmbStatus
take_note(TmbLabeller* const    self,
          Recording* const      recording,
          const TmbEvent* const event,
          TmbMessage* const     why)
{
  if (event->onset >= recording->n_samples) {
    return TMB_OK; // The cut to the silence after the end is no note
  }

  const uint64_t left     = recording->n_samples - event->onset;
  const uint64_t duration = event->duration < left ? event->duration : left;
  TmbNoteRow     row      = {
             .onset_s    = (double)(recording->first + event->onset) / self->rate_hz,
             .duration_s = (double)duration / self->rate_hz,
             .guess      = guess_of(self->model, &event->verdict),
             .class_index = event->verdict.instrument,
  };
  find_alternatives(self->model, event->posterior, &row);

  tmb_evidence_add(
    self->evidence, event->posterior, tmb_model_n_outputs(self->model));
  ++recording->n_notes;
  return tmb_rows_note(recording->rows, recording->name, &row, why);
}

static TmbStatus
push(TmbLabeller* const self,
     Recording* const   recording,
     const uint32_t     n,
     TmbMessage* const  why)
{
  TmbEvent event = { .type = TMB_EVENT_NONE };
  uint32_t taken = 0U;
  do {
    taken += tmb_recogniser_push(
      self->recogniser, self->block + taken, n - taken, &event);
    if (event.type == TMB_EVENT_END) {
      const TmbStatus status = take_note(self, recording, &event, why);
      if (status) {
        return status;
      }
    }
  } while (event.type != TMB_EVENT_NONE);
  return TMB_OK;
}

static size_t
least_of(const uint64_t a, const size_t b)
{
  return a < b ? (size_t)a : b;
}

/**
   Pass over what is before the part.

   By decoding it: where a decoder lands that is told to jump depends on the
   format.
*/
static TmbStatus
skip(TmbLabeller* const     self,
     const Recording* const recording,
     TmbAudioFile* const    file,
     TmbMessage* const      why)
{
  TmbStatus status = TMB_OK;
  uint64_t  left   = recording->first;
  size_t    n      = 1U;
  while (!status && left && n) {
    status =
      tmb_audio_read(file, self->block, least_of(left, BLOCK_SAMPLES), &n, why);
    left -= n;
  }
  return status;
}

/// Push the whole part, then silence until its last note is complete.
static TmbStatus
push_recording(TmbLabeller* const  self,
               Recording* const    recording,
               TmbAudioFile* const file,
               TmbMessage* const   why)
{
  const double end    = round(self->part.end_s * self->rate_hz);
  uint64_t     left   = isfinite(end) ? (uint64_t)end - recording->first //
                                      : UINT64_MAX;
  TmbStatus    status = TMB_OK;
  for (size_t n = 1U; !status && left && n;) {
    status =
      tmb_audio_read(file, self->block, least_of(left, BLOCK_SAMPLES), &n, why);
    if (!status) {
      left -= n;
      recording->n_samples += n;
      self->heard_s += (double)n / self->rate_hz;
      status = push(self, recording, (uint32_t)n, why);
    }
  }
  if (!status && !recording->n_samples) {
    status = tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: it has no sound from %g s on",
                      recording->path,
                      self->part.start_s);
  }

  memset(self->block, 0, BLOCK_SAMPLES * sizeof(float));
  for (uint32_t n = tmb_recogniser_tail(self->recogniser); !status && n;) {
    const uint32_t n_now = n < BLOCK_SAMPLES ? n : BLOCK_SAMPLES;
    status               = push(self, recording, n_now, why);
    n -= n_now;
  }
  return status;
}

/// What the notes say together, if they are sure enough.
static TmbGuess
join_notes(const TmbLabeller* const self, const uint64_t n_notes)
{
  const uint32_t n_outputs = tmb_model_n_outputs(self->model);
  tmb_evidence_posterior(self->evidence, n_outputs, n_notes, self->posterior);

  const TmbVerdict verdict = tmb_judge(tmb_model_families(self->model),
                                       self->posterior,
                                       n_outputs,
                                       self->settings.threshold,
                                       self->families);
  return guess_of(self->model, &verdict);
}

static TmbStatus
label_open_file(TmbLabeller* const  self,
                Recording* const    recording,
                TmbAudioFile* const file,
                TmbMessage* const   why)
{
  TmbStatus status = prepare_recogniser(self, tmb_audio_info(file)->rate_hz);
  if (status) {
    return tmb_fail(
      status, why, "%s: %s", recording->path, tmb_strstatus(status));
  }

  for (uint32_t i = 0U; i < tmb_model_n_outputs(self->model); ++i) {
    self->evidence[i] = 0.0;
  }
  recording->first = (uint64_t)round(self->part.start_s * self->rate_hz);
  status           = tmb_rows_open(recording->rows, recording->name, why);
  if (!status) {
    status = skip(self, recording, file, why);
  }
  if (!status) {
    status = push_recording(self, recording, file, why);
  }
  if (status) {
    return status;
  }

  TmbFileRow row = {
    .n_notes = recording->n_notes,
    .seconds = (double)recording->n_samples / self->rate_hz,
    .rate_hz = self->rate_hz,
  };
  if (row.n_notes) {
    row.guess = join_notes(self, row.n_notes);
  }
  return tmb_rows_file(recording->rows, recording->name, &row, why);
}

TmbStatus
tmb_label_file(TmbLabeller* const labeller,
               const char* const  path,
               const char* const  name,
               const uint32_t     channel,
               TmbRows* const     rows,
               TmbMessage* const  why)
{
  TmbAudioFile* file   = NULL;
  TmbStatus     status = tmb_audio_open(path, &file, why);
  if (!status) {
    status = tmb_audio_choose(file, channel, why);
  }
  if (!status) {
    Recording recording = { .path = path, .name = name, .rows = rows };
    status              = label_open_file(labeller, &recording, file, why);
  }
  tmb_audio_close(file);
  return status;
}

double
tmb_labeller_heard_s(const TmbLabeller* const labeller)
{
  return labeller->heard_s;
}
