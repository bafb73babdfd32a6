// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SPECTRUM_H
#define TMB_SPECTRUM_H

#include "dsp/attributes.h"
#include "dsp/fft.h"
#include "dsp/status.h"

#include <stdint.h>

/**
   Fill `window` with a periodic Hann window, 0.5 - 0.5 cos(2 pi i / n).

   @param[out] window [n] Computed in double, rounded once.
*/
void
tmb_hann(float* window, uint32_t n);

/// Windowed power spectrum: a transform with its window.
typedef struct TmbSpectrumImpl TmbSpectrum;

/**
   Not for the real-time thread, see tmb_fft_new().

   @param window [n_window] Multiplied into the samples; copied.
   @param n_window 1 to n_fft.
   @param n_fft Even, at most #TMB_MAX_FFT; the window is in its
   middle, zeros are around it.
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

/**
   The same with half bins among the lowest.

   A power spectrum is the transform of an autocorrelation, which is twice as
   long as the window: only half bins keep all that it holds.  Wide bands don't
   miss them, but the levels of narrow ones depend on where the bins happen to
   fall, hence on the sample rate.  A transform of twice the length would give
   half bins everywhere; here the lowest are interpolated between whole bins,
   which for Hann windows is nearly the same.  A stationary sound has as much
   power in them as in whole bins.

   @param n_fine Whole bins 0 to n_fine - 1 are each followed by the half bin
   above; at most n_fft / 2 - 2.  tmb_mel_fine_bins() says how many a filterbank
   needs.
   @param n_bins Whole bins that are wanted, n_fine + 3 to n_fft / 2 + 1: those
   above cost nothing.
   @param[out] power [n_bins + n_fine] Bins 0, 1/2, 1, 3/2 and so on to
   n_fine - 1/2, then n_fine, n_fine + 1 to n_bins - 1.
*/
TMB_REALTIME void
tmb_spectrum_power_fine(TmbSpectrum* spectrum,
                        const float* samples,
                        uint32_t     n_fine,
                        uint32_t     n_bins,
                        float*       power);

#endif // TMB_SPECTRUM_H
