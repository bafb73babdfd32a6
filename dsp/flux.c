// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/flux.h"

#include "dsp/matrix.h"

#include <math.h>
#include <string.h>

#define MEMORY_S 0.085        ///< Over which the usual flux is averaged
#define PEAK_FALL_DB_S 24.0   ///< How fast the loudness reference falls
#define FIRST_PEAK_DB (-3.0f) ///< Before anything was heard
#define REARM_FACTOR 0.4f     ///< Of the threshold, before the next onset

// What fades is gone below these: in the end two pasts leave the same behind
#define LEAST_USUAL_DB 1e-9f ///< Lost when it is added to the least flux
#define LEAST_MASK_DB 0.1f   ///< An onset has more: a quarter of delta_db

#define LANES 8U ///< That loops are written in, to vectorise

void
tmb_flux_init(TmbFlux* const           flux,
              const TmbFluxKind* const kind,
              const double             hop_s)
{
  flux->kind      = kind;
  flux->memory    = (float)(1.0 - exp(-hop_s / MEMORY_S));
  flux->mask_fall = (float)exp(-hop_s / kind->mask_s);
  flux->peak_fall = (float)(PEAK_FALL_DB_S * hop_s);
}

void
tmb_flux_reset(TmbFlux* const flux)
{
  flux->peak_db  = FIRST_PEAK_DB;
  flux->usual_db = 0.0f;
  flux->mask_db  = 0.0f;
  flux->armed    = true;
  flux->newest   = 0U;
  for (uint32_t i = 0U; i < TMB_FLUX_WINDOWS; ++i) {
    for (uint32_t b = 0U; b < TMB_FLUX_BANDS; ++b) {
      flux->levels[i][b] = -INFINITY;
    }
  }
}

/// As fmaxf() for what is never NaN: a single instruction, which vectorises.
static float
larger(const float a, const float b)
{
  return (a > b) ? a : b;
}

/// The levels of so many windows ago.
static const float*
levels_ago(const TmbFlux* const flux, const uint32_t n_windows)
{
  return flux->levels[(flux->newest - n_windows) % TMB_FLUX_WINDOWS];
}

/// Remember levels as the newest, and let the reference follow.
TMB_WIDE static void
remember(TmbFlux* const flux, const float* const levels, const float gate_db)
{
  const uint32_t n_bands = flux->kind->n_bands;
  flux->newest           = (flux->newest + 1U) % TMB_FLUX_WINDOWS;
  memcpy(flux->levels[flux->newest], levels, n_bands * sizeof(float));

  const float* const newest = flux->levels[flux->newest];
  float              loudest[LANES];
  memcpy(loudest, newest, sizeof(loudest));
  for (size_t b = LANES; b < n_bands; b += LANES) {
    for (size_t j = 0U; j < LANES; ++j) {
      loudest[j] = larger(loudest[j], newest[b + j]);
    }
  }

  float loudest_db = loudest[0];
  for (size_t j = 1U; j < LANES; ++j) {
    loudest_db = larger(loudest_db, loudest[j]);
  }
  flux->peak_db  = larger(flux->peak_db - flux->peak_fall, loudest_db);
  flux->floor_db = larger(gate_db, flux->peak_db - flux->kind->range_db);
}

/// Let the loudest of the bands beside count too, for bands first to end - 1.
TMB_WIDE static void
look_beside(const float* const loudest,
            const size_t       first,
            const size_t       end,
            const size_t       spread,
            float* const       earlier)
{
  for (size_t i = 1U; i <= spread; ++i) {
    const float* const below = loudest - i;
    const float* const above = loudest + i;
    for (size_t b = first; b < end; ++b) {
      earlier[b] = larger(earlier[b], larger(below[b], above[b]));
    }
  }
}

