// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/train_options.h"

#include "dsp/model.h"
#include "trainer/commands.h"
#include "trainer/options.h"
#include "trainer/parallel.h"
#include "trainer/text.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SEED 9007199254740992.0 ///< 2^53: exact in a double and in JSON

static void
print_help(void)
{
  const TmbFitSettings* const fit = &tmb_default_fit;
  (void)printf(
    "Usage: timbrel train [OPTION]... CORPUS -o MODEL\n"
    "Train a model on labelled recordings and measure how good it is.\n"
    "CORPUS is a folder of class folders, in which folders of recordings are\n"
    "sources; or a manifest.csv, or a folder that holds one, with the columns\n"
    "path, class and, if known, source and licence.\n"
    "\n"
    "  -o, --output FILE      model to write\n"
    "  --split LIST           measure with recordings, segments or sources "
    "held\n"
    "                         out; the model is trained without a fold of the\n"
    "                         first [recordings,segments,sources]\n"
    "  --hidden LIST          outputs of each hidden layer [%u,%u]\n"
    "  --activation NAME      of hidden layers: relu, sigmoid, tanh [%s]\n"
    "  --epochs N             each about as many draws as there are notes "
    "[%u]\n"
    "  --batch N              examples a step [%u]\n"
    "  --learning-rate R      at its height [%g]\n"
    "  --dropout P            share of hidden outputs left out [%g]\n"
    "  --weight-decay W       [%g]\n"
    "  --mixup A              mix examples by Beta(A, A); 0 for none [%g]\n"
    "  --seed N               the same seed gives the same model [%llu]\n"
    "  --threads N            [all processors]\n"
    "  --skip-licence GLOB    leave out what the manifest gives such a "
    "licence;\n"
    "                         may be repeated\n"
    "  --licence TEXT         licence of the model\n"
    "  -h, --help             print this\n"
    "\n"
    "Recordings that can't be read are reported and left out; the model is\n"
    "written, but the exit status is 1.\n",
    fit->hidden[0],
    fit->hidden[1],
    tmb_activation_names[fit->activation],
    fit->n_epochs,
    fit->n_batch,
    fit->learning_rate,
    fit->dropout,
    fit->weight_decay,
    fit->mixup,
    (unsigned long long)fit->seed);
}

static bool
read_count(const char* const option,
           const char* const text,
           const double      least,
           const double      most,
           uint32_t* const   count)
{
  return tmb_count_option("train", option, text, least, most, count);
}

/// Cut the next item off a comma-separated list, or return null at its end.
static const char*
next_item(char** const list)
{
  char* const item = *list;
  if (item) {
    char* const comma = strchr(item, ',');
    if (comma) {
      *comma = '\0';
    }
    *list = comma ? comma + 1 : NULL;
  }
  return item;
}

static bool
read_hidden(char* list, TmbFitSettings* const fit)
{
  fit->n_hidden = 0U;
  for (const char* item = NULL; (item = next_item(&list));) {
    if (fit->n_hidden == TMB_MAX_LAYERS - 1U) {
      (void)tmb_usage_error(
        "train", "--hidden takes at most %u layers", TMB_MAX_LAYERS - 1U);
      return false;
    }
    if (!read_count("--hidden",
                    item,
                    1.0,
                    TMB_MAX_WIDTH,
                    &fit->hidden[fit->n_hidden++])) {
      return false;
    }
  }
  return true;
}

static bool
read_splits(char* list, TmbTrainOptions* const options)
{
  options->n_splits = 0U;
  for (const char* item = NULL; (item = next_item(&list));) {
    uint32_t split = 0U;
    while (split < TMB_N_SPLITS && strcmp(tmb_split_names[split], item) != 0) {
      ++split;
    }
    for (uint32_t i = 0U; i < options->n_splits; ++i) {
      if ((uint32_t)options->splits[i] == split) {
        split = TMB_N_SPLITS;
      }
    }
    if (split == TMB_N_SPLITS) {
      (void)tmb_usage_error("train",
                            "--split takes recordings, segments and sources, "
                            "each once, not \"%s\"",
                            item);
      return false;
    }
    options->splits[options->n_splits++] = (TmbSplit)split;
  }
  return true;
}

static bool
read_activation(const char* const name, TmbFitSettings* const fit)
{
  if (!strcmp(name, tmb_activation_names[TMB_RELU])) {
    fit->activation = TMB_RELU;
  } else if (!strcmp(name, tmb_activation_names[TMB_SIGMOID])) {
    fit->activation = TMB_SIGMOID;
  } else if (!strcmp(name, tmb_activation_names[TMB_TANH])) {
    fit->activation = TMB_TANH;
  } else {
    (void)tmb_usage_error(
      "train", "--activation takes relu, sigmoid or tanh, not \"%s\"", name);
    return false;
  }
  return true;
}

