// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/mel.h"
#include "dsp/mfcc.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/npy.h"
#include "tests/support/signals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const TmbMelConfig mel128 = { 22050.0, 2048U,          128U,        0.0,
                                     11025.0, TMB_MEL_SLANEY, TMB_MEL_AREA };
static const TmbMelConfig mel40  = { 22050.0, 2048U,          40U,         0.0,
                                     11025.0, TMB_MEL_SLANEY, TMB_MEL_AREA };
static const TmbMelConfig mel40_htk = { 22050.0, 2048U,       40U,         0.0,
                                        11025.0, TMB_MEL_HTK, TMB_MEL_AREA };
static const TmbMelConfig mel40_narrow = { 22050.0,     1024U,  40U,
                                           20.0,        8000.0, TMB_MEL_SLANEY,
                                           TMB_MEL_AREA };

/// Log-mel spectrogram, [n_frames][n_bands]; top_db 0 for no limit.
static float*
log_mel(const Signal* const       signal,
        const uint32_t            n_hop,
        const TmbMelConfig* const config,
        const float               top_db,
        uint32_t* const           n_frames)
{
  float* const bands = mel_spectrogram(signal, n_hop, config, n_frames);

  const uint32_t n_values = *n_frames * config->n_bands;
  tmb_power_to_db(bands, n_values, bands);
  if (top_db > 0.0f) {
    tmb_clamp_top_db(bands, n_values, top_db);
  }
  return bands;
}

/// Compare [n_frames][n_rows] with a golden [n_rows][n_frames].
static void
compare(const float* const    ours,
        const NpyArray* const golden,
        const float           tolerance,
        const char* const     file)
{
  for (uint32_t i = 0U; i < golden->n_columns; ++i) {
    for (uint32_t r = 0U; r < golden->n_rows; ++r) {
      const float mine   = ours[(i * golden->n_rows) + r];
      const float theirs = golden->values[(r * golden->n_columns) + i];
      if (!(fabsf(mine - theirs) <= tolerance)) {
        fail_msg("%s, row %u, frame %u: %.7g, not %.7g",
                 file,
                 r,
                 i,
                 (double)mine,
                 (double)theirs);
      }
    }
  }
}

/**
   Compare levels in dB: within 1e-3 dB, and what the rounding in a
   single-precision FFT, up to 2.5e-8 of the largest amplitude, makes of levels
   far below the peak: 3e-3 dB at 80 dB below it.  (librosa's FFT is double.)
*/
static void
compare_levels(const float* const    ours,
               const NpyArray* const golden,
               const char* const     file)
{
  float peak = -INFINITY;
  for (uint32_t i = 0U; i < golden->n_rows * golden->n_columns; ++i) {
    peak = fmaxf(peak, golden->values[i]);
  }
  for (uint32_t i = 0U; i < golden->n_columns; ++i) {
    for (uint32_t r = 0U; r < golden->n_rows; ++r) {
      const float mine     = ours[(i * golden->n_rows) + r];
      const float theirs   = golden->values[(r * golden->n_columns) + i];
      const float rounding = 2.5e-8f * powf(10.0f, (peak - theirs) / 20.0f);
      if (!(fabsf(mine - theirs) <=
            1e-3f + (20.0f * log10f(1.0f + rounding)))) {
        fail_msg("%s, band %u, frame %u: %.7g dB, not %.7g dB",
                 file,
                 r,
                 i,
                 (double)mine,
                 (double)theirs);
      }
    }
  }
}

static void
log_mel_is_librosas(void** const state)
{
  (void)state;
  static const struct {
    const char* file;
    const char* signal;
    float       top_db;
  } rows[] = {
    { "chirp/logmel128", "chirp", 0.0f },
    { "noise/logmel128", "noise", 0.0f },
    { "notes/logmel128", "notes", 0.0f },
    { "impulse/logmel128", "impulse", 0.0f },
    { "dc/logmel128", "dc", 0.0f },
    { "silence/logmel128", "silence", 0.0f },
    { "chirp/logmel128_top80", "chirp", 80.0f },
    { "noise/logmel128_top80", "noise", 80.0f },
    { "notes/logmel128_top80", "notes", 80.0f },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Signal       signal   = signal_golden(rows[r].signal);
    NpyArray     golden   = npy_load(rows[r].file);
    uint32_t     n_frames = 0U;
    float* const bands =
      log_mel(&signal, 512U, &mel128, rows[r].top_db, &n_frames);
    assert_int_equal(n_frames, golden.n_columns);
    compare_levels(bands, &golden, rows[r].file);
    free(bands);
    npy_free(&golden);
    signal_free(&signal);
  }
}