/// Find what the newest levels are compared with.
TMB_WIDE static void
look_back(TmbFlux* const flux)
{
  const TmbFluxKind* const kind = flux->kind;

  float        padded[TMB_FLUX_SPREAD + TMB_FLUX_BANDS + TMB_FLUX_SPREAD];
  float* const loudest = padded + TMB_FLUX_SPREAD;
  for (size_t b = 0U; b < sizeof(padded) / sizeof(padded[0]); ++b) {
    padded[b] = flux->floor_db;
  }
  for (uint32_t i = 0U; i < kind->width; ++i) {
    const float* const levels = levels_ago(flux, kind->lag + i);
    for (size_t b = 0U; b < kind->n_bands; ++b) {
      loudest[b] = larger(loudest[b], levels[b]);
    }
  }

  memcpy(flux->earlier, loudest, kind->n_bands * sizeof(float));
  look_beside(loudest, 0U, kind->n_narrow, 1U, flux->earlier);
  look_beside(
    loudest, kind->n_narrow, kind->n_bands, kind->spread, flux->earlier);
}

/// Mean rise of the bands that sound over the earlier levels, dB.
TMB_WIDE static float
rise(const TmbFlux* const flux, const float* const levels)
{
  const TmbFluxKind* const kind     = flux->kind;
  const size_t             n_bands  = kind->n_bands;
  const float              floor_db = flux->floor_db;
  const float              range_db = larger(0.0f, flux->peak_db - floor_db);
  const float              scale    = 1.0f / (range_db + 1.0f);

  float weights[TMB_FLUX_BANDS];
  float rises[TMB_FLUX_BANDS];
  for (size_t b = 0U; b < n_bands; ++b) {
    const float over   = larger(0.0f, levels[b] - floor_db) * scale;
    const float sounds = (over > 0.0f) ? 1.0f : 0.0f;

    weights[b] = kind->by_loudness ? over * over : sounds;
    rises[b]   = larger(0.0f, levels[b] - flux->earlier[b]);
  }
  return tmb_dot(weights, rises, n_bands) /
         (tmb_sum(weights, n_bands) + kind->least_weight);
}

/// What fades, or nothing where less than `least` is left.
static float
unless_gone(const float value, const float least)
{
  return (value < least) ? 0.0f : value;
}

bool
tmb_flux_push(TmbFlux* const     flux,
              const float* const levels,
              const float        gate_db)
{
  remember(flux, levels, gate_db);
  look_back(flux);
  const float rise_db = rise(flux, levels_ago(flux, 0U));
  const float least_db =
    flux->delta_db + (flux->kind->usual_factor * flux->usual_db);
  const bool is_rise =
    flux->armed && rise_db > least_db && rise_db > flux->mask_db;

  // The flux of an onset is not usual: it enters the mean limited
  flux->usual_db += flux->memory * (fminf(rise_db, least_db) - flux->usual_db);
  flux->usual_db = unless_gone(flux->usual_db, LEAST_USUAL_DB);
  flux->mask_db =
    larger(flux->mask_fall * flux->mask_db, flux->kind->mask_factor * rise_db);
  flux->mask_db = unless_gone(flux->mask_db, LEAST_MASK_DB);
  if (rise_db < REARM_FACTOR * least_db) {
    flux->armed = true;
  }
  return is_rise;
}

uint32_t
tmb_flux_since(const TmbFlux* const flux, const float share)
{
  const float rise_db = rise(flux, levels_ago(flux, 0U));
  uint32_t    n       = flux->kind->lag - 1U;
  while (n && rise(flux, levels_ago(flux, n)) < share * rise_db) {
    --n;
  }
  return n;
}

void
tmb_flux_digest(const TmbFlux* const flux, TmbDigest* const digest)
{
  const TmbFluxKind* const kind = flux->kind;
  tmb_digest_add_floats(digest, &flux->peak_db, 1U);
  tmb_digest_add_floats(digest, &flux->usual_db, 1U);
  tmb_digest_add_floats(digest, &flux->mask_db, 1U);
  tmb_digest_add(digest, flux->armed);

  // Those that the next are compared with, at once or later
  for (uint32_t i = 0U; i < kind->lag + kind->width - 1U; ++i) {
    tmb_digest_add_floats(digest, levels_ago(flux, i), kind->n_bands);
  }
}
