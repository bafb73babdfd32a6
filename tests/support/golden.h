// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_GOLDEN_H
#define TMB_TEST_GOLDEN_H

#include "dsp/delta.h"
#include "dsp/mel.h"
#include "dsp/mfcc.h"
#include "dsp/onset_strength.h"
#include "dsp/peak_pick.h"
#include "tests/support/npy.h"

#include <stdbool.h>
#include <stdint.h>

/// The frames that an array of power spectra holds.
typedef struct {
  uint32_t n_fft; ///< Four hops
  uint32_t n_frames;
  uint32_t frames[10];
} GoldenFrames;

typedef struct GoldenRowImpl GoldenRow;

/**
   Computes an array by calling the step before it: a signal's power, bands, log
   bands, then MFCCs and deltas, or onset strength and onsets.

   @param folder Of the golden array: the signal's name.
   @return [frame][column], freed with npy_free(); the golden array is
   [column][frame].
*/
typedef NpyArray (*GoldenStep)(const GoldenRow* row, const char* folder);

/// One golden array and how it is computed; what does not apply is zero.
struct GoldenRowImpl {
  const char*         array;
  GoldenStep          step;
  float               tolerance;
  bool                is_exact;  ///< Spectra as for whole recordings
  bool                of_peak;   ///< Tolerance is relative to the largest value
  bool                nocenter;  ///< Only windows that lie in the signal
  bool                backtrack; ///< Onsets to the minima before
  const char*         folder;    ///< Signal or table; null for all signals
  const GoldenFrames* frames;
  const TmbMelConfig* bank; ///< Its n_fft is four hops
  TmbMelScale         scale;
  float               top_db; ///< 0 for none
  double              lifter;
  uint32_t            n_coeffs;
  uint32_t            order; ///< Of the derivative
  TmbDeltaMode        mode;
  TmbPeakConfig       peaks; ///< Zero for tmb_onset_pick()

  TmbOnsetStrengthConfig strength;
};

NpyArray
golden_power(const GoldenRow* row, const char* folder);

NpyArray
golden_mel(const GoldenRow* row, const char* folder);

NpyArray
golden_log_mel(const GoldenRow* row, const char* folder);

NpyArray
golden_mfcc(const GoldenRow* row, const char* folder);

NpyArray
golden_delta(const GoldenRow* row, const char* folder);

NpyArray
golden_strength(const GoldenRow* row, const char* folder);

/// Onsets of a signal.
NpyArray
golden_onsets(const GoldenRow* row, const char* folder);

/// Peaks of the envelope in the folder.
NpyArray
golden_peaks(const GoldenRow* row, const char* folder);

NpyArray
golden_hann(const GoldenRow* row, const char* folder);

NpyArray
golden_dct(const GoldenRow* row, const char* folder);

/// The array's own frequencies in Hz, then in mel.
NpyArray
golden_mels(const GoldenRow* row, const char* folder);

/// The array's own powers, then decibels.
NpyArray
golden_decibels(const GoldenRow* row, const char* folder);

/// Equally spaced in mel.
NpyArray
golden_frequencies(const GoldenRow* row, const char* folder);

#endif // TMB_TEST_GOLDEN_H
