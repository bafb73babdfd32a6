// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/onset.h"

#include "dsp/matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REFRACTORY_S 0.068    ///< Least time between onsets
#define MEMORY_S 0.085        ///< Over which the usual flux is averaged
#define PEAK_FALL_DB_S 24.0   ///< How fast the loudness reference falls
#define FIRST_PEAK_DB (-3.0f) ///< Before anything was heard
#define REARM_FACTOR 0.4f     ///< Of the threshold, before the next onset
#define GATE_DB 6.0f          ///< Hysteresis of the silence gate
#define ATTACK_GAIN_DB 0.6f   ///< What an attack adds to the level
#define STOP_FALL_DB 6.0f     ///< What it loses where a sound stops
#define LEVELS 3U             ///< Over which either is seen
#define CHANGE_SHARE 0.27f    ///< Of a change's flux, with which it began
#define CHANGE_DELAY_S 0.005  ///< From there to its frame's newest sample

// What fades is gone below these: in the end two pasts leave the same behind
#define LEAST_USUAL_DB 1e-9f ///< Lost when it is added to the least flux
#define LEAST_MASK_DB 0.1f   ///< An onset has more: a quarter of delta_db

#define MAX_BANDS TMB_LONG_BANDS ///< A multiple of LANES
#define LANES 8U                 ///< That loops are written in, to vectorise
#define MAX_FRAMES 16U           ///< That are remembered, a power of two
#define MAX_SPREAD 2U

/// How the flux between two windows of a kind tells an onset.
typedef struct {
  uint32_t n_bands;
  uint32_t lag;          ///< Frames between the windows
  uint32_t width;        ///< Frames whose largest levels are the earlier one
  uint32_t spread;       ///< Bands to either side that count for the earlier
  uint32_t n_narrow;     ///< Lowest bands, beside which only one counts
  bool     by_loudness;  ///< Whether loud bands weigh more
  float    range_db;     ///< Bands so far below the reference are ignored
  float    least_weight; ///< Added to that of all bands
  float    delta_db;     ///< Least flux at sensitivity .5
  float    usual_factor; ///< What is added of the usual flux
  float    mask_factor;  ///< Of a flux, that hides what follows
  double   mask_s;       ///< Time constant of that
} FluxKind;

