// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_NOISES_H
#define TMB_NOISES_H

#include "trainer/random.h"

#include <stdint.h>

#define TMB_NOISE_RATE 44100U

/**
   A kind of sound that is no instrument's, generated.

   @param mono [n] Zeros; filled with a sound of any level.
*/
typedef void (*TmbNoiseMaker)(TmbRandom* random, float* mono, uint32_t n);

typedef struct {
  const char*   name;
  TmbNoiseMaker make;
} TmbNoiseKind;

extern const TmbNoiseKind tmb_noise_kinds[];
extern const uint32_t     tmb_n_noise_kinds;

/**
   Make a sound of a kind at a random level from -30 to -3 dBFS, its ends faded
   by 2 ms.

   @param[out] mono [n] At #TMB_NOISE_RATE; n is at least half a second.
*/
void
tmb_noise_make(const TmbNoiseKind* kind,
               TmbRandom*          random,
               float*              mono,
               uint32_t            n);

#endif // TMB_NOISES_H
