// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  Writes the recordings of `make bench`: ten minutes of notes with their onsets
  beside them, and an hour, which is six times the same.

  usage: bench_sound FOLDER
*/

#include "tools/bench_notes.h"

#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define RATE 44100
#define TEN_MINUTES ((size_t)600U * RATE)

static bool
write_sound(const char* const  folder,
            const char* const  name,
            const float* const samples,
            const unsigned     n_times)
{
  char path[4096];
  (void)snprintf(path, sizeof(path), "%s/%s", folder, name);

  SF_INFO        info = { .samplerate = RATE,
                          .channels   = 1,
                          .format     = SF_FORMAT_WAV | SF_FORMAT_PCM_16 };
  SNDFILE* const file = sf_open(path, SFM_WRITE, &info);
  if (!file) {
    (void)fprintf(stderr, "%s: %s\n", path, sf_strerror(NULL));
    return false;
  }

  bool is_written = true;
  for (unsigned i = 0U; is_written && i < n_times; ++i) {
    is_written = sf_write_float(file, samples, (sf_count_t)TEN_MINUTES) ==
                 (sf_count_t)TEN_MINUTES;
  }
  if (sf_close(file) || !is_written) {
    (void)fprintf(stderr, "%s: it can't be written\n", path);
    return false;
  }
  return true;
}

int
main(const int argc, char** const argv)
{
  if (argc != 2) {
    (void)fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }

  char path[4096];
  (void)snprintf(path, sizeof(path), "%s/ten.onsets", argv[1]);
  float* const samples = (float*)calloc(TEN_MINUTES, sizeof(float));
  FILE* const  onsets  = fopen(path, "w");
  if (!samples || !onsets) {
    perror(path);
    free(samples);
    return 1;
  }

  bench_notes_fill(RATE, TEN_MINUTES, samples, onsets);
  const bool is_written = !fclose(onsets) &&
                          write_sound(argv[1], "hour.wav", samples, 6U) &&
                          write_sound(argv[1], "ten.wav", samples, 1U);
  free(samples);
  return is_written ? 0 : 1;
}
