// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/train_corpus.h"

#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "trainer/corpus.h"
#include "trainer/course.h"
#include "trainer/dataset.h"
#include "trainer/exam.h"
#include "trainer/instruments.h"
#include "trainer/options.h"
#include "trainer/provenance.h"
#include "trainer/report.h"
#include "trainer/split.h"
#include "trainer/study.h"
#include "trainer/train_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// All that a training needs and makes.
typedef struct {
  const TmbTrainOptions* options;
  TmbLicenceFilter       skip;
  TmbCorpus*             corpus;
  TmbDataset*            dataset;
  TmbFolds               folds;
  TmbClass*              classes;              ///< [n_classes of the corpus]
  int*                   truths;               ///< [n_classes] Themselves
  TmbSplit               splits[TMB_N_SPLITS]; ///< Those that make sense
  uint32_t               n_splits;
  TmbCourse              course;
  char                   digest[TMB_DIGEST_TEXT];
  TmbStudy               study;
  TmbOutcome             outcomes[TMB_N_SPLITS];
} Training;

/// List the corpus and see that a network can learn from it.
static TmbStatus
open_corpus(Training* const self, TmbMessage* const why)
{
  const char* const path = self->options->data.corpus;
  TmbStatus status = tmb_corpus_open(path, &self->skip, &self->corpus, why);
  if (!status && self->corpus->n_classes < 2U) {
    status = tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: \"%s\" is the only class, and two are needed",
                      path,
                      self->corpus->classes[0]);
  }
  if (!status) {
    status = tmb_check_network(self->options->model,
                               &self->options->fit,
                               tmb_front_end_features(&tmb_default_front_end),
                               self->corpus->n_classes,
                               why);
  }
  if (!status) {
    status =
      tmb_folds_init(&self->folds, self->corpus, self->options->fit.seed, why);
  }
  return status;
}

/// Leave out the split by sources if there is nothing to be learnt from it.
static TmbStatus
choose_splits(Training* const self, TmbMessage* const why)
{
  const TmbTrainOptions* const options = self->options;
  for (uint32_t i = 0U; i < options->data.n_splits; ++i) {
    if (options->data.splits[i] != TMB_SPLIT_SOURCES ||
        tmb_sources_can_be_held(self->corpus, &self->folds)) {
      self->splits[self->n_splits++] = options->data.splits[i];
    } else {
      (void)tmb_fail(TMB_BAD_FILE,
                     why,
                     "%s: sources can't be held out, since no class has two",
                     options->data.corpus);
      if (options->data.n_splits > 1U) {
        tmb_complain("%s", why->text);
      }
    }
  }
  return self->n_splits ? TMB_OK : TMB_BAD_FILE;
}

/// TmbRunProgress: each run's epochs to the terminal, the model's to the
/// history.
static void
tell(void* const                context,
     const TmbHeldOut* const    run,
     const bool                 is_first,
     const TmbHistoryRow* const row,
     const bool                 is_restored)
{
  TmbCourse* const course = (TmbCourse*)context;
  char             name[64];
  (void)snprintf(name,
                 sizeof(name),
                 "%s, without fold %u",
                 tmb_split_names[run->split],
                 run->fold);
  TmbCourse all = *course;
  all.name      = name;
  all.path      = is_first ? course->path : NULL;
  tmb_course_tell(&all, row, is_restored);
  course->out        = all.out;
  course->has_failed = all.has_failed;
}

/// Find the notes, and see that at least two classes have some.
static TmbStatus
listen(Training* const self, TmbMessage* const why)
{
  const TmbCorpus* const corpus = self->corpus;
  const TmbStatus        status = tmb_dataset_new(
    corpus, &tmb_default_front_end, self->options->n_threads, &self->dataset);
  if (status) {
    return tmb_fail(status, why, "%s", tmb_strstatus(status));
  }

  tmb_folds_keep(&self->folds, corpus, self->dataset);
  bool has_notes[TMB_MAX_CLASSES] = { false };
  for (uint32_t i = 0U; i < self->dataset->n_notes; ++i) {
    has_notes[self->dataset->notes[i].class_index] = true;
  }
  uint32_t n_classes = 0U;
  for (uint32_t i = 0U; i < corpus->n_classes; ++i) {
    n_classes += has_notes[i];
    if (!has_notes[i]) {
      tmb_complain("%s: no note was found in the class \"%s\"",
                   self->options->data.corpus,
                   corpus->classes[i]);
    }
  }
  return (n_classes < 2U) ? tmb_fail(TMB_BAD_FILE,
                                     why,
                                     "%s: notes of two classes are needed",
                                     self->options->data.corpus)
                          : TMB_OK;
}

static TmbStatus
prepare_study(Training* const self, TmbMessage* const why)
{
  const TmbCorpus* const corpus = self->corpus;
  self->classes = (TmbClass*)calloc(corpus->n_classes, sizeof(TmbClass));
  self->truths  = (int*)calloc(corpus->n_classes, sizeof(int));
  if (!self->classes || !self->truths ||
      tmb_corpus_digest(corpus, self->digest)) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }
  for (uint32_t i = 0U; i < corpus->n_classes; ++i) {
    self->classes[i] = tmb_instrument(corpus->classes[i]);
    self->truths[i]  = (int)i;
  }

  self->study = (TmbStudy){
    .exam          = { corpus,
                       self->dataset,
                       self->truths,
                       tmb_front_end_age(&self->dataset->front_end,
                                (double)tmb_default_settings.decision_ms) },
    .folds         = &self->folds,
    .fit           = &self->options->fit,
    .classes       = self->classes,
    .threshold     = (double)tmb_default_settings.threshold,
    .n_threads     = self->options->n_threads,
    .checkpointing = { self->options->checkpoint,
                       self->options->every,
                       self->options->resumes,
                       self->digest },
    .progress      = tell,
    .context       = &self->course,
  };
  return TMB_OK;
}

