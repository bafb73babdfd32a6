// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/row_maker.h"

#include "dsp/verdict.h"
#include "trainer/evidence.h"

#include <stdlib.h>
#include <string.h>

struct TmbRowMakerImpl {
  const TmbModel* model;
  TmbSettings     settings;
  double*         evidence;  ///< [n_outputs] Sum of the notes' log posteriors
  float*          posterior; ///< [n_outputs] Of the whole recording
  float*          families;  ///< [n_classes] For tmb_judge()

  // The recording at hand
  const char* name;
  TmbRows*    rows;
  double      rate_hz;
  uint64_t    n_notes;
};

TmbStatus
tmb_row_maker_new(const TmbModel* const    model,
                  const TmbSettings* const settings,
                  TmbRowMaker** const      maker)
{
  const uint32_t     n_outputs = tmb_model_n_outputs(model);
  TmbRowMaker* const self      = (TmbRowMaker*)calloc(1U, sizeof(TmbRowMaker));
  *maker                       = NULL;
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->model     = model;
  self->settings  = *settings;
  self->evidence  = (double*)calloc(n_outputs, sizeof(double));
  self->posterior = (float*)calloc(n_outputs, sizeof(float));
  self->families  = (float*)calloc(tmb_model_n_classes(model), sizeof(float));
  if (!self->evidence || !self->posterior || !self->families) {
    tmb_row_maker_free(self);
    return TMB_NO_MEMORY;
  }
  *maker = self;
  return TMB_OK;
}

void
tmb_row_maker_free(TmbRowMaker* const maker)
{
  if (maker) {
    free(maker->families);
    free(maker->posterior);
    free(maker->evidence);
    free(maker);
  }
}

TmbStatus
tmb_row_maker_open(TmbRowMaker* const     self,
                   const char* const      name,
                   const TmbOpened* const opened,
                   TmbRows* const         rows,
                   TmbMessage* const      why)
{
  self->name    = name;
  self->rows    = rows;
  self->rate_hz = opened->rate_hz;
  self->n_notes = 0U;
  for (uint32_t i = 0U; i < tmb_model_n_outputs(self->model); ++i) {
    self->evidence[i] = 0.0;
  }
  return tmb_rows_open(rows, name, why);
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

TmbStatus
tmb_row_maker_note(TmbRowMaker* const        self,
                   const TmbPieceNote* const note,
                   const float* const        posterior,
                   TmbMessage* const         why)
{
  TmbNoteRow row = {
    .onset_s     = (double)note->onset / self->rate_hz,
    .duration_s  = (double)note->duration / self->rate_hz,
    .guess       = guess_of(self->model, &note->verdict),
    .class_index = note->verdict.instrument,
  };
  find_alternatives(self->model, posterior, &row);

  tmb_evidence_add(self->evidence, posterior, tmb_model_n_outputs(self->model));
  ++self->n_notes;
  return tmb_rows_note(self->rows, self->name, &row, why);
}

/// What the notes say together, if they are sure enough.
static TmbGuess
join_notes(const TmbRowMaker* const self)
{
  const uint32_t n_outputs = tmb_model_n_outputs(self->model);
  tmb_evidence_posterior(
    self->evidence, n_outputs, self->n_notes, self->posterior);

  const TmbVerdict verdict = tmb_judge(tmb_model_families(self->model),
                                       self->posterior,
                                       n_outputs,
                                       self->settings.threshold,
                                       self->families);
  return guess_of(self->model, &verdict);
}

TmbStatus
tmb_row_maker_close(TmbRowMaker* const self,
                    const uint64_t     n_samples,
                    TmbMessage* const  why)
{
  TmbFileRow row = {
    .n_notes = self->n_notes,
    .seconds = (double)n_samples / self->rate_hz,
    .rate_hz = self->rate_hz,
  };
  if (row.n_notes) {
    row.guess = join_notes(self);
  }
  return tmb_rows_file(self->rows, self->name, &row, why);
}
