// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  How fast the command trains, and how well, beside PyTorch and scikit-learn.

  usage: bench_train SCRIPTS

  It runs in the folder of the data set, BUILD/bench, with the command above it;
  SCRIPTS holds the peers.  All take turns, and the best epoch of each counts,
  so that ratios hold on a machine that others use too.
*/

#include "tools/bench_child.h"
#include "tools/bench_load.h"
#include "tools/bench_products.h"
#include "tools/bench_train_results.h"
#include "trainer/history.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define PYTHON "/usr/bin/python3" // Whose packages are Debian's
#define N_EXAMPLES 66247.0        // Of tools/bench_train/data_set.py
#define TIMED_EPOCHS 3U
#define TIMED_STEPS 663U ///< Of products alone: an epoch's

/// What a training is asked for.
typedef struct {
  unsigned n_threads;
  unsigned n_epochs;
  unsigned seed;
  double   target; ///< Accuracy at which to stop; above 1 for never
} Wish;

/// A number as an argument.
typedef struct {
  char text[32];
} Number;

static Number
number(const double value)
{
  Number n;
  (void)snprintf(n.text, sizeof(n.text), "%g", value);
  return n;
}

/// Look at the file that the command keeps of its epochs.
static bool
read_history(const char* const path, BenchTrained* const trained)
{
  TmbMessage      why     = { "" };
  TmbHistory      history = { .rows = NULL };
  const TmbStatus status  = tmb_history_read(path, &history, &why);
  if (status) {
    (void)fprintf(stderr, "%s\n", why.text);
  }
  for (uint32_t i = 0U; i < history.n_rows; ++i) {
    trained->epoch_s  = fmin(trained->epoch_s, history.rows[i].seconds);
    trained->accuracy = history.rows[i].validation_accuracy;
    trained->n_epochs = history.rows[i].epoch;
  }
  tmb_history_clear(&history);
  return !status && trained->n_epochs;
}

static bool
run_command(const Wish* const wish, BenchTrained* const trained)
{
  const Number n_threads   = number(wish->n_threads);
  const Number n_epochs    = number(wish->n_epochs);
  const Number seed        = number(wish->seed);
  const Number target      = number(wish->target);
  const bool   stops       = wish->target <= 1.0;
  const char*  arguments[] = {
     "../timbrel",      "train",       "--features",
     "train_x.npy",     "--labels",    "train_y.npy",
     "--test-features", "test_x.npy",  "--test-labels",
     "test_y.npy",      "-o",          "trained.safetensors",
     "--history",       "history.csv", "--threads",
     n_threads.text,    "--epochs",    n_epochs.text,
     "--seed",          seed.text,     stops ? "--target-accuracy" : NULL,
     target.text,       NULL
  };

  BenchCost cost;
  return bench_child_run(arguments, "out.txt", &cost) &&
         read_history("history.csv", trained);
}

/// Look at what a peer says of its epochs.
static bool
read_answer(const char* const path, BenchTrained* const trained)
{
  json_error_t   error;
  json_t* const  answer   = json_load_file(path, 0U, &error);
  const json_t*  seconds  = json_object_get(answer, "seconds");
  const json_t*  accuracy = json_object_get(answer, "accuracy");
  const uint32_t n        = (uint32_t)json_array_size(seconds);
  for (uint32_t i = 0U; i < n; ++i) {
    trained->epoch_s =
      fmin(trained->epoch_s, json_number_value(json_array_get(seconds, i)));
  }
  trained->accuracy  = json_number_value(accuracy);
  trained->n_epochs  = n;
  const bool is_read = n && json_is_number(accuracy);
  json_decref(answer);
  if (!is_read) {
    (void)fprintf(stderr, "%s: it is not a peer's answer\n", path);
  }
  return is_read;
}

static bool
run_peer(const char* const   scripts,
         const char* const   name,
         const Wish* const   wish,
         BenchTrained* const trained)
{
  char script[4096];
  (void)snprintf(script, sizeof(script), "%s/%s", scripts, name);
  const Number      n_threads   = number(wish->n_threads);
  const Number      n_epochs    = number(wish->n_epochs);
  const Number      seed        = number(wish->seed);
  const char* const arguments[] = {
    PYTHON, script, ".", n_threads.text, n_epochs.text, seed.text, NULL
  };

  BenchCost cost;
  return bench_child_run(arguments, "out.txt", &cost) &&
         read_answer("out.txt", trained);
}

