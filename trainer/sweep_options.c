// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/sweep_options.h"

#include "trainer/commands.h"
#include "trainer/fit.h"
#include "trainer/fit_options.h"
#include "trainer/options.h"
#include "trainer/parallel.h"
#include "trainer/sweep_run.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { LEARNING_RATES = 256, JOBS, EVERY, RESUME, REPORT, PLOTS };

static const struct option known[] = {
  { "output", required_argument, NULL, 'o' },
  { "learning-rates", required_argument, NULL, LEARNING_RATES },
  { "hidden", required_argument, NULL, TMB_FIT_HIDDEN },
  { "batch", required_argument, NULL, TMB_FIT_BATCH },
  { "jobs", required_argument, NULL, JOBS },
  { "every", required_argument, NULL, EVERY },
  { "resume", no_argument, NULL, RESUME },
  { "report", required_argument, NULL, REPORT },
  { "plots", required_argument, NULL, PLOTS },
  TMB_DATA_OPTIONS,
  TMB_FIT_OPTIONS,
  { "help", no_argument, NULL, 'h' },
  { NULL, 0, NULL, 0 },
};

/// Lists whose values are combined; null for the default alone.
typedef struct {
  char* learning_rates;
  char* hidden;
  char* batches;
} Lists;

static void
print_help(void)
{
  (void)printf(
    "Usage: timbrel sweep [OPTION]... CORPUS... -o FOLDER\n"
    "       timbrel sweep [OPTION]... --features X.npy --labels y.npy -o "
    "FOLDER\n"
    "Train with all combinations of some settings, several at a time, and "
    "tell\n"
    "which is best.  CORPUS and matrices are what timbrel train takes.\n"
    "\n"
    "  -o, --output FOLDER    each run's model, history and checkpoint go to "
    "a\n"
    "                         folder in it, and a table to results.csv\n"
    "  --learning-rates LIST  such as 0.01,0.001,0.0001\n"
    "  --hidden LIST          such as 64,256,512x256: layers are joined by x\n"
    "  --batch LIST           such as 32,100\n"
    "  --jobs N               runs at a time [all processors]\n"
    "  --every N              epochs between two checkpoints [1]\n"
    "  --resume               go on from the checkpoints that are there\n"
    "  --report FILE          all runs as a page, see timbrel report\n"
    "  --plots FOLDER         the page's pictures as files\n"
    "\n"
    "Options of timbrel train that all runs have in common [default for\n"
    "recordings; for matrices]:\n"
    "  --cache, --skip-licence, --split (the first is what is held out), "
    "--features,\n"
    "  --labels, --test-features, --test-labels, --classes\n");
  tmb_print_fit_help();
  (void)puts("  -h, --help             print this");
}

static bool
read_option(const int              option,
            char* const            text,
            TmbSweepOptions* const options,
            Lists* const           lists)
{
  switch (option) {
    case 'o':
      options->folder = text;
      return true;
    case LEARNING_RATES:
      lists->learning_rates = text;
      return true;
    case TMB_FIT_HIDDEN:
      lists->hidden = text;
      return true;
    case TMB_FIT_BATCH:
      lists->batches = text;
      return true;
    case JOBS:
      return tmb_count_option(
        "sweep", "--jobs", text, 1.0, TMB_MAX_THREADS, &options->n_jobs);
    case EVERY:
      return tmb_count_option(
        "sweep", "--every", text, 1.0, TMB_MAX_EPOCHS, &options->every);
    case RESUME:
      options->resumes = true;
      return true;
    case REPORT:
      options->report = text;
      return true;
    case PLOTS:
      options->plots = text;
      return true;
    default:
      return (option < TMB_DATA_END)
               ? tmb_read_data_option("sweep", option, text, &options->data)
               : tmb_read_fit_option("sweep", option, text, &options->runs[0]);
  }
}

