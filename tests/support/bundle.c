// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/bundle.h"

#include "tests/support/cmocka.h"
#include "tests/support/model_parts.h"
#include "tests/support/process.h"
#include "trainer/audio_file.h"
#include "trainer/model_writer.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PART_S 3.0 ///< Of bundle_sound(), from each recording

const char*
bundle_built(const char* const name)
{
  static char       path[PATH_MAX + 64];
  const char* const command  = process_command();
  const size_t      n_folder = (size_t)(strrchr(command, '/') - command);
  (void)snprintf(path, sizeof(path), "%.*s/%s", (int)n_folder, command, name);
  return path;
}

Folder
bundle_new_without_model(void)
{
  static const char* const names[] = { "manifest.ttl", "timbrel.ttl",
                                       "mono.ttl",     "stereo.ttl",
                                       "cv.ttl",       "timbrel.so" };

  const Folder folder = folder_new();
  for (size_t i = 0U; i < sizeof(names) / sizeof(names[0]); ++i) {
    char built[64];
    (void)snprintf(built, sizeof(built), "timbrel.lv2/%s", names[i]);
    assert_int_equal(
      symlink(bundle_built(built), folder_file(&folder, names[i])), 0);
  }
  return folder;
}

Folder
bundle_new(void)
{
  const Folder folder = bundle_new_without_model();
  bundle_write_model(folder_file(&folder, "factory.safetensors"), 1U);
  return folder;
}

/// Write one random layer, with the default front end or none.
static void
write_model(const char* const        path,
            const TmbFrontEnd* const front_end,
            const uint32_t           seed)
{
  static const TmbClass classes[BUNDLE_CLASSES] = {
    { "violin", "strings", 40 }, { "percussion", "percussion", -1 },
    { "flute", "woodwind", 73 }, { "piano", "keys", 0 },
    { "trumpet", "brass", 56 },  { "marimba", "mallets", 12 },
  };

  const uint32_t n_in  = tmb_front_end_features(&tmb_default_front_end);
  float* const   mean  = (float*)calloc(n_in, sizeof(float));
  float* const   scale = (float*)calloc(n_in, sizeof(float));
  float* const   weights =
    (float*)calloc((size_t)n_in * BUNDLE_CLASSES, sizeof(float));
  assert_true(mean && scale && weights);

  uint32_t x = seed;
  for (uint32_t i = 0U; i < n_in; ++i) {
    scale[i] = 1.0f;
  }
  for (uint32_t i = 0U; i < n_in * BUNDLE_CLASSES; ++i) {
    x          = (1664525U * x) + 1013904223U;
    weights[i] = ((float)(x >> 8U) / 8388608.0f) - 1.0f;
  }

  const float  bias[BUNDLE_CLASSES] = { 0.0f };
  const TmbNet net                  = {
                     .n_layers = 1U,
                     .layers = { TEST_DENSE(n_in, BUNDLE_CLASSES, TMB_IDENTITY, weights, bias) },
                     .mean   = mean,
                     .scale  = scale,
                     .n_temperatures = 1U,
                     .temperatures   = { 1.0f },
  };
  const TmbModelParts parts = { front_end, &net, classes, NULL, 0U };

  TmbMessage why = { "" };
  if (tmb_model_write(path, &parts, &why)) {
    fail_msg("%s", why.text);
  }
  free(weights);
  free(scale);
  free(mean);
}

void
bundle_write_model(const char* const path, const uint32_t seed)
{
  write_model(path, &tmb_default_front_end, seed);
}

void
bundle_write_external_model(const char* const path)
{
  write_model(path, NULL, 1U);
}

Signal
bundle_recording(const char* const path, double* const rate_hz)
{
  TmbAudioFile* file = NULL;
  TmbMessage    why  = { "" };
  if (tmb_audio_open(path, &file, &why)) {
    fail_msg("%s", why.text);
  }

  const TmbAudioInfo* const info   = tmb_audio_info(file);
  const Signal              signal = signal_new((uint32_t)info->n_frames);
  *rate_hz                         = info->rate_hz;

  size_t n = 1U;
  for (size_t at = 0U; at < signal.n && n; at += n) {
    assert_int_equal(
      tmb_audio_read(file, signal.y + at, signal.n - at, &n, &why), TMB_OK);
  }
  tmb_audio_close(file);
  return signal;
}

Signal
bundle_sound(void)
{
  static const char* const paths[] = { "tests/demo/trumpet.flac",
                                       "tests/demo/piano.flac" };

  const uint32_t n_part = (uint32_t)(PART_S * BUNDLE_RATE);
  const Signal   sound  = signal_new(2U * n_part);
  for (uint32_t i = 0U; i < 2U; ++i) {
    double rate_hz = 0.0;
    Signal whole   = bundle_recording(paths[i], &rate_hz);
    assert_true(whole.n >= n_part && rate_hz == BUNDLE_RATE);
    memcpy(sound.y + ((size_t)i * n_part), whole.y, n_part * sizeof(float));
    signal_free(&whole);
  }
  return sound;
}
