// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "trainer/blas.h"
#include "trainer/commands.h"
#include "trainer/corpus.h"
#include "trainer/dataset.h"
#include "trainer/exam.h"
#include "trainer/instruments.h"
#include "trainer/model_writer.h"
#include "trainer/options.h"
#include "trainer/provenance.h"
#include "trainer/report.h"
#include "trainer/split.h"
#include "trainer/study.h"
#include "trainer/train_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_NOTES_OF_MODEL 5U

/// All that a training needs and makes.
typedef struct {
  TmbTrainOptions  options;
  TmbLicenceFilter skip;
  TmbCorpus*       corpus;
  TmbDataset*      dataset;
  TmbFolds         folds;
  TmbClass*        classes; ///< [n_classes of the corpus]
  int*             truths;  ///< [n_classes] Themselves
  TmbStudy         study;
  TmbOutcome       outcomes[TMB_N_SPLITS];
} Training;

/// Whether the network's file can be read again, however long its header is.
static TmbStatus
check_network(const Training* const self, TmbMessage* const why)
{
  const TmbFitSettings* const fit = &self->options.fit;

  uint64_t n_in     = tmb_front_end_features(&tmb_default_front_end);
  uint64_t n_values = (2U * n_in) + 1U;
  for (uint32_t i = 0U; i <= fit->n_hidden; ++i) {
    const uint64_t n_out =
      (i < fit->n_hidden) ? fit->hidden[i] : self->corpus->n_classes;
    n_values += (n_in + 1U) * n_out;
    n_in = n_out;
  }
  return (n_values * sizeof(float) > TMB_MAX_MODEL_BYTES - TMB_MAX_HEADER_BYTES)
           ? tmb_fail(TMB_WRITE_FAILED,
                      why,
                      "%s: the network is too large for a file of %u MiB",
                      self->options.model,
                      TMB_MAX_MODEL_BYTES >> 20U)
           : TMB_OK;
}

/// List the corpus and see that a network can learn from it.
static TmbStatus
open_corpus(Training* const self, TmbMessage* const why)
{
  const char* const path = self->options.corpus;
  TmbStatus status = tmb_corpus_open(path, &self->skip, &self->corpus, why);
  if (!status && self->corpus->n_classes < 2U) {
    status = tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: \"%s\" is the only class, and two are needed",
                      path,
                      self->corpus->classes[0]);
  }
  if (!status) {
    status = check_network(self, why);
  }
  if (!status) {
    status =
      tmb_folds_init(&self->folds, self->corpus, self->options.fit.seed, why);
  }
  return status;
}

/// Leave out the split by sources if there is nothing to be learnt from it.
static TmbStatus
choose_splits(Training* const self, TmbMessage* const why)
{
  TmbTrainOptions* const options = &self->options;
  uint32_t               n_kept  = 0U;
  for (uint32_t i = 0U; i < options->n_splits; ++i) {
    if (options->splits[i] != TMB_SPLIT_SOURCES ||
        tmb_sources_can_be_held(self->corpus, &self->folds)) {
      options->splits[n_kept++] = options->splits[i];
    } else {
      (void)tmb_fail(TMB_BAD_FILE,
                     why,
                     "%s: sources can't be held out, since no class has two",
                     options->corpus);
      if (options->n_splits > 1U) {
        tmb_complain("%s", why->text);
      }
    }
  }
  options->n_splits = n_kept;
  return n_kept ? TMB_OK : TMB_BAD_FILE;
}

/// Find the notes, and see that at least two classes have some.
static TmbStatus
listen(Training* const self, TmbMessage* const why)
{
  const TmbCorpus* const corpus = self->corpus;
  const TmbStatus        status = tmb_dataset_new(
    corpus, &tmb_default_front_end, self->options.n_threads, &self->dataset);
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
                   self->options.corpus,
                   corpus->classes[i]);
    }
  }
  return (n_classes < 2U) ? tmb_fail(TMB_BAD_FILE,
                                     why,
                                     "%s: notes of two classes are needed",
                                     self->options.corpus)
                          : TMB_OK;
}

static TmbStatus
prepare_study(Training* const self, TmbMessage* const why)
{
  const TmbCorpus* const corpus = self->corpus;
  self->classes = (TmbClass*)calloc(corpus->n_classes, sizeof(TmbClass));
  self->truths  = (int*)calloc(corpus->n_classes, sizeof(int));
  if (!self->classes || !self->truths) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }
  for (uint32_t i = 0U; i < corpus->n_classes; ++i) {
    self->classes[i] = tmb_instrument(corpus->classes[i]);
    self->truths[i]  = (int)i;
  }

  self->study = (TmbStudy){
    .exam      = { corpus,
                   self->dataset,
                   self->truths,
                   tmb_front_end_age(&self->dataset->front_end,
                                (double)tmb_default_settings.decision_ms) },
    .folds     = &self->folds,
    .fit       = &self->options.fit,
    .classes   = self->classes,
    .threshold = (double)tmb_default_settings.threshold,
    .n_threads = self->options.n_threads,
    .progress  = isatty(STDERR_FILENO) ? tmb_report_epoch : NULL,
  };
  return TMB_OK;
}

