// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FLUX_H
#define TMB_FLUX_H

#include "dsp/analysis.h"
#include "dsp/attributes.h"
#include "dsp/digest.h"

#include <stdbool.h>
#include <stdint.h>

#define TMB_FLUX_BANDS TMB_LONG_BANDS ///< At most, a multiple of 8
#define TMB_FLUX_WINDOWS 16U          ///< That are remembered, a power of two
#define TMB_FLUX_SPREAD 2U            ///< At most

/*
  Spectral flux: how far the bands of a stream's windows rise above what they
  were, on average.  It tells an onset where it is enough, more than usual, and
  not hidden by what it was before.  dsp/onset.h says where this is from.
*/

/// How the flux between windows of a kind tells an onset; lag and width are
/// #TMB_FLUX_WINDOWS together at most.
typedef struct {
  uint32_t n_bands;      ///< A multiple of 8
  uint32_t lag;          ///< Windows from the earlier to the newest
  uint32_t width;        ///< Windows whose largest levels are the earlier one
  uint32_t spread;       ///< Bands to either side that count for the earlier
  uint32_t n_narrow;     ///< Lowest bands, beside which only one counts
  bool     by_loudness;  ///< Whether loud bands weigh more
  float    range_db;     ///< Bands so far below the reference are ignored
  float    least_weight; ///< Added to that of all bands
  float    delta_db;     ///< Least flux at sensitivity .5
  float    usual_factor; ///< What is added of the usual flux
  float    mask_factor;  ///< Of a flux, that hides what follows
  double   mask_s;       ///< Time constant of that
} TmbFluxKind;

/// What is known of a stream.  Its owner sets `delta_db`, and disarms it with
/// an onset; the rest is its own.
typedef struct {
  const TmbFluxKind* kind;
  float              memory;    ///< Weight of a new window in the usual flux
  float              mask_fall; ///< What is left of the mask a window later
  float              peak_fall; ///< dB a window
  float              delta_db;  ///< Least flux of an onset
  float              peak_db;   ///< Loudness reference: a falling maximum
  float              floor_db;  ///< Lower levels are taken for this
  float              usual_db;  ///< Mean of the recent flux
  float              mask_db;   ///< Flux that recent flux hides
  bool               armed;     ///< The flux has fallen since the last onset
  uint32_t           newest;    ///< Of `levels`
  float              levels[TMB_FLUX_WINDOWS][TMB_FLUX_BANDS]; ///< A ring
  float earlier[TMB_FLUX_BANDS]; ///< What the newest is compared with
} TmbFlux;

/**
   Set up what does not change; tmb_flux_reset() and `delta_db` are the rest.

   @param kind Not copied: it must outlive the flux.
   @param hop_s From one window to the next, in seconds, > 0.
*/
void
tmb_flux_init(TmbFlux* flux, const TmbFluxKind* kind, double hop_s);

/// Forget the stream, keep `delta_db`.
TMB_REALTIME void
tmb_flux_reset(TmbFlux* flux);

/**
   Look at the next window.

   @param levels [n_bands] Of its bands, dB, never NaN.
   @param gate_db Lower levels are ignored.
   @return Whether the flux tells an onset.
*/
TMB_REALTIME bool
tmb_flux_push(TmbFlux* flux, const float* levels, float gate_db);

/**
   How many windows ago the newest rise began.

   @param share Of its flux, with which it began, 0 to 1.
   @return Less than the kind's lag.
*/
TMB_REALTIME uint32_t
tmb_flux_since(const TmbFlux* flux, float share);

/// Add what the flux of later windows depends on, apart from `delta_db`.
void
tmb_flux_digest(const TmbFlux* flux, TmbDigest* digest);

#endif // TMB_FLUX_H
