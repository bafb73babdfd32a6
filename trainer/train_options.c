// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/train_options.h"

#include "trainer/commands.h"
#include "trainer/fit.h"
#include "trainer/fit_options.h"
#include "trainer/options.h"
#include "trainer/parallel.h"
#include "trainer/text.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
  STATISTICS = 256,
  THREADS,
  LICENCE,
  HISTORY,
  CHECKPOINT,
  EVERY,
  RESUME,
  REPORT,
  PLOTS
};

static const struct option known[] = {
  { "output", required_argument, NULL, 'o' },
  { "statistics", no_argument, NULL, STATISTICS },
  { "threads", required_argument, NULL, THREADS },
  { "licence", required_argument, NULL, LICENCE },
  { "history", required_argument, NULL, HISTORY },
  { "checkpoint", required_argument, NULL, CHECKPOINT },
  { "every", required_argument, NULL, EVERY },
  { "resume", no_argument, NULL, RESUME },
  { "report", required_argument, NULL, REPORT },
  { "plots", required_argument, NULL, PLOTS },
  { "hidden", required_argument, NULL, TMB_FIT_HIDDEN },
  { "batch", required_argument, NULL, TMB_FIT_BATCH },
  { "learning-rate", required_argument, NULL, TMB_FIT_LEARNING_RATE },
  TMB_DATA_OPTIONS,
  TMB_FIT_OPTIONS,
  { "help", no_argument, NULL, 'h' },
  { NULL, 0, NULL, 0 },
};

static void
print_help(void)
{
  (void)puts(
    "Usage: timbrel train [OPTION]... CORPUS... -o MODEL\n"
    "       timbrel train [OPTION]... --features X.npy --labels y.npy -o "
    "MODEL\n"
    "Train a model on labelled recordings, or on the rows of a matrix, and\n"
    "measure how good it is.\n"
    "CORPUS is a folder of class folders, in which folders of recordings are\n"
    "sources; or a manifest.csv, or a folder that holds one, with the columns\n"
    "path, class and, if known, source, licence and onset.  Several count as "
    "one.\n"
    "Matrices are NumPy arrays, X.npy, or an array in an archive, data.npz:X.\n"
    "\n"
    "  -o, --output FILE      model to write\n"
    "\n"
    "Recordings:\n"
    "  --split LIST           measure with recordings, segments or sources "
    "held\n"
    "                         out; the model is trained without a fold of the\n"
    "                         first [recordings,segments,sources]\n"
    "  --cache FILE           keep the notes found in recordings there, for "
    "the "
    "next\n"
    "                         time\n"
    "  --skip-licence GLOB    leave out what the manifest gives such a "
    "licence;\n"
    "                         may be repeated\n"
    "\n"
    "Matrices:\n"
    "  --features, --labels   a row of numbers an example; its class, from 0\n"
    "  --test-features, --test-labels\n"
    "                         to measure with [a fifth of the rows, held out]\n"
    "  --classes FILE         names of the classes, a line each [0, 1, ...]\n"
    "  --statistics           print each feature's mean, deviation and "
    "range\n");
  const TmbFitSettings* const notes = &tmb_default_fit;
  const TmbFitSettings* const rows  = &tmb_plain_fit;
  (void)printf(
    "How it is trained [default for recordings; for matrices]:\n"
    "  --hidden LIST          outputs of each layer, if all are dense\n"
    "  --batch N              examples a step [%u; %u]\n"
    "  --learning-rate R      at its height [%g; %g]\n"
    "  --threads N            models differ with their number, since each "
    "normalises\n"
    "                         its share of a batch; with recordings, only if "
    "there\n"
    "                         are twice as many as trainings, or more\n"
    "                         [all processors]\n",
    notes->n_batch,
    rows->n_batch,
    notes->learning_rate,
    rows->learning_rate);
  tmb_print_fit_help();
  (void)puts(
    "\n"
    "What is kept of it:\n"
    "  --history FILE         loss and accuracy of each epoch, as CSV\n"
    "  --report FILE          all of it as a page, see timbrel report\n"
    "  --plots FOLDER         the page's pictures as files\n"
    "  --checkpoint FILE      what it takes to go on after being cut off; "
    "with\n"
    "                         recordings, files whose names begin like this\n"
    "  --every N              epochs between two checkpoints [1]\n"
    "  --resume               go on from the checkpoint, if there is one; "
    "with\n"
    "                         a constant rate, for more epochs too\n"
    "  --licence TEXT         licence of the model\n"
    "  -h, --help             print this\n"
    "\n"
    "Recordings that can't be read are reported and left out; the model is\n"
    "written, but the exit status is 1.  Ctrl-C lets the epoch end and writes\n"
    "the model as it is; the exit status is 130.");
}