static const FluxKind attack_kind = {
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

static const FluxKind change_kind = {
  .n_bands      = TMB_LONG_BANDS,
  .lag          = 5U,
  .width        = 6U,
  .spread       = MAX_SPREAD,
  .n_narrow     = 64U, // Below 1 kHz, where half a semitone is a band at most
  .by_loudness  = true,
  .range_db     = 47.0f,
  .least_weight = 9.0f,
  .delta_db     = 1.35f,
  .usual_factor = 1.02f,
  .mask_factor  = 1.15f,
  .mask_s       = 0.074,
};

typedef struct {
  const FluxKind* kind;
  float           memory;    ///< Weight of a new frame in the usual flux
  float           mask_fall; ///< What is left of the mask a frame later
  float           peak_fall; ///< dB a frame
  float           delta_db;  ///< Least flux of an onset
  float           peak_db;   ///< Loudness reference: a falling maximum
  float           floor_db;  ///< Lower levels are taken for this
  float           usual_db;  ///< Mean of the recent flux
  float           mask_db;   ///< Flux that recent flux hides
  bool            armed;     ///< The flux has fallen since the last onset
  uint32_t        newest;    ///< Of `levels`
  float           levels[MAX_FRAMES][MAX_BANDS]; ///< A ring
  float           earlier[MAX_BANDS]; ///< What the newest is compared with
} Flux;

struct TmbOnsetImpl {
  Flux     attack;
  Flux     change;
  double   hop; ///< Between long windows, in samples
  double   rate_hz;
  uint32_t n_short;     ///< Samples of a short window
  uint32_t refractory;  ///< In short windows
  uint32_t since_onset; ///< Short windows, saturated at `refractory`
  float    gate_db;
  bool     is_open;           ///< The silence gate
  float    levels_db[LEVELS]; ///< Before the newest, oldest first
};

static void
init_flux(Flux* const flux, const FluxKind* const kind, const double hop_s)
{
  flux->kind      = kind;
  flux->memory    = (float)(1.0 - exp(-hop_s / MEMORY_S));
  flux->mask_fall = (float)exp(-hop_s / kind->mask_s);
  flux->peak_fall = (float)(PEAK_FALL_DB_S * hop_s);
}

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
  init_flux(&self->attack, &attack_kind, 0.5 * hop_s);
  init_flux(&self->change, &change_kind, hop_s);

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

static void
reset_flux(Flux* const flux)
{
  flux->peak_db  = FIRST_PEAK_DB;
  flux->usual_db = 0.0f;
  flux->mask_db  = 0.0f;
  flux->armed    = true;
  flux->newest   = 0U;
  for (uint32_t i = 0U; i < MAX_FRAMES; ++i) {
    for (uint32_t b = 0U; b < MAX_BANDS; ++b) {
      flux->levels[i][b] = -INFINITY;
    }
  }
}

void
tmb_onset_reset(TmbOnset* const onset)
{
  reset_flux(&onset->attack);
  reset_flux(&onset->change);
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

/// As fmaxf() for what is never NaN: a single instruction, which vectorises.
static float
larger(const float a, const float b)
{
  return (a > b) ? a : b;
}

/// The levels of so many frames ago.
static const float*
levels_ago(const Flux* const flux, const uint32_t n_frames)
{
  return flux->levels[(flux->newest - n_frames) % MAX_FRAMES];
}

/// Remember levels as the newest, and let the reference follow.
TMB_WIDE static void
remember(Flux* const flux, const float* const levels, const float gate_db)
{
  const uint32_t n_bands = flux->kind->n_bands;
  flux->newest           = (flux->newest + 1U) % MAX_FRAMES;
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
look_back(Flux* const flux)
{
  const FluxKind* const kind = flux->kind;

  float        padded[MAX_SPREAD + MAX_BANDS + MAX_SPREAD];
  float* const loudest = padded + MAX_SPREAD;
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
rise(const Flux* const flux, const float* const levels)
{
  const FluxKind* const kind     = flux->kind;
  const size_t          n_bands  = kind->n_bands;
  const float           floor_db = flux->floor_db;
  const float           range_db = larger(0.0f, flux->peak_db - floor_db);
  const float           scale    = 1.0f / (range_db + 1.0f);

  float weights[MAX_BANDS];
  float rises[MAX_BANDS];
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

/// Whether the flux says so: enough, more than usual, not masked.
static bool
rises(Flux* const flux)
{
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
  const Flux* const flux    = &onset->change;
  const float       rise_db = rise(flux, levels_ago(flux, 0U));
  uint32_t          n       = flux->kind->lag - 1U;
  while (n && rise(flux, levels_ago(flux, n)) < CHANGE_SHARE * rise_db) {
    --n;
  }
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
  remember(&onset->attack, view->short_db, onset->gate_db);
  const bool is_attack = rises(&onset->attack) && trend.swells;

  bool is_change = false;
  if (view->long_db) {
    remember(&onset->change, view->long_db, onset->gate_db);
    is_change = rises(&onset->change) && !trend.stops;
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

static void
add_flux(TmbDigest* const digest, const Flux* const flux)
{
  const FluxKind* const kind = flux->kind;
  tmb_digest_add_floats(digest, &flux->peak_db, 1U);
  tmb_digest_add_floats(digest, &flux->usual_db, 1U);
  tmb_digest_add_floats(digest, &flux->mask_db, 1U);
  tmb_digest_add(digest, flux->armed);

  // Those that the next are compared with, at once or later
  for (uint32_t i = 0U; i < kind->lag + kind->width - 1U; ++i) {
    tmb_digest_add_floats(digest, levels_ago(flux, i), kind->n_bands);
  }
}

void
tmb_onset_digest(const TmbOnset* const onset, TmbDigest* const digest)
{
  add_flux(digest, &onset->attack);
  add_flux(digest, &onset->change);
  tmb_digest_add(digest, onset->since_onset);
  tmb_digest_add(digest, onset->is_open);
  tmb_digest_add_floats(digest, onset->levels_db, LEVELS);
}
