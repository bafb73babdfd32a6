// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BENCH_TRAIN_RESULTS_H
#define TMB_BENCH_TRAIN_RESULTS_H

#include <stdint.h>

#define BENCH_TRAIN_ROUNDS 5
#define BENCH_TRAIN_SEEDS 5U   ///< 1, 2...
#define BENCH_TRAIN_THREADS 2U ///< At most
#define BENCH_TRAIN_EPOCHS 10U ///< Until accuracy is looked at
#define BENCH_TRAIN_TARGET 0.99

/// Who is timed.
typedef enum {
  BENCH_TIMBREL,
  BENCH_TORCH,
  BENCH_SKLEARN,
  BENCH_N_TRAINERS
} BenchTrainer;

/// What came of a training.
typedef struct {
  double   epoch_s;  ///< Shuffling and steps alone, the fastest epoch
  double   accuracy; ///< Of the test examples, after the last epoch
  uint32_t n_epochs;
} BenchTrained;

/// All that is measured; of times, the best.
typedef struct {
  double       n_examples; ///< Of an epoch
  double       others;     ///< Processors that other programs kept busy
  double       step_s;     ///< Products of a step alone, on one thread
  double       epochs_s[BENCH_TRAIN_THREADS][BENCH_N_TRAINERS];
  double       accuracies[BENCH_N_TRAINERS][BENCH_TRAIN_SEEDS];
  BenchTrained stopped[BENCH_TRAIN_SEEDS]; ///< At the target
} BenchTrainResults;

/// Print the table.
void
bench_train_report(const BenchTrainResults* results);

#endif // TMB_BENCH_TRAIN_RESULTS_H
