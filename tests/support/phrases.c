// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/phrases.h"

#include "tests/support/phrase_list.h"
#include "tests/support/phrase_note.h"
#include "trainer/random.h"

#include <sndfile.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_TRIES 200U ///< To draw a recording that can be taken
#define MAX_PATH 1024U

/// A phrase in the making.
typedef struct {
  const PhrasePlan*  plan;
  const PhraseEntry* entries; ///< [n_entries] Of one class, half and source
  uint32_t           n_entries;
  TmbRandom          random;
  uint32_t           n;
  float*             y; ///< [n]
  FILE*              truth;
} Phrase;

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
from_db(const double db)
{
  return pow(10.0, 0.05 * db);
}

/// Add a note that starts at `at` and has faded out at `end`, in samples.
static void
add_note(Phrase* const           self,
         const PhraseNote* const note,
         const double            gain,
         const double            at,
         const double            end)
{
  const double rise = 0.002 * PHRASE_RATE;
  const double fall = 0.030 * PHRASE_RATE;
  for (uint32_t i = 0U; i < note->n; ++i) {
    const double to  = at + (double)i - note->start;
    const double in  = fmin(1.0, (i + 1.0) / rise);
    const double out = fmin(1.0, (end - to) / fall);
    if (to >= 0.0 && to < self->n && out > 0.0) {
      self->y[(uint32_t)to] += (float)(gain * in * out * (double)note->y[i]);
    }
  }
}

/// When a note is over that starts at `at` and is followed after `step`
/// samples.
static double
draw_end(TmbRandom* const random,
         const Manner     manner,
         const double     at,
         const double     step)
{
  const double way = tmb_random_uniform(random);
  if (way < 0.4) {
    return at + (step * uniform(random, 0.5, 0.9));
  }
  if (way < 0.7) {
    return at + step;
  }
  switch (manner) {
    case RINGING:
      return (double)INFINITY;
    case TOGETHER:
      return at + (step * uniform(random, 1.0, 4.0 / 3.0));
    case ONE_AT_A_TIME:
      break;
  }
  return at + step + (uniform(random, 0.0, 0.02) * PHRASE_RATE);
}

/// Draw recordings until one can be taken.
static TmbStatus
draw_note(Phrase* const             self,
          const PhraseEntry** const entry,
          PhraseNote* const         note,
          TmbMessage* const         why)
{
  char path[MAX_PATH];
  for (uint32_t i = 0U; i < MAX_TRIES; ++i) {
    *entry = &self->entries[tmb_random_below(&self->random, self->n_entries)];
    (void)snprintf(
      path, sizeof(path), "%s/%s", self->plan->corpus, (*entry)->path);
    if (phrase_note_load(path, note)) {
      return TMB_OK;
    }
  }
  return tmb_fail(
    TMB_BAD_FILE, why, "%s: no note like it has a clear start", path);
}

/**
   Play one note.

   @param at When it starts, a whole number of samples.
   @param level_db What its loudest sample gets.
   @param step Samples to the next note.
*/
static TmbStatus
play_note(Phrase* const     self,
          const double      at,
          const double      level_db,
          const double      step,
          TmbMessage* const why)
{
  const PhraseEntry* entry  = NULL;
  PhraseNote         note   = { .n = 0U };
  const TmbStatus    status = draw_note(self, &entry, &note, why);
  if (status) {
    return status;
  }

  const Manner manner = manner_of(entry->class_name);
  const double end    = fmin(draw_end(&self->random, manner, at, step),
                          at + (double)(note.n - note.start));
  add_note(self, &note, from_db(level_db), at, end);
  phrase_note_free(&note);
  (void)fprintf(self->truth,
                "%.6f\t%.6f\t%.1f\t%s\n",
                at / PHRASE_RATE,
                end / PHRASE_RATE,
                level_db,
                entry->path);
  return TMB_OK;
}

/// Play figures, one after another.
static TmbStatus
play(Phrase* const self, TmbMessage* const why)
{
  TmbRandom* const random = &self->random;
  const double     last   = self->n - (1.5 * PHRASE_RATE);
  double           at     = floor(uniform(random, 0.2, 0.6) * PHRASE_RATE);
  TmbStatus        status = TMB_OK;
  while (!status && at < last) {
    const double   dynamic_db = uniform(random, -18.0, 0.0);
    const uint32_t n_notes    = 3U + tmb_random_below(random, 6U);
    for (uint32_t i = 0U; !status && i < n_notes && at < last; ++i) {
      const double level_db = dynamic_db + uniform(random, -6.0, 0.0);
      const double step =
        floor(PHRASE_RATE * exp(uniform(random, log(0.18), log(1.2))));
      status = play_note(self, at, level_db, step, why);
      at += step;
    }
    at += floor(uniform(random, 0.2, 1.0) * PHRASE_RATE);
  }
  return status;
}

/// Add the reflections of a room: a thousand impulses a second that decay.
static TmbStatus
add_room(Phrase* const self)
{
  const double   rt60_s  = uniform(&self->random, 0.2, 0.6);
  const double   wet_db  = uniform(&self->random, -24.0, -12.0);
  const uint32_t spacing = PHRASE_RATE / 1000U;
  const uint32_t n       = (uint32_t)(1000.0 * rt60_s);
  float* const   dry     = (float*)malloc(self->n * sizeof(float));
  if (!dry) {
    return TMB_NO_MEMORY;
  }

  // Sum of squares of the impulses below, if each were 1 at time 0
  const double decay = pow(10.0, -6.0 / (1000.0 * rt60_s));
  const double scale = from_db(wet_db) * sqrt((1.0 - decay) / decay);
  memcpy(dry, self->y, self->n * sizeof(float));
  for (uint32_t k = 1U; k <= n; ++k) {
    const uint32_t delay =
      (k * spacing) + tmb_random_below(&self->random, spacing);
    const double sign = tmb_random_below(&self->random, 2U) ? 1.0 : -1.0;
    const float  gain = (float)(sign * scale * pow(decay, 0.5 * k));
    for (uint32_t i = delay; i < self->n; ++i) {
      self->y[i] += gain * dry[i - delay];
    }
  }
  free(dry);
  return TMB_OK;
}

