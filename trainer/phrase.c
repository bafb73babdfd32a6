// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/phrase.h"

#include "trainer/phrase_note.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TRIES 200U ///< To draw a recording that can be taken
#define TAIL_S 1.0     ///< After the last note

/// A phrase in the making.
typedef struct {
  const TmbPhraseStyle* style;
  const TmbPhraseVoice* voice;
  TmbRandom*            random;
  TmbPhrase*            phrase;
} Playing;

/// How a class's notes end when the next begins.
typedef enum { ONE_AT_A_TIME, TOGETHER, RINGING } Manner;

static Manner
manner_of(const char* const class_name)
{
  static const struct {
    const char* class_name;
    Manner      manner;
  } manners[] = {
    { "accordion", TOGETHER },
    { "acoustic_guitar", RINGING },
    { "banjo", RINGING },
    { "electric_bass", RINGING },
    { "electric_guitar", RINGING },
    { "glockenspiel", RINGING },
    { "harp", RINGING },
    { "harpsichord", RINGING },
    { "marimba", RINGING },
    { "organ", TOGETHER },
    { "percussion", RINGING },
    { "piano", RINGING },
    { "vibraphone", RINGING },
  };

  for (size_t i = 0U; i < sizeof(manners) / sizeof(*manners); ++i) {
    if (!strcmp(class_name, manners[i].class_name)) {
      return manners[i].manner;
    }
  }
  return ONE_AT_A_TIME;
}

static double
uniform(TmbRandom* const random, const double least, const double most)
{
  return least + ((most - least) * tmb_random_uniform(random));
}

static double
within(TmbRandom* const random, const TmbRange range)
{
  return uniform(random, range.least, range.most);
}

static double
from_db(const double db)
{
  return pow(10.0, 0.05 * db);
}

/// Add a note that starts at `at` and has faded out at `end`, in samples.
static void
add_note(Playing* const             self,
         const TmbPhraseNote* const note,
         const double               gain,
         const double               at,
         const double               end)
{
  const double rise = 0.002 * self->voice->rate_hz;
  const double fall = 0.030 * self->voice->rate_hz;
  for (uint32_t i = 0U; i < note->n; ++i) {
    const double to  = at + (double)i - note->start;
    const double in  = fmin(1.0, (i + 1.0) / rise);
    const double out = fmin(1.0, (end - to) / fall);
    if (to >= 0.0 && to < self->phrase->n && out > 0.0) {
      self->phrase->y[(uint32_t)to] +=
        (float)(gain * in * out * (double)note->y[i]);
    }
  }
}

/// When a note is over that starts at `at` and is followed after `step`
/// samples.
static double
draw_end(const Playing* const self, const double at, const double step)
{
  TmbRandom* const random = self->random;
  const double     way    = tmb_random_uniform(random);
  if (way < 0.4) {
    return at + (step * uniform(random, 0.5, 0.9));
  }
  if (way < 0.7) {
    return at + step;
  }
  switch (manner_of(self->voice->class_name)) {
    case RINGING:
      return (double)INFINITY;
    case TOGETHER:
      return at + (step * uniform(random, 1.0, 4.0 / 3.0));
    case ONE_AT_A_TIME:
      break;
  }
  return at + step + (uniform(random, 0.0, 0.02) * self->voice->rate_hz);
}

/// Draw recordings until one can be taken.
static TmbStatus
draw_note(const Playing* const self,
          const char** const   path,
          TmbPhraseNote* const note,
          TmbMessage* const    why)
{
  const TmbPhraseVoice* const voice = self->voice;
  for (uint32_t i = 0U; i < MAX_TRIES; ++i) {
    *path = voice->paths[tmb_random_below(self->random, voice->n_paths)];
    if (tmb_phrase_note_load(*path, voice->rate_hz, note)) {
      return TMB_OK;
    }
  }
  return tmb_fail(
    TMB_BAD_FILE, why, "%s: no note like it has a clear start", *path);
}

/**
   Play one note.

   @param at When it starts, a whole number of samples.
   @param level_db What its loudest sample gets.
   @param step Samples to the next note.
*/
static TmbStatus
play_note(Playing* const    self,
          const double      at,
          const double      level_db,
          const double      step,
          TmbMessage* const why)
{
  const double    rate_hz = self->voice->rate_hz;
  const char*     path    = NULL;
  TmbPhraseNote   note    = { .n = 0U };
  const TmbStatus status  = draw_note(self, &path, &note, why);
  if (status) {
    return status;
  }

  const double end =
    fmin(draw_end(self, at, step), at + (double)(note.n - note.start));
  add_note(self, &note, from_db(level_db), at, end);
  tmb_phrase_note_free(&note);
  self->phrase->notes[self->phrase->n_notes++] =
    (TmbPlayedNote){ at / rate_hz, end / rate_hz, level_db, path };
  return TMB_OK;
}

