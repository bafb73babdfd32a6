// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/shuffle.h"

uint32_t
tmb_shuffle_blocks(const uint32_t n)
{
  return (n / TMB_SHUFFLE_BLOCK) + (n % TMB_SHUFFLE_BLOCK != 0U);
}

/// Durstenfeld, "Algorithm 235: random permutation", CACM 1964.
static void
permute(TmbRandom* const random, uint32_t* const values, const uint32_t n)
{
  for (uint32_t i = n; i > 1U; --i) {
    const uint32_t other = tmb_random_below(random, i);
    const uint32_t value = values[i - 1U];
    values[i - 1U]       = values[other];
    values[other]        = value;
  }
}

void
tmb_shuffle(TmbRandom* const random,
            const uint32_t   n,
            uint32_t* const  blocks,
            uint32_t* const  order)
{
  const uint32_t n_blocks = tmb_shuffle_blocks(n);
  for (uint32_t i = 0U; i < n_blocks; ++i) {
    blocks[i] = i;
  }
  permute(random, blocks, n_blocks);

  uint32_t n_listed = 0U;
  for (uint32_t i = 0U; i < n_blocks; ++i) {
    const uint32_t first  = blocks[i] * TMB_SHUFFLE_BLOCK;
    const uint32_t n_left = n - first;
    for (uint32_t j = 0U; j < TMB_SHUFFLE_BLOCK && j < n_left; ++j) {
      order[n_listed++] = first + j;
    }
  }
  for (uint32_t i = 0U; i < n;) {
    const uint32_t n_left = n - i;
    const uint32_t n_window =
      (n_left < TMB_SHUFFLE_WINDOW) ? n_left : TMB_SHUFFLE_WINDOW;
    permute(random, order + i, n_window);
    i += n_window;
  }
}
