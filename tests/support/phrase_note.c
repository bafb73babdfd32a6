// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/phrase_note.h"

#include "trainer/audio_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SAMPLES ((size_t)10U * PHRASE_RATE)
#define STEP (PHRASE_RATE / 1000U)
#define BLOCK (PHRASE_RATE / 100U)
#define NEAR (PHRASE_RATE / 2U)   ///< Where a note is loudest, if not later
#define LEAD (PHRASE_RATE / 200U) ///< Kept before the first sound
#define MOST_RISE (PHRASE_RATE / 20U)
#define LEAST (PHRASE_RATE / 10U)

/// Open a recording of the rate, or null.
static TmbAudioFile*
open_recording(const char* const path)
{
  TmbAudioFile* file = NULL;
  TmbMessage    why  = { "" };
  if (!tmb_audio_open(path, &file, &why) &&
      tmb_audio_info(file)->rate_hz != (double)PHRASE_RATE) {
    tmb_audio_close(file);
    file = NULL;
  }
  return file;
}

bool
phrase_note_has_rate(const char* const path)
{
  TmbAudioFile* const file = open_recording(path);
  tmb_audio_close(file);
  return file;
}

/// A whole recording, or false.
static bool
load(const char* const path, PhraseNote* const note)
{
  TmbMessage          why    = { "" };
  TmbAudioFile* const file   = open_recording(path);
  size_t              n_read = 1U;
  note->n                    = 0U;
  note->y                    = (float*)calloc(MAX_SAMPLES, sizeof(float));

  bool is_well = note->y && file;
  while (is_well && n_read && note->n < MAX_SAMPLES) {
    is_well = !tmb_audio_read(
      file, note->y + note->n, MAX_SAMPLES - note->n, &n_read, &why);
    note->n += (uint32_t)n_read;
  }
  tmb_audio_close(file);
  return is_well;
}

/**
   High-pass at 80 Hz, a Butterworth of order 2 twice (bilinear transform): what
   lies deeper is a hand on the microphone, or can't be heard.
*/
static void
high_pass(float* const y, const uint32_t n)
{
  const double k    = tan(3.141592653589793 * 80.0 / PHRASE_RATE);
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
             const float        loudest,
             const double       db)
{
  const float least = loudest * (float)pow(10.0, -0.05 * db);
  uint32_t    at    = 0U;
  while (at + STEP < n && peak(y + at, STEP) < least) {
    at += STEP;
  }
  return at;
}

/**
   Whether a note falls by 10 dB and then rises by as much to within 20 dB of
   `loudest`.  Its levels are peaks of 30 ms, so that low notes do not seem to
   tremble.
*/
static bool
has_second_attack(const float* const y, const uint32_t n, const float loudest)
{
  const float step = 3.1623f; // 10 dB
  float       high = 0.0f;    // The largest up to now
  float       low  = 0.0f;    // The least since
  for (uint32_t i = 0U; i + (3U * BLOCK) <= n; i += BLOCK) {
    const float level = peak(y + i, 3U * BLOCK);
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
           uint32_t* const    begin,
           uint32_t* const    start)
{
  const float    loudest = peak(y, n < NEAR ? n : NEAR);
  const uint32_t sounds  = first_within(y, n, loudest, 30.0);
  *start                 = first_within(y, n, loudest, 20.0);
  *begin                 = sounds > LEAD ? sounds - LEAD : 0U;
  return loudest > 1e-4f && *start - sounds <= MOST_RISE &&
         *start + LEAST <= n &&
         !has_second_attack(y + *start, n - *start, loudest);
}

/// Cut off what is before a note, and scale it.
static bool
cut(PhraseNote* const note)
{
  float* const y = (float*)malloc(note->n * sizeof(float));
  if (!y) {
    return false;
  }

  uint32_t begin = 0U;
  memcpy(y, note->y, note->n * sizeof(float));
  high_pass(y, note->n);
  const bool is_clear = find_start(y, note->n, &begin, &note->start);
  free(y);

  note->n -= begin;
  note->start -= begin;
  memmove(note->y, note->y + begin, note->n * sizeof(float));
  const float loudest  = peak(note->y, note->n < NEAR ? note->n : NEAR);
  const bool  is_first = peak(note->y, note->start) < 0.25f * loudest;
  for (uint32_t i = 0U; i < note->n; ++i) {
    note->y[i] /= fmaxf(loudest, 1e-4f);
  }
  return is_clear && is_first;
}

bool
phrase_note_load(const char* const path, PhraseNote* const note)
{
  const bool is_taken = load(path, note) && cut(note);
  if (!is_taken) {
    phrase_note_free(note);
  }
  return is_taken;
}

void
phrase_note_free(PhraseNote* const note)
{
  free(note->y);
  note->y = NULL;
}