static TmbMade
make(const Training* const self)
{
  const TmbOutcome* const made   = &self->outcomes[0];
  TmbOrigin               origin = { .seed  = self->options->fit.seed,
                                     .split = made->split,
                                     .fold  = made->first_fold };
  memcpy(origin.digest, self->digest, sizeof(origin.digest));
  return (TmbMade){
    .front_end = &self->dataset->front_end,
    .fitted    = &made->fitted,
    .classes   = self->classes,
    .training  = tmb_training_text(&self->study, &self->skip, &origin),
    .accuracy = tmb_accuracy_text(&self->study, self->outcomes, self->n_splits),
  };
}

/// The file that was written must answer as the network that was trained; what
/// it answers about the fold that it was trained without is returned.
static TmbStatus
check_model(const Training* const self,
            TmbMetrics** const    metrics,
            TmbMessage* const     why)
{
  const char* const       path = self->options->model;
  const TmbOutcome* const made = &self->outcomes[0];
  const TmbHeldOut held_out = { &self->folds, made->split, made->first_fold };
  TmbModel*        model    = NULL;
  TmbStatus        status   = tmb_model_load(path, &model, why);
  if (!status) {
    status = tmb_examine(&self->study.exam,
                         tmb_model_net(model),
                         self->classes,
                         &held_out,
                         metrics);
  }
  if (!status) {
    const TmbScores scores =
      tmb_metrics_scores(*metrics, self->study.threshold);
    if (scores.n_notes != made->first_scores.n_notes ||
        scores.notes != made->first_scores.notes ||
        scores.recordings != made->first_scores.recordings) {
      status = tmb_fail(TMB_WRITE_FAILED,
                        why,
                        "%s: it does not answer as the network trained",
                        path);
    }
  }
  tmb_model_free(model);
  return status;
}

static TmbStatus
write_all(const Training* const self, TmbMessage* const why)
{
  TmbMade       made       = make(self);
  TmbEvaluation evaluation = { .model     = self->options->model,
                               .data      = self->options->data.corpus,
                               .unit      = "notes",
                               .classes   = self->classes,
                               .n_classes = self->corpus->n_classes,
                               .sources =
                                 (const char* const*)self->corpus->sources,
                               .n_sources = self->corpus->n_sources,
                               .threshold = self->study.threshold };
  TmbStatus     status     = tmb_write_made(self->options, &made, why);
  if (!status) {
    status = check_model(self, &evaluation.all, why);
  }
  if (!status) {
    status = tmb_write_report(self->options, &made, &evaluation, why);
  }
  tmb_metrics_free(evaluation.all);
  tmb_made_clear(&made);
  return status;
}

static void
print_outcomes(const Training* const self)
{
  tmb_report_scores_head("notes");
  for (uint32_t i = 0U; i < self->n_splits; ++i) {
    const TmbOutcome* const outcome = &self->outcomes[i];
    tmb_report_scores(tmb_split_names[outcome->split], &outcome->scores);
  }
  for (uint32_t i = 0U; i < self->n_splits; ++i) {
    const TmbOutcome* const outcome = &self->outcomes[i];
    if (outcome->n_untaught) {
      (void)printf("\n%s: %u notes are not counted, since all of their class "
                   "were held out:",
                   tmb_split_names[outcome->split],
                   outcome->n_untaught);
      for (uint32_t j = 0U; j < self->corpus->n_classes; ++j) {
        if (outcome->untaught[j]) {
          (void)printf(" %s", self->corpus->classes[j]);
        }
      }
      (void)putchar('\n');
    }
  }
  (void)printf("\n%s: trained without fold %u of the %s\n",
               self->options->model,
               self->outcomes[0].first_fold,
               tmb_split_names[self->outcomes[0].split]);
}

static TmbStatus
train(Training* const self, TmbMessage* const why)
{
  TmbStatus status = open_corpus(self, why);
  if (!status) {
    status = choose_splits(self, why);
  }
  if (!status) {
    status = listen(self, why);
  }
  if (!status) {
    status = prepare_study(self, why);
  }
  if (!status) {
    tmb_report_dataset(self->corpus, self->dataset);
    tmb_report_network(&self->options->fit,
                       tmb_front_end_features(&self->dataset->front_end),
                       self->corpus->n_classes);
    status = tmb_study(
      &self->study, self->splits, self->n_splits, self->outcomes, why);
  }
  if (!status) {
    tmb_course_report(&self->outcomes[0].fitted);
    status = write_all(self, why);
  }
  if (!status) {
    print_outcomes(self);
  }
  return status;
}

TmbStatus
tmb_train_corpus(const TmbTrainOptions* const options,
                 bool* const                  is_complete,
                 TmbMessage* const            why)
{
  Training self = { .options = options,
                    .skip    = { options->data.patterns,
                                 options->data.n_patterns },
                    .course  = tmb_train_course(options) };

  const TmbStatus status  = train(&self, why);
  const bool      is_told = tmb_course_close(&self.course);
  *is_complete = is_told && self.dataset && !self.dataset->n_unreadable &&
                 !self.corpus->n_unreadable;

  for (uint32_t i = 0U; i < TMB_N_SPLITS; ++i) {
    tmb_outcome_clear(&self.outcomes[i]);
  }
  free(self.truths);
  free(self.classes);
  tmb_folds_clear(&self.folds);
  tmb_dataset_free(self.dataset);
  tmb_corpus_free(self.corpus);
  return status;
}
