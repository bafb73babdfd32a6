// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/augment.h"

#include <math.h>
#include <stdbool.h>

#define N_COLOURS 5U ///< Cosines over the bands that colour the noise

static double
uniform(TmbRandom* const random, const double least, const double largest)
{
  return least + ((largest - least) * tmb_random_uniform(random));
}

static bool
chance(TmbRandom* const random, const double p)
{
  return tmb_random_uniform(random) < p;
}

void
tmb_augmenter_init(TmbAugmenter* const          augmenter,
                   const TmbAugmentation* const settings,
                   const TmbFrontEnd* const     front_end)
{
  augmenter->settings = *settings;
  augmenter->n_before = front_end->n_before;
  tmb_band_grid_init(&augmenter->grid, front_end);
  tmb_cosines_init(&augmenter->cosines, front_end->n_bands);
}

/// Other speeds, and another player's timing.
static void
warp(const TmbAugmenter* const self,
     TmbRandom* const          random,
     const TmbPatch* const     patch)
{
  const TmbAugmentation* const s         = &self->settings;
  const double                 semitones = uniform(random, -s->warp, s->warp);
  tmb_warp_frequency(patch, &self->grid, exp2(semitones / 12.0));

  const double   stretch = exp(uniform(random, -s->stretch, s->stretch));
  const uint32_t n_most  = (uint32_t)s->shift;
  const uint32_t n_shift = tmb_random_below(random, (2U * n_most) + 1U);
  tmb_warp_time(
    patch, self->n_before, stretch, (double)n_shift - (double)n_most);
}

/// What sounds before and after the note.
static void
add_sounds(const TmbAugmenter* const self,
           TmbRandom* const          random,
           const float* const        tail,
           const TmbPatch* const     patch)
{
  if (tail) {
    const double level_db = uniform(random, -40.0, -3.0);
    tmb_add_tail(
      patch, tail, (float)level_db, (float)uniform(random, 0.1, 2.5));
  }
  if (chance(random, self->settings.reverb)) {
    const double weight = uniform(random, 0.0, 0.5);
    tmb_reverberate(patch, (float)weight, (float)uniform(random, 0.0, 0.9));
  }
}

/// Other bodies and microphones.
static void
filter(const TmbAugmenter* const self,
       TmbRandom* const          random,
       const float* const        body_db,
       const TmbPatch* const     patch)
{
  const uint32_t n_bands                 = patch->n_bands;
  float          gains_db[TMB_MAX_BANDS] = { 0.0f };
  for (uint32_t b = 0U; body_db && b < n_bands; ++b) {
    gains_db[b] = body_db[b];
  }
  if (chance(random, self->settings.filter)) {
    const double corner = (double)n_bands * uniform(random, 0.5625, 1.0625);
    tmb_add_slopes(
      gains_db, n_bands, (float)corner, 0.0f, (float)uniform(random, 1.0, 6.0));
  }
  if (chance(random, self->settings.filter)) {
    const double corner = uniform(random, 0.0, 6.0);
    tmb_add_slopes(
      gains_db, n_bands, (float)corner, (float)uniform(random, 1.0, 7.0), 0.0f);
  }
  tmb_apply_gains(patch, gains_db);
}

/// A room that is never silent.
static void
add_noise(const TmbAugmenter* const self,
          TmbRandom* const          random,
          const TmbPatch* const     patch)
{
  static const double deviations_db[N_COLOURS] = { 25.0, 12.0, 8.0, 6.0, 4.0 };

  float        levels_db[TMB_MAX_BANDS];
  float        weights[N_COLOURS];
  const double level_db = -uniform(random, 30.0, 90.0);
  for (uint32_t b = 0U; b < patch->n_bands; ++b) {
    levels_db[b] = (float)level_db;
  }
  for (uint32_t k = 0U; k < N_COLOURS; ++k) {
    weights[k] = (float)(deviations_db[k] * tmb_random_normal(random));
  }
  tmb_cosines_add(&self->cosines, weights, N_COLOURS, levels_db);
  tmb_add_noise(patch, levels_db, random);
}

void
tmb_augment_note(const TmbAugmenter* const augmenter,
                 TmbRandom* const          random,
                 const TmbLent* const      lent,
                 const TmbPatch* const     patch)
{
  const TmbAugmentation* const s = &augmenter->settings;
  tmb_patch_level(patch);
  warp(augmenter, random, patch);
  if (chance(random, s->release)) {
    const uint32_t start = 8U + tmb_random_below(random, patch->n_frames + 8U);
    tmb_release(patch, start, (float)uniform(random, 1.0, 8.0));
  }

  tmb_patch_to_power(patch);
  add_sounds(augmenter, random, lent->tail, patch);
  filter(augmenter, random, lent->body_db, patch);
  tmb_patch_scale(patch);
  if (chance(random, s->noise)) {
    add_noise(augmenter, random, patch);
  }
  tmb_patch_to_db(patch);
  if (chance(random, s->limit)) {
    const double limit = uniform(random, log(4000.0), log(11025.0));
    tmb_limit_band(patch, &augmenter->grid, exp(limit));
  }
}
