// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_AUGMENT_STEPS_H
#define TMB_AUGMENT_STEPS_H

#include "dsp/front_end.h"
#include "trainer/random.h"

#include <stdint.h>

/*
  What is done to a note so that it sounds as if of another instrument of its
  kind, another player, room or microphone.

  Each step does what it is told; by which distribution tmb_augment_note()
  chooses is said here, with U uniform, and with the names of the settings in
  augmentation.h.  Levels are in dB below the note's largest until
  tmb_patch_to_power(), then powers of which the largest is about 1: sounds that
  come on top of each other are sums then, and filters are factors.
*/

/// Below this nothing is told apart, in dB.
#define TMB_PATCH_FLOOR_DB (-100.0f)

/// A note's frames; plain.
typedef struct {
  float*   frames;   ///< [n_frames][n_bands] In dB, or powers
  float*   scratch;  ///< [n_frames][n_bands]
  uint32_t n_frames; ///< 1 to #TMB_MAX_NOTE_FRAMES
  uint32_t n_bands;  ///< 1 to #TMB_MAX_BANDS
} TmbPatch;

/// Where the bands lie.
typedef struct {
  TmbMelScale scale;
  uint32_t    n_bands;
  double      low;  ///< Mels, a step below the first centre
  double      step; ///< Mels from one centre to the next
  double      centres_hz[TMB_MAX_BANDS];
} TmbBandGrid;

void
tmb_band_grid_init(TmbBandGrid* grid, const TmbFrontEnd* front_end);

/// Shift all levels so that the largest is 0 dB.
void
tmb_patch_level(const TmbPatch* patch);

/**
   Move what is in a band to `ratio` times its frequency, as if played back at
   another speed.

   A ratio of 2^(U(-warp, warp) / 12).
*/
void
tmb_warp_frequency(const TmbPatch*    patch,
                   const TmbBandGrid* grid,
                   double             ratio);

/**
   Let time after the frame `onset` pass `stretch` times as fast, and all come
   `shift` frames earlier.

   A stretch of e^U(-stretch, stretch) and a shift of U{-shift..shift}.
*/
void
tmb_warp_time(const TmbPatch* patch,
              uint32_t        onset,
              double          stretch,
              double          shift);

/**
   Let go of the note: it falls by `slope_db` a frame after the frame `start`.

   With the probability `release`, from frame U{8..n + 15} of n on, by U(1, 8)
   dB.
*/
void
tmb_release(const TmbPatch* patch, uint32_t start, float slope_db);

/// Make powers of levels.
void
tmb_patch_to_power(const TmbPatch* patch);

/**
   Add a note before this one that still sounds: a spectrum that falls by
   `decay_db` a frame after the third frame.

   With the probability `tail`, the mean spectrum of another note of the same
   class and source from frame 20 on, at U(-40, -3) dB, falling by U(.1, 2.5)
   dB.

   @param spectrum [n_bands] Powers, of which the largest is 1.
   @param level_db In the first frames.
*/
void
tmb_add_tail(const TmbPatch* patch,
             const float*    spectrum,
             float           level_db,
             float           decay_db);

/**
   Add what earlier frames leave in the room: of a frame's power `weight` a^k in
   the k-th frame after it, where a is `decay`.

   With the probability `reverb`, a weight of U(0, .5) and a decay of U(0, .9).
*/
void
tmb_reverberate(const TmbPatch* patch, float weight, float decay);

/**
   Weaken bands on both sides of `corner`, the more the further away they are.

   With the probability `filter` by U(1, 6) dB a band above a corner of
   U(.56, 1.06) of all bands; with the same by U(1, 7) dB a band below a corner
   of U(0, 6) bands.

   @param[in,out] gains_db [n_bands] For tmb_apply_gains().
*/
void
tmb_add_slopes(float*   gains_db,
               uint32_t n_bands,
               float    corner,
               float    below_db,
               float    above_db);

/// Amplify each band.
void
tmb_apply_gains(const TmbPatch* patch, const float* gains_db);

/// Make the largest power 1.
void
tmb_patch_scale(const TmbPatch* patch);

/**
   Add noise, whose level in each frame and band is off by U(-4, 4) dB.

   With the probability `noise`, U(30, 90) dB below the largest level, coloured
   by the first five of cosines.h with normal weights of the deviations 25, 12,
   8, 6 and 4 dB.

   @param levels_db [n_bands]
   @param random For the jitter.
*/
void
tmb_add_noise(const TmbPatch* patch, const float* levels_db, TmbRandom* random);

/**
   Add another note, which begins `delay` frames later and is `gain_db` louder.

   With the probability `several`, U{-2..2} frames and U(-6, 6) dB.

   @param other Powers too, of the same bands; it ends where it ends.
*/
void
tmb_add_note(const TmbPatch* patch,
             const TmbPatch* other,
             int             delay,
             float           gain_db);

/// Make levels of powers, #TMB_PATCH_FLOOR_DB at least.
void
tmb_patch_to_db(const TmbPatch* patch);

/**
   Silence the bands above `limit_hz`, as half a sample rate does.

   With the probability `limit`, e^U(ln 4000, ln 11025).
*/
void
tmb_limit_band(const TmbPatch* patch, const TmbBandGrid* grid, double limit_hz);

#endif // TMB_AUGMENT_STEPS_H
