// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FFT_H
#define TMB_FFT_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <stdint.h>

#define TMB_MAX_FFT 65536U ///< Longest transform (46 ms at 384 kHz fits)

/**
   The least even length >= n that is 1, 3, 5, 9 or 15 times a power of two.

   FFTW transforms lengths with more odd factors too, but several times slower.

   @param n At most 2^31.
*/
uint32_t
tmb_fft_length(uint32_t n);

/// Discrete Fourier transform of real samples, with its buffers.
typedef struct TmbFftImpl TmbFft;

/**
   Plan a transform.  Not for the real-time thread; any other thread may call
   it at any time, since FFTW's planner is made thread-safe first.

   Plans are estimated, not measured: a measured plan may differ from run to
   run, and with it the last bits of every feature.

   @param n Even, 2 to #TMB_MAX_FFT.
   @param[out] fft Owned by the caller, freed with tmb_fft_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_fft_new(uint32_t n, TmbFft** fft);

void
tmb_fft_free(TmbFft* fft);

/// Where the samples are to be written: [n], aligned, at first zero.
TMB_REALTIME float*
tmb_fft_input(TmbFft* fft);

/**
   X[k] = sum of x[i] exp(-2 pi sqrt(-1) i k / n).

   @param fft Its input stays as it is.
   @param n_bins How many k are wanted, from 0 on: at most n / 2 + 1.
   @param[out] re [n_bins] Real parts of X.
   @param[out] im [n_bins] Imaginary parts.
*/
TMB_REALTIME void
tmb_fft_run(TmbFft* fft, uint32_t n_bins, float* re, float* im);

#endif // TMB_FFT_H