/// Play figures, one after another.
static TmbStatus
play(Playing* const self, TmbMessage* const why)
{
  const TmbPhraseStyle* const style   = self->style;
  TmbPhrase* const            phrase  = self->phrase;
  TmbRandom* const            random  = self->random;
  const double                rate_hz = self->voice->rate_hz;
  const double                last    = phrase->n - (1.5 * rate_hz);
  double                      at = floor(uniform(random, 0.2, 0.6) * rate_hz);
  TmbStatus                   status = TMB_OK;
  while (!status && at < last && phrase->n_notes < style->n_notes) {
    const double   dynamic_db = within(random, style->dynamic_db);
    const uint32_t n_notes    = 3U + tmb_random_below(random, 6U);
    for (uint32_t i = 0U; !status && i < n_notes && at < last &&
                          phrase->n_notes < style->n_notes;
         ++i) {
      const double level_db = dynamic_db + within(random, style->level_db);
      const double step =
        floor(rate_hz * exp(uniform(random,
                                    log(style->step_s.least),
                                    log(style->step_s.most))));
      status = play_note(self, at, level_db, step, why);
      at += step;
    }
    at += floor(uniform(random, 0.2, 1.0) * rate_hz);
  }
  return status;
}

/// Leave out what comes long after the last note, if no more could be played.
static void
shorten(Playing* const self)
{
  TmbPhrase* const phrase = self->phrase;
  double           end_s  = 0.0;
  for (uint32_t i = 0U; i < phrase->n_notes; ++i) {
    end_s = fmax(end_s, phrase->notes[i].end_s);
  }
  const double n = (end_s + TAIL_S) * self->voice->rate_hz;
  if (phrase->n_notes == self->style->n_notes && n < (double)phrase->n) {
    phrase->n = (uint32_t)n;
  }
}

/// Add the reflections of a room: a thousand impulses a second that decay.
static TmbStatus
add_room(Playing* const self)
{
  const double   rt60_s  = within(self->random, self->style->rt60_s);
  const double   wet_db  = within(self->random, self->style->wet_db);
  const uint32_t spacing = (uint32_t)(self->voice->rate_hz / 1000.0);
  const uint32_t n       = (uint32_t)(1000.0 * rt60_s);
  float* const   dry     = (float*)malloc(self->phrase->n * sizeof(float));
  if (!dry) {
    return TMB_NO_MEMORY;
  }

  // Sum of squares of the impulses below, if each were 1 at time 0
  const double decay = pow(10.0, -6.0 / (1000.0 * rt60_s));
  const double scale = from_db(wet_db) * sqrt((1.0 - decay) / decay);
  memcpy(dry, self->phrase->y, self->phrase->n * sizeof(float));
  for (uint32_t k = 1U; k <= n; ++k) {
    const uint32_t delay =
      (k * spacing) + tmb_random_below(self->random, spacing);
    const double sign = tmb_random_below(self->random, 2U) ? 1.0 : -1.0;
    const float  gain = (float)(sign * scale * pow(decay, 0.5 * k));
    for (uint32_t i = delay; i < self->phrase->n; ++i) {
      self->phrase->y[i] += gain * dry[i - delay];
    }
  }
  free(dry);
  return TMB_OK;
}

/// Bring the peak to -3 dBFS, and add pink noise by Paul Kellet's filter.
static void
add_noise(Playing* const self)
{
  float peak = 1e-6f;
  for (uint32_t i = 0U; i < self->phrase->n; ++i) {
    peak = fmaxf(peak, fabsf(self->phrase->y[i]));
  }

  // White noise of deviation 1 comes out of the filter with 3
  const double gain = from_db(-3.0) / (double)peak;
  const double noise =
    from_db(-3.0 + within(self->random, self->style->noise_db)) / 3.0;
  double low = 0.0, middle = 0.0, high = 0.0;
  for (uint32_t i = 0U; i < self->phrase->n; ++i) {
    const double white = tmb_random_normal(self->random);
    low                = (0.99765 * low) + (white * 0.0990460);
    middle             = (0.96300 * middle) + (white * 0.2965164);
    high               = (0.57000 * high) + (white * 1.0526913);
    const double pink  = low + middle + high + (white * 0.1848);
    self->phrase->y[i] =
      (float)((gain * (double)self->phrase->y[i]) + (noise * pink));
  }
}

TmbStatus
tmb_phrase_play(const TmbPhraseStyle* const style,
                const TmbPhraseVoice* const voice,
                TmbRandom* const            random,
                TmbPhrase* const            phrase,
                TmbMessage* const           why)
{
  const size_t most_notes = 1U + (size_t)(style->seconds / style->step_s.least);
  *phrase                 = (TmbPhrase){
                    .n     = (uint32_t)(style->seconds * voice->rate_hz),
                    .notes = (TmbPlayedNote*)calloc(most_notes, sizeof(TmbPlayedNote)),
  };
  phrase->y = (float*)calloc(phrase->n, sizeof(float));
  (void)tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", voice->paths[0]);
  if (!phrase->y || !phrase->notes) {
    return TMB_NO_MEMORY;
  }

  Playing   playing = { style, voice, random, phrase };
  TmbStatus status  = play(&playing, why);
  if (!status) {
    shorten(&playing);
    status = add_room(&playing);
  }
  if (!status) {
    add_noise(&playing);
  }
  return status;
}

void
tmb_phrase_clear(TmbPhrase* const phrase)
{
  free(phrase->notes);
  free(phrase->y);
  *phrase = (TmbPhrase){ .n = 0U };
}