/**
   Make a run of each run that there is with each value of a list.

   @param option One of TMB_FIT_*, that each value is read as.
*/
static bool
multiply_runs(TmbSweepOptions* const options, const int option, char* list)
{
  TmbFitSettings before[TMB_MAX_RUNS];
  const uint32_t n_before = options->n_runs;
  if (!list) {
    return true;
  }
  memcpy(before, options->runs, sizeof(before));
  options->n_runs = 0U;
  for (char* item = NULL; (item = tmb_next_item(',', &list));) {
    TmbFitSettings read = before[0];
    if (option == TMB_FIT_HIDDEN
          ? !tmb_read_hidden("sweep", 'x', item, &read)
          : !tmb_read_fit_option("sweep", option, item, &read)) {
      return false;
    }
    for (uint32_t i = 0U; i < n_before; ++i) {
      if (options->n_runs == TMB_MAX_RUNS) {
        (void)tmb_usage_error(
          "sweep", "these are more than %u combinations", TMB_MAX_RUNS);
        return false;
      }
      TmbFitSettings* const run = &options->runs[options->n_runs++];
      *run                      = before[i];
      if (option == TMB_FIT_HIDDEN) {
        run->plan = read.plan;
      } else if (option == TMB_FIT_BATCH) {
        run->n_batch = read.n_batch;
      } else {
        run->learning_rate = read.learning_rate;
      }
    }
  }
  return true;
}

/// Whether each run has a folder of its own: a list may say the same twice, and
/// rates may differ by less than names do.
static bool
check_names(const TmbSweepOptions* const options)
{
  for (uint32_t i = 1U; i < options->n_runs; ++i) {
    char name[TMB_SWEEP_NAME];
    tmb_sweep_name(&options->runs[i], name);
    for (uint32_t j = 0U; j < i; ++j) {
      char other[TMB_SWEEP_NAME];
      tmb_sweep_name(&options->runs[j], other);
      if (!strcmp(name, other)) {
        (void)tmb_usage_error("sweep", "two runs would be called %s", name);
        return false;
      }
    }
  }
  return true;
}

bool
tmb_read_sweep_options(const int              argc,
                       char** const           argv,
                       TmbSweepOptions* const options,
                       int* const             exit_status)
{
  const bool has_features = tmb_has_features(argc, argv, known);
  Lists      lists        = { NULL, NULL, NULL };
  bool       has_network  = false;
  *options                = (TmbSweepOptions){
                   .data   = tmb_default_data_options(),
                   .runs   = { has_features ? tmb_plain_fit : tmb_default_fit },
                   .n_runs = 1U,
                   .n_jobs = tmb_default_threads(),
                   .every  = 1U,
  };
  *exit_status = TMB_EXIT_USAGE;
  for (int c = 0; (c = getopt_long(argc, argv, ":o:h", known, NULL)) != -1;) {
    if (c == 'h') {
      print_help();
      *exit_status = TMB_EXIT_OK;
      return false;
    }
    if (c == ':' || c == '?') {
      (void)tmb_bad_option("sweep", c, argv);
      return false;
    }
    has_network = has_network || c == TMB_FIT_NETWORK;
    if (!read_option(c, optarg, options, &lists)) {
      return false;
    }
  }
  if (!tmb_check_layers("sweep", lists.hidden, has_network)) {
    return false;
  }
  if (!options->folder) {
    (void)tmb_usage_error("sweep", "which folder is to be written to? (-o)");
    return false;
  }
  if (options->plots && !options->report) {
    (void)tmb_usage_error("sweep", "--plots needs --report");
    return false;
  }
  if (has_features &&
      tmb_augmentation_is_changed(&options->runs[0].augmentation)) {
    (void)tmb_usage_error("sweep", "--augment is for recordings");
    return false;
  }
  if (has_features && options->runs[0].views > 0.0) {
    (void)tmb_usage_error("sweep", "--views is for recordings");
    return false;
  }
  options->data.n_splits = 1U; // What is held out is the same for all runs
  return tmb_finish_data_options(
           "sweep", argv + optind, argc - optind, &options->data) &&
         multiply_runs(options, TMB_FIT_HIDDEN, lists.hidden) &&
         multiply_runs(options, TMB_FIT_BATCH, lists.batches) &&
         multiply_runs(options, TMB_FIT_LEARNING_RATE, lists.learning_rates) &&
         check_names(options);
}
