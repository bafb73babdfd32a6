// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/onset.h"

#include "dsp/mel.h"

#include <math.h>
#include <stdlib.h>

#define LAG 2U               ///< Frames between the spectra that are compared
#define REFRACTORY_S 0.07    ///< Least time between onsets
#define MEMORY_S 0.3         ///< Over which the usual flux is averaged
#define PEAK_FALL_DB_S 30.0f ///< How fast the loudness reference falls
#define RANGE_DB 50.0f       ///< Bands further below the reference are ignored
#define LEAST_BANDS 10U   ///< Added to those that sound, so that few weigh less
#define USUAL_FACTOR 1.6f ///< Flux of an onset over the usual flux
#define REARM_FACTOR 0.7f ///< Of the threshold, before the next onset
#define MASK_FACTOR 0.7f  ///< Of an onset's flux, that masks what follows
#define MASK_S 0.12       ///< Time constant of the masking
#define TONE_DB 20.0f     ///< Of a tone's band over its level in dBFS
#define SWELL_DB 12.0f    ///< Rise of the loudest band that is an onset too
#define SWELL_DB_S 60.0f  ///< A slower rise is a crescendo
#define FADE_DB_S 40.0f   ///< A rise after a faster fall is a beat
#define ATTACK_S 0.15     ///< After an onset, rising belongs to its attack
#define STOP_DB 2.0f      ///< A fall of the level in which nothing begins
#define STOP_FRAMES 3U    ///< Over which the level is compared

struct TmbOnsetImpl {
  uint32_t n_bands;
  uint32_t refractory;  ///< In frames
  uint32_t attack;      ///< In frames
  float    memory;      ///< Weight of a new frame in the usual flux
  float    mask_fall;   ///< What is left of the mask a frame later
  float    peak_fall;   ///< dB a frame
  float    base_rise;   ///< dB a frame
  float    base_fall;   ///< dB a frame
  float    delta_db;    ///< Least flux of an onset
  float    gate_db;     ///< Bands below it are ignored
  float    peak_db;     ///< Loudness reference: a falling maximum
  float    usual_db;    ///< Mean of the recent flux
  float    mask_db;     ///< Flux that recent flux hides
  float    base_db;     ///< What the loudest band swells from
  uint32_t since_onset; ///< Frames, saturated at `attack`
  bool     armed;       ///< The flux has fallen since the last onset
  float*   past;        ///< [LAG][n_bands] Clamped levels, oldest first

  float levels_db[STOP_FRAMES]; ///< Of the newest sound, oldest first
};

TmbStatus
tmb_onset_new(const uint32_t   n_bands,
              const double     hop_s,
              TmbOnset** const onset)
{
  *onset = NULL;
  if (!n_bands || n_bands > TMB_MAX_BANDS ||
      !(hop_s >= 0.0001 && hop_s <= 1.0)) {
    return TMB_BAD_ARG;
  }

  TmbOnset* const self = (TmbOnset*)calloc(1U, sizeof(TmbOnset));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->n_bands    = n_bands;
  self->refractory = (uint32_t)ceil(REFRACTORY_S / hop_s);
  self->attack     = (uint32_t)ceil(ATTACK_S / hop_s);
  self->memory     = (float)(1.0 - exp(-hop_s / MEMORY_S));
  self->mask_fall  = (float)exp(-hop_s / MASK_S);
  self->base_rise  = SWELL_DB_S * (float)hop_s;
  self->base_fall  = FADE_DB_S * (float)hop_s;
  self->peak_fall  = PEAK_FALL_DB_S * (float)hop_s;
  self->past       = (float*)calloc((size_t)LAG * n_bands, sizeof(float));
  if (!self->past) {
    tmb_onset_free(self);
    return TMB_NO_MEMORY;
  }

  tmb_onset_set(self, 0.5f, -60.0f);
  tmb_onset_reset(self);
  *onset = self;
  return TMB_OK;
}

void
tmb_onset_free(TmbOnset* const onset)
{
  if (onset) {
    free(onset->past);
    free(onset);
  }
}

void
tmb_onset_reset(TmbOnset* const onset)
{
  onset->peak_db     = -INFINITY;
  onset->usual_db    = 0.0f;
  onset->mask_db     = 0.0f;
  onset->base_db     = onset->gate_db + TONE_DB;
  onset->since_onset = onset->attack;
  onset->armed       = true;
  for (uint32_t i = 0U; i < STOP_FRAMES; ++i) {
    onset->levels_db[i] = -INFINITY;
  }
  for (uint32_t i = 0U; i < LAG * onset->n_bands; ++i) {
    onset->past[i] = -INFINITY;
  }
}

