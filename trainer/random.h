// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_RANDOM_H
#define TMB_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/**
   A stream of pseudo-random numbers: xoshiro256**, Blackman & Vigna, "Scrambled
   linear pseudorandom number generators", ACM TOMS 2021.

   The same seed gives the same stream on every machine.
*/
typedef struct {
  uint64_t state[4];
} TmbRandom;

/// Start stream number `stream` of `seed`; streams of one seed don't overlap.
void
tmb_random_init(TmbRandom* random, uint64_t seed, uint64_t stream);

uint64_t
tmb_random_next(TmbRandom* random);

/// Uniform in [0, 1).
double
tmb_random_uniform(TmbRandom* random);

/// Uniform in 0 to n - 1, for n >= 1.
uint32_t
tmb_random_below(TmbRandom* random, uint32_t n);

/// Normal with mean 0 and deviation 1.
double
tmb_random_normal(TmbRandom* random);

/// Beta(a, a) for a > 0: how two examples are mixed.
double
tmb_random_beta(TmbRandom* random, double a);

/// Hash of bytes: FNV-1a with a final mix, so that all its bits may be used.
/// `start` is a seed, or the hash of what came before.
uint64_t
tmb_hash(uint64_t start, const void* bytes, size_t n);

#endif // TMB_RANDOM_H
