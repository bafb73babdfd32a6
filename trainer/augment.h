// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_AUGMENT_H
#define TMB_AUGMENT_H

#include "dsp/front_end.h"
#include "trainer/random.h"

#include <stdint.h>

/**
   Alter a note as other instruments of its kind, rooms and microphones might,
   so that a model learns less of the recordings and more of the instrument.

   In this order, U uniform, p the probability of a step:
   1. frequencies times 2^(U(-3, 3) / 12), as if played back at another speed;
   2. times after the onset over e^U(-.2, .2), all shifted by U{-3..3} frames;
   3. p .4: released at frame U{8..n + 15}, falling 1 to 8 dB a frame;
   4. p .4: reverberation: power times U(0, .5) a^k, a in U(0, .9), k frames on;
   5. p .15 each: bands above one in the upper half fall by 1 to 6 dB a band,
      bands below one of the first six by 1 to 7 dB a band;
   6. noise U(30, 90) dB below the largest level, of random colour;
   7. p .12: silent above e^U(ln 4000, ln 11025) Hz, as at a low sample rate.

   @param[in,out] frames [n_frames][n_bands] dB, the first n_before of them
   before the onset.
   @param n_frames 1 to tmb_front_end_note_frames().
   @param scratch [n_frames][n_bands] The caller's.
*/
void
tmb_augment_note(const TmbFrontEnd* front_end,
                 TmbRandom*         random,
                 float*             frames,
                 uint32_t           n_frames,
                 float*             scratch);

#endif // TMB_AUGMENT_H
