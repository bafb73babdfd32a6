// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "trainer/commands.h"
#include "trainer/corpus.h"
#include "trainer/dataset.h"
#include "trainer/exam.h"
#include "trainer/metrics.h"
#include "trainer/options.h"
#include "trainer/parallel.h"
#include "trainer/provenance.h"
#include "trainer/report.h"
#include "trainer/split.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// All that an evaluation needs.
typedef struct {
  const char*      model_path;
  const char*      corpus_path;
  const char*      patterns[TMB_MAX_SKIPS];
  TmbLicenceFilter skip;
  TmbModel*        model;
  TmbClass*        classes; ///< [n_classes of the model]
  TmbCorpus*       corpus;
  TmbDataset*      dataset;
  int*             truths; ///< [n_classes of the corpus]
  TmbFolds         folds;
  TmbExam          exam;
  bool             is_complete; ///< Nothing had to be left out
} Evaluation;

static void
print_help(void)
{
  (void)puts(
    "Usage: timbrel evaluate [OPTION]... MODEL CORPUS\n"
    "Measure how well a model names the notes of labelled recordings: all,\n"
    "and, if it was trained on this corpus, those that it was trained "
    "without.\n"
    "CORPUS is what timbrel train takes.\n"
    "\n"
    "  --skip-licence GLOB    leave out what the manifest gives such a "
    "licence;\n"
    "                         may be repeated\n"
    "  -h, --help             print this");
}

/// @return Whether to go on; if not, `*exit_status` is to be returned.
static bool
read_options(const int         argc,
             char** const      argv,
             Evaluation* const self,
             int* const        exit_status)
{
  enum { SKIP_LICENCE = 256 };
  static const struct option known[] = {
    { "skip-licence", required_argument, NULL, SKIP_LICENCE },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  *exit_status = TMB_EXIT_USAGE;
  opterr       = 0;
  for (int c = 0; (c = getopt_long(argc, argv, ":h", known, NULL)) != -1;) {
    if (c == 'h') {
      print_help();
      *exit_status = TMB_EXIT_OK;
      return false;
    }
    if (c != SKIP_LICENCE) {
      (void)tmb_bad_option("evaluate", c, argv);
      return false;
    }
    if (self->skip.n == TMB_MAX_SKIPS) {
      (void)tmb_usage_error("evaluate", "too many --skip-licence options");
      return false;
    }
    self->patterns[self->skip.n++] = optarg;
  }
  if (argc - optind != 2) {
    (void)tmb_usage_error("evaluate", "which model, and which corpus?");
    return false;
  }
  self->skip.patterns = self->patterns;
  self->model_path    = argv[optind];
  self->corpus_path   = argv[optind + 1];
  return true;
}

static TmbStatus
open_model(Evaluation* const self, TmbMessage* const why)
{
  const TmbStatus status = tmb_model_load(self->model_path, &self->model, why);
  if (status) {
    return status;
  }
  if (!tmb_model_front_end(self->model)) {
    return tmb_fail(TMB_EXTERNAL_FEATURES,
                    why,
                    "%s: %s",
                    self->model_path,
                    tmb_strstatus(TMB_EXTERNAL_FEATURES));
  }

  const uint32_t n_classes = tmb_model_n_classes(self->model);
  self->classes            = (TmbClass*)calloc(n_classes, sizeof(TmbClass));
  if (!self->classes) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }
  for (uint32_t i = 0U; i < n_classes; ++i) {
    self->classes[i] = *tmb_model_class(self->model, i);
  }
  return TMB_OK;
}

/// Find the corpus's classes in the model.
static TmbStatus
match_classes(Evaluation* const self, TmbMessage* const why)
{
  const TmbCorpus* const corpus  = self->corpus;
  uint32_t               n_known = 0U;
  self->truths                   = (int*)calloc(corpus->n_classes, sizeof(int));
  if (!self->truths) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }

  for (uint32_t i = 0U; i < corpus->n_classes; ++i) {
    self->truths[i] = -1;
    for (uint32_t j = 0U; j < tmb_model_n_classes(self->model); ++j) {
      if (!strcmp(corpus->classes[i], tmb_model_class(self->model, j)->name)) {
        self->truths[i] = (int)j;
        ++n_known;
      }
    }
    if (self->truths[i] < 0) {
      tmb_complain("%s: the model does not know the class \"%s\"",
                   self->corpus_path,
                   corpus->classes[i]);
      self->is_complete = false;
    }
  }
  return n_known ? TMB_OK
                 : tmb_fail(TMB_BAD_FILE,
                            why,
                            "%s: the model knows none of its classes",
                            self->corpus_path);
}

