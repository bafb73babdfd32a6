// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/fit_options.h"

#include "dsp/model.h"
#include "trainer/fit.h"
#include "trainer/options.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MAX_SEED 9007199254740992.0 ///< 2^53: exact in a double and in JSON
#define MAX_BATCH 65536.0
#define MAX_SEMITONES 12.0

void
tmb_print_fit_help(void)
{
  const TmbFitSettings* const notes = &tmb_default_fit;
  const TmbFitSettings* const rows  = &tmb_plain_fit;
  char                        networks[2][TMB_PLAN_TEXT];
  tmb_net_plan_write(&notes->plan, networks[0], TMB_PLAN_TEXT);
  tmb_net_plan_write(&rows->plan, networks[1], TMB_PLAN_TEXT);
  (void)printf(
    "  --network TEXT         layers: idct, conv CHANNELSxTAPS, pool, pool N,\n"
    "                         dense N [%s;\n"
    "                         %s]\n"
    "  --activation NAME      of dense layers: relu, sigmoid, tanh [%s; %s]\n"
    "  --epochs N             at most [%u; %u]\n"
    "  --optimizer NAME       adam, adamw, sgd with momentum .9 [%s; %s]\n"
    "  --schedule NAME        constant, cosine, one-cycle [%s; %s]\n"
    "  --dropout P            share of dense layers' inputs left out [%g; %g]\n"
    "  --weight-decay W       [%g; %g]\n"
    "  --label-smoothing S    share of each target that all classes share [0]\n"
    "  --mixup A              mix examples by Beta(A, A); 0 for none [%g; %g]\n"
    "  --averaged N           steps whose weights are averaged [%u; %u]\n"
    "  --target-accuracy A    stop when validation reaches it\n"
    "  --patience N           stop after N epochs without a better one\n"
    "  --keep best|last       which epoch's network is written [last]\n"
    "  --seed N               the same seed gives the same model [%llu]\n"
    "  --views S              ask the network about each note as it is, and "
    "as\n"
    "                         if S semitones lower and higher; 0 for once "
    "[%g]\n"
    "  --augment NAME=VALUE[,NAME=VALUE...]\n"
    "                         how notes are drawn and altered:\n",
    networks[0],
    networks[1],
    tmb_activation_names[notes->plan.activation],
    tmb_activation_names[rows->plan.activation],
    notes->n_epochs,
    rows->n_epochs,
    tmb_method_names[notes->method],
    tmb_method_names[rows->method],
    tmb_schedule_names[notes->schedule],
    tmb_schedule_names[rows->schedule],
    notes->dropout,
    rows->dropout,
    notes->weight_decay,
    rows->weight_decay,
    notes->mixup,
    rows->mixup,
    notes->n_averaged,
    rows->n_averaged,
    (unsigned long long)notes->seed,
    notes->views);
  tmb_print_augmentation_help();
}

char*
tmb_next_item(const char separator, char** const list)
{
  char* const item = *list;
  if (item) {
    char* const end = strchr(item, separator);
    if (end) {
      *end = '\0';
    }
    *list = end ? end + 1 : NULL;
  }
  return item;
}

bool
tmb_read_hidden(const char* const     command,
                const char            separator,
                char*                 text,
                TmbFitSettings* const fit)
{
  TmbNetPlan* const plan = &fit->plan;
  plan->n_layers         = 0U;
  for (const char* item = NULL; (item = tmb_next_item(separator, &text));) {
    if (plan->n_layers == TMB_MAX_PLANNED) {
      (void)tmb_usage_error(
        command, "--hidden takes at most %u layers", TMB_MAX_PLANNED);
      return false;
    }
    TmbPlannedLayer* const layer = &plan->layers[plan->n_layers++];
    *layer                       = (TmbPlannedLayer){ .kind = TMB_DENSE };
    if (!tmb_count_option(
          command, "--hidden", item, 1.0, TMB_MAX_WIDTH, &layer->n)) {
      return false;
    }
  }
  return true;
}

bool
tmb_check_layers(const char* const command,
                 const bool        has_hidden,
                 const bool        has_network)
{
  if (has_hidden && has_network) {
    (void)tmb_usage_error(command, "--network and --hidden exclude each other");
  }
  return !has_hidden || !has_network;
}

static bool
read_network(const char* const     command,
             const char* const     text,
             TmbFitSettings* const fit)
{
  TmbMessage      why    = { "" };
  const TmbStatus status = tmb_net_plan_read(text, &fit->plan, &why);
  if (status) {
    (void)tmb_usage_error(command, "--network: %s", why.text);
  }
  return !status;
}

