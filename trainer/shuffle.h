// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SHUFFLE_H
#define TMB_SHUFFLE_H

#include "trainer/random.h"

#include <stdint.h>

/// Examples that stay together, where there are so many that they may be on a
/// disk: there, rows side by side are read many times faster than rows apart.
#define TMB_SHUFFLE_BLOCK 1024U

/// Examples that are mixed with each other; fewer are mixed completely.
#define TMB_SHUFFLE_WINDOW 262144U

/// Blocks of `n` examples.
uint32_t
tmb_shuffle_blocks(uint32_t n);

/**
   Put the numbers 0 to n - 1 in a random order: first their blocks, then those
   of each window among each other.

   @param blocks [tmb_shuffle_blocks(n)] Scratch.
   @param[out] order [n]
*/
void
tmb_shuffle(TmbRandom* random, uint32_t n, uint32_t* blocks, uint32_t* order);

#endif // TMB_SHUFFLE_H
