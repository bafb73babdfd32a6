// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_EXACT_SPECTRUM_H
#define TMB_EXACT_SPECTRUM_H

#include "dsp/status.h"

#include <stdint.h>

/**
   Power spectra in double precision, rounded once, as librosa has them.

   What is played needs no such thing: dsp/spectrum.h is faster, and its errors
   are 130 dB below a frame's loudest bin.  But there bands of a tone are, in
   which a tone alone leaves nearly nothing, and their decibels show it.
*/
typedef struct TmbExactSpectrumImpl TmbExactSpectrum;

/**
   Any thread may call it at any time, as tmb_fft_new().

   @param n_window Of the periodic Hann window, 1 to n_fft.
   @param n_fft Even, at most 2 * #TMB_MAX_FFT; the window is in its middle.
   @param[out] spectrum Owned by the caller.
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_exact_spectrum_new(uint32_t           n_window,
                       uint32_t           n_fft,
                       TmbExactSpectrum** spectrum);

void
tmb_exact_spectrum_free(TmbExactSpectrum* spectrum);

/**
   Squared magnitudes of one window.

   @param samples [n_window] Finite.
   @param[out] power [n_fft / 2 + 1]
*/
void
tmb_exact_spectrum_power(TmbExactSpectrum* spectrum,
                         const float*      samples,
                         float*            power);

#endif // TMB_EXACT_SPECTRUM_H
