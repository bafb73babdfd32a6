// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "trainer/array_file.h"
#include "trainer/commands.h"
#include "trainer/corpus.h"
#include "trainer/evaluate_corpus.h"
#include "trainer/evaluate_rows.h"
#include "trainer/evaluation.h"
#include "trainer/features_inputs.h"
#include "trainer/options.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/// All that an evaluation needs.
typedef struct {
  const char*     json_path; ///< Or null
  const char*     features;  ///< Of a matrix, or null
  const char*     labels;
  const char*     patterns[TMB_MAX_SKIPS];
  TmbCorpusChoice choice; ///< Without paths if there is a matrix
  TmbModel*       model;
  TmbEvaluation   evaluation;
  bool            is_complete; ///< Nothing had to be left out
} Run;

static void
print_help(void)
{
  (void)puts(
    "Usage: timbrel evaluate [OPTION]... MODEL CORPUS...\n"
    "       timbrel evaluate [OPTION]... MODEL --features X.npy --labels "
    "y.npy\n"
    "Measure how well a model names the notes of labelled recordings: all,\n"
    "and, if it was trained on this corpus, those that it was trained "
    "without.\n"
    "CORPUS and matrices are what timbrel train takes; labels are numbers of\n"
    "the model's classes, from 0.  ECE is the expected calibration error: how\n"
    "far confidence is from the share that is right.\n"
    "\n"
    "  --features, --labels   rows of numbers, and their classes\n"
    "  --json FILE            write all numbers there as well, for programs\n"
    "  --cache FILE           keep the notes found in recordings there, for "
    "the "
    "next\n"
    "                         time\n"
    "  --phrases N            make N phrases of each class from each source, "
    "and\n"
    "                         tell how their tracks are named\n"
    "  --skip-licence GLOB    leave out what the manifest gives such a "
    "licence;\n"
    "                         may be repeated\n"
    "  -h, --help             print this");
}

/// @return Whether to go on; if not, `*exit_status` is to be returned.
static bool
read_options(const int    argc,
             char** const argv,
             Run* const   self,
             int* const   exit_status)
{
  enum { SKIP_LICENCE = 256, CACHE, JSON, FEATURES, LABELS, PHRASES };
  static const struct option known[] = {
    { "features", required_argument, NULL, FEATURES },
    { "labels", required_argument, NULL, LABELS },
    { "json", required_argument, NULL, JSON },
    { "cache", required_argument, NULL, CACHE },
    { "phrases", required_argument, NULL, PHRASES },
    { "skip-licence", required_argument, NULL, SKIP_LICENCE },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  *exit_status = TMB_EXIT_USAGE;
  opterr       = 0;
  for (int c = 0; (c = getopt_long(argc, argv, ":h", known, NULL)) != -1;) {
    switch (c) {
      case 'h':
        print_help();
        *exit_status = TMB_EXIT_OK;
        return false;
      case JSON:
        self->json_path = optarg;
        break;
      case CACHE:
        self->choice.cache = optarg;
        break;
      case FEATURES:
        self->features = optarg;
        break;
      case LABELS:
        self->labels = optarg;
        break;
      case PHRASES:
        if (!tmb_count_option("evaluate",
                              "--phrases",
                              optarg,
                              1.0,
                              TMB_MAX_PHRASES,
                              &self->choice.n_phrases)) {
          return false;
        }
        break;
      case SKIP_LICENCE:
        if (self->choice.skip.n == TMB_MAX_SKIPS) {
          (void)tmb_usage_error("evaluate", "too many --skip-licence options");
          return false;
        }
        self->patterns[self->choice.skip.n++] = optarg;
        break;
      default:
        (void)tmb_bad_option("evaluate", c, argv);
        return false;
    }
  }
  if (!self->features != !self->labels) {
    (void)tmb_usage_error("evaluate", "features and labels belong together");
    return false;
  }
  if (self->features && (self->choice.cache || self->choice.n_phrases)) {
    (void)tmb_usage_error("evaluate", "--cache and --phrases need a corpus");
    return false;
  }
  const int n_corpora = argc - optind - 1;
  if (self->features ? n_corpora != 0 : n_corpora < 1) {
    (void)tmb_usage_error("evaluate",
                          "which model, and which corpus or --features?");
    return false;
  }
  self->choice.skip.patterns = self->patterns;
  self->evaluation.model     = argv[optind];
  self->evaluation.data      = self->features;
  self->choice.paths         = (const char* const*)argv + optind + 1;
  self->choice.n_paths       = (uint32_t)n_corpora;
  return true;
}

static TmbStatus
open_model(Run* const self, TmbMessage* const why)
{
  TmbEvaluation* const evaluation = &self->evaluation;
  const TmbStatus status = tmb_model_load(evaluation->model, &self->model, why);
  if (status) {
    return status;
  }

  const uint32_t n_outputs = tmb_model_n_outputs(self->model);
  evaluation->n_classes    = tmb_model_n_classes(self->model);
  evaluation->classes      = (TmbClass*)calloc(n_outputs, sizeof(TmbClass));
  if (!evaluation->classes) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }
  for (uint32_t i = 0U; i < n_outputs; ++i) {
    evaluation->classes[i] = *tmb_model_class(self->model, i);
  }
  return TMB_OK;
}

