// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MEL_H
#define TMB_MEL_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <stdint.h>

#define TMB_MAX_BANDS 256U

/// How frequency maps to mel.
typedef enum {
  TMB_MEL_HTK,   ///< 2595 log10(1 + f / 700), O'Shaughnessy (1987)
  TMB_MEL_SLANEY ///< Linear below 1 kHz, logarithmic above, Slaney (1998)
} TmbMelScale;

/// What each triangle is scaled by.
typedef enum {
  TMB_MEL_PEAK, ///< Nothing: the peak is 1
  TMB_MEL_AREA, ///< 2 / (upper - lower edge in Hz): equal area, Slaney (1998)
  TMB_MEL_MEAN  ///< Its integral: a weighted mean, see tmb_mel_new()
} TmbMelNorm;

/// A bank of triangles equally spaced in mel.
typedef struct {
  double      rate_hz; ///< Sample rate
  uint32_t    n_fft;   ///< Transform length
  uint32_t    n_bands; ///< 1 to #TMB_MAX_BANDS
  double      fmin_hz; ///< Lower edge of the first triangle, >= 0
  double      fmax_hz; ///< Upper edge of the last; may lie above rate_hz / 2
  TmbMelScale scale;
  TmbMelNorm  norm;
  uint32_t    n_fine; ///< As for tmb_spectrum_power_fine()
} TmbMelConfig;

/// Sparse filterbank; only read after creation, so threads may share it.
typedef struct TmbMelImpl TmbMel;

double
tmb_hz_to_mel(TmbMelScale scale, double hz);

double
tmb_mel_to_hz(TmbMelScale scale, double mel);

/**
   How many half bins keep the levels of bands from depending on the rate.

   Bands of ten bins or more can do without; all others lie below what this
   returns.

   @param config Its n_fine is not looked at.
   @return n_fine for the bank and the spectrum; 0 if the norm is not
   #TMB_MEL_MEAN or the config not valid.
*/
uint32_t
tmb_mel_fine_bins(const TmbMelConfig* config);

/**
   Build a filterbank.

   Mostly a bin's weight is the height of the triangle there, as is usual, and
   half bins don't count.  With
   #TMB_MEL_MEAN the power is taken to run straight from bin to bin, so that it
   is known everywhere, and the band is its integral over the triangle, exactly.
   So no band below half the rate is empty, however narrow, and levels hardly
   depend on where the bins fall.

   A band that starts above half the rate is empty and stays at zero.

   @param config Copied.
   @param[out] mel Owned by the caller, freed with tmb_mel_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_mel_new(const TmbMelConfig* config, TmbMel** mel);

void
tmb_mel_free(TmbMel* mel);

/// The weights of one band, of `*n` bins from `*start` on; some may be zero.
const float*
tmb_mel_weights(const TmbMel* mel, uint32_t band, uint32_t* start, uint32_t* n);

/**
   Sum a power spectrum into bands.

   @param power [n_fft / 2 + 1 + n_fine] Linear, >= 0.
   @param[out] bands [n_bands] Linear.  Must not overlap power.
*/
TMB_REALTIME void
tmb_mel_apply(const TmbMel* mel, const float* power, float* bands);

#endif // TMB_MEL_H
