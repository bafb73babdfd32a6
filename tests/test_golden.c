// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  All arrays in tests/golden: what librosa computed, from window to onsets, must
  come out of dsp/ within a tolerance.
*/

#include "dsp/mel.h"
#include "tests/support/cmocka.h"
#include "tests/support/golden.h"
#include "tests/support/npy.h"

#include <glob.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

static const char* const signals[] = {
  "sine440", "chirp", "noise",      "silence",        "impulse",
  "dc",      "notes", "notes_lead", "notes_lead_s16",
};

static const GoldenFrames usual = { 2048U,
                                    10U,
                                    { 0, 1, 2, 3, 10, 20, 21, 30, 40, 41 } };
static const GoldenFrames inner = { 2048U,
                                    10U,
                                    { 0, 1, 2, 10, 20, 21, 22, 30, 38, 39 } };
static const GoldenFrames n512  = { 512U, 5U, { 0, 1, 5, 10, 172 } };
static const GoldenFrames n1024 = { 1024U, 5U, { 0, 1, 5, 10, 86 } };
static const GoldenFrames n4096 = { 4096U, 5U, { 0, 1, 5, 10, 21 } };

#define BANK(window, bands, low, high, on_scale, with_norm)    \
  {                                                            \
    .rate_hz = 22050.0, .n_fft = (window), .n_bands = (bands), \
    .fmin_hz = (low), .fmax_hz = (high), .scale = (on_scale),  \
    .norm = (with_norm),                                       \
  }

// clang-format off
static const TmbMelConfig mel128 =
  BANK(2048U, 128U, 0.0, 11025.0, TMB_MEL_SLANEY, TMB_MEL_AREA);
static const TmbMelConfig mel40 =
  BANK(2048U, 40U, 0.0, 11025.0, TMB_MEL_SLANEY, TMB_MEL_AREA);
static const TmbMelConfig htk40 =
  BANK(2048U, 40U, 0.0, 11025.0, TMB_MEL_HTK, TMB_MEL_AREA);
static const TmbMelConfig htk40_peak =
  BANK(2048U, 40U, 0.0, 11025.0, TMB_MEL_HTK, TMB_MEL_PEAK);
static const TmbMelConfig mel40_narrow =
  BANK(1024U, 40U, 20.0, 8000.0, TMB_MEL_SLANEY, TMB_MEL_AREA);

#define POWER(n)   golden_power,    1e-5f, .of_peak = true, .frames = &(n)
#define MEL(b)     golden_mel,      1e-5f, .of_peak = true, .bank = &(b)
#define LOG_MEL(b) golden_log_mel,  1e-3f, .bank = &(b), .is_exact = true
#define MFCC(b, n) golden_mfcc,     2e-3f, .bank = &(b), .top_db = 80.0f, .n_coeffs = (n)
#define LIFTED(n)  golden_mfcc,     5e-3f, .bank = &mel128, .top_db = 80.0f, .n_coeffs = (n), .lifter = 22.0
#define DELTA(o)   golden_delta,    1e-4f, .bank = &mel128, .top_db = 80.0f, .n_coeffs = 20U, .order = (o)
#define STRENGTH   golden_strength, 1e-4f, .bank = &mel128, .top_db = 80.0f, .strength
#define ONSETS     golden_onsets,   0.0f,  .bank = &mel128, .top_db = 80.0f, .strength = { 1U, 1U, 2U, TMB_ONSET_MEAN }

