// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/noises.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define RATE ((double)TMB_NOISE_RATE)
#define TWO_PI 6.283185307179586
#define FADE 88U ///< Samples of 2 ms
#define MAX_PARTIALS 24U

static double
between(TmbRandom* const random, const double least, const double most)
{
  return least + ((most - least) * tmb_random_uniform(random));
}

/// Between two frequencies, alike in each octave.
static double
frequency(TmbRandom* const random, const double least, const double most)
{
  return least * exp(log(most / least) * tmb_random_uniform(random));
}

/// White noise.
static double
white(TmbRandom* const random)
{
  return between(random, -1.0, 1.0);
}

/// A burst of noise of one colour, from dark to bright, that rises and falls.
static void
make_burst(TmbRandom* const random, float* const mono, const uint32_t n)
{
  const double colour = between(random, -0.9, 0.99);
  const double rise_s = frequency(random, 0.001, 0.3);
  const double fall_s = frequency(random, 0.03, 2.0);
  double       value  = 0.0;
  for (uint32_t i = 0U; i < n; ++i) {
    const double age = (double)i / RATE;

    value   = (colour * value) + ((1.0 - fabs(colour)) * white(random));
    mono[i] = (float)(fmin(1.0, age / rise_s) * exp(-age / fall_s) * value);
  }
}

/// A sine that glides from one frequency to another.
static void
make_sweep(TmbRandom* const random, float* const mono, const uint32_t n)
{
  const double from  = frequency(random, 80.0, 8000.0);
  const double to    = frequency(random, 80.0, 8000.0);
  double       phase = 0.0;
  for (uint32_t i = 0U; i < n; ++i) {
    const double hz = from * pow(to / from, (double)i / (double)n);

    phase   = fmod(phase + (hz / RATE), 1.0);
    mono[i] = (float)sin(TWO_PI * phase);
  }
}

/// Add a resonance that is struck once: the falling sine of two poles.
static void
add_ping(float* const   mono,
         const uint32_t n,
         const uint32_t start,
         const double   hz,
         const double   fall_s,
         const double   level)
{
  const double   radius = exp(-1.0 / (fall_s * RATE));
  const double   angle  = TWO_PI * hz / RATE;
  const uint32_t length = (uint32_t)(7.0 * fall_s * RATE);
  double         before = -level * sin(angle) / radius;
  double         now    = 0.0;
  for (uint32_t i = 0U; i < length && start + i < n; ++i) {
    const double next =
      (2.0 * radius * cos(angle) * now) - (radius * radius * before);
    mono[start + i] += (float)now;
    before = now;
    now    = next;
  }
}

/// Clicks, as of keys and switches: resonances that are gone in milliseconds.
static void
make_clicks(TmbRandom* const random, float* const mono, const uint32_t n)
{
  const uint32_t n_clicks = 1U + tmb_random_below(random, 8U);
  for (uint32_t i = 0U; i < n_clicks; ++i) {
    const uint32_t start  = i ? tmb_random_below(random, n) : 0U;
    const double   hz     = frequency(random, 500.0, 9000.0);
    const double   fall_s = frequency(random, 0.0003, 0.004);
    add_ping(mono, n, start, hz, fall_s, between(random, 0.3, 1.0));
  }
}

/// Add noise that begins at once and dies away.
static void
add_burst(TmbRandom* const random,
          float* const     mono,
          const uint32_t   n,
          const uint32_t   start,
          const double     colour,
          const double     fall_s)
{
  const uint32_t length = (uint32_t)(7.0 * fall_s * RATE);
  const double   keep   = exp(-1.0 / (fall_s * RATE));
  double         level  = 1.0;
  double         value  = 0.0;
  for (uint32_t i = 0U; i < length && start + i < n; ++i) {
    value = (colour * value) + white(random);
    mono[start + i] += (float)(level * value);
    level *= keep;
  }
}

/// Hands: each clap a few short bursts in a row and the room after the last.
static void
make_claps(TmbRandom* const random, float* const mono, const uint32_t n)
{
  const uint32_t n_claps = 1U + tmb_random_below(random, 4U);
  const double   colour  = between(random, -0.6, 0.8);
  for (uint32_t i = 0U; i < n_claps; ++i) {
    uint32_t       start    = i ? tmb_random_below(random, n) : 0U;
    const uint32_t n_bursts = 1U + tmb_random_below(random, 4U);
    for (uint32_t j = 0U; j < n_bursts; ++j) {
      const bool is_last = j + 1U == n_bursts;
      add_burst(random,
                mono,
                n,
                start,
                colour,
                is_last ? between(random, 0.02, 0.09)
                        : between(random, 0.002, 0.006));
      start += (uint32_t)(between(random, 0.006, 0.014) * RATE);
    }
  }
}

