// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LENS_H
#define TMB_LENS_H

#include "dsp/attributes.h"
#include "dsp/mel.h"
#include "dsp/status.h"

#include <stdint.h>

/// A kind of window with its bands: samples in, power and bands out.
typedef struct TmbLensImpl TmbLens;

/**
   Not for the real-time thread.

   @param window [n_window] Multiplied into the samples; copied.
   @param bands Its n_fft and n_fine are not looked at: they are chosen here.
   @param others What else the power must show: bands that tmb_lens_fit() will
   be asked for, or null.
   @param[out] lens Owned by the caller, freed with tmb_lens_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_lens_new(const float*        window,
             uint32_t            n_window,
             const TmbMelConfig* bands,
             const TmbMelConfig* others,
             TmbLens**           lens);

void
tmb_lens_free(TmbLens* lens);

/// Set what another filterbank for the same power needs to know.
void
tmb_lens_fit(const TmbLens* lens, TmbMelConfig* config);

/// Samples of a window.
TMB_REALTIME uint32_t
tmb_lens_window(const TmbLens* lens);

/**
   Look at the window that ends before `end`.

   @param end Behind n_window samples.
   @return [n_fft / 2 + 1 + n_fine] Fine power spectrum, see
   tmb_spectrum_power_fine(); zero above what must be shown.  Until the next
   call.
*/
TMB_REALTIME const float*
tmb_lens_power(TmbLens* lens, const float* end);

/// The bands of that power, linear.
TMB_REALTIME void
tmb_lens_bands(const TmbLens* lens, float* bands);

#endif // TMB_LENS_H
