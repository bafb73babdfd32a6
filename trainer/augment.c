// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/augment.h"

#include "dsp/mel.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define TMB_PI 3.14159265358979323846
#define LEAST_DB (-100.0f)
#define DB_PER_NEPER 4.3429448f ///< Of power: 10 / ln 10
#define NEGLIGIBLE_DB 40.0f     ///< So far below, power adds under .0005 dB
#define N_COLOURS 5U ///< Cosines over the bands that colour the noise

/// The note that is altered.
typedef struct {
  const TmbFrontEnd* front_end;
  TmbRandom*         random;
  float*             frames;  ///< [n_frames][n_bands] dB
  float*             scratch; ///< [n_frames][n_bands]
  uint32_t           n_frames;
  uint32_t           n_bands;
} Note;

static double
uniform(const Note* const note, const double least, const double largest)
{
  return least + ((largest - least) * tmb_random_uniform(note->random));
}

static bool
chance(const Note* const note, const double p)
{
  return tmb_random_uniform(note->random) < p;
}

static float*
row(const Note* const note, float* const frames, const uint32_t i)
{
  return frames + ((size_t)i * note->n_bands);
}

/// Level of two powers together, without leaving decibels.
static float
add_levels(const float a_db, const float b_db)
{
  const float larger = (a_db > b_db) ? a_db : b_db;
  const float apart  = fabsf(a_db - b_db);
  return (apart > NEGLIGIBLE_DB)
           ? larger
           : larger + (DB_PER_NEPER * log1pf(expf(-apart / DB_PER_NEPER)));
}

/// Put `position` between two whole places of 0 to n - 1.
static uint32_t
split(const double position, const uint32_t n, float* const fraction)
{
  const double   inside = fmin(fmax(position, 0.0), (double)n - 1.0);
  const uint32_t lower =
    (inside >= (double)n - 1.0) ? n - 2U : (uint32_t)inside;

  *fraction = (float)(inside - (double)lower);
  return lower;
}

/// Mels from the centre of one band to that of the next; the first is one step
/// above `*low`.
static double
mel_grid(const Note* const note, double* const low)
{
  const TmbFrontEnd* const front_end = note->front_end;
  *low = tmb_hz_to_mel(front_end->scale, front_end->fmin_hz);
  return (tmb_hz_to_mel(front_end->scale, front_end->fmax_hz) - *low) /
         (double)(note->n_bands + 1U);
}

/// Move every band's content to `ratio` times its frequency.
static void
warp_frequency(const Note* const note, const double ratio)
{
  const TmbMelScale scale = note->front_end->scale;
  double            low   = 0.0;
  const double      step  = mel_grid(note, &low);

  uint32_t lower[TMB_MAX_BANDS];
  float    fraction[TMB_MAX_BANDS];
  for (uint32_t b = 0U; b < note->n_bands; ++b) {
    const double centre = low + (step * (double)(b + 1U));
    const double hz     = tmb_mel_to_hz(scale, centre) / ratio;
    const double mel    = tmb_hz_to_mel(scale, hz);

    lower[b] = split(((mel - low) / step) - 1.0, note->n_bands, &fraction[b]);
  }

  for (uint32_t i = 0U; i < note->n_frames; ++i) {
    float* const levels = row(note, note->frames, i);
    float* const past   = row(note, note->scratch, i);
    memcpy(past, levels, note->n_bands * sizeof(float));
    for (uint32_t b = 0U; b < note->n_bands; ++b) {
      levels[b] = (past[lower[b]] * (1.0f - fraction[b])) +
                  (past[lower[b] + 1U] * fraction[b]);
    }
  }
}

/// Take frame i from (i - n_before) * stretch + n_before + shift.
static void
warp_time(const Note* const note, const double stretch, const double shift)
{
  const double onset = (double)note->front_end->n_before;
  memcpy(note->scratch,
         note->frames,
         (size_t)note->n_frames * note->n_bands * sizeof(float));
  for (uint32_t i = 0U; i < note->n_frames; ++i) {
    const double time = (double)i;
    const double from =
      (time > onset) ? onset + ((time - onset) * stretch) : time;
    float              fraction = 0.0f;
    const uint32_t     lower  = split(from + shift, note->n_frames, &fraction);
    const float* const before = row(note, note->scratch, lower);
    const float* const after  = row(note, note->scratch, lower + 1U);
    float* const       levels = row(note, note->frames, i);
    for (uint32_t b = 0U; b < note->n_bands; ++b) {
      levels[b] = (before[b] * (1.0f - fraction)) + (after[b] * fraction);
    }
  }
}

/// Let the note fall by `slope_db` a frame from frame `start` on.
static void
release(const Note* const note, const uint32_t start, const float slope_db)
{
  for (uint32_t i = start; i < note->n_frames; ++i) {
    float* const levels = row(note, note->frames, i);
    for (uint32_t b = 0U; b < note->n_bands; ++b) {
      levels[b] -= slope_db * (float)(i - start);
    }
  }
}

