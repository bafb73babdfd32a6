// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/evaluate_corpus.h"

#include "dsp/recogniser.h"
#include "trainer/dataset.h"
#include "trainer/exam.h"
#include "trainer/metrics.h"
#include "trainer/options.h"
#include "trainer/parallel.h"
#include "trainer/provenance.h"
#include "trainer/report.h"
#include "trainer/split.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// What a model is measured on.
typedef struct {
  const TmbModel*        model;
  const TmbCorpusChoice* choice;
  TmbCorpus*             corpus;
  TmbDataset*            dataset;
  int*                   truths; ///< [n_classes of the corpus]
  TmbFolds               folds;
  TmbExam                exam;
  bool                   is_complete;
} Setting;

/// The class of a model that has a name, #TMB_NO_CLASS or #TMB_NOT_KNOWN.
static int
find_class(const TmbModel* const model, const char* const name)
{
  for (uint32_t i = 0U; i < tmb_model_n_classes(model); ++i) {
    if (!strcmp(name, tmb_model_class(model, i)->name)) {
      return (int)i;
    }
  }
  return strcmp(name, TMB_UNKNOWN_LABEL) ? TMB_NOT_KNOWN : TMB_NO_CLASS;
}

/// Find the corpus's classes in the model.
static TmbStatus
match_classes(Setting* const self, TmbMessage* const why)
{
  const TmbCorpus* const corpus  = self->corpus;
  uint32_t               n_known = 0U;
  self->truths                   = (int*)calloc(corpus->n_classes, sizeof(int));
  if (!self->truths) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }

  for (uint32_t i = 0U; i < corpus->n_classes; ++i) {
    self->truths[i] = find_class(self->model, corpus->classes[i]);
    n_known += self->truths[i] != TMB_NOT_KNOWN;
    if (self->truths[i] == TMB_NOT_KNOWN) {
      tmb_complain("%s: the model does not know the class \"%s\"",
                   corpus->name,
                   corpus->classes[i]);
      self->is_complete = false;
    }
  }
  return n_known ? TMB_OK
                 : tmb_fail(TMB_BAD_FILE,
                            why,
                            "%s: the model knows none of its classes",
                            corpus->name);
}

static TmbStatus
listen(Setting* const self, TmbMessage* const why)
{
  const TmbFrontEnd* const front_end = tmb_model_front_end(self->model);
  const uint32_t           n_threads = tmb_default_threads();
  const TmbStatus          status    = tmb_dataset_new(
    self->corpus, front_end, self->choice->cache, n_threads, &self->dataset);
  if (status) {
    return tmb_fail(status, why, "%s", tmb_strstatus(status));
  }
  if (!self->dataset->n_notes) {
    return tmb_fail(
      TMB_BAD_FILE, why, "%s: no note was found in it", self->corpus->name);
  }

  self->is_complete = self->is_complete && !self->dataset->n_unreadable &&
                      !self->corpus->n_unreadable;
  self->exam =
    (TmbExam){ self->corpus,
               self->dataset,
               self->truths,
               tmb_front_end_age(front_end,
                                 (double)tmb_default_settings.decision_ms),
               n_threads };
  return TMB_OK;
}

/// What the model was trained without, if it was trained on this corpus.
static bool
find_held_out(Setting* const self, TmbHeldOut* const held_out)
{
  TmbOrigin  origin;
  TmbMessage why;
  char       digest[TMB_DIGEST_TEXT];
  if (!tmb_read_origin(tmb_model_metadata(self->model, TMB_KEY_TRAINING),
                       &origin) ||
      tmb_corpus_digest(self->corpus, digest) ||
      strcmp(digest, origin.digest) != 0) {
    return false;
  }
  if (tmb_folds_init(&self->folds, self->corpus, origin.seed, &why)) {
    tmb_complain("%s", why.text);
    self->is_complete = false;
    return false;
  }
  tmb_folds_keep(&self->folds, self->corpus, self->dataset);
  *held_out = (TmbHeldOut){ &self->folds, origin.split, origin.fold };
  return true;
}

/// Ask the model about all, and about what was held out.
static TmbStatus
examine(Setting* const       self,
        TmbEvaluation* const evaluation,
        TmbMessage* const    why)
{
  const TmbNet* const net = tmb_model_net(self->model);
  TmbHeldOut          held_out;
  const bool          has_held_out = find_held_out(self, &held_out);

  TmbStatus status = tmb_examine(&self->exam,
                                 net,
                                 evaluation->classes,
                                 NULL,
                                 evaluation->threshold,
                                 &evaluation->all);
  if (!status && has_held_out) {
    evaluation->split = held_out.split;
    evaluation->fold  = held_out.fold;
    status            = tmb_examine(&self->exam,
                         net,
                         evaluation->classes,
                         &held_out,
                         evaluation->threshold,
                         &evaluation->held_out);
  }
  if (!status && self->choice->n_phrases) {
    status = tmb_phrase_exam_run(&self->exam,
                                 self->model,
                                 has_held_out ? &held_out : NULL,
                                 self->choice->n_phrases,
                                 &evaluation->phrases);
  }
  return status ? tmb_fail(status, why, "%s", tmb_strstatus(status)) : TMB_OK;
}

static TmbStatus
report(const Setting* const self,
       TmbEvaluation* const evaluation,
       TmbMessage* const    why)
{
  tmb_report_dataset(self->corpus, self->dataset);
  if (!evaluation->held_out.metrics) {
    (void)puts("The model was not trained on this corpus, or with other "
               "licences left out.\n");
  }

  evaluation->data       = self->corpus->name;
  evaluation->unit       = "notes";
  evaluation->sources    = self->corpus->sources;
  evaluation->n_sources  = self->corpus->n_sources;
  const TmbStatus status = tmb_evaluation_report(evaluation, why);
  evaluation->data       = NULL;
  evaluation->sources    = NULL;
  evaluation->n_sources  = 0U;
  return status;
}

static TmbStatus
evaluate(Setting* const       self,
         TmbEvaluation* const evaluation,
         TmbMessage* const    why)
{
  if (!tmb_model_front_end(self->model)) {
    return tmb_fail(TMB_EXTERNAL_FEATURES,
                    why,
                    "%s: %s",
                    evaluation->model,
                    tmb_strstatus(TMB_EXTERNAL_FEATURES));
  }

  TmbStatus status = tmb_corpus_open(self->choice->paths,
                                     self->choice->n_paths,
                                     &self->choice->skip,
                                     &self->corpus,
                                     why);
  if (!status) {
    status = match_classes(self, why);
  }
  if (!status) {
    status = listen(self, why);
  }
  if (!status) {
    status = examine(self, evaluation, why);
  }
  return status ? status : report(self, evaluation, why);
}

TmbStatus
tmb_evaluate_corpus(const TmbModel* const        model,
                    const TmbCorpusChoice* const choice,
                    TmbEvaluation* const         evaluation,
                    bool* const                  is_complete,
                    TmbMessage* const            why)
{
  Setting self = { .model = model, .choice = choice, .is_complete = true };
  const TmbStatus status = evaluate(&self, evaluation, why);
  *is_complete           = self.is_complete;
  tmb_folds_clear(&self.folds);
  free(self.truths);
  tmb_dataset_free(self.dataset);
  tmb_corpus_free(self.corpus);
  return status;
}
