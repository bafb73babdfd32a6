// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/reading.h"

#include "tests/support/cmocka.h"
#include "tests/support/tone.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// Samples that are looked at behind a seek.
#define SEEN_SAMPLES 500U

TmbAudioFile*
reading_open(const char* const path)
{
  TmbMessage    why  = { "" };
  TmbAudioFile* file = NULL;
  if (tmb_audio_open(path, &file, &why)) {
    fail_msg("%s", why.text);
  }
  return file;
}

Reading
reading_all(TmbAudioFile* const file, const size_t n_block)
{
  Reading self     = { 0 };
  size_t  capacity = 0U;
  size_t  n_new    = 1U;
  while (!self.status && n_new) {
    if (self.n + n_block > capacity) {
      capacity = 2U * (self.n + n_block);
      self.y   = (float*)realloc(self.y, capacity * sizeof(float));
      assert_non_null(self.y);
    }
    self.status =
      tmb_audio_read(file, self.y + self.n, n_block, &n_new, &self.why);
    self.n += n_new;
  }
  return self;
}

double
reading_error(const Reading* const reading,
              const int            rate_hz,
              const unsigned       n_notes,
              const int            delay)
{
  const size_t start = delay > 0 ? (size_t)delay : 0U;
  double       sum   = 0.0;
  for (size_t i = start; i < reading->n; ++i) {
    const uint32_t place = (uint32_t)((int)i - delay);
    const double   difference =
      (double)reading->y[i] - (double)tone_sample(place, rate_hz, n_notes);
    sum += difference * difference;
  }
  return sqrt(sum / (double)(reading->n - start));
}

void
reading_check_seek(TmbAudioFile* const  file,
                   const Reading* const whole,
                   const size_t         frame,
                   const char* const    label)
{
  const size_t left   = whole->n - frame;
  const size_t n_seen = left < SEEN_SAMPLES ? left : SEEN_SAMPLES;
  float        seen[SEEN_SAMPLES];
  size_t       n   = 0U;
  TmbMessage   why = { "" };
  if (tmb_audio_seek(file, frame, &why) ||
      tmb_audio_read(file, seen, SEEN_SAMPLES, &n, &why)) {
    fail_msg("%s: %s", label, why.text);
  }
  if (n != n_seen || memcmp(seen, whole->y + frame, n * sizeof(float)) != 0) {
    fail_msg("%s: other samples from %zu on", label, frame);
  }
}
