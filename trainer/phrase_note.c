// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/phrase_note.h"

#include "trainer/audio_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_S 10.0
#define STEP_S 0.001
#define BLOCK_S 0.01
#define NEAR_S 0.5   ///< Where a note is loudest, if not later
#define LEAD_S 0.005 ///< Kept before the first sound
#define MOST_RISE_S 0.05
#define LEAST_S 0.1

/// Times above in samples.
typedef struct {
  double   rate_hz;
  uint32_t longest;
  uint32_t step;
  uint32_t block;
  uint32_t near;
  uint32_t lead;
  uint32_t most_rise;
  uint32_t least;
} Times;

static Times
times_at(const double rate_hz)
{
  return (Times){ rate_hz,
                  (uint32_t)(LONGEST_S * rate_hz),
                  (uint32_t)(STEP_S * rate_hz),
                  (uint32_t)(BLOCK_S * rate_hz),
                  (uint32_t)(NEAR_S * rate_hz),
                  (uint32_t)(LEAD_S * rate_hz),
                  (uint32_t)(MOST_RISE_S * rate_hz),
                  (uint32_t)(LEAST_S * rate_hz) };
}

/// A whole recording, or false.
static bool
load(const char* const    path,
     const Times* const   times,
     TmbPhraseNote* const note)
{
  TmbAudioFile* file   = NULL;
  TmbMessage    why    = { "" };
  size_t        n_read = 1U;
  note->n              = 0U;
  note->y              = (float*)calloc(times->longest, sizeof(float));

  bool is_well = note->y && !tmb_audio_open(path, &file, &why) &&
                 tmb_audio_info(file)->rate_hz == times->rate_hz;
  while (is_well && n_read && note->n < times->longest) {
    is_well = !tmb_audio_read(
      file, note->y + note->n, times->longest - note->n, &n_read, &why);
    note->n += (uint32_t)n_read;
  }
  tmb_audio_close(file);
  return is_well && note->n;
}

/**
   High-pass at 80 Hz, a Butterworth of order 2 twice (bilinear transform): what
   lies deeper is a hand on the microphone, or can't be heard.
*/
static void
high_pass(float* const y, const uint32_t n, const double rate_hz)
{
  const double k    = tan(3.141592653589793 * 80.0 / rate_hz);
  const double norm = 1.0 / (1.0 + (sqrt(2.0) * k) + (k * k));
  const double a1   = 2.0 * ((k * k) - 1.0) * norm;
  const double a2   = (1.0 - (sqrt(2.0) * k) + (k * k)) * norm;
  for (unsigned pass = 0U; pass < 2U; ++pass) {
    double first  = 0.0;
    double second = 0.0;
    for (uint32_t i = 0U; i < n; ++i) {
      const double x   = norm * (double)y[i];
      const double out = x + first;
      first            = (-2.0 * x) - (a1 * out) + second;
      second           = x - (a2 * out);
      y[i]             = (float)out;
    }
  }
}

static float
peak(const float* const y, const uint32_t n)
{
  float most = 0.0f;
  for (uint32_t i = 0U; i < n; ++i) {
    most = fmaxf(most, fabsf(y[i]));
  }
  return most;
}

/// The first step of 1 ms that comes within `db` of `loudest`.
static uint32_t
first_within(const float* const y,
             const uint32_t     n,
             const uint32_t     step,
             const float        loudest,
             const double       db)
{
  const float least = loudest * (float)pow(10.0, -0.05 * db);
  uint32_t    at    = 0U;
  while (at + step < n && peak(y + at, step) < least) {
    at += step;
  }
  return at;
}

/**
   Whether a note falls by 10 dB and then rises by as much to within 20 dB of
   `loudest`.  Its levels are peaks of 30 ms, so that low notes do not seem to
   tremble.
*/
static bool
has_second_attack(const float* const y,
                  const uint32_t     n,
                  const uint32_t     block,
                  const float        loudest)
{
  const float step = 3.1623f; // 10 dB
  float       high = 0.0f;    // The largest up to now
  float       low  = 0.0f;    // The least since
  for (uint32_t i = 0U; i + (3U * block) <= n; i += block) {
    const float level = peak(y + i, 3U * block);
    if (level > high) {
      high = level;
      low  = level;
    }
    low = fminf(low, level);
    if (low * step < high && level > low * step && level * 10.0f > loudest) {
      return true;
    }
  }
  return false;
}

/// Find a note's start by its sound above 80 Hz, and what is to be cut before.
static bool
find_start(const float* const y,
           const uint32_t     n,
           const Times* const times,
           uint32_t* const    begin,
           uint32_t* const    start)
{
  const float    loudest = peak(y, n < times->near ? n : times->near);
  const uint32_t sounds  = first_within(y, n, times->step, loudest, 30.0);
  *start                 = first_within(y, n, times->step, loudest, 20.0);
  *begin                 = sounds > times->lead ? sounds - times->lead : 0U;
  return loudest > 1e-4f && *start - sounds <= times->most_rise &&
         *start + times->least <= n &&
         !has_second_attack(y + *start, n - *start, times->block, loudest);
}

/// Cut off what is before a note, and scale it.
static bool
cut(TmbPhraseNote* const note, const Times* const times)
{
  float* const y = (float*)malloc(note->n * sizeof(float));
  if (!y) {
    return false;
  }

  uint32_t begin = 0U;
  memcpy(y, note->y, note->n * sizeof(float));
  high_pass(y, note->n, times->rate_hz);
  const bool is_clear = find_start(y, note->n, times, &begin, &note->start);
  free(y);

  note->n -= begin;
  note->start -= begin;
  memmove(note->y, note->y + begin, note->n * sizeof(float));
  const float loudest =
    peak(note->y, note->n < times->near ? note->n : times->near);
  const bool is_first = peak(note->y, note->start) < 0.25f * loudest;
  for (uint32_t i = 0U; i < note->n; ++i) {
    note->y[i] /= fmaxf(loudest, 1e-4f);
  }
  return is_clear && is_first;
}

bool
tmb_phrase_note_load(const char* const    path,
                     const double         rate_hz,
                     TmbPhraseNote* const note)
{
  const Times times    = times_at(rate_hz);
  const bool  is_taken = load(path, &times, note) && cut(note, &times);
  if (!is_taken) {
    tmb_phrase_note_free(note);
  }
  return is_taken;
}

void
tmb_phrase_note_free(TmbPhraseNote* const note)
{
  free(note->y);
  note->y = NULL;
}