static void
mfcc_is_librosas(void** const state)
{
  (void)state;
  static const char* const signals[] = { "chirp",   "noise", "notes",
                                         "impulse", "dc",    "silence" };
  static const struct {
    const char*         golden;
    const TmbMelConfig* config;
    double              lifter;
    float               tolerance;
    uint32_t            n_hop;
    unsigned            first; ///< The golden array is there for the signals
    unsigned            last;  ///< from first to last
  } rows[] = {
    { "mfcc13_lifter0", &mel128, 0.0, 2e-3f, 512U, 0U, 5U },
    { "mfcc20_lifter0", &mel128, 0.0, 2e-3f, 512U, 0U, 2U },
    { "mfcc13_lifter22", &mel128, 22.0, 5e-3f, 512U, 0U, 2U },
    { "mfcc40_lifter22", &mel128, 22.0, 5e-3f, 512U, 0U, 2U },
    { "mfcc13_mel40", &mel40, 0.0, 2e-3f, 512U, 0U, 2U },
    { "mfcc13_mel40_htk", &mel40_htk, 0.0, 2e-3f, 512U, 0U, 2U },
    { "mfcc13_n1024_h256_mel40_fmin20_fmax8000",
      &mel40_narrow,
      0.0,
      2e-3f,
      256U,
      2U,
      2U },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    for (unsigned s = rows[r].first; s <= rows[r].last; ++s) {
      char file[96] = "";
      (void)snprintf(file, sizeof(file), "%s/%s", signals[s], rows[r].golden);
      Signal         signal   = signal_golden(signals[s]);
      NpyArray       golden   = npy_load(file);
      const uint32_t n_bands  = rows[r].config->n_bands;
      uint32_t       n_frames = 0U;
      TmbMfcc*       mfcc     = NULL;
      float* const   bands =
        log_mel(&signal, rows[r].n_hop, rows[r].config, 80.0f, &n_frames);
      Signal coeffs = signal_new(n_frames * golden.n_rows);
      assert_int_equal(n_frames, golden.n_columns);
      assert_int_equal(
        tmb_mfcc_new(n_bands, golden.n_rows, rows[r].lifter, &mfcc), TMB_OK);
      for (size_t i = 0U; i < n_frames; ++i) {
        tmb_mfcc_apply(
          mfcc, bands + (i * n_bands), coeffs.y + (i * golden.n_rows));
      }
      compare(coeffs.y, &golden, rows[r].tolerance, file);
      tmb_mfcc_free(mfcc);
      signal_free(&coeffs);
      free(bands);
      npy_free(&golden);
      signal_free(&signal);
    }
  }
}

static void
transform_is_librosas(void** const state)
{
  (void)state;
  NpyArray golden = npy_load("tables/dct2_ortho_40x128"); // [coeff][band]
  TmbMfcc* mfcc   = NULL;
  assert_int_equal(tmb_mfcc_new(128U, 40U, 0.0, &mfcc), TMB_OK);
  for (unsigned b = 0U; b < 128U; ++b) {
    float unit[128] = { 0.0f };
    float coeffs[40];
    unit[b] = 1.0f;
    tmb_mfcc_apply(mfcc, unit, coeffs);
    for (unsigned k = 0U; k < 40U; ++k) {
      assert_float_equal(coeffs[k], golden.values[(k * 128U) + b], 1e-7f);
    }
  }
  tmb_mfcc_free(mfcc);
  npy_free(&golden);
}