/// Add what earlier frames leave in the room: `weight` of their power at once,
/// less by `decay` with each frame.
static void
reverberate(const Note* const note, const double weight, const double decay)
{
  const float weight_db = (float)(10.0 * log10(weight));
  const float decay_db  = (float)(10.0 * log10(decay));

  float tail[TMB_MAX_BANDS];
  for (uint32_t b = 0U; b < note->n_bands; ++b) {
    tail[b] = -INFINITY;
  }
  for (uint32_t i = 0U; i < note->n_frames; ++i) {
    float* const levels = row(note, note->frames, i);
    for (uint32_t b = 0U; b < note->n_bands; ++b) {
      const float dry  = levels[b];
      const float late = tail[b] + decay_db;

      levels[b] = add_levels(dry, late + weight_db);
      tail[b]   = add_levels(dry, late);
    }
  }
}

/// Weaken bands above `corner` by `high_db` a band, or below it by `low_db`.
static void
filter(const Note* const note,
       const double      corner,
       const double      low_db,
       const double      high_db)
{
  for (uint32_t b = 0U; b < note->n_bands; ++b) {
    const double above = (double)b - corner;
    const float  loss_db =
      (float)((above > 0.0) ? above * high_db : -above * low_db);
    for (uint32_t i = 0U; i < note->n_frames; ++i) {
      row(note, note->frames, i)[b] -= loss_db;
    }
  }
}

static float
largest_level(const Note* const note)
{
  float largest = LEAST_DB;
  for (uint32_t i = 0U; i < note->n_frames * note->n_bands; ++i) {
    largest = (note->frames[i] > largest) ? note->frames[i] : largest;
  }
  return largest;
}

/// Add noise of `level_db`, coloured by a few cosines, with a jitter of 4 dB.
static void
add_noise(const Note* const note, const float level_db)
{
  // Deviations of the cosines' weights, for orthonormal cosines over the bands
  static const double deviations_db[N_COLOURS] = { 25.0, 12.0, 8.0, 6.0, 4.0 };

  float colour_db[TMB_MAX_BANDS] = { 0.0f };
  for (uint32_t k = 0U; k < N_COLOURS; ++k) {
    const double weight = tmb_random_normal(note->random) * deviations_db[k] *
                          sqrt(2.0 / (double)note->n_bands);
    for (uint32_t b = 0U; b < note->n_bands; ++b) {
      const double angle =
        TMB_PI * (double)(k + 1U) * ((double)b + 0.5) / (double)note->n_bands;
      colour_db[b] += (float)(weight * cos(angle));
    }
  }

  for (uint32_t i = 0U; i < note->n_frames; ++i) {
    float* const levels = row(note, note->frames, i);
    for (uint32_t b = 0U; b < note->n_bands; ++b) {
      const float jitter_db = (float)uniform(note, -4.0, 4.0);

      const float noise_db = level_db + colour_db[b] + jitter_db;
      const float sum_db   = add_levels(levels[b], noise_db);

      levels[b] = (sum_db > LEAST_DB) ? sum_db : LEAST_DB;
    }
  }
}

/// Silence the bands above `limit_hz`, as half a sample rate does.
static void
limit_band(const Note* const note, const double limit_hz)
{
  double         low   = 0.0;
  const double   step  = mel_grid(note, &low);
  const double   top   = tmb_hz_to_mel(note->front_end->scale, limit_hz);
  const double   n     = fmax(0.0, floor((top - low) / step));
  const uint32_t first = (uint32_t)fmin(n, (double)note->n_bands);
  for (uint32_t i = 0U; i < note->n_frames; ++i) {
    for (uint32_t b = first; b < note->n_bands; ++b) {
      row(note, note->frames, i)[b] = LEAST_DB;
    }
  }
}

// NOLINTBEGIN(readability-non-const-parameter) they are written to by `note`
void
tmb_augment_note(const TmbFrontEnd* const front_end,
                 TmbRandom* const         random,
                 float* const             frames,
                 const uint32_t           n_frames,
                 float* const             scratch)
{
  const Note note = { front_end, random,   frames,
                      scratch,   n_frames, front_end->n_bands };

  if (note.n_bands > 1U) {
    warp_frequency(&note, exp2(uniform(&note, -3.0, 3.0) / 12.0));
  }
  if (n_frames > 1U) {
    const double stretch = exp(uniform(&note, -0.2, 0.2));
    warp_time(&note, stretch, (double)tmb_random_below(random, 7U) - 3.0);
  }
  if (chance(&note, 0.4)) {
    const uint32_t start = 8U + tmb_random_below(random, n_frames + 8U);
    release(&note, start, (float)uniform(&note, 1.0, 8.0));
  }
  if (chance(&note, 0.4)) {
    const double weight = uniform(&note, 0.0, 0.5);
    reverberate(&note, weight, uniform(&note, 0.0, 0.9));
  }
  if (chance(&note, 0.15)) {
    const double corner = (double)note.n_bands * uniform(&note, 0.55, 1.05);
    filter(&note, corner, 0.0, uniform(&note, 1.0, 6.0));
  }
  if (chance(&note, 0.15)) {
    const double corner = uniform(&note, 0.0, 6.0);
    filter(&note, corner, uniform(&note, 1.0, 7.0), 0.0);
  }
  add_noise(&note, largest_level(&note) - (float)uniform(&note, 30.0, 90.0));
  if (chance(&note, 0.12)) {
    limit_band(&note, exp(uniform(&note, log(4000.0), log(11025.0))));
  }
}
// NOLINTEND(readability-non-const-parameter)
