// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/toy_corpus.h"

#include "tests/support/cmocka.h"

#include <math.h>
#include <sndfile.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#define RATE_HZ 22050
#define N_SAMPLES 17640U ///< 0.8 s
#define ONSET 3307U      ///< 0.15 s
#define PATH_SIZE 256U

const char* const toy_classes[TOY_N_CLASSES] = { "sine", "saw", "noise" };
const char* const toy_sources[TOY_N_SOURCES] = { "left", "right" };

/// Uniform in -1 to 1, from a counter.
static double
noise(const uint32_t i)
{
  uint32_t x = (i + 1U) * 0x9E3779B1U;
  x          = (x ^ (x >> 15U)) * 0x85EBCA77U;
  x ^= x >> 13U;
  return ((double)x / 2147483648.0) - 1.0;
}

/// Sample `i` after the onset of a note of `hz`.
static double
wave(const unsigned class_index, const double hz, const uint32_t i)
{
  const double cycles = hz * (double)i / RATE_HZ;
  switch (class_index) {
    case 0U:
      return sin(6.283185307179586 * cycles);
    case 1U:
      return 2.0 * (cycles - floor(cycles)) - 1.0;
    default:
      return noise(i + (uint32_t)hz);
  }
}

static void
write_note(const char* const path,
           const unsigned    class_index,
           const unsigned    source,
           const unsigned    number)
{
  static float samples[N_SAMPLES];

  const double hz    = 220.0 * exp2((double)number / 12.0);
  const double keep  = source ? 0.3 : 0.0; // The right source is duller
  double       value = 0.0;
  for (uint32_t i = 0U; i < N_SAMPLES; ++i) {
    samples[i] = 0.0f;
    if (i >= ONSET) {
      const double age = (double)(i - ONSET) / RATE_HZ;

      value =
        (keep * value) + ((1.0 - keep) * wave(class_index, hz, i - ONSET));
      samples[i] =
        (float)(0.3 * exp(-3.0 * age) * fmin(1.0, age / 0.005) * value);
    }
  }

  SF_INFO        info = { .samplerate = RATE_HZ,
                          .channels   = 1,
                          .format     = SF_FORMAT_WAV | SF_FORMAT_PCM_16 };
  SNDFILE* const file = sf_open(path, SFM_WRITE, &info);
  assert_non_null(file);
  assert_int_equal(sf_write_float(file, samples, N_SAMPLES), N_SAMPLES);
  assert_int_equal(sf_close(file), 0);
}

void
toy_corpus_write(const char* const folder, const unsigned n)
{
  char path[PATH_SIZE];
  (void)mkdir(folder, 0777);
  for (unsigned c = 0U; c < TOY_N_CLASSES; ++c) {
    (void)snprintf(path, sizeof(path), "%s/%s", folder, toy_classes[c]);
    (void)mkdir(path, 0777);
    for (unsigned s = 0U; s < TOY_N_SOURCES; ++s) {
      (void)snprintf(
        path, sizeof(path), "%s/%s/%s", folder, toy_classes[c], toy_sources[s]);
      (void)mkdir(path, 0777);
      for (unsigned i = 0U; i < n; ++i) {
        (void)snprintf(path,
                       sizeof(path),
                       "%s/%s/%s/%02u.wav",
                       folder,
                       toy_classes[c],
                       toy_sources[s],
                       i);
        write_note(path, c, s, i);
      }
    }
  }
}

void
toy_corpus_write_manifest(const char* const folder, const unsigned n)
{
  char path[PATH_SIZE];
  (void)snprintf(path, sizeof(path), "%s/manifest.csv", folder);

  FILE* const file = fopen(path, "w");
  assert_non_null(file);
  (void)fputs("path,class,source,licence\n", file);
  for (unsigned c = 0U; c < TOY_N_CLASSES; ++c) {
    for (unsigned s = 0U; s < TOY_N_SOURCES; ++s) {
      for (unsigned i = 0U; i < n; ++i) {
        (void)fprintf(file,
                      "%s/%s/%02u.wav,%s,%s,%s\n",
                      toy_classes[c],
                      toy_sources[s],
                      i,
                      toy_classes[c],
                      toy_sources[s],
                      s ? "\"strange, or none\"" : "CC0");
      }
    }
  }
  assert_int_equal(fclose(file), 0);
}
