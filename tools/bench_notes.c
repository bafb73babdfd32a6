// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tools/bench_notes.h"

#include "trainer/random.h"

#include <math.h>

#define TMB_PI 3.14159265358979323846

#define SEED 1234U
#define FIRST_S 0.5
#define LAST_S 1.0 ///< Before the end, no note begins
#define NOTE_S 1.5
#define DECAY_PER_S 5.0
#define LOWEST_KEY 48U
#define N_KEYS 36U
#define N_HARMONICS 5U
#define GAIN 0.7
#define NOISE 0.002

/// Add a note from the first of `n` samples on.
static void
add_note(const double rate_hz,
         const double hz,
         const double level,
         const size_t n,
         float* const samples)
{
  // Tables of sines would do, but a turning pointer needs none: sin((h + 1) x)
  // is 2 cos(x) sin(h x) - sin((h - 1) x)
  const double turn    = 2.0 * TMB_PI * hz / rate_hz;
  const double turn_re = cos(turn);
  const double turn_im = sin(turn);
  const double decay   = exp(-DECAY_PER_S / rate_hz);
  double       re      = 1.0;
  double       im      = 0.0;
  double       loud    = level;
  for (size_t i = 0U; i < n; ++i) {
    double before = 0.0;
    double now    = im;
    double sum    = 0.0;
    for (unsigned h = 1U; h <= N_HARMONICS; ++h) {
      const double next = (2.0 * re * now) - before;
      sum += now / h;
      before = now;
      now    = next;
    }
    samples[i] += (float)(loud * sum);

    const double next_re = (re * turn_re) - (im * turn_im);
    im                   = (re * turn_im) + (im * turn_re);
    re                   = next_re;
    loud *= decay;
  }
}

void
bench_notes_fill(const double rate_hz,
                 const size_t n,
                 float* const samples,
                 FILE* const  onsets)
{
  TmbRandom notes;
  TmbRandom noise;
  tmb_random_init(&notes, SEED, 0U);
  tmb_random_init(&noise, SEED, 1U);
  for (size_t i = 0U; i < n; ++i) {
    samples[i] = (float)(GAIN * NOISE * tmb_random_normal(&noise));
  }

  const double end_s = ((double)n / rate_hz) - LAST_S;
  const size_t most  = (size_t)(NOTE_S * rate_hz);
  for (double time_s = FIRST_S; time_s < end_s;) {
    const double key   = LOWEST_KEY + tmb_random_below(&notes, N_KEYS);
    const double level = GAIN * (0.1 + (0.2 * tmb_random_uniform(&notes)));
    const size_t start = (size_t)(time_s * rate_hz);
    add_note(rate_hz,
             440.0 * pow(2.0, (key - 69.0) / 12.0),
             level,
             (n - start < most) ? n - start : most,
             samples + start);
    if (onsets) {
      (void)fprintf(onsets, "%.6f\n", time_s);
    }
    time_s += 0.25 + (0.5 * tmb_random_uniform(&notes));
  }
  for (size_t i = 0U; i < n; ++i) {
    samples[i] = fminf(fmaxf(samples[i], -1.0f), 1.0f);
  }
}