static TmbStatus
listen(Evaluation* const self, TmbMessage* const why)
{
  const TmbFrontEnd* const front_end = tmb_model_front_end(self->model);
  const TmbStatus          status    = tmb_dataset_new(
    self->corpus, front_end, tmb_default_threads(), &self->dataset);
  if (status) {
    return tmb_fail(status, why, "%s", tmb_strstatus(status));
  }
  if (!self->dataset->n_notes) {
    return tmb_fail(
      TMB_BAD_FILE, why, "%s: no note was found in it", self->corpus_path);
  }

  self->is_complete = self->is_complete && !self->dataset->n_unreadable &&
                      !self->corpus->n_unreadable;
  self->exam =
    (TmbExam){ self->corpus,
               self->dataset,
               self->truths,
               tmb_front_end_age(front_end,
                                 (double)tmb_default_settings.decision_ms) };
  return TMB_OK;
}

/// Print the scores of a part; its metrics are returned for the tables.
static TmbStatus
examine(const Evaluation* const self,
        const char* const       name,
        const TmbHeldOut* const held_out,
        TmbMetrics** const      metrics,
        TmbMessage* const       why)
{
  const TmbStatus status = tmb_examine(
    &self->exam, tmb_model_net(self->model), self->classes, held_out, metrics);
  if (status) {
    return tmb_fail(status, why, "%s", tmb_strstatus(status));
  }

  const TmbScores scores =
    tmb_metrics_scores(*metrics, (double)tmb_default_settings.threshold);
  tmb_report_scores(name, &scores);
  return TMB_OK;
}

/// What the model was trained without, if it was trained on this corpus.
static bool
find_held_out(Evaluation* const self, TmbHeldOut* const held_out)
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

static void
report(const Evaluation* const self, const TmbMetrics* const metrics)
{
  const uint32_t n_classes = tmb_model_n_classes(self->model);
  tmb_report_classes(metrics, self->classes, n_classes);
  tmb_report_sources(metrics, self->corpus);
  tmb_report_confusion(metrics, self->classes, n_classes);
}

/// Print scores of all, scores of what was held out, and the tables of these.
static TmbStatus
examine_all(Evaluation* const self, TmbMessage* const why)
{
  TmbMetrics* all    = NULL;
  TmbMetrics* unseen = NULL;
  TmbHeldOut  held_out;
  const bool  has_held_out = find_held_out(self, &held_out);

  tmb_report_dataset(self->corpus, self->dataset);
  tmb_report_scores_head();
  TmbStatus status = examine(self, "all", NULL, &all, why);
  if (!status && has_held_out) {
    status = examine(self, "held out", &held_out, &unseen, why);
  }
  if (!status && has_held_out) {
    (void)printf("\nHeld out is what the model was trained without: fold %u "
                 "of the %s.\nThe tables below are about it alone.\n",
                 held_out.fold,
                 tmb_split_names[held_out.split]);
    report(self, unseen);
  } else if (!status) {
    (void)puts("\nThe model was not trained on this corpus, or with other "
               "licences left out.");
    report(self, all);
  }
  tmb_metrics_free(unseen);
  tmb_metrics_free(all);
  return status;
}

static TmbStatus
evaluate(Evaluation* const self, TmbMessage* const why)
{
  TmbStatus status = open_model(self, why);
  if (!status) {
    status =
      tmb_corpus_open(self->corpus_path, &self->skip, &self->corpus, why);
  }
  if (!status) {
    status = match_classes(self, why);
  }
  if (!status) {
    status = listen(self, why);
  }
  return status ? status : examine_all(self, why);
}

int
tmb_cmd_evaluate(const int argc, char** const argv)
{
  Evaluation self        = { .is_complete = true };
  int        exit_status = TMB_EXIT_OK;
  if (!read_options(argc, argv, &self, &exit_status)) {
    return exit_status;
  }

  TmbMessage why = { "" };
  if (evaluate(&self, &why)) {
    tmb_complain("%s", why.text);
    self.is_complete = false;
  }
  tmb_folds_clear(&self.folds);
  free(self.truths);
  tmb_dataset_free(self.dataset);
  tmb_corpus_free(self.corpus);
  free(self.classes);
  tmb_model_free(self.model);
  return self.is_complete ? TMB_EXIT_OK : TMB_EXIT_FAILED;
}
