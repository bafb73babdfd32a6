// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/data_options.h"

#include "trainer/fit_options.h"
#include "trainer/options.h"

#include <string.h>

TmbDataOptions
tmb_default_data_options(void)
{
  return (TmbDataOptions){
    .splits   = { TMB_SPLIT_RECORDINGS, TMB_SPLIT_SEGMENTS, TMB_SPLIT_SOURCES },
    .n_splits = TMB_N_SPLITS,
  };
}

static bool
read_splits(const char* const     command,
            char*                 list,
            TmbDataOptions* const options)
{
  options->n_splits = 0U;
  for (const char* item = NULL; (item = tmb_next_item(',', &list));) {
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
      (void)tmb_usage_error(command,
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
add_pattern(const char* const     command,
            const char* const     pattern,
            TmbDataOptions* const options)
{
  if (options->n_patterns == TMB_MAX_SKIPS) {
    (void)tmb_usage_error(command,
                          "--skip-licence can't be given more than %u times",
                          TMB_MAX_SKIPS);
    return false;
  }
  options->patterns[options->n_patterns++] = pattern;
  return true;
}

bool
tmb_read_data_option(const char* const     command,
                     const int             option,
                     char* const           text,
                     TmbDataOptions* const options)
{
  TmbTablePaths* const table = &options->table;
  switch (option) {
    case TMB_DATA_FEATURES:
      table->features = text;
      return true;
    case TMB_DATA_LABELS:
      table->labels = text;
      return true;
    case TMB_DATA_TEST_FEATURES:
      table->test_features = text;
      return true;
    case TMB_DATA_TEST_LABELS:
      table->test_labels = text;
      return true;
    case TMB_DATA_CLASSES:
      table->classes = text;
      return true;
    case TMB_DATA_CACHE:
      options->cache = text;
      return true;
    case TMB_DATA_SKIP_LICENCE:
      return add_pattern(command, text, options);
    default:
      return read_splits(command, text, options);
  }
}

bool
tmb_finish_data_options(const char* const     command,
                        char* const* const    arguments,
                        const int             n,
                        TmbDataOptions* const options)
{
  const TmbTablePaths* const table = &options->table;
  if (!table->features != (n > 0)) {
    (void)tmb_usage_error(command, "which corpus? Or which --features?");
  } else if (!table->features != !table->labels ||
             !table->test_features != !table->test_labels) {
    (void)tmb_usage_error(command, "features and labels belong together");
  } else if (table->features && options->cache) {
    (void)tmb_usage_error(command, "--cache needs a corpus");
  } else if (!table->features && (table->test_features || table->classes)) {
    (void)tmb_usage_error(command,
                          "--test-features and --classes need --features");
  } else {
    options->corpora   = (const char* const*)arguments;
    options->n_corpora = (uint32_t)n;
    return true;
  }
  return false;
}

bool
tmb_has_features(const int                  argc,
                 char** const               argv,
                 const struct option* const known)
{
  bool found = false;
  opterr     = 0;
  optind     = 0;
  for (int c = 0; (c = getopt_long(argc, argv, ":o:h", known, NULL)) != -1;) {
    found = found || c == TMB_DATA_FEATURES;
  }
  optind = 0;
  return found;
}