static bool
add_pattern(const char* const pattern, TmbTrainOptions* const options)
{
  if (options->n_patterns == TMB_MAX_SKIPS) {
    (void)tmb_usage_error("train",
                          "--skip-licence can't be given more than %u times",
                          TMB_MAX_SKIPS);
    return false;
  }
  options->patterns[options->n_patterns++] = pattern;
  return true;
}

enum {
  SPLIT = 256,
  HIDDEN,
  ACTIVATION,
  EPOCHS,
  BATCH,
  LEARNING_RATE,
  DROPOUT,
  WEIGHT_DECAY,
  MIXUP,
  SEED,
  THREADS,
  SKIP_LICENCE,
  LICENCE
};

static bool
read_seed(const char* const text, TmbFitSettings* const fit)
{
  double value = 0.0;
  if (!tmb_number_option("train", "--seed", text, 0.0, MAX_SEED, &value)) {
    return false;
  }
  if (value != floor(value)) {
    (void)tmb_usage_error("train", "--seed takes a whole number");
    return false;
  }
  fit->seed = (uint64_t)value;
  return true;
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

static bool
read_option(const int option, char* const text, TmbTrainOptions* const options)
{
  TmbFitSettings* const fit = &options->fit;
  switch (option) {
    case 'o':
      options->model = text;
      return true;
    case SPLIT:
      return read_splits(text, options);
    case HIDDEN:
      return read_hidden(text, fit);
    case ACTIVATION:
      return read_activation(text, fit);
    case EPOCHS:
      return read_count("--epochs", text, 1.0, 1e6, &fit->n_epochs);
    case BATCH:
      return read_count("--batch", text, 1.0, 65536.0, &fit->n_batch);
    case LEARNING_RATE:
      return tmb_number_option(
        "train", "--learning-rate", text, 1e-9, 100.0, &fit->learning_rate);
    case DROPOUT:
      return tmb_number_option(
        "train", "--dropout", text, 0.0, 0.99, &fit->dropout);
    case WEIGHT_DECAY:
      return tmb_number_option(
        "train", "--weight-decay", text, 0.0, 100.0, &fit->weight_decay);
    case MIXUP:
      return tmb_number_option(
        "train", "--mixup", text, 0.0, 100.0, &fit->mixup);
    case SEED:
      return read_seed(text, fit);
    case THREADS:
      return read_count(
        "--threads", text, 1.0, TMB_MAX_THREADS, &options->n_threads);
    case SKIP_LICENCE:
      return add_pattern(text, options);
    default:
      return read_licence(text, options);
  }
}

bool
tmb_read_train_options(const int              argc,
                       char** const           argv,
                       TmbTrainOptions* const options,
                       int* const             exit_status)
{
  static const struct option known[] = {
    { "output", required_argument, NULL, 'o' },
    { "split", required_argument, NULL, SPLIT },
    { "hidden", required_argument, NULL, HIDDEN },
    { "activation", required_argument, NULL, ACTIVATION },
    { "epochs", required_argument, NULL, EPOCHS },
    { "batch", required_argument, NULL, BATCH },
    { "learning-rate", required_argument, NULL, LEARNING_RATE },
    { "dropout", required_argument, NULL, DROPOUT },
    { "weight-decay", required_argument, NULL, WEIGHT_DECAY },
    { "mixup", required_argument, NULL, MIXUP },
    { "seed", required_argument, NULL, SEED },
    { "threads", required_argument, NULL, THREADS },
    { "skip-licence", required_argument, NULL, SKIP_LICENCE },
    { "licence", required_argument, NULL, LICENCE },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  *options = (TmbTrainOptions){
    .splits   = { TMB_SPLIT_RECORDINGS, TMB_SPLIT_SEGMENTS, TMB_SPLIT_SOURCES },
    .n_splits = TMB_N_SPLITS,
    .fit      = tmb_default_fit,
    .n_threads = tmb_default_threads(),
  };
  *exit_status = TMB_EXIT_USAGE;
  opterr       = 0;
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
    if (!read_option(c, optarg, options)) {
      return false;
    }
  }

  if (argc - optind != 1) {
    (void)tmb_usage_error("train", "which corpus? It takes one");
    return false;
  }
  if (!options->model) {
    (void)tmb_usage_error("train", "which model is to be written? (-o)");
    return false;
  }
  options->corpus = argv[optind];
  return true;
}