static const GoldenRow rows[] = {
  { "stft_power",               POWER(usual) },
  { "stft_power_nocenter",      POWER(inner), .nocenter = true },
  { "stft_power_n512_h128",     POWER(n512),  .folder = "noise" },
  { "stft_power_n1024_h256",    POWER(n1024), .folder = "noise" },
  { "stft_power_n4096_h1024",   POWER(n4096), .folder = "noise" },
  { "mel128",                   MEL(mel128) },
  { "mel128_nocenter",          MEL(mel128), .nocenter = true },
  { "mel40",                    MEL(mel40) },
  { "mel40_htk_nonorm",         MEL(htk40_peak) },
  { "logmel128",                LOG_MEL(mel128) },
  { "logmel128_top80",          LOG_MEL(mel128), .top_db = 80.0f },
  { "mfcc13_lifter0",           MFCC(mel128, 13U) },
  { "mfcc20_lifter0",           MFCC(mel128, 20U) },
  { "mfcc40_lifter0",           MFCC(mel128, 40U) },
  { "mfcc13_lifter22",          LIFTED(13U) },
  { "mfcc20_lifter22",          LIFTED(20U) },
  { "mfcc40_lifter22",          LIFTED(40U) },
  { "mfcc13_mel40",             MFCC(mel40, 13U) },
  { "mfcc13_mel40_htk",         MFCC(htk40, 13U) },
  { "mfcc13_nocenter",          MFCC(mel128, 13U), .nocenter = true, .folder = "notes" },
  { "mfcc13_n1024_h256_mel40_fmin20_fmax8000",
                                MFCC(mel40_narrow, 13U), .folder = "notes" },
  { "mfcc20_delta1",            DELTA(1U), .mode = TMB_DELTA_INTERP },
  { "mfcc20_delta2",            DELTA(2U), .mode = TMB_DELTA_INTERP },
  { "mfcc20_delta1_nearest",    DELTA(1U), .mode = TMB_DELTA_NEAREST },
  { "onset_strength",           STRENGTH = { 1U, 1U, 2U, TMB_ONSET_MEAN } },
  { "onset_strength_lag2_max3", STRENGTH = { 2U, 3U, 2U, TMB_ONSET_MEAN } },
  { "onset_strength_median",    STRENGTH = { 1U, 1U, 2U, TMB_ONSET_MEDIAN } },
  { "onset_frames",             ONSETS },
  { "onset_frames_backtrack",   ONSETS, .backtrack = true },

  { "peaks_default22050", golden_peaks, 0.0f, .folder = "peak_pick", .peaks = { 1U, 1U, 4U, 5U, 0.07f, 1U } },
  { "peaks_b",            golden_peaks, 0.0f, .folder = "peak_pick", .peaks = { 3U, 3U, 3U, 5U, 0.5f, 10U } },
  { "onset_detect_env",   golden_peaks, 0.0f, .folder = "peak_pick" },

  // Within the last bit or two of a float
  { "hann_periodic_2048", golden_hann,     1e-7f, .folder = "tables" },
  { "dct2_ortho_40x128",  golden_dct,      1e-7f, .folder = "tables", .n_coeffs = 40U },
  { "power_to_db_top80",  golden_decibels, 1e-5f, .folder = "tables", .top_db = 80.0f },
  { "hz_to_mel_htk",      golden_mels,     5e-4f, .folder = "tables", .scale = TMB_MEL_HTK },
  { "hz_to_mel_slaney",   golden_mels,     8e-6f, .folder = "tables", .scale = TMB_MEL_SLANEY },
  { "mel_frequencies_42_htk",
                          golden_frequencies, 1e-3f, .folder = "tables", .scale = TMB_MEL_HTK },
  { "mel_frequencies_42_slaney",
                          golden_frequencies, 1e-3f, .folder = "tables", .scale = TMB_MEL_SLANEY },
};
// clang-format on

/// How far `ours` [frame][column] is from a golden [column][frame], at most.
static float
distance(const NpyArray* const ours, const NpyArray* const golden)
{
  if (ours->n_rows != golden->n_columns || ours->n_columns != golden->n_rows) {
    return INFINITY;
  }

  float largest = 0.0f;
  for (uint32_t i = 0U; i < ours->n_rows; ++i) {
    for (uint32_t c = 0U; c < ours->n_columns; ++c) {
      const float theirs = golden->values[(c * golden->n_columns) + i];
      const float error  = ours->values[(i * ours->n_columns) + c] - theirs;
      largest = isfinite(error) ? fmaxf(largest, fabsf(error)) : INFINITY;
    }
  }
  return largest;
}

static float
peak(const NpyArray* const golden)
{
  float largest = 0.0f;
  for (size_t i = 0U; i < (size_t)golden->n_rows * golden->n_columns; ++i) {
    largest = fmaxf(largest, golden->values[i]);
  }
  return largest;
}

/// Whether our array is librosa's; complains if not.
static bool
compare(const GoldenRow* const row, const char* const folder)
{
  char file[96] = "";
  (void)snprintf(file, sizeof(file), "%s/%s", folder, row->array);
  NpyArray    golden  = npy_load(file);
  NpyArray    ours    = row->step(row, folder);
  const float allowed = row->tolerance * (row->of_peak ? peak(&golden) : 1.0f);
  const float error   = distance(&ours, &golden);
  const bool  is_same = error <= allowed;
  if (!is_same) {
    print_error("%s, %s: off by %.3g, not %.3g\n",
                file,
                row->is_exact ? "whole" : "streamed",
                (double)error,
                (double)allowed);
  }
  npy_free(&ours);
  npy_free(&golden);
  return is_same;
}

