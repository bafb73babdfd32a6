// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  Renders single notes of a General MIDI soundfont, dry, and lists them as rows
  of a manifest, so that the font can be one source of a corpus.

  usage: render_notes SOUNDFONT SOURCE LICENCE FOLDER >>manifest.csv

  Each instrument plays every third key of its range at three velocities, held
  for 0.9 s; percussion plays every second key of the drum channel.
*/

#include "tools/synth.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define RATE TMB_SYNTH_RATE
#define LEAD (RATE * 3 / 20) ///< Silence before the note
#define HELD (RATE * 9 / 10)
#define TAIL (RATE * 9 / 20) ///< After the key is let go
#define LENGTH (LEAD + HELD + TAIL)
#define DRUM_CHANNEL 9

typedef struct {
  const char* class_name;
  const char* variant; ///< What of the class, for the file's name
  int         program; ///< General MIDI, from 0, or -1 for the drum channel
  int         lowest;  ///< MIDI key
  int         highest;
  int         step;
} Range;

static const Range ranges[] = {
  { "accordion", "accordion", 21, 53, 89, 3 },
  { "acoustic_guitar", "nylon", 24, 40, 79, 3 },
  { "acoustic_guitar", "steel", 25, 40, 79, 3 },
  { "banjo", "banjo", 105, 48, 81, 3 },
  { "bassoon", "bassoon", 70, 34, 70, 3 },
  { "cello", "cello", 42, 36, 76, 3 },
  { "clarinet", "clarinet", 71, 50, 91, 3 },
  { "double_bass", "bowed", 43, 28, 60, 3 },
  { "electric_bass", "finger", 33, 28, 60, 3 },
  { "electric_bass", "pick", 34, 28, 60, 3 },
  { "electric_guitar", "jazz", 26, 40, 84, 3 },
  { "electric_guitar", "clean", 27, 40, 84, 3 },
  { "flute", "flute", 73, 60, 96, 3 },
  { "french_horn", "horn", 60, 34, 77, 3 },
  { "glockenspiel", "glockenspiel", 9, 79, 108, 3 },
  { "harp", "harp", 46, 31, 96, 3 },
  { "harpsichord", "harpsichord", 6, 36, 86, 3 },
  { "marimba", "marimba", 12, 45, 93, 3 },
  { "oboe", "oboe", 68, 58, 91, 3 },
  { "organ", "church", 19, 36, 93, 3 },
  { "organ", "drawbar", 16, 36, 93, 3 },
  { "percussion", "kit", -1, 35, 81, 2 },
  { "piano", "grand", 0, 24, 105, 3 },
  { "saxophone", "alto", 65, 49, 81, 3 },
  { "saxophone", "tenor", 66, 44, 75, 3 },
  { "trombone", "trombone", 57, 40, 72, 3 },
  { "trumpet", "trumpet", 56, 54, 87, 3 },
  { "tuba", "tuba", 58, 28, 58, 3 },
  { "vibraphone", "vibraphone", 11, 53, 89, 3 },
  { "viola", "viola", 41, 48, 84, 3 },
  { "violin", "violin", 40, 55, 96, 3 },
  { "voice", "aahs", 52, 48, 79, 3 },
  { "voice", "oohs", 53, 48, 79, 3 },
};

static const int velocities[] = { 45, 80, 115 };

/// Where things go, and under what name.
typedef struct {
  fluid_synth_t* synth;
  const char*    source;
  const char*    licence;
  const char*    folder;
} Job;

static int
render_note(const Job* const   job,
            const Range* const range,
            const int          key,
            const int          velocity)
{
  static float mono[LENGTH];
  const int    channel = (range->program < 0) ? DRUM_CHANNEL : 0;

  // The drum channel has its kit from the start
  tmb_synth_start(job->synth, (range->program < 0) ? 0 : range->program);
  tmb_synth_render(job->synth, mono, LEAD);
  fluid_synth_noteon(job->synth, channel, key, velocity);
  tmb_synth_render(job->synth, mono + LEAD, HELD);
  fluid_synth_noteoff(job->synth, channel, key);
  tmb_synth_render(job->synth, mono + LEAD + HELD, TAIL);

  char name[256];
  char path[1024];
  (void)snprintf(name,
                 sizeof(name),
                 "%s__%s_%03d_%03d.flac",
                 job->source,
                 range->variant,
                 key,
                 velocity);
  (void)snprintf(path, sizeof(path), "%s/%s", job->folder, name);
  printf("%s,%s,%s,%s\n", name, range->class_name, job->source, job->licence);
  return tmb_synth_write(path, mono, LENGTH);
}

static int
render_font(const Job* const job)
{
  for (size_t i = 0U; i < sizeof(ranges) / sizeof(*ranges); ++i) {
    for (int key = ranges[i].lowest; key <= ranges[i].highest;
         key += ranges[i].step) {
      for (size_t v = 0U; v < sizeof(velocities) / sizeof(*velocities); ++v) {
        if (render_note(job, &ranges[i], key, velocities[v])) {
          return 1;
        }
      }
    }
  }
  return 0;
}

int
main(const int argc, char** const argv)
{
  if (argc != 5) {
    (void)fprintf(
      stderr, "usage: %s SOUNDFONT SOURCE LICENCE FOLDER\n", argv[0]);
    return 2;
  }
  if (mkdir(argv[4], 0777) && errno != EEXIST) {
    perror(argv[4]);
    return 1;
  }

  const Job job = { tmb_synth_new(argv[1]), argv[2], argv[3], argv[4] };
  if (!job.synth) {
    return 1;
  }

  const int status = render_font(&job);
  tmb_synth_free(job.synth);
  return status;
}
