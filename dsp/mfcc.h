// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MFCC_H
#define TMB_MFCC_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <stdint.h>

#define TMB_POWER_FLOOR 1e-10f ///< Least power whose logarithm is taken

/**
   Decibels, 10 log10(max(power, #TMB_POWER_FLOOR)): -100 dB at least.

   Off by 5e-6 dB at most up to 128 dB, by 9e-6 dB up to 256 dB and by 1.6e-5 dB
   beyond: hardly more than rounding the result to float makes it.

   @param power [n] Linear.  What is not a number, or negative, is raised to the
   floor; infinity counts as 2^128.
   @param[out] db [n] May be power itself.
*/
TMB_REALTIME void
tmb_power_to_db(const float* power, uint32_t n, float* db);

/**
   Raise everything more than `top_db` below the largest value to that level.

   For whole recordings, as librosa does by default: a stream can't know its
   largest value, so notes are levelled by their own (dsp/note.h).
*/
void
tmb_clamp_top_db(float* db, uint32_t n, float top_db);

/// Orthonormal DCT-II with a sinusoidal lifter: log bands to MFCCs.
typedef struct TmbMfccImpl TmbMfcc;

/**
   Tabulate a transform.

   @param n_bands Inputs, 1 to #TMB_MAX_BANDS.
   @param n_coeffs Outputs, 1 to n_bands.
   @param lifter 0 for none, else coefficient k is scaled by
   1 + lifter/2 sin(pi (k + 1) / lifter), as HTK does.
   @param[out] mfcc Owned by the caller, freed with tmb_mfcc_free(); only read
   afterwards, so threads may share it.
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_mfcc_new(uint32_t  n_bands,
             uint32_t  n_coeffs,
             double    lifter,
             TmbMfcc** mfcc);

void
tmb_mfcc_free(TmbMfcc* mfcc);

/**
   @param log_bands [n_bands]
   @param[out] coeffs [n_coeffs] Must not overlap log_bands.
*/
TMB_REALTIME void
tmb_mfcc_apply(const TmbMfcc* mfcc, const float* log_bands, float* coeffs);

/**
   Tabulate the orthonormal DCT-III, the inverse of the DCT-II without a lifter.

   @param n Coefficients and values, 1 to #TMB_MAX_BANDS.
   @param[out] table [n][n] By coefficient, then value.
*/
void
tmb_inverse_dct(uint32_t n, float* table);

#endif // TMB_MFCC_H
