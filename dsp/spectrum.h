// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SPECTRUM_H
#define TMB_SPECTRUM_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <stdint.h>

#define TMB_MAX_FFT 65536U ///< Longest transform (46 ms at 384 kHz fits)

/**
   Fill `window` with a periodic Hann window, 0.5 - 0.5 cos(2 pi i / n).

   @param[out] window [n] Computed in double, rounded once.
*/
void
tmb_hann(float* window, uint32_t n);

/// The least even length >= n with no prime factor above 5, which FFTW likes.
uint32_t
tmb_fft_length(uint32_t n);

/// Windowed power spectrum: a planned real FFT with its buffers.
typedef struct TmbSpectrumImpl TmbSpectrum;

/**
   Plan a transform.  Not for the real-time thread; any other thread may call
   it at any time, since the planner is made thread-safe first.

   Plans are estimated, not measured: a measured plan may differ from run to
   run, and with it the last bits of every feature.

   @param window [n_window] Multiplied into the samples; copied.
   @param n_window 1 to n_fft.
   @param n_fft Even, at most #TMB_MAX_FFT; zeros fill n_window to n_fft.
   @param[out] spectrum Owned by the caller, freed with tmb_spectrum_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_spectrum_new(const float*  window,
                 uint32_t      n_window,
                 uint32_t      n_fft,
                 TmbSpectrum** spectrum);

void
tmb_spectrum_free(TmbSpectrum* spectrum);

/**
   Squared magnitudes |X[k]|^2 of one window.

   @param spectrum Holds scratch: one thread at a time.
   @param samples [n_window] Finite.
   @param[out] power [n_fft / 2 + 1]
*/
TMB_REALTIME void
tmb_spectrum_power(TmbSpectrum* spectrum, const float* samples, float* power);

#endif // TMB_SPECTRUM_H
