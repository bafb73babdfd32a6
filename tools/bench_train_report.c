// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tools/bench_products.h"
#include "tools/bench_rows.h"
#include "tools/bench_train_results.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define WITHIN 0.1 ///< Of accuracies, in points

static const char* const trainers[BENCH_N_TRAINERS] = {
  [BENCH_TIMBREL] = "timbrel train",
  [BENCH_TORCH]   = "PyTorch",
  [BENCH_SKLEARN] = "scikit-learn",
};

/// Threads on which this many times the speed of the faster peer is wanted.
static const double wanted[BENCH_TRAIN_THREADS] = { 2.0, 3.0 };

static void
report_speed(const BenchTrainResults* const r, const unsigned n_threads)
{
  const double* const epochs_s = r->epochs_s[n_threads - 1U];
  const double        n_steps  = r->n_examples / BENCH_BATCH;
  const double        gflops   = 1e-9 * n_steps * bench_products_flops();
  const double        floor_s  = n_steps * r->step_s / (double)n_threads;

  (void)printf("\nAn epoch on %u thread%s; the products of its steps alone are "
               "%.2f GFLOP\n",
               n_threads,
               (n_threads == 1U) ? "" : "s",
               gflops);
  for (unsigned i = 0U; i < BENCH_N_TRAINERS; ++i) {
    bench_show(trainers[i], epochs_s[i], 4, "s");
    (void)printf(" %6.1f GFLOP/s %5.1f %% of the peak\n",
                 gflops / epochs_s[i],
                 100.0 * floor_s / epochs_s[i]);
  }
  bench_show((n_threads == 1U)
               ? "OpenBLAS's sgemm, the products alone: the peak"
               : "the peak, so many times that of one thread",
             floor_s,
             4,
             "s");
  (void)printf(" %6.1f GFLOP/s\n", gflops / floor_s);
  bench_judge("faster than the faster peer",
              fmin(epochs_s[BENCH_TORCH], epochs_s[BENCH_SKLEARN]) /
                epochs_s[BENCH_TIMBREL],
              2,
              "times",
              BENCH_AT_LEAST,
              wanted[n_threads - 1U]);
}

/// Print each seed's accuracy, in percent: their mean.
static double
report_seeds(const char* const name, const double* const accuracies)
{
  double sum = 0.0;
  (void)printf("  %-23s", name);
  for (unsigned i = 0U; i < BENCH_TRAIN_SEEDS; ++i) {
    (void)printf("%8.2f", 100.0 * accuracies[i]);
    sum += 100.0 * accuracies[i];
  }

  const double mean = sum / BENCH_TRAIN_SEEDS;
  (void)printf("   mean %.2f %%\n", mean);
  return mean;
}

static void
report_accuracy(const BenchTrainResults* const r)
{
  (void)printf("\nTest accuracy after %u epochs, seeds 1 to %u\n",
               BENCH_TRAIN_EPOCHS,
               BENCH_TRAIN_SEEDS);
  double means[BENCH_N_TRAINERS];
  for (unsigned i = 0U; i < BENCH_N_TRAINERS; ++i) {
    means[i] = report_seeds(trainers[i], r->accuracies[i]);
  }
  bench_judge("above the better peer's mean",
              means[BENCH_TIMBREL] -
                fmax(means[BENCH_TORCH], means[BENCH_SKLEARN]),
              2,
              "points",
              BENCH_AT_LEAST,
              -WITHIN);
}

static void
report_target(const BenchTrainResults* const r)
{
  (void)printf("\ntimbrel train --target-accuracy %g, seeds 1 to %u\n",
               BENCH_TRAIN_TARGET,
               BENCH_TRAIN_SEEDS);
  double accuracies[BENCH_TRAIN_SEEDS];
  double least = HUGE_VAL;
  (void)printf("  %-23s", "stopped after epoch");
  for (unsigned i = 0U; i < BENCH_TRAIN_SEEDS; ++i) {
    (void)printf("%8u", r->stopped[i].n_epochs);
    accuracies[i] = r->stopped[i].accuracy;
    least         = fmin(least, accuracies[i]);
  }
  (void)putchar('\n');
  (void)report_seeds("with", accuracies);
  bench_judge("the least of these",
              100.0 * least,
              2,
              "%",
              BENCH_AT_LEAST,
              100.0 * BENCH_TRAIN_TARGET);
}

void
bench_train_report(const BenchTrainResults* const results)
{
  (void)printf("Training %d-%d-%d, sigmoid, Adam, batches of %d, %.0f "
               "examples;\nby the clock, best of %d rounds; meanwhile other "
               "programs kept %.1f of %ld processors busy\n",
               BENCH_INPUTS,
               BENCH_HIDDEN,
               BENCH_CLASSES,
               BENCH_BATCH,
               results->n_examples,
               BENCH_TRAIN_ROUNDS,
               results->others,
               sysconf(_SC_NPROCESSORS_ONLN));
  for (unsigned i = 1U; i <= BENCH_TRAIN_THREADS; ++i) {
    report_speed(results, i);
  }
  report_accuracy(results);
  report_target(results);
}
