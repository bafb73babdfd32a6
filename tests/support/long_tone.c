// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/long_tone.h"

#include "tests/support/cmocka.h"
#include "tests/support/tone.h"

#include <sndfile.h>
#include <stdlib.h>

#define PHRASE_S 3U
#define PHRASE_NOTES 5U
#define N_LEVELS 7U

/// How loud a phrase is on a channel.
static float
level(const uint32_t phrase, const uint32_t channel)
{
  return 1.0f - (0.1f * (float)((phrase + channel) % N_LEVELS));
}

uint32_t
long_tone_write(const char* const path,
                const int         format,
                const int         rate_hz,
                const int         n_channels,
                const unsigned    minutes)
{
  SF_INFO        info      = { .samplerate = rate_hz,
                               .channels   = n_channels,
                               .format     = format };
  SNDFILE* const file      = sf_open(path, SFM_WRITE, &info);
  const uint32_t n         = PHRASE_S * (uint32_t)rate_hz;
  const uint32_t n_phrases = minutes * 60U / PHRASE_S;
  const uint32_t width     = (uint32_t)n_channels;
  float* const   tone      = (float*)calloc(n, sizeof(float));
  float* const   frames    = (float*)calloc(n, width * sizeof(float));
  assert_non_null(file);
  assert_non_null(tone);
  assert_non_null(frames);

  for (uint32_t i = 0U; i < n; ++i) {
    tone[i] = tone_sample(i, rate_hz, PHRASE_NOTES);
  }
  for (uint32_t p = 0U; p < n_phrases; ++p) {
    for (uint32_t c = 0U; c < width; ++c) {
      const float gain = level(p, c);
      for (uint32_t i = 0U; i < n; ++i) {
        frames[(i * width) + c] = gain * tone[i];
      }
    }
    assert_int_equal(sf_writef_float(file, frames, n), n);
  }
  free(frames);
  free(tone);
  assert_int_equal(sf_close(file), 0);
  return n * n_phrases;
}
