// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_AUGMENT_H
#define TMB_AUGMENT_H

#include "dsp/front_end.h"
#include "trainer/augment_steps.h"
#include "trainer/augmentation.h"
#include "trainer/cosines.h"
#include "trainer/random.h"

#include <stdint.h>

/// What it takes to alter notes; only read once it is made, so threads may
/// share it.
typedef struct {
  TmbAugmentation settings;
  TmbBandGrid     grid;
  TmbCosines      cosines;
  uint32_t        n_before; ///< Frames of a note before its onset
} TmbAugmenter;

/// What other notes lend; each may be null.
typedef struct {
  const float* tail;    ///< [n_bands] Spectrum of a note that still sounds, see
                        ///< tmb_add_tail()
  const float* body_db; ///< [n_bands] What another source's body adds
} TmbLent;

void
tmb_augmenter_init(TmbAugmenter*          augmenter,
                   const TmbAugmentation* settings,
                   const TmbFrontEnd*     front_end);

/**
   Alter a note as other instruments of its kind, rooms and microphones might,
   so that a model learns less of the recordings and more of the instrument.

   The steps of augment_steps.h in their order: frequencies are warped, then
   times; it is let go, a tail is added, and reverberation; what is lent of a
   body and filters amplify its bands; noise is added, and the band limited.

   @param lent Used whenever it is there.
   @param patch Levels in dB, the first n_before frames before the onset.
*/
void
tmb_augment_note(const TmbAugmenter* augmenter,
                 TmbRandom*          random,
                 const TmbLent*      lent,
                 const TmbPatch*     patch);

#endif // TMB_AUGMENT_H
