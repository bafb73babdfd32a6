// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/onset.h"

#include "dsp/flux.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REFRACTORY_S 0.068   ///< Least time between onsets
#define GATE_DB 6.0f         ///< Hysteresis of the silence gate
#define ATTACK_GAIN_DB 0.6f  ///< What an attack adds to the level
#define STOP_FALL_DB 6.0f    ///< What it loses where a sound stops
#define LEVELS 3U            ///< Over which either is seen
#define CHANGE_SHARE 0.27f   ///< Of a change's flux, with which it began
#define CHANGE_DELAY_S 0.005 ///< From there to its frame's newest sample

static const TmbFluxKind attack_kind = {
  .n_bands      = TMB_SHORT_BANDS,
  .lag          = 4U,
  .width        = 1U,
  .spread       = 0U,
  .n_narrow     = 0U,
  .by_loudness  = false,
  .range_db     = 50.0f,
  .least_weight = 15.5f,
  .delta_db     = 3.75f,
  .usual_factor = 1.84f,
  .mask_factor  = 1.1f,
  .mask_s       = 0.4,
};

static const TmbFluxKind change_kind = {
  .n_bands      = TMB_LONG_BANDS,
  .lag          = 5U,
  .width        = 6U,
  .spread       = TMB_FLUX_SPREAD,
  .n_narrow     = 64U, // Below 1 kHz, where half a semitone is a band at most
  .by_loudness  = true,
  .range_db     = 47.0f,
  .least_weight = 9.0f,
  .delta_db     = 1.35f,
  .usual_factor = 1.02f,
  .mask_factor  = 1.15f,
  .mask_s       = 0.074,
};

struct TmbOnsetImpl {
  TmbFlux  attack;
  TmbFlux  change;
  double   hop; ///< Between long windows, in samples
  double   rate_hz;
  uint32_t n_short;     ///< Samples of a short window
  uint32_t refractory;  ///< In short windows
  uint32_t since_onset; ///< Short windows, saturated at `refractory`
  float    gate_db;
  bool     is_open;           ///< The silence gate
  float    levels_db[LEVELS]; ///< Before the newest, oldest first
};

TmbStatus
tmb_onset_new(const TmbAnalysisTimes* const times,
              const double                  rate_hz,
              TmbOnset** const              onset)
{
  *onset = NULL;
  if (!(rate_hz > 0.0) || !(times->hop > 0.0) || !times->n_short) {
    return TMB_BAD_ARG;
  }

  TmbOnset* const self = (TmbOnset*)calloc(1U, sizeof(TmbOnset));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  const double hop_s = times->hop / rate_hz;
  self->hop          = times->hop;
  self->rate_hz      = rate_hz;
  self->n_short      = times->n_short;
  self->refractory   = (uint32_t)ceil(REFRACTORY_S / (0.5 * hop_s));
  tmb_flux_init(&self->attack, &attack_kind, 0.5 * hop_s);
  tmb_flux_init(&self->change, &change_kind, hop_s);

  tmb_onset_set(self, 0.5f, -60.0f);
  tmb_onset_reset(self);
  *onset = self;
  return TMB_OK;
}

void
tmb_onset_free(TmbOnset* const onset)
{
  free(onset);
}

void
tmb_onset_reset(TmbOnset* const onset)
{
  tmb_flux_reset(&onset->attack);
  tmb_flux_reset(&onset->change);
  onset->since_onset = onset->refractory;
  onset->is_open     = false;
  for (uint32_t i = 0U; i < LEVELS; ++i) {
    onset->levels_db[i] = -INFINITY;
  }
}

void
tmb_onset_set(TmbOnset* const onset,
              const float     sensitivity,
              const float     gate_db)
{
  // 4 times as much at 0, a quarter at 1
  const float factor     = powf(16.0f, 0.5f - sensitivity);
  onset->attack.delta_db = attack_kind.delta_db * factor;
  onset->change.delta_db = change_kind.delta_db * factor;
  onset->gate_db         = gate_db;
}

/// How the level compares with the last few.
typedef struct {
  bool swells; ///< It is over the least by what an attack adds
  bool stops;  ///< It is so far below the largest that a sound stopped
} Trend;

