// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_DATA_OPTIONS_H
#define TMB_DATA_OPTIONS_H

#include "trainer/corpus.h"
#include "trainer/split.h"
#include "trainer/table.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

/*
  Options that say what a network is trained on, the same for every subcommand
  that trains.
*/

/// What they say; texts are argv's.
typedef struct {
  const char* const* corpora;   ///< [n_corpora] Folders and manifests
  uint32_t           n_corpora; ///< None if there is a table
  TmbTablePaths      table;     ///< Its features are null if there is a corpus
  const char*        cache;     ///< Of notes, or null
  const char*        patterns[TMB_MAX_SKIPS]; ///< Licences that are left out
  uint32_t           n_patterns;
  TmbSplit           splits[TMB_N_SPLITS]; ///< The first is the model's
  uint32_t           n_splits;
} TmbDataOptions;

/// What getopt_long() returns for them.
enum {
  TMB_DATA_FEATURES = 384,
  TMB_DATA_LABELS,
  TMB_DATA_TEST_FEATURES,
  TMB_DATA_TEST_LABELS,
  TMB_DATA_CLASSES,
  TMB_DATA_SKIP_LICENCE,
  TMB_DATA_CACHE,
  TMB_DATA_SPLIT,
  TMB_DATA_END
};

/// As getopt_long() takes them.
// clang-format off
#define TMB_DATA_OPTIONS                                                       \
  { "features", required_argument, NULL, TMB_DATA_FEATURES },                  \
  { "labels", required_argument, NULL, TMB_DATA_LABELS },                      \
  { "test-features", required_argument, NULL, TMB_DATA_TEST_FEATURES },        \
  { "test-labels", required_argument, NULL, TMB_DATA_TEST_LABELS },            \
  { "classes", required_argument, NULL, TMB_DATA_CLASSES },                    \
  { "skip-licence", required_argument, NULL, TMB_DATA_SKIP_LICENCE },          \
  { "cache", required_argument, NULL, TMB_DATA_CACHE },                        \
  { "split", required_argument, NULL, TMB_DATA_SPLIT }
// clang-format on

/// All splits, and nothing to train on.
TmbDataOptions
tmb_default_data_options(void);

/**
   Read one of them.

   @param text Its value; a list is cut apart in it.
   @return Whether it is right; if not, a usage error has been printed.
*/
TMB_NODISCARD bool
tmb_read_data_option(const char*     command,
                     int             option,
                     char*           text,
                     TmbDataOptions* options);

/**
   Take what is left of the command line as the corpora.

   @param arguments [n] Without options.
   @return Whether the options go together; if not, a usage error has been
   printed.
*/
TMB_NODISCARD bool
tmb_finish_data_options(const char*     command,
                        char* const*    arguments,
                        int             n,
                        TmbDataOptions* options);

/**
   Whether a command line has --features, by which other options' defaults go.

   @param known All options of the command.
*/
bool
tmb_has_features(int argc, char** argv, const struct option* known);

#endif // TMB_DATA_OPTIONS_H
