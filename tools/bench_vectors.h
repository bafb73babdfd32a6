// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BENCH_VECTORS_H
#define TMB_BENCH_VECTORS_H

#include "dsp/front_end.h"

#include <stdbool.h>
#include <stdint.h>

/// How far two machines may be apart.
typedef struct {
  uint32_t n_notes;
  uint32_t n_moved;  ///< Notes with another onset, or that only one has
  float    level_db; ///< Largest difference of a band's level in a note
  float    feature;  ///< Largest difference of a feature
} BenchDifference;

/**
   Compare this machine's results with those of one without vector instructions.

   This program is the same everywhere, but FFTW chooses its code by what the
   processor has.  It can be told to do without; so all notes are described
   twice, once with what it chooses here, AVX-512 if there is, and once without
   any.

   @param samples [n]
   @return Whether there was memory.
*/
bool
bench_vectors_compare(const TmbFrontEnd* front_end,
                      double             rate_hz,
                      const float*       samples,
                      uint32_t           n,
                      BenchDifference*   difference);

#endif // TMB_BENCH_VECTORS_H
