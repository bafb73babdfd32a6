// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tools/bench_blocks.h"

#include "tests/support/host.h"
#include "tools/bench_child.h"
#include "tools/bench_clock.h"
#include "tools/bench_notes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COUNTS 100000U

struct BenchBlocksImpl {
  uint32_t n;
  Host*    host;
  float*   samples; ///< [n][BENCH_BLOCK]
  double*  best_s;  ///< [n]
};

/// When the plugin was called, and how long that took; the host's hook has no
/// place for it.
static double called_s;
static double took_s;

static void
watch_call(const bool is_before)
{
  if (is_before) {
    called_s = bench_wall_s();
  } else {
    took_s = bench_wall_s() - called_s;
  }
}

BenchBlocks*
bench_blocks_new(const char* const bundle, const uint32_t seconds)
{
  BenchBlocks* const self = (BenchBlocks*)calloc(1U, sizeof(BenchBlocks));
  if (!self) {
    return NULL;
  }

  self->n       = seconds * (BENCH_PLUGIN_RATE / BENCH_BLOCK);
  self->samples = (float*)calloc(self->n, BENCH_BLOCK * sizeof(float));
  self->best_s  = (double*)calloc(self->n, sizeof(double));
  self->host    = host_new(bundle, HOST_FULL, BENCH_PLUGIN_RATE);
  if (!self->samples || !self->best_s || !self->host) {
    bench_blocks_free(self);
    return NULL;
  }

  host_guard(self->host, watch_call, NULL);
  bench_notes_fill(
    BENCH_PLUGIN_RATE, (size_t)self->n * BENCH_BLOCK, self->samples, NULL);
  for (uint32_t i = 0U; i < self->n; ++i) {
    self->best_s[i] = HUGE_VAL;
  }
  return self;
}

void
bench_blocks_free(BenchBlocks* const self)
{
  if (self) {
    host_free(self->host);
    free(self->best_s);
    free(self->samples);
    free(self);
  }
}

void
bench_blocks_play(BenchBlocks* const self)
{
  float out[BENCH_BLOCK];
  host_restart(self->host);
  host_forget(self->host);
  for (uint32_t i = 0U; i < self->n; ++i) {
    host_run(
      self->host, self->samples + ((size_t)i * BENCH_BLOCK), out, BENCH_BLOCK);
    self->best_s[i] = fmin(self->best_s[i], took_s);
  }
}

static int
compare(const void* const a, const void* const b)
{
  const double x = *(const double*)a;
  const double y = *(const double*)b;
  return (x > y) - (x < y);
}

/// @param values [n], at least 1; sorted in place.
static BenchBlockCost
summarise(double* const values, const uint32_t n)
{
  BenchBlockCost cost = { .n = n };
  for (uint32_t i = 0U; i < n; ++i) {
    cost.mean += values[i] / (double)n;
  }
  qsort(values, n, sizeof(double), compare);
  cost.percentile = values[(uint32_t)ceil(0.999 * (double)n) - 1U];
  cost.worst      = values[n - 1U];
  return cost;
}

BenchBlockCost
bench_blocks_times(const BenchBlocks* const self)
{
  double* const  values = (double*)calloc(self->n, sizeof(double));
  BenchBlockCost cost   = { .n = 0U };
  if (values) {
    for (uint32_t i = 0U; i < self->n; ++i) {
      values[i] = self->best_s[i];
    }
    cost = summarise(values, self->n);
  }
  free(values);
  return cost;
}

/// Read what callgrind found: one part a block, each with its total.
static bool
read_counts(const char* const path, BenchBlockCost* const cost)
{
  static const char total[] = "totals:";

  FILE* const   file   = fopen(path, "r");
  double* const counts = (double*)calloc(MAX_COUNTS, sizeof(double));
  uint32_t      n_read = 0U;
  char          line[4096];
  while (file && counts && n_read < MAX_COUNTS &&
         fgets(line, sizeof(line), file)) {
    const bool   is_total = !strncmp(line, total, sizeof(total) - 1U);
    const double count =
      is_total ? strtod(line + sizeof(total) - 1U, NULL) : 0.0;
    if (count > 0.0) { // There is none after the last block
      counts[n_read++] = count;
    }
  }
  if (file) {
    (void)fclose(file);
  }

  const bool is_read = n_read > 1U;
  if (is_read) {
    *cost = summarise(counts + 1U, n_read - 1U);
  } else {
    (void)fprintf(stderr, "%s: callgrind counted no blocks\n", path);
  }
  free(counts);
  return is_read;
}

bool
bench_blocks_count(const char* const     program,
                   const char* const     bundle,
                   const char* const     folder,
                   BenchBlockCost* const cost)
{
  char counts[4096];
  char option[4160];
  char out[4160];
  (void)snprintf(counts, sizeof(counts), "%s/callgrind.out", folder);
  (void)snprintf(option, sizeof(option), "--callgrind-out-file=%s", counts);
  (void)snprintf(out, sizeof(out), "%s/valgrind.txt", folder);

  // `run` is the plugin's: counted while it runs, and written after each time
  const char* const arguments[] = { "valgrind",
                                    "--quiet",
                                    "--tool=callgrind",
                                    "--toggle-collect=run",
                                    "--dump-after=run",
                                    "--combine-dumps=yes",
                                    option,
                                    program,
                                    "blocks",
                                    bundle,
                                    NULL };

  (void)remove(counts); // Or parts would be appended
  BenchCost  taken;
  const bool is_counted =
    bench_child_run(arguments, out, &taken) && read_counts(counts, cost);
  (void)remove(counts);
  return is_counted;
}