/// The mains: 50 or 60 Hz with harmonics that fall, switched on.
static void
make_hum(TmbRandom* const random, float* const mono, const uint32_t n)
{
  const uint32_t period =
    TMB_NOISE_RATE / (tmb_random_below(random, 2U) ? 50U : 60U);
  const double fall = between(random, 0.3, 2.0);
  for (uint32_t k = 1U; k <= MAX_PARTIALS; ++k) {
    const double level = tmb_random_uniform(random) * pow((double)k, -fall);
    const double phase = tmb_random_uniform(random);
    for (uint32_t i = 0U; i < period; ++i) {
      const double cycles = ((double)(k * i) / (double)period) + phase;
      mono[i] += (float)(level * sin(TWO_PI * cycles));
    }
  }
  for (uint32_t i = period; i < n; ++i) {
    mono[i] = mono[i - period];
  }
}

/// Sines of unrelated frequencies that swell together, without an attack.
static void
make_chord(TmbRandom* const random, float* const mono, const uint32_t n)
{
  const uint32_t n_sines = 3U + tmb_random_below(random, 4U);
  const double   rise_s  = between(random, 0.2, 0.5);
  for (uint32_t k = 0U; k < n_sines; ++k) {
    const double hz    = frequency(random, 80.0, 3000.0);
    const double level = between(random, 0.3, 1.0);
    for (uint32_t i = 0U; i < n; ++i) {
      const double age = (double)i / RATE;
      mono[i] +=
        (float)(level * fmin(1.0, age / rise_s) * sin(TWO_PI * hz * age));
    }
  }
}

/// Beeps of a device: a sine, or its square, on and off.
static void
make_beeps(TmbRandom* const random, float* const mono, const uint32_t n)
{
  const double hz        = frequency(random, 300.0, 4500.0);
  const double on_s      = frequency(random, 0.05, 0.4);
  const double pause_s   = frequency(random, 0.05, 0.4);
  const bool   is_square = tmb_random_below(random, 2U) != 0U;
  for (uint32_t i = 0U; i < n; ++i) {
    const double age  = (double)i / RATE;
    const double here = fmod(age, on_s + pause_s);
    const double edge = fmin(here, on_s - here) / 0.002;
    const double wave = sin(TWO_PI * hz * age);
    mono[i]           = (float)(fmax(0.0, fmin(1.0, edge)) *
                      (is_square ? copysign(0.5, wave) : wave));
  }
}

/// Rain, gravel, applause: thousands of small resonances at random times.
static void
make_rain(TmbRandom* const random, float* const mono, const uint32_t n)
{
  const double   per_s   = frequency(random, 300.0, 4000.0);
  const double   centre  = frequency(random, 800.0, 6000.0);
  const double   fall_s  = frequency(random, 0.0005, 0.006);
  const uint32_t n_drops = (uint32_t)(per_s * (double)n / RATE);
  for (uint32_t i = 0U; i < n_drops; ++i) {
    const uint32_t start = tmb_random_below(random, n);
    const double   hz    = centre * exp2(between(random, -1.0, 1.0));
    const double   level = tmb_random_uniform(random);
    add_ping(mono, n, start, hz, fall_s, level * level);
  }
}

const TmbNoiseKind tmb_noise_kinds[] = {
  { "noise", make_burst }, { "sweep", make_sweep }, { "click", make_clicks },
  { "clap", make_claps },  { "hum", make_hum },     { "chord", make_chord },
  { "beep", make_beeps },  { "rain", make_rain },
};

const uint32_t tmb_n_noise_kinds =
  sizeof(tmb_noise_kinds) / sizeof(*tmb_noise_kinds);

void
tmb_noise_make(const TmbNoiseKind* const kind,
               TmbRandom* const          random,
               float* const              mono,
               const uint32_t            n)
{
  memset(mono, 0, n * sizeof(float));
  kind->make(random, mono, n);

  float peak = 0.0f;
  for (uint32_t i = 0U; i < n; ++i) {
    peak = fmaxf(peak, fabsf(mono[i]));
  }
  const double level_db = between(random, -30.0, -3.0);
  const float  gain     = (float)pow(10.0, level_db / 20.0) / peak;
  for (uint32_t i = 0U; i < n; ++i) {
    const uint32_t from_end = n - 1U - i;
    const uint32_t edge     = (i < from_end) ? i : from_end;
    mono[i] *= gain * ((edge < FADE) ? (float)edge / (float)FADE : 1.0f);
  }
}