/// Bring the peak to -3 dBFS, and add pink noise by Paul Kellet's filter.
static void
add_noise(Phrase* const self)
{
  float peak = 1e-6f;
  for (uint32_t i = 0U; i < self->n; ++i) {
    peak = fmaxf(peak, fabsf(self->y[i]));
  }

  // White noise of deviation 1 comes out of the filter with 3
  const double gain  = from_db(-3.0) / (double)peak;
  const double noise = from_db(uniform(&self->random, -63.0, -53.0)) / 3.0;
  double       low = 0.0, middle = 0.0, high = 0.0;
  for (uint32_t i = 0U; i < self->n; ++i) {
    const double white = tmb_random_normal(&self->random);
    low                = (0.99765 * low) + (white * 0.0990460);
    middle             = (0.96300 * middle) + (white * 0.2965164);
    high               = (0.57000 * high) + (white * 1.0526913);
    const double pink  = low + middle + high + (white * 0.1848);
    self->y[i]         = (float)((gain * (double)self->y[i]) + (noise * pink));
  }
}

/// Write 16-bit FLAC.
static TmbStatus
write_audio(const Phrase* const self,
            const char* const   path,
            TmbMessage* const   why)
{
  SF_INFO info = {
    .samplerate = (int)PHRASE_RATE,
    .channels   = 1,
    .format     = SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
  };
  SNDFILE* const file = sf_open(path, SFM_WRITE, &info);
  const bool     is_written =
    file && sf_writef_float(file, self->y, self->n) == (sf_count_t)self->n;
  const bool is_closed = !sf_close(file);
  return is_written && is_closed
           ? TMB_OK
           : tmb_fail(TMB_WRITE_FAILED, why, "%s: can't be written", path);
}

/// Make the folders that a file is to be in.
static bool
make_folders(char* const path)
{
  for (char* slash = strchr(path + 1, '/'); slash;
       slash       = strchr(slash + 1, '/')) {
    *slash           = '\0';
    const bool is_ok = !mkdir(path, 0777) || errno == EEXIST;
    *slash           = '/';
    if (!is_ok) {
      return false;
    }
  }
  return true;
}

/// Play a phrase, writing down its onsets.
static TmbStatus
play_to(Phrase* const self, char* const path, TmbMessage* const why)
{
  self->truth = make_folders(path) ? fopen(path, "w") : NULL;
  if (!self->truth) {
    return tmb_fail(TMB_WRITE_FAILED, why, "%s: %s", path, strerror(errno));
  }
  const TmbStatus status = play(self, why);
  return (fclose(self->truth) && !status)
           ? tmb_fail(TMB_WRITE_FAILED, why, "%s: %s", path, strerror(errno))
           : status;
}

/// Render a phrase from the recordings of a source.
static TmbStatus
render(const PhrasePlan* const  plan,
       const PhraseEntry* const entries,
       const uint32_t           n,
       const uint32_t           number,
       TmbMessage* const        why)
{
  char name[MAX_PATH / 2U];
  char path[MAX_PATH];
  (void)snprintf(name,
                 sizeof(name),
                 "%s/%s/%s_%u",
                 entries->is_even ? "even" : "odd",
                 entries->class_name,
                 entries->source,
                 number);

  Phrase phrase = {
    .plan      = plan,
    .entries   = entries,
    .n_entries = n,
    .n         = (uint32_t)(plan->seconds * PHRASE_RATE),
  };
  tmb_random_init(&phrase.random, plan->seed, tmb_hash(0U, name, strlen(name)));
  phrase.y = (float*)calloc(phrase.n, sizeof(float));

  (void)snprintf(path, sizeof(path), "%s/%s.onsets", plan->folder, name);
  TmbStatus status = phrase.y ? play_to(&phrase, path, why) : TMB_NO_MEMORY;
  if (!status) {
    status = add_room(&phrase);
  }
  if (status == TMB_NO_MEMORY) {
    (void)tmb_fail(status, why, "%s: out of memory", path);
  }
  if (!status) {
    add_noise(&phrase);
    (void)snprintf(path, sizeof(path), "%s/%s.flac", plan->folder, name);
    status = write_audio(&phrase, path, why);
  }
  free(phrase.y);
  return status;
}

/// Render the phrases of one half of a class, its sources by turns.
static TmbStatus
render_half(const PhrasePlan* const  plan,
            const PhraseEntry* const entries,
            const uint32_t           n,
            TmbMessage* const        why)
{
  TmbStatus status = TMB_OK;
  uint32_t  first  = 0U;
  for (uint32_t i = 0U; !status && i < plan->n_phrases; ++i) {
    const uint32_t n_source = phrase_list_source(entries + first, n - first);
    status = render(plan, entries + first, n_source, i + 1U, why);
    first  = first + n_source < n ? first + n_source : 0U;
  }
  return status;
}

TmbStatus
phrases_render(const PhrasePlan* const plan, TmbMessage* const why)
{
  PhraseList list;
  TmbStatus  status = phrase_list_read(plan->corpus, &list, why);
  for (uint32_t i = 0U; !status && i < list.n;) {
    const uint32_t n = phrase_list_half(list.entries + i, list.n - i);
    status           = render_half(plan, list.entries + i, n, why);
    i += n;
  }
  phrase_list_free(&list);
  return status;
}
