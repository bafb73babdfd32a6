// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_ORDEAL_H
#define TMB_TEST_ORDEAL_H

#include "tests/support/rig.h"
#include "trainer/random.h"

/*
  What a plugin must bear: all inputs turned in every block, also to what they
  can't be; music, silence, denormals, infinities and what is no number; models
  that come and go, some of them broken; MIDI; little room for events.  It is
  random, but the same each time.
*/

#define ORDEAL_BLOCKS 6U

/// Sizes to go through; the last stands for any of them, by chance.
extern const uint32_t ordeal_blocks[ORDEAL_BLOCKS];

#define ORDEAL_ANY UINT32_MAX

typedef struct {
  TmbRandom   random;
  const char* models[2]; ///< Both can be loaded
  uint64_t    time;      ///< Samples since the start
  uint64_t    change;    ///< When another sound begins
  unsigned    sound;
  double      phase;
  double      hz;
  uint64_t    onset; ///< Of the music's note
} Ordeal;

/// @param models Paths, which must outlive the ordeal.
void
ordeal_init(Ordeal* ordeal, const char* const models[2], uint64_t seed);

/**
   Prepare the next block: sound, controls, room for events, and seldom a
   message.

   @param block Of ordeal_blocks.
   @return How many samples to run.
*/
uint32_t
ordeal_prepare(Ordeal* ordeal, Rig* rig, uint32_t block);

/// Run `n_blocks` in a host whose worker is slow and sometimes refuses; it
/// takes the place of the set-up's.  What is wrong fails the test.
RigHeard
ordeal_play(const RigSetup*   setup,
            const char* const models[2],
            unsigned          index,
            uint32_t          block,
            uint32_t          n_blocks);

/// Go through all sizes of blocks with every plugin of the bundle, and demand
/// that there was something to hear.
void
ordeal_play_all(const RigSetup* setup, const char* const models[2]);

#endif // TMB_TEST_ORDEAL_H