static Trend
follow_level(TmbOnset* const onset, const float level_db)
{
  float least_db   = level_db;
  float largest_db = level_db;
  for (uint32_t i = 0U; i < LEVELS; ++i) {
    least_db   = fminf(least_db, onset->levels_db[i]);
    largest_db = fmaxf(largest_db, onset->levels_db[i]);
  }
  memmove(
    onset->levels_db, onset->levels_db + 1U, (LEVELS - 1U) * sizeof(float));
  onset->levels_db[LEVELS - 1U] = level_db;
  return (Trend){ .swells = level_db >= least_db + ATTACK_GAIN_DB,
                  .stops  = level_db < largest_db - STOP_FALL_DB };
}

/**
   Samples since the attack in a short window: what follows the place where the
   sound changes most, by the energy of its difference signal, which shows an
   attack also over a low tone.
*/
static uint32_t
since_attack(const TmbOnset* const onset, const float* const samples)
{
  enum { N_BLOCKS = 32, N_BEFORE = 11, N_AFTER = 2 };

  const uint32_t     n_block = onset->n_short / N_BLOCKS;
  const float* const last = samples + (onset->n_short - (N_BLOCKS * n_block));
  double             energies[N_BLOCKS] = { 0.0 };
  double             total              = 1e-12;
  for (uint32_t i = 1U; i < N_BLOCKS * n_block; ++i) {
    const double change = (double)last[i] - (double)last[i - 1U];
    energies[i / n_block] += change * change;
    total += change * change;
  }

  uint32_t attack   = N_BLOCKS - N_AFTER;
  double   steepest = 0.0;
  for (uint32_t k = 1U; k <= N_BLOCKS - N_AFTER; ++k) {
    const uint32_t first  = (k > N_BEFORE) ? k - N_BEFORE : 0U;
    double         before = 0.0;
    for (uint32_t i = first; i < k; ++i) {
      before += energies[i] / (double)(k - first);
    }
    const double after     = (energies[k] + energies[k + 1U]) / (double)N_AFTER;
    const double steepness = after / (before + (1e-6 * total));
    if (steepness > steepest) {
      steepest = steepness;
      attack   = k;
    }
  }
  return (N_BLOCKS - attack) * n_block;
}

/// Samples since a change: it began with the first frame that rose.
static uint32_t
since_change(const TmbOnset* const onset)
{
  const uint32_t n = tmb_flux_since(&onset->change, CHANGE_SHARE);
  return (uint32_t)(((double)n * onset->hop) +
                    (CHANGE_DELAY_S * onset->rate_hz));
}

bool
tmb_onset_push(TmbOnset* const      onset,
               const TmbView* const view,
               uint64_t* const      start)
{
  const float close_db = onset->gate_db - (onset->is_open ? GATE_DB : 0.0f);
  onset->is_open       = view->level_db > close_db;
  if (onset->since_onset < onset->refractory) {
    ++onset->since_onset;
  }

  const Trend trend = follow_level(onset, view->level_db);
  const bool  is_attack =
    tmb_flux_push(&onset->attack, view->short_db, onset->gate_db) &&
    trend.swells;

  bool is_change = false;
  if (view->long_db) {
    is_change = tmb_flux_push(&onset->change, view->long_db, onset->gate_db) &&
                !trend.stops;
  }
  if (!onset->is_open || (!is_attack && !is_change)) {
    return false;
  }

  onset->attack.armed &= !is_attack;
  onset->change.armed &= !is_change;
  if (onset->since_onset < onset->refractory) {
    return false;
  }
  onset->since_onset = 0U;

  const uint64_t n_since =
    is_attack ? since_attack(onset, view->samples) : since_change(onset);
  *start = (view->end > n_since) ? view->end - n_since : 0U;
  return true;
}

void
tmb_onset_digest(const TmbOnset* const onset, TmbDigest* const digest)
{
  tmb_flux_digest(&onset->attack, digest);
  tmb_flux_digest(&onset->change, digest);
  tmb_digest_add(digest, onset->since_onset);
  tmb_digest_add(digest, onset->is_open);
  tmb_digest_add_floats(digest, onset->levels_db, LEVELS);
}