static bool
read_licence(const char* const text, TmbTrainOptions* const options)
{
  if (!tmb_text_is_clean(text, false)) {
    (void)tmb_usage_error("train", "--licence takes UTF-8 text");
    return false;
  }
  options->licence = text;
  return true;
}

/// Where an option that is a path goes, or null.
static const char**
find_path(const int option, TmbTrainOptions* const options)
{
  switch (option) {
    case 'o':
      return &options->model;
    case HISTORY:
      return &options->history;
    case CHECKPOINT:
      return &options->checkpoint;
    case REPORT:
      return &options->report;
    case PLOTS:
      return &options->plots;
    default:
      return NULL;
  }
}

static bool
read_option(const int option, char* const text, TmbTrainOptions* const options)
{
  const char** const path = find_path(option, options);
  if (path) {
    *path = text;
    return true;
  }
  switch (option) {
    case STATISTICS:
      options->shows_statistics = true;
      return true;
    case RESUME:
      options->resumes = true;
      return true;
    case EVERY:
      return tmb_count_option(
        "train", "--every", text, 1.0, TMB_MAX_EPOCHS, &options->every);
    case THREADS:
      return tmb_count_option(
        "train", "--threads", text, 1.0, TMB_MAX_THREADS, &options->n_threads);
    case LICENCE:
      return read_licence(text, options);
    default:
      return (option < TMB_DATA_END)
               ? tmb_read_data_option("train", option, text, &options->data)
               : tmb_read_fit_option("train", option, text, &options->fit);
  }
}

/// Whether the options go together.
static bool
check_options(const TmbTrainOptions* const options)
{
  if (!options->model) {
    (void)tmb_usage_error("train", "which model is to be written? (-o)");
  } else if (!options->data.table.features && options->shows_statistics) {
    (void)tmb_usage_error("train", "--statistics needs --features");
  } else if (options->data.table.features &&
             tmb_augmentation_is_changed(&options->fit.augmentation)) {
    (void)tmb_usage_error("train", "--augment is for recordings");
  } else if (options->data.table.features && options->fit.views > 0.0) {
    (void)tmb_usage_error("train", "--views is for recordings");
  } else if (options->resumes && !options->checkpoint) {
    (void)tmb_usage_error("train", "--resume needs --checkpoint");
  } else if (options->plots && !options->report) {
    (void)tmb_usage_error("train", "--plots needs --report");
  } else {
    return true;
  }
  return false;
}

bool
tmb_read_train_options(const int              argc,
                       char** const           argv,
                       TmbTrainOptions* const options,
                       int* const             exit_status)
{
  const bool has_features = tmb_has_features(argc, argv, known);
  *options                = (TmbTrainOptions){
                   .data      = tmb_default_data_options(),
                   .fit       = has_features ? tmb_plain_fit : tmb_default_fit,
                   .n_threads = tmb_default_threads(),
                   .every     = 1U,
  };
  bool has_hidden  = false;
  bool has_network = false;
  *exit_status     = TMB_EXIT_USAGE;
  for (int c = 0; (c = getopt_long(argc, argv, ":o:h", known, NULL)) != -1;) {
    if (c == 'h') {
      print_help();
      *exit_status = TMB_EXIT_OK;
      return false;
    }
    if (c == ':' || c == '?') {
      (void)tmb_bad_option("train", c, argv);
      return false;
    }
    has_hidden  = has_hidden || c == TMB_FIT_HIDDEN;
    has_network = has_network || c == TMB_FIT_NETWORK;
    if (!read_option(c, optarg, options)) {
      return false;
    }
  }
  return tmb_check_layers("train", has_hidden, has_network) &&
         tmb_finish_data_options(
           "train", argv + optind, argc - optind, &options->data) &&
         check_options(options);
}