void
tmb_onset_set(TmbOnset* const onset,
              const float     sensitivity,
              const float     gate_db)
{
  // 8.5 dB at 0, 2.1 dB at a half, 0.5 dB at 1
  onset->delta_db = 8.5f * powf(16.0f, -sensitivity);
  onset->gate_db  = gate_db;
}

/**
   Mean rise of the bands that sound, dB: how far each is above the loudest of
   its neighbourhood LAG frames ago.  A partial that glides stays inside it.
*/
static float
flux(const TmbOnset* const onset,
     const float* const    log_bands,
     const float           floor_db)
{
  const uint32_t     last = onset->n_bands - 1U;
  const float* const past = onset->past;
  float              sum  = 0.0f;
  uint32_t           n    = LEAST_BANDS;
  for (uint32_t b = 0U; b <= last; ++b) {
    const float lower  = past[b ? b - 1U : b];
    const float upper  = past[(b < last) ? b + 1U : b];
    const float before = fmaxf(fmaxf(lower, past[b]), fmaxf(upper, floor_db));

    sum += fmaxf(0.0f, log_bands[b] - before);
    n += log_bands[b] > floor_db;
  }
  return sum / (float)n;
}

/// Forget the oldest of the past frames and add this one.
static void
remember(TmbOnset* const onset, const float* const log_bands)
{
  const uint32_t n = onset->n_bands;
  for (uint32_t i = 0U; i < (LAG - 1U) * n; ++i) {
    onset->past[i] = onset->past[i + n];
  }
  for (uint32_t b = 0U; b < n; ++b) {
    onset->past[((LAG - 1U) * n) + b] = log_bands[b];
  }
}

/// Whether the flux says so: enough, more than usual, not masked.
static bool
bursts(TmbOnset* const onset, const float rise_db)
{
  const float least_db = onset->delta_db + (USUAL_FACTOR * onset->usual_db);
  const bool  is_burst =
    onset->armed && rise_db > least_db && rise_db > onset->mask_db;

  // The flux of an onset is not usual: it enters the mean limited
  onset->usual_db +=
    onset->memory * (fminf(rise_db, least_db) - onset->usual_db);
  onset->mask_db =
    fmaxf(onset->mask_fall * onset->mask_db, MASK_FACTOR * rise_db);
  if (rise_db < REARM_FACTOR * least_db) {
    onset->armed = true;
  }
  return is_burst;
}

/// Whether the loudness says so: a note of few partials rises in few bands.
static bool
swells(TmbOnset* const onset, const float loudest_db)
{
  const float level_db = fmaxf(loudest_db, onset->gate_db + TONE_DB);
  const float change   = level_db - onset->base_db;
  if (onset->since_onset < onset->attack) {
    onset->base_db = level_db;
    return false;
  }
  onset->base_db += fminf(fmaxf(change, -onset->base_fall), onset->base_rise);
  return change > SWELL_DB;
}

/// Whether the sound only stops: cut off, it fills all bands as an attack does.
static bool
stops(TmbOnset* const onset, const float level_db)
{
  float least_db = level_db + STOP_DB;
  for (uint32_t i = 0U; i < STOP_FRAMES; ++i) {
    least_db = fminf(least_db, onset->levels_db[i]);
  }
  for (uint32_t i = 1U; i < STOP_FRAMES; ++i) {
    onset->levels_db[i - 1U] = onset->levels_db[i];
  }
  onset->levels_db[STOP_FRAMES - 1U] = level_db;
  return least_db >= level_db + STOP_DB;
}

bool
tmb_onset_push(TmbOnset* const    onset,
               const float* const log_bands,
               const float        level_db)
{
  float loudest_db = -INFINITY;
  for (uint32_t b = 0U; b < onset->n_bands; ++b) {
    loudest_db = fmaxf(loudest_db, log_bands[b]);
  }

  onset->peak_db       = fmaxf(onset->peak_db - onset->peak_fall, loudest_db);
  const float floor_db = fmaxf(onset->gate_db, onset->peak_db - RANGE_DB);
  const float rise_db  = flux(onset, log_bands, floor_db);
  remember(onset, log_bands);

  if (onset->since_onset < onset->attack) {
    ++onset->since_onset;
  }

  const bool is_burst = bursts(onset, rise_db);
  const bool is_swell = swells(onset, loudest_db);
  const bool is_stop  = stops(onset, level_db);
  if (level_db <= onset->gate_db || is_stop || (!is_burst && !is_swell)) {
    return false;
  }
  onset->armed = false;
  if (onset->since_onset < onset->refractory) {
    return false;
  }
  onset->since_onset = 0U;
  return true;
}