/// Both as for whole recordings and, where that is exact enough, for streams.
static bool
is_librosas(const GoldenRow* const row, const char* const folder)
{
  GoldenRow whole = *row;
  whole.is_exact  = true;
  return compare(&whole, folder) && (row->is_exact || compare(row, folder));
}

static void
arrays_are_librosas(void** const state)
{
  (void)state;
  unsigned n_wrong = 0U;
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    if (rows[r].folder) {
      n_wrong += !is_librosas(&rows[r], rows[r].folder);
      continue;
    }
    for (size_t s = 0U; s < sizeof(signals) / sizeof(signals[0]); ++s) {
      n_wrong += !is_librosas(&rows[r], signals[s]);
    }
  }
  assert_int_equal(n_wrong, 0U);
}

static size_t
count(const char* const pattern)
{
  glob_t found;
  assert_int_equal(glob(pattern, 0, NULL, &found), 0);
  const size_t n = found.gl_pathc;
  globfree(&found);
  return n;
}

static void
no_array_is_left_out(void** const state)
{
  (void)state;
  size_t n_rows = 0U;
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    n_rows += rows[r].folder ? 1U : sizeof(signals) / sizeof(signals[0]);
  }

  // An envelope to pick peaks from, and 16 filterbanks in three parts each;
  // what PyTorch gave is for test_interop.c, the recipe for test_recipe.c
  assert_int_equal(count("tests/golden/*/*.npy") -
                     count("tests/golden/torch/*.npy") -
                     count("tests/golden/recipe/*.npy"),
                   n_rows + 1U + 48U);
}

/// Compare one bank with the bands' starts, lengths and weights of librosa.
static void
compare_bank(const TmbMelConfig* const config, const char* const name)
{
  static const char* const parts[] = { "start", "len", "w" };
  NpyArray                 golden[3];
  TmbMel*                  mel = NULL;
  for (unsigned i = 0U; i < 3U; ++i) {
    char file[96] = "";
    (void)snprintf(file, sizeof(file), "melfb/%s.%s", name, parts[i]);
    golden[i] = npy_load(file);
  }
  assert_int_equal(tmb_mel_new(config, &mel), TMB_OK);

  const float* exact = golden[2].values;
  for (uint32_t b = 0U; b < config->n_bands; ++b) {
    const uint32_t     golden_start = (uint32_t)golden[0].values[b];
    const uint32_t     golden_n     = (uint32_t)golden[1].values[b];
    uint32_t           start        = 0U;
    uint32_t           n            = 0U;
    const float* const weights      = tmb_mel_weights(mel, b, &start, &n);

    // A weight that rounding alone keeps from zero may stand at either end
    for (uint32_t k = 0U; k <= config->n_fft / 2U; ++k) {
      const float ours = (k - start < n) ? weights[k - start] : 0.0f;
      const float theirs =
        (k - golden_start < golden_n) ? exact[k - golden_start] : 0.0f;
      if (!(fabsf(ours - theirs) <= 1e-6f * fmaxf(theirs, 0.1f))) {
        fail_msg("%s, band %u, bin %u", name, b, k);
      }
    }
    exact += golden_n;
  }

  tmb_mel_free(mel);
  for (unsigned i = 0U; i < 3U; ++i) {
    npy_free(&golden[i]);
  }
}

static void
filterbanks_are_librosas(void** const state)
{
  (void)state;
  static const double      rates[]   = { 22050.0, 44100.0 };
  static const uint32_t    n_bands[] = { 40U, 128U };
  static const TmbMelScale scales[]  = { TMB_MEL_HTK, TMB_MEL_SLANEY };
  static const TmbMelNorm  norms[]   = { TMB_MEL_PEAK, TMB_MEL_AREA };
  for (unsigned i = 0U; i < 16U; ++i) {
    TmbMelConfig config = mel128;
    config.rate_hz      = rates[i & 1U];
    config.fmax_hz      = rates[i & 1U] / 2.0;
    config.n_bands      = n_bands[(i >> 1U) & 1U];
    config.scale        = scales[(i >> 2U) & 1U];
    config.norm         = norms[(i >> 3U) & 1U];

    char name[64] = "";
    (void)snprintf(name,
                   sizeof(name),
                   "sr%.0f_n2048_m%u_%s_%s",
                   config.rate_hz,
                   config.n_bands,
                   config.scale == TMB_MEL_HTK ? "htk" : "slaneyscale",
                   config.norm == TMB_MEL_PEAK ? "nonorm" : "slaney");
    compare_bank(&config, name);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(arrays_are_librosas),
    cmocka_unit_test(no_array_is_left_out),
    cmocka_unit_test(filterbanks_are_librosas),
  };
  return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
