// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/augment_steps.h"

#include "dsp/attributes.h"
#include "dsp/mfcc.h"
#include "trainer/exponential.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#define N_FULL_FRAMES 2U ///< Before a tail begins to fall
#define JITTER_DB 4.0f
#define BITS_16 65536.0f

static float*
row(const TmbPatch* const patch, float* const frames, const uint32_t i)
{
  return frames + ((size_t)i * patch->n_bands);
}

static size_t
n_values(const TmbPatch* const patch)
{
  return (size_t)patch->n_frames * patch->n_bands;
}

/// Raise each of `most` to a frame's value.
TMB_WIDE static void
raise(float* const restrict most, const float* const restrict x, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    most[i] = (x[i] > most[i]) ? x[i] : most[i];
  }
}

/// By band first: that vectorises, as the largest of all at once does not.
static float
largest_value(const TmbPatch* const patch)
{
  float most[TMB_MAX_BANDS];
  memcpy(most, patch->frames, patch->n_bands * sizeof(float));
  for (uint32_t i = 1U; i < patch->n_frames; ++i) {
    raise(most, row(patch, patch->frames, i), patch->n_bands);
  }

  float largest = most[0];
  for (uint32_t b = 1U; b < patch->n_bands; ++b) {
    largest = (most[b] > largest) ? most[b] : largest;
  }
  return largest;
}

/// y += weight * x.
TMB_WIDE static void
add_scaled(float* const restrict y,
           const float* const restrict x,
           const float  weight,
           const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    y[i] += weight * x[i];
  }
}

TMB_WIDE static void
multiply(float* const restrict y, const float* const restrict x, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    y[i] *= x[i];
  }
}

/// y = a + (b - a) * share.
TMB_WIDE static void
blend(float* const restrict y,
      const float* const restrict a,
      const float* const restrict b,
      const float  share,
      const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    y[i] = a[i] + ((b[i] - a[i]) * share);
  }
}

TMB_WIDE static void
to_power(float* const x, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    x[i] = tmb_db_to_power(x[i]);
  }
}

TMB_WIDE static void
shift_levels(float* const x, const float by, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    x[i] += by;
  }
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

void
tmb_band_grid_init(TmbBandGrid* const grid, const TmbFrontEnd* const front_end)
{
  const TmbMelScale scale = front_end->scale;
  const double      high  = tmb_hz_to_mel(scale, front_end->fmax_hz);
  grid->scale             = scale;
  grid->n_bands           = front_end->n_bands;
  grid->low               = tmb_hz_to_mel(scale, front_end->fmin_hz);
  grid->step = (high - grid->low) / (double)(front_end->n_bands + 1U);
  for (uint32_t b = 0U; b < grid->n_bands; ++b) {
    grid->centres_hz[b] =
      tmb_mel_to_hz(scale, grid->low + (grid->step * (double)(b + 1U)));
  }
}

void
tmb_patch_level(const TmbPatch* const patch)
{
  shift_levels(patch->frames, -largest_value(patch), n_values(patch));
}

void
tmb_warp_frequency(const TmbPatch* const    patch,
                   const TmbBandGrid* const grid,
                   const double             ratio)
{
  uint32_t lower[TMB_MAX_BANDS];
  float    fraction[TMB_MAX_BANDS];
  if (patch->n_bands < 2U) {
    return;
  }
  for (uint32_t b = 0U; b < patch->n_bands; ++b) {
    const double mel = tmb_hz_to_mel(grid->scale, grid->centres_hz[b] / ratio);
    const double place = ((mel - grid->low) / grid->step) - 1.0;

    lower[b] = split(place, patch->n_bands, &fraction[b]);
  }

  for (uint32_t i = 0U; i < patch->n_frames; ++i) {
    float* const levels = row(patch, patch->frames, i);
    float        past[TMB_MAX_BANDS];
    memcpy(past, levels, patch->n_bands * sizeof(float));
    for (uint32_t b = 0U; b < patch->n_bands; ++b) {
      const float a = past[lower[b]];

      levels[b] = a + ((past[lower[b] + 1U] - a) * fraction[b]);
    }
  }
}

void
tmb_warp_time(const TmbPatch* const patch,
              const uint32_t        onset,
              const double          stretch,
              const double          shift)
{
  if (patch->n_frames < 2U) {
    return;
  }
  memcpy(patch->scratch, patch->frames, n_values(patch) * sizeof(float));
  for (uint32_t i = 0U; i < patch->n_frames; ++i) {
    const double since = (double)i - (double)onset;
    const double from =
      (since > 0.0) ? (double)onset + (since * stretch) : (double)i;
    float          share = 0.0f;
    const uint32_t lower = split(from + shift, patch->n_frames, &share);
    blend(row(patch, patch->frames, i),
          row(patch, patch->scratch, lower),
          row(patch, patch->scratch, lower + 1U),
          share,
          patch->n_bands);
  }
}

void
tmb_release(const TmbPatch* const patch,
            const uint32_t        start,
            const float           slope_db)
{
  for (uint32_t i = start; i < patch->n_frames; ++i) {
    shift_levels(row(patch, patch->frames, i),
                 -slope_db * (float)(i - start),
                 patch->n_bands);
  }
}