/// Whether writing a file would replace what is read.
static bool
is_read(const Run* const self, const char* const file)
{
  bool found = tmb_input_is(self->evaluation.model, file) ||
               (self->features && (tmb_array_is_in(self->features, file) ||
                                   tmb_array_is_in(self->labels, file)));
  for (uint32_t i = 0U; !found && i < self->choice.n_paths; ++i) {
    found = tmb_input_is(self->choice.paths[i], file);
  }
  return found;
}

/// See that the cache does not replace what is read, and can be written.
static TmbStatus
check_cache(const Run* const self, TmbMessage* const why)
{
  const char* const path = self->choice.cache;
  if (!path) {
    return TMB_OK;
  }
  if (is_read(self, path)) {
    return tmb_fail(
      TMB_WRITE_FAILED, why, "%s can't be written: it is read", path);
  }
  TmbNewFile      file;
  const TmbStatus status = tmb_new_file_open(path, &file, why);
  tmb_new_file_discard(&file);
  return status;
}

/// Begin the document, so that a place where it can't be is told at once.
static TmbStatus
open_json(Run* const self, TmbMessage* const why)
{
  const char* const path = self->json_path;
  if (!path) {
    return TMB_OK;
  }
  if (is_read(self, path)) {
    return tmb_fail(
      TMB_WRITE_FAILED, why, "%s can't be written: it is read", path);
  }
  return tmb_new_file_open(path, &self->evaluation.json, why);
}

static TmbStatus
evaluate(Run* const self, TmbMessage* const why)
{
  TmbStatus status = open_model(self, why);
  if (!status) {
    status = open_json(self, why);
  }
  if (!status) {
    status = check_cache(self, why);
  }
  if (!status && self->features) {
    self->is_complete = true;
    return tmb_evaluate_rows(self->model, self->labels, &self->evaluation, why);
  }
  return status ? status
                : tmb_evaluate_corpus(self->model,
                                      &self->choice,
                                      &self->evaluation,
                                      &self->is_complete,
                                      why);
}

int
tmb_cmd_evaluate(const int argc, char** const argv)
{
  Run self        = { .evaluation = { .threshold =
                                        (double)tmb_default_settings.threshold } };
  int exit_status = TMB_EXIT_OK;
  if (!read_options(argc, argv, &self, &exit_status)) {
    return exit_status;
  }

  TmbMessage why = { "" };
  if (evaluate(&self, &why)) {
    tmb_complain("%s", why.text);
    self.is_complete = false;
  }
  tmb_evaluation_clear(&self.evaluation);
  tmb_model_free(self.model);
  return self.is_complete ? TMB_EXIT_OK : TMB_EXIT_FAILED;
}