/// Let one of them train.
static bool
train(const char* const   scripts,
      const BenchTrainer  trainer,
      const Wish* const   wish,
      BenchTrained* const trained)
{
  *trained = (BenchTrained){ .epoch_s = HUGE_VAL };
  switch (trainer) {
    case BENCH_TORCH:
      return run_peer(scripts, "peer_torch.py", wish, trained);
    case BENCH_SKLEARN:
      return run_peer(scripts, "peer_sklearn.py", wish, trained);
    case BENCH_TIMBREL:
    case BENCH_N_TRAINERS:
      break;
  }
  return run_command(wish, trained);
}

/// Let all have their turn.
static bool
run_round(const char* const scripts, BenchTrainResults* const r)
{
  double step_s = 0.0;
  if (!bench_products_time(TIMED_STEPS, &step_s)) {
    return false;
  }
  r->step_s = fmin(r->step_s, step_s);

  Wish wish = { .n_epochs = TIMED_EPOCHS, .seed = 1U, .target = HUGE_VAL };
  for (unsigned i = 0U; i < BENCH_TRAIN_THREADS; ++i) {
    wish.n_threads = i + 1U;
    for (unsigned j = 0U; j < BENCH_N_TRAINERS; ++j) {
      BenchTrained trained;
      if (!train(scripts, (BenchTrainer)j, &wish, &trained)) {
        return false;
      }
      r->epochs_s[i][j] = fmin(r->epochs_s[i][j], trained.epoch_s);
    }
  }
  return true;
}

/// How well all are trained with a seed, and when the command stops.
static bool
run_seed(const char* const        scripts,
         const unsigned           index,
         BenchTrainResults* const r)
{
  Wish wish = { .n_threads = 1U,
                .n_epochs  = BENCH_TRAIN_EPOCHS,
                .seed      = index + 1U,
                .target    = HUGE_VAL };
  for (unsigned i = 0U; i < BENCH_N_TRAINERS; ++i) {
    BenchTrained trained;
    if (!train(scripts, (BenchTrainer)i, &wish, &trained)) {
      return false;
    }
    r->accuracies[i][index] = trained.accuracy;
  }

  wish.target = BENCH_TRAIN_TARGET;
  return train(scripts, BENCH_TIMBREL, &wish, &r->stopped[index]);
}

static bool
measure(const char* const scripts, BenchTrainResults* const r)
{
  for (unsigned i = 0U; i < BENCH_TRAIN_THREADS; ++i) {
    for (unsigned j = 0U; j < BENCH_N_TRAINERS; ++j) {
      r->epochs_s[i][j] = HUGE_VAL;
    }
  }

  const BenchLoad begun = bench_load_now();
  for (unsigned i = 0U; i < BENCH_TRAIN_ROUNDS; ++i) {
    (void)fprintf(stderr, "Round %u of %d\n", i + 1U, BENCH_TRAIN_ROUNDS);
    if (!run_round(scripts, r)) {
      return false;
    }
  }
  r->others = bench_load_others(&begun);

  for (unsigned i = 0U; i < BENCH_TRAIN_SEEDS; ++i) {
    (void)fprintf(stderr, "Seed %u of %u\n", i + 1U, BENCH_TRAIN_SEEDS);
    if (!run_seed(scripts, i, r)) {
      return false;
    }
  }
  return true;
}

/// Let each library choose its own kernels and threads.
static bool
clear_environment(void)
{
  static const char* const names[] = { "OPENBLAS_CORETYPE",
                                       "OPENBLAS_L2_SIZE",
                                       "OPENBLAS_NUM_THREADS",
                                       "OMP_NUM_THREADS" };

  bool is_clear = true;
  for (unsigned i = 0U; i < sizeof(names) / sizeof(*names); ++i) {
    is_clear = is_clear && !unsetenv(names[i]);
  }
  return is_clear;
}

int
main(const int argc, char** const argv)
{
  if (argc != 2) {
    (void)fprintf(stderr, "usage: %s SCRIPTS\n", argv[0]);
    return 2;
  }

  // Loading OpenBLAS sets a variable, which is not meant for the peers
  BenchTrainResults r = { .n_examples = N_EXAMPLES, .step_s = HUGE_VAL };
  if (!clear_environment() || !bench_products_time(1U, &r.step_s) ||
      !clear_environment() || !measure(argv[1], &r)) {
    return EXIT_FAILURE;
  }
  bench_train_report(&r);
  return EXIT_SUCCESS;
}
