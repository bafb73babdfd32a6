// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BENCH_RESULTS_H
#define TMB_BENCH_RESULTS_H

#include "tools/bench_blocks.h"
#include "tools/bench_child.h"
#include "tools/bench_steps.h"
#include "tools/bench_vectors.h"

#define BENCH_ROUNDS 7
#define BENCH_FILE_S 600.0 ///< Length of the recording
#define BENCH_PART_S 60.0  ///< Of it, what is timed within the program
#define BENCH_PLUGIN_S 60U ///< What the plugin is played
#define BENCH_LV2_SAMPLES 2880000

/// Programs that are timed.
typedef enum {
  BENCH_FEATURES,
  BENCH_PEER_MFCC,
  BENCH_PEER_ONSETS,
  BENCH_LABEL,
  BENCH_N_PROGRAMS
} BenchProgram;

/// Windows that are transformed: those of MFCCs, and those of the streaming
/// front end.
typedef enum {
  BENCH_WINDOW_MFCC,
  BENCH_WINDOW_SHORT,
  BENCH_WINDOW_LONG,
  BENCH_N_WINDOWS
} BenchWindow;

/// All that is measured; of times, the best.
typedef struct {
  double          clock_ghz;
  BenchCost       programs[BENCH_N_PROGRAMS];
  BenchCost       hour;                       ///< `label` of an hour
  double          ways_s[BENCH_N_WAYS];       ///< For #BENCH_PART_S of sound
  double          pass_s;                     ///< Of the network, for a note
  uint32_t        n_ffts[BENCH_N_WINDOWS];    ///< Lengths
  double          n_windows[BENCH_N_WINDOWS]; ///< In the recording
  double          floors_s[BENCH_N_WINDOWS];  ///< For one window
  double          onsets_f;                   ///< F-measure within 50 ms
  BenchBlockCost  times;                      ///< Seconds
  BenchBlockCost  instructions;
  double          lv2_s; ///< What lv2bench says
  BenchDifference difference;
} BenchResults;

/// Print the table.
void
bench_report(const BenchResults* results);

#endif // TMB_BENCH_RESULTS_H
