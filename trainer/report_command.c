// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "trainer/commands.h"
#include "trainer/file_kind.h"
#include "trainer/history.h"
#include "trainer/options.h"
#include "trainer/page.h"
#include "trainer/page_scores.h"
#include "trainer/plots.h"
#include "trainer/regular_file.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define COMMAND "report"
#define MAX_JSON ((uint64_t)64U << 20U) ///< Bytes; larger files are refused

/// What was asked for.
typedef struct {
  const char* page;
  const char* plots; ///< Or null
  const char* title; ///< ...
  double      target;
} Options;

/// What was read.
typedef struct {
  TmbHistory histories[TMB_MAX_CURVES];
  uint32_t   n_histories;
  json_t*    evaluation;
  TmbModel*  model;
  json_t*    training;
  json_t*    accuracy;
} Inputs;

static void
print_help(void)
{
  (void)fputs(
    "Usage: timbrel report [OPTION]... FILE... -o OUT.html\n"
    "Draw a training, an evaluation and a model as one page, with gnuplot.\n"
    "FILEs are told apart by their content: histories that `timbrel train`\n"
    "wrote (several make a sweep), what `timbrel evaluate --json` wrote, and "
    "a\n"
    "model for its settings, data and accuracy.\n"
    "\n"
    "  -o, --output FILE  the page, which needs no other file\n"
    "      --plots DIR    write the pictures there too, as SVG\n"
    "      --target A     accuracy that the training was to reach, 0 to 1\n"
    "      --title TEXT   instead of \"Timbrel report\"\n"
    "  -h, --help         print this\n",
    stdout);
}

static bool
ends_as_page(const char* const path)
{
  const char* const dot = strrchr(path, '.');
  return dot && (!strcasecmp(dot, ".html") || !strcasecmp(dot, ".htm"));
}

/// Read the options; if that is all there is to do, false and an exit status.
static bool
read_options(const int      argc,
             char** const   argv,
             Options* const options,
             int* const     exit_status)
{
  static const struct option known[] = {
    { "output", required_argument, NULL, 'o' },
    { "plots", required_argument, NULL, 'p' },
    { "target", required_argument, NULL, 't' },
    { "title", required_argument, NULL, 'T' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  *exit_status = TMB_EXIT_USAGE;
  opterr       = 0;
  for (int c = 0; (c = getopt_long(argc, argv, ":o:h", known, NULL)) != -1;) {
    if (c == 'h') {
      print_help();
      *exit_status = TMB_EXIT_OK;
      return false;
    }
    if (c == 'o') {
      options->page = optarg;
    } else if (c == 'p') {
      options->plots = optarg;
    } else if (c == 'T') {
      options->title = optarg;
    } else if (c != 't') {
      *exit_status = tmb_bad_option(COMMAND, c, argv);
      return false;
    } else if (!tmb_number_option(
                 COMMAND, "--target", optarg, 0.0, 1.0, &options->target)) {
      return false;
    }
  }
  if (optind == argc) {
    *exit_status = tmb_usage_error(COMMAND, "which files?");
    return false;
  }
  if (!options->page || !ends_as_page(options->page)) {
    *exit_status =
      options->page
        ? tmb_usage_error(COMMAND, "%s does not end in .html", options->page)
        : tmb_usage_error(COMMAND, "where to? -o FILE says it");
    return false;
  }
  return true;
}

static TmbStatus
read_model(Inputs* const self, const char* const path, TmbMessage* const why)
{
  if (self->model) {
    return tmb_fail(TMB_BAD_FILE, why, "%s: a second model", path);
  }

  const TmbStatus status = tmb_model_load(path, &self->model, why);
  if (!status) {
    const char* const training =
      tmb_model_metadata(self->model, TMB_KEY_TRAINING);
    const char* const accuracy =
      tmb_model_metadata(self->model, TMB_KEY_ACCURACY);
    self->training = training ? json_loads(training, 0, NULL) : NULL;
    self->accuracy = accuracy ? json_loads(accuracy, 0, NULL) : NULL;
  }
  return status;
}

static TmbStatus
read_evaluation(Inputs* const     self,
                const char* const path,
                TmbMessage* const why)
{
  if (self->evaluation) {
    return tmb_fail(TMB_BAD_FILE, why, "%s: a second evaluation", path);
  }

  int        fd      = -1;
  uint64_t   n_bytes = 0U;
  TmbMessage reason;
  TmbStatus  status = tmb_open_regular(path, &fd, &n_bytes, &reason);
  if (status) {
    return tmb_fail(status, why, "%s: %s", path, reason.text);
  }

  json_error_t error = { .line = 0 };
  if (n_bytes > MAX_JSON) {
    status = tmb_fail(TMB_BAD_FILE, why, "%s: too large", path);
  } else {
    self->evaluation = json_loadfd(fd, JSON_REJECT_DUPLICATES, &error);
    if (!self->evaluation) {
      status = tmb_fail(TMB_BAD_FILE,
                        why,
                        "%s: line %d is not JSON: %.100s",
                        path,
                        error.line,
                        error.text);
    } else if (!tmb_is_evaluation(self->evaluation)) {
      status = tmb_fail(TMB_BAD_FILE,
                        why,
                        "%s: it is not what timbrel evaluate --json writes",
                        path);
    }
  }
  (void)close(fd);
  return status;
}

static TmbStatus
read_history(Inputs* const self, const char* const path, TmbMessage* const why)
{
  return self->n_histories < TMB_MAX_CURVES
           ? tmb_history_read(path, &self->histories[self->n_histories++], why)
           : tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: more than %u histories",
                      path,
                      TMB_MAX_CURVES);
}

static void
clear(Inputs* const self)
{
  for (uint32_t i = 0U; i < self->n_histories; ++i) {
    tmb_history_clear(&self->histories[i]);
  }
  json_decref(self->evaluation);
  json_decref(self->training);
  json_decref(self->accuracy);
  tmb_model_free(self->model);
}

int
tmb_cmd_report(const int argc, char** const argv)
{
  Options options     = { .target = 0.0 };
  int     exit_status = TMB_EXIT_OK;
  if (!read_options(argc, argv, &options, &exit_status)) {
    return exit_status;
  }

  Inputs     inputs = { .n_histories = 0U };
  TmbMessage why;
  TmbStatus  status = TMB_OK;
  for (int i = optind; !status && i < argc; ++i) {
    status = tmb_begins_like_model(argv[i]) ? read_model(&inputs, argv[i], &why)
             : tmb_begins_like_json(argv[i])
               ? read_evaluation(&inputs, argv[i], &why)
               : read_history(&inputs, argv[i], &why);
  }
  if (!status) {
    const TmbPage page = {
      .title       = options.title,
      .histories   = inputs.histories,
      .n_histories = inputs.n_histories,
      .target      = options.target,
      .evaluation  = inputs.evaluation,
      .training    = inputs.training,
      .accuracy    = inputs.accuracy,
    };
    status = tmb_page_write(&page, options.page, options.plots, &why);
  }
  if (status) {
    tmb_complain("%s", why.text);
  }
  clear(&inputs);
  return status ? TMB_EXIT_FAILED : TMB_EXIT_OK;
}
