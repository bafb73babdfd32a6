// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BENCH_STEPS_H
#define TMB_BENCH_STEPS_H

#include "dsp/model.h"

#include <stdint.h>

/// The ways through the streaming front end that are timed; each does what the
/// one before does and more, but for #BENCH_ANALYSIS.
typedef enum {
  BENCH_FRAMES,     ///< Samples in windows
  BENCH_SHORT,      ///< and powers of short ones
  BENCH_LONG,       ///< and of long ones
  BENCH_BANDS,      ///< and bands of both, and those of notes
  BENCH_LEVELS,     ///< and their logarithms
  BENCH_ANALYSIS,   ///< tmb_analysis_push(): without the bands of notes
  BENCH_ONSETS,     ///< and tmb_onset_push()
  BENCH_EXTRACTOR,  ///< tmb_extractor_push()
  BENCH_NOTES,      ///< and tmb_note_features()
  BENCH_RECOGNISER, ///< tmb_recogniser_push()
  BENCH_N_WAYS
} BenchWay;

/// The streaming front end, whole and in parts.
typedef struct BenchStepsImpl BenchSteps;

/**
   @param model, samples Borrowed.
   @param samples [n]
   @return Freed with bench_steps_free(); null if there is no memory.
*/
BenchSteps*
bench_steps_new(const TmbModel* model,
                double          rate_hz,
                const float*    samples,
                uint32_t        n);

void
bench_steps_free(BenchSteps* steps);

/// Processor time that a way takes for all samples, in seconds.
double
bench_steps_time(BenchSteps* steps, BenchWay way);

/// Processor time of a pass of the network, in seconds, on the features that
/// #BENCH_NOTES left: what a note costs whenever it is named.
double
bench_steps_pass_time(BenchSteps* steps);

#endif // TMB_BENCH_STEPS_H
