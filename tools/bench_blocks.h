// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BENCH_BLOCKS_H
#define TMB_BENCH_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#define BENCH_PLUGIN_RATE 48000U
#define BENCH_BLOCK 64U

/// What blocks of the plugin cost, in one unit or another.
typedef struct {
  uint32_t n;
  double   mean;
  double   percentile; ///< 999 in 1000 cost at most so much
  double   worst;
} BenchBlockCost;

/// The plugin in a host, played the same notes again and again.
typedef struct BenchBlocksImpl BenchBlocks;

/**
   @param bundle Folder of the plugin.
   @return Freed with bench_blocks_free(); null if it can't be loaded.
*/
BenchBlocks*
bench_blocks_new(const char* bundle, uint32_t seconds);

void
bench_blocks_free(BenchBlocks* blocks);

/// Play all blocks once more, and keep the least time of each.
void
bench_blocks_play(BenchBlocks* blocks);

/// Least times of the blocks, in seconds.
BenchBlockCost
bench_blocks_times(const BenchBlocks* blocks);

/**
   Instructions of the plugin in each block, as callgrind counts them.

   @param program This program: called with "blocks" and a bundle, it plays some
   seconds and ends.
   @param folder For callgrind's output.
   @param[out] cost Without the first block, in which libraries are bound.
   @return Whether it worked; if not, stderr says why.
*/
bool
bench_blocks_count(const char*     program,
                   const char*     bundle,
                   const char*     folder,
                   BenchBlockCost* cost);

#endif // TMB_BENCH_BLOCKS_H