/// Read one of a list of words, null at its end, as its index.
static bool
read_word(const char* const        command,
          const char* const        option,
          const char* const        choices,
          const char* const* const words,
          const char* const        text,
          unsigned* const          index)
{
  for (*index = 0U; words[*index]; ++*index) {
    if (!strcmp(words[*index], text)) {
      return true;
    }
  }
  (void)tmb_usage_error(
    command, "%s takes %s, not \"%s\"", option, choices, text);
  return false;
}

static bool
read_seed(const char* const     command,
          const char* const     text,
          TmbFitSettings* const fit)
{
  double value = 0.0;
  if (!tmb_number_option(command, "--seed", text, 0.0, MAX_SEED, &value)) {
    return false;
  }
  if (value != floor(value)) {
    (void)tmb_usage_error(command, "--seed takes a whole number");
    return false;
  }
  fit->seed = (uint64_t)value;
  return true;
}

/// Options whose value is a word.
static bool
read_name(const char* const     command,
          const int             option,
          const char* const     text,
          TmbFitSettings* const fit)
{
  static const char* const kept[] = { "last", "best", NULL };

  unsigned index = 0U;
  switch (option) {
    case TMB_FIT_ACTIVATION:
      // The first is none, which is for the last layer
      if (!read_word(command,
                     "--activation",
                     "relu, sigmoid or tanh",
                     tmb_activation_names + 1,
                     text,
                     &index)) {
        return false;
      }
      fit->plan.activation = (TmbActivation)(index + 1U);
      return true;
    case TMB_FIT_OPTIMIZER:
      if (!read_word(command,
                     "--optimizer",
                     "adam, adamw or sgd",
                     tmb_method_names,
                     text,
                     &index)) {
        return false;
      }
      fit->method = (TmbMethod)index;
      return true;
    case TMB_FIT_SCHEDULE:
      if (!read_word(command,
                     "--schedule",
                     "constant, cosine or one-cycle",
                     tmb_schedule_names,
                     text,
                     &index)) {
        return false;
      }
      fit->schedule = (TmbSchedule)index;
      return true;
    default:
      if (!read_word(command, "--keep", "best or last", kept, text, &index)) {
        return false;
      }
      fit->keeps_best = index == 1U;
      return true;
  }
}

bool
tmb_read_fit_option(const char* const     command,
                    const int             option,
                    char* const           text,
                    TmbFitSettings* const fit)
{
  switch (option) {
    case TMB_FIT_HIDDEN:
      return tmb_read_hidden(command, ',', text, fit);
    case TMB_FIT_NETWORK:
      return read_network(command, text, fit);
    case TMB_FIT_EPOCHS:
      return tmb_count_option(
        command, "--epochs", text, 1.0, TMB_MAX_EPOCHS, &fit->n_epochs);
    case TMB_FIT_BATCH:
      return tmb_count_option(
        command, "--batch", text, 1.0, MAX_BATCH, &fit->n_batch);
    case TMB_FIT_LEARNING_RATE:
      return tmb_number_option(
        command, "--learning-rate", text, 1e-9, 100.0, &fit->learning_rate);
    case TMB_FIT_DROPOUT:
      return tmb_number_option(
        command, "--dropout", text, 0.0, 0.99, &fit->dropout);
    case TMB_FIT_WEIGHT_DECAY:
      return tmb_number_option(
        command, "--weight-decay", text, 0.0, 100.0, &fit->weight_decay);
    case TMB_FIT_LABEL_SMOOTHING:
      return tmb_number_option(
        command, "--label-smoothing", text, 0.0, 0.99, &fit->label_smoothing);
    case TMB_FIT_MIXUP:
      return tmb_number_option(
        command, "--mixup", text, 0.0, 100.0, &fit->mixup);
    case TMB_FIT_AVERAGED:
      return tmb_count_option(
        command, "--averaged", text, 0.0, 1e6, &fit->n_averaged);
    case TMB_FIT_TARGET_ACCURACY:
      return tmb_number_option(
        command, "--target-accuracy", text, 0.0, 1.0, &fit->target_accuracy);
    case TMB_FIT_PATIENCE:
      return tmb_count_option(
        command, "--patience", text, 1.0, TMB_MAX_EPOCHS, &fit->patience);
    case TMB_FIT_VIEWS:
      return tmb_number_option(
        command, "--views", text, 0.0, MAX_SEMITONES, &fit->views);
    case TMB_FIT_AUGMENT:
      return tmb_read_augmentation(command, text, &fit->augmentation);
    case TMB_FIT_SEED:
      return read_seed(command, text, fit);
    default:
      return read_name(command, option, text, fit);
  }
}