void
tmb_patch_to_power(const TmbPatch* const patch)
{
  to_power(patch->frames, n_values(patch));
}

void
tmb_add_tail(const TmbPatch* const patch,
             const float* const    spectrum,
             const float           level_db,
             const float           decay_db)
{
  for (uint32_t i = 0U; i < patch->n_frames; ++i) {
    const uint32_t n_fallen = (i > N_FULL_FRAMES) ? i - N_FULL_FRAMES : 0U;
    const float    db       = level_db - (decay_db * (float)n_fallen);
    add_scaled(row(patch, patch->frames, i),
               spectrum,
               tmb_db_to_power(db),
               patch->n_bands);
  }
}

/// A frame gets its part of the `late` sound, and adds to it.
TMB_WIDE static void
ring(float* const restrict x,
     float* const restrict late,
     const float  weight,
     const float  decay,
     const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    const float dry = x[i];

    x[i]    = dry + (weight * late[i]);
    late[i] = decay * (late[i] + dry);
  }
}

void
tmb_reverberate(const TmbPatch* const patch,
                const float           weight,
                const float           decay)
{
  float late[TMB_MAX_BANDS] = { 0.0f };
  for (uint32_t i = 0U; i < patch->n_frames; ++i) {
    ring(row(patch, patch->frames, i), late, weight, decay, patch->n_bands);
  }
}

void
tmb_add_slopes(float* const   gains_db,
               const uint32_t n_bands,
               const float    corner,
               const float    below_db,
               const float    above_db)
{
  for (uint32_t b = 0U; b < n_bands; ++b) {
    const float above = (float)b - corner;
    gains_db[b] -= (above > 0.0f) ? above * above_db : -above * below_db;
  }
}

void
tmb_apply_gains(const TmbPatch* const patch, const float* const gains_db)
{
  float gains[TMB_MAX_BANDS];
  memcpy(gains, gains_db, patch->n_bands * sizeof(float));
  to_power(gains, patch->n_bands);
  for (uint32_t i = 0U; i < patch->n_frames; ++i) {
    multiply(row(patch, patch->frames, i), gains, patch->n_bands);
  }
}

/// Add noise, its levels off by the jitter that 16 bits choose.
TMB_WIDE static void
add_jittered(float* const restrict x,
             const float* const restrict noise,
             const uint16_t* const restrict bits,
             const size_t n)
{
  static const float unit_db = 2.0f * JITTER_DB / BITS_16;
  for (size_t i = 0U; i < n; ++i) {
    const float jitter_db = ((float)bits[i] - (0.5f * BITS_16)) * unit_db;
    x[i] += noise[i] * tmb_db_to_power(jitter_db);
  }
}

TMB_WIDE static void
scale(float* const x, const float by, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    x[i] *= by;
  }
}

void
tmb_patch_scale(const TmbPatch* const patch)
{
  const float largest = largest_value(patch);
  scale(patch->frames, 1.0f / fmaxf(largest, FLT_MIN), n_values(patch));
}

void
tmb_add_noise(const TmbPatch* const patch,
              const float* const    levels_db,
              TmbRandom* const      random)
{
  float    noise[TMB_MAX_BANDS];
  uint16_t bits[TMB_MAX_BANDS + 3U];
  memcpy(noise, levels_db, patch->n_bands * sizeof(float));
  to_power(noise, patch->n_bands);

  for (uint32_t i = 0U; i < patch->n_frames; ++i) {
    for (uint32_t b = 0U; b < patch->n_bands; b += 4U) {
      const uint64_t four = tmb_random_next(random);
      for (uint32_t k = 0U; k < 4U; ++k) {
        bits[b + k] = (uint16_t)(four >> (16U * k));
      }
    }
    add_jittered(row(patch, patch->frames, i), noise, bits, patch->n_bands);
  }
}

void
tmb_add_note(const TmbPatch* const patch,
             const TmbPatch* const other,
             const int             delay,
             const float           gain_db)
{
  const float gain = tmb_db_to_power(gain_db);
  for (uint32_t i = 0U; i < patch->n_frames; ++i) {
    const int64_t from = (int64_t)i - delay;
    if (from >= 0 && from < (int64_t)other->n_frames) {
      add_scaled(row(patch, patch->frames, i),
                 row(other, other->frames, (uint32_t)from),
                 gain,
                 patch->n_bands);
    }
  }
}

void
tmb_patch_to_db(const TmbPatch* const patch)
{
  tmb_power_to_db(patch->frames, (uint32_t)n_values(patch), patch->frames);
}

void
tmb_limit_band(const TmbPatch* const    patch,
               const TmbBandGrid* const grid,
               const double             limit_hz)
{
  const double   top   = tmb_hz_to_mel(grid->scale, limit_hz);
  const double   n     = fmax(0.0, floor((top - grid->low) / grid->step));
  const uint32_t first = (uint32_t)fmin(n, (double)patch->n_bands);
  for (uint32_t i = 0U; i < patch->n_frames; ++i) {
    for (uint32_t b = first; b < patch->n_bands; ++b) {
      row(patch, patch->frames, i)[b] = TMB_PATCH_FLOOR_DB;
    }
  }
}