/// The day, UTC; what SOURCE_DATE_EPOCH says comes first, for packagers.
static void
write_date(char* const date, const size_t size)
{
  const char* const epoch = getenv("SOURCE_DATE_EPOCH");
  const time_t      now = epoch ? (time_t)strtoll(epoch, NULL, 10) : time(NULL);
  struct tm         day;
  if (!gmtime_r(&now, &day) || !strftime(date, size, "%Y-%m-%d", &day)) {
    date[0] = '\0';
  }
}

static TmbStatus
write_model(const Training* const self, TmbMessage* const why)
{
  const TmbTrainOptions* const options = &self->options;
  const TmbOutcome* const      made    = &self->outcomes[0];
  TmbOrigin                    origin  = { .seed  = options->fit.seed,
                                           .split = made->split,
                                           .fold  = made->first_fold };
  if (tmb_corpus_digest(self->corpus, origin.digest)) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }

  char        date[16];
  char* const training = tmb_training_text(&self->study, &self->skip, &origin);
  char* const accuracy =
    tmb_accuracy_text(&self->study, self->outcomes, options->n_splits);
  write_date(date, sizeof(date));

  TmbStatus status =
    tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  if (training && accuracy) {
    const TmbNoteOfModel notes[MAX_NOTES_OF_MODEL] = {
      { TMB_KEY_TRAINING, training },
      { TMB_KEY_ACCURACY, accuracy },
      { TMB_KEY_CREATOR, "timbrel " TMB_VERSION },
      { TMB_KEY_DATE, date },
      { TMB_KEY_LICENCE, options->licence },
    };
    const TmbModelParts parts = {
      .front_end = &self->dataset->front_end,
      .net       = &made->net->net,
      .classes   = self->classes,
      .notes     = notes,
      .n_notes =
        options->licence ? MAX_NOTES_OF_MODEL : MAX_NOTES_OF_MODEL - 1U,
    };
    status = tmb_model_write(options->model, &parts, why);
  }
  free(accuracy);
  free(training);
  return status;
}

/// The file that was written must answer as the network that was trained.
static TmbStatus
check_model(const Training* const self, TmbMessage* const why)
{
  const char* const       path = self->options.model;
  const TmbOutcome* const made = &self->outcomes[0];
  const TmbHeldOut held_out = { &self->folds, made->split, made->first_fold };
  TmbModel*        model    = NULL;
  TmbMetrics*      metrics  = NULL;
  TmbStatus        status   = tmb_model_load(path, &model, why);
  if (!status) {
    status = tmb_examine(&self->study.exam,
                         tmb_model_net(model),
                         self->classes,
                         &held_out,
                         &metrics);
  }
  if (!status) {
    const TmbScores scores = tmb_metrics_scores(metrics, self->study.threshold);
    if (scores.n_notes != made->first_scores.n_notes ||
        scores.notes != made->first_scores.notes ||
        scores.recordings != made->first_scores.recordings) {
      status = tmb_fail(TMB_WRITE_FAILED,
                        why,
                        "%s: it does not answer as the network trained",
                        path);
    }
  }
  tmb_metrics_free(metrics);
  tmb_model_free(model);
  return status;
}

static void
print_outcomes(const Training* const self)
{
  tmb_report_scores_head("notes");
  for (uint32_t i = 0U; i < self->options.n_splits; ++i) {
    const TmbOutcome* const outcome = &self->outcomes[i];
    tmb_report_scores(tmb_split_names[outcome->split], &outcome->scores);
  }
  for (uint32_t i = 0U; i < self->options.n_splits; ++i) {
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
               self->options.model,
               self->outcomes[0].first_fold,
               tmb_split_names[self->outcomes[0].split]);
}

static TmbStatus
train(Training* const self, TmbMessage* const why)
{
  TmbStatus status = tmb_model_check_path(self->options.model, why);
  if (!status) {
    status = tmb_blas_load(why);
  }
  if (!status) {
    status = open_corpus(self, why);
  }
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
    status = tmb_study(&self->study,
                       self->options.splits,
                       self->options.n_splits,
                       self->outcomes,
                       why);
  }
  if (!status) {
    status = write_model(self, why);
  }
  if (!status) {
    status = check_model(self, why);
  }
  if (!status) {
    print_outcomes(self);
  }
  return status;
}

int
tmb_cmd_train(const int argc, char** const argv)
{
  Training self        = { .corpus = NULL };
  int      exit_status = TMB_EXIT_OK;
  if (!tmb_read_train_options(argc, argv, &self.options, &exit_status)) {
    return exit_status;
  }
  self.skip =
    (TmbLicenceFilter){ self.options.patterns, self.options.n_patterns };

  TmbMessage      why    = { "" };
  const TmbStatus status = train(&self, &why);
  if (status) {
    tmb_complain("%s", why.text);
  }
  const bool is_complete =
    !status && !self.dataset->n_unreadable && !self.corpus->n_unreadable;

  for (uint32_t i = 0U; i < TMB_N_SPLITS; ++i) {
    tmb_outcome_clear(&self.outcomes[i]);
  }
  free(self.truths);
  free(self.classes);
  tmb_folds_clear(&self.folds);
  tmb_dataset_free(self.dataset);
  tmb_corpus_free(self.corpus);
  return is_complete ? TMB_EXIT_OK : TMB_EXIT_FAILED;
}
