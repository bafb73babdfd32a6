// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FIT_OPTIONS_H
#define TMB_FIT_OPTIONS_H

#include "trainer/learner.h"

#include <getopt.h>
#include <stdbool.h>

/*
  Options that say how a network is trained, the same for every subcommand that
  does.
*/

/// What getopt_long() returns for them; a command's own are less.
enum {
  TMB_FIT_HIDDEN = 512,
  TMB_FIT_NETWORK,
  TMB_FIT_ACTIVATION,
  TMB_FIT_EPOCHS,
  TMB_FIT_BATCH,
  TMB_FIT_OPTIMIZER,
  TMB_FIT_SCHEDULE,
  TMB_FIT_LEARNING_RATE,
  TMB_FIT_DROPOUT,
  TMB_FIT_WEIGHT_DECAY,
  TMB_FIT_LABEL_SMOOTHING,
  TMB_FIT_MIXUP,
  TMB_FIT_AVERAGED,
  TMB_FIT_TARGET_ACCURACY,
  TMB_FIT_PATIENCE,
  TMB_FIT_KEEP,
  TMB_FIT_VIEWS,
  TMB_FIT_AUGMENT,
  TMB_FIT_SEED
};

/// As getopt_long() takes them, but for what a sweep has lists of: hidden
/// layers, batches and learning rates.
// clang-format off
#define TMB_FIT_OPTIONS                                                        \
  { "network", required_argument, NULL, TMB_FIT_NETWORK },                     \
  { "activation", required_argument, NULL, TMB_FIT_ACTIVATION },               \
  { "epochs", required_argument, NULL, TMB_FIT_EPOCHS },                       \
  { "optimizer", required_argument, NULL, TMB_FIT_OPTIMIZER },                 \
  { "schedule", required_argument, NULL, TMB_FIT_SCHEDULE },                   \
  { "dropout", required_argument, NULL, TMB_FIT_DROPOUT },                     \
  { "weight-decay", required_argument, NULL, TMB_FIT_WEIGHT_DECAY },           \
  { "label-smoothing", required_argument, NULL, TMB_FIT_LABEL_SMOOTHING },     \
  { "mixup", required_argument, NULL, TMB_FIT_MIXUP },                         \
  { "averaged", required_argument, NULL, TMB_FIT_AVERAGED },                   \
  { "target-accuracy", required_argument, NULL, TMB_FIT_TARGET_ACCURACY },     \
  { "patience", required_argument, NULL, TMB_FIT_PATIENCE },                   \
  { "keep", required_argument, NULL, TMB_FIT_KEEP },                           \
  { "views", required_argument, NULL, TMB_FIT_VIEWS },                         \
  { "augment", required_argument, NULL, TMB_FIT_AUGMENT },                     \
  { "seed", required_argument, NULL, TMB_FIT_SEED }
// clang-format on

/// Print their part of a command's help, with the defaults for notes and for
/// rows.
void
tmb_print_fit_help(void);

/**
   Read one of them.

   @param text Its value; a list is cut apart in it.
   @return Whether it is right; if not, a usage error has been printed.
*/
TMB_NODISCARD bool
tmb_read_fit_option(const char*     command,
                    int             option,
                    char*           text,
                    TmbFitSettings* fit);

/**
   Read the outputs of dense layers.

   @param separator Between two layers.
*/
TMB_NODISCARD bool
tmb_read_hidden(const char*     command,
                char            separator,
                char*           text,
                TmbFitSettings* fit);

/// Whether the network is described once at most; if not, a usage error has
/// been printed.
TMB_NODISCARD bool
tmb_check_layers(const char* command, bool has_hidden, bool has_network);

/// Cut the next item off a list, or return null at its end.
char*
tmb_next_item(char separator, char** list);

#endif // TMB_FIT_OPTIONS_H
