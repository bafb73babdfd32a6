// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/tone.h"

#include "tests/support/cmocka.h"

#include <math.h>
#include <sndfile.h>
#include <stdlib.h>

#define LEAD_S 0.1
#define NOTE_S 0.4

double
tone_onset(const unsigned i)
{
  return LEAD_S + (NOTE_S * (double)i);
}

float
tone_sample(const uint32_t i, const int rate_hz, const unsigned n_notes)
{
  const double t    = ((double)i / (double)rate_hz) - LEAD_S;
  const double note = floor(t / NOTE_S);
  if (t < 0.0 || note >= (double)n_notes) {
    return 0.0f;
  }

  const double age  = t - (note * NOTE_S);
  const double rise = fmin(1.0, age / 0.005);
  const double phase =
    2.0 * 3.14159265358979323846 * (440.0 + 110.0 * note) * t;
  const double wave =
    sin(phase) + 0.5 * sin(2.0 * phase) + 0.25 * sin(3.0 * phase);
  return (float)(0.2 * rise * exp(-6.0 * age) * wave);
}

/// So that the channels differ, and their mean is the tone.
static float
gain(const int channel, const int n_channels)
{
  return n_channels == 1 ? 1.0f
                         : 2.0f * (float)channel / (float)(n_channels - 1);
}

uint32_t
tone_write(const char* const path,
           const int         format,
           const int         rate_hz,
           const int         n_channels,
           const unsigned    n_notes)
{
  SF_INFO        info  = { .samplerate = rate_hz,
                           .channels   = n_channels,
                           .format     = format };
  SNDFILE* const file  = sf_open(path, SFM_WRITE, &info);
  float* const   frame = (float*)calloc((size_t)n_channels, sizeof(float));
  assert_non_null(file);
  assert_non_null(frame);

  const uint32_t n =
    (uint32_t)lrint((2.0 * LEAD_S + NOTE_S * n_notes) * rate_hz);
  for (uint32_t i = 0U; i < n; ++i) {
    const float sample = tone_sample(i, rate_hz, n_notes);
    for (int c = 0; c < n_channels; ++c) {
      frame[c] = gain(c, n_channels) * sample;
    }
    assert_int_equal(sf_writef_float(file, frame, 1), 1);
  }
  free(frame);
  assert_int_equal(sf_close(file), 0);
  return n;
}