static void
flat_bands_fill_the_first_coefficient_alone(void** const state)
{
  (void)state;
  float    bands[16];
  float    coeffs[16];
  TmbMfcc* mfcc = NULL;
  for (unsigned b = 0U; b < 16U; ++b) {
    bands[b] = -50.0f;
  }
  assert_int_equal(tmb_mfcc_new(16U, 16U, 0.0, &mfcc), TMB_OK);
  tmb_mfcc_apply(mfcc, bands, coeffs);
  assert_float_equal(coeffs[0], -200.0f, 1e-4f); // -50 sqrt(16)
  for (unsigned k = 1U; k < 16U; ++k) {
    assert_float_equal(coeffs[k], 0.0f, 1e-4f);
  }
  tmb_mfcc_free(mfcc);
}

static void
transform_keeps_energy(void** const state)
{
  (void)state;
  Signal   bands = signal_new(80U);
  float    coeffs[80];
  double   before = 0.0;
  double   after  = 0.0;
  TmbMfcc* mfcc   = NULL;
  signal_fill_noise(&bands);
  assert_int_equal(tmb_mfcc_new(80U, 80U, 0.0, &mfcc), TMB_OK);
  tmb_mfcc_apply(mfcc, bands.y, coeffs);
  for (unsigned i = 0U; i < 80U; ++i) {
    before += (double)bands.y[i] * (double)bands.y[i];
    after += (double)coeffs[i] * (double)coeffs[i];
  }
  assert_true(fabs(before - after) < 1e-5 * before);
  tmb_mfcc_free(mfcc);
  signal_free(&bands);
}

static void
decibels_are_librosas(void** const state)
{
  (void)state;
  NpyArray golden = npy_load("tables/power_to_db_top80"); // Power, then dB
  tmb_power_to_db(golden.values, golden.n_columns, golden.values);
  tmb_clamp_top_db(golden.values, golden.n_columns, 80.0f);
  for (uint32_t i = 0U; i < golden.n_columns; ++i) {
    assert_float_equal(
      golden.values[i], golden.values[golden.n_columns + i], 1e-4f);
  }
  npy_free(&golden);
}

static void
decibels_have_a_floor(void** const state)
{
  (void)state;
  const float power[] = { 0.0f, 1e-12f, 1e-10f, 1.0f, 100.0f };
  const float exact[] = { -100.0f, -100.0f, -100.0f, 0.0f, 20.0f };
  float       db[5];
  tmb_power_to_db(power, 5U, db);
  for (unsigned i = 0U; i < 5U; ++i) {
    assert_float_equal(db[i], exact[i], 1e-5f);
  }
}

static void
new_checks_its_sizes(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    uint32_t    n_bands;
    uint32_t    n_coeffs;
    double      lifter;
  } rows[] = {
    { "no bands", 0U, 0U, 0.0 },
    { "too many bands", TMB_MAX_BANDS + 1U, 1U, 0.0 },
    { "no coefficients", 40U, 0U, 0.0 },
    { "more coefficients than bands", 40U, 41U, 0.0 },
    { "negative lifter", 40U, 13U, -1.0 },
    { "lifter not a number", 40U, 13U, (double)NAN },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TmbMfcc* mfcc = NULL;
    if (tmb_mfcc_new(
          rows[r].n_bands, rows[r].n_coeffs, rows[r].lifter, &mfcc) !=
        TMB_BAD_ARG) {
      fail_msg("%s", rows[r].label);
    }
    assert_null(mfcc);
  }
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  TmbMfcc* mfcc = NULL;
  for (size_t n = 0U; n < 2U; ++n) {
    alloc_fail_from(n);
    const TmbStatus status = tmb_mfcc_new(40U, 13U, 0.0, &mfcc);
    assert_true(alloc_restore());
    assert_int_equal(status, TMB_NO_MEMORY);
    assert_null(mfcc);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(log_mel_is_librosas),
    cmocka_unit_test(mfcc_is_librosas),
    cmocka_unit_test(transform_is_librosas),
    cmocka_unit_test(flat_bands_fill_the_first_coefficient_alone),
    cmocka_unit_test(transform_keeps_energy),
    cmocka_unit_test(decibels_are_librosas),
    cmocka_unit_test(decibels_have_a_floor),
    cmocka_unit_test(new_checks_its_sizes),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("mfcc", tests, NULL, NULL);
}
