// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/mel.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/npy.h"
#include "tests/support/signals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void
scale_is_librosas(void** const state)
{
  (void)state;
  static const struct {
    TmbMelScale scale;
    const char* golden; ///< [2][n]: Hz, then mel
  } rows[] = {
    { TMB_MEL_HTK, "tables/hz_to_mel_htk" },
    { TMB_MEL_SLANEY, "tables/hz_to_mel_slaney" },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    NpyArray golden = npy_load(rows[r].golden);
    for (uint32_t i = 0U; i < golden.n_columns; ++i) {
      const double hz  = (double)golden.values[i];
      const double mel = tmb_hz_to_mel(rows[r].scale, hz);

      // The golden values are rounded to float
      const double exact = (double)golden.values[golden.n_columns + i];
      assert_true(fabs(mel - exact) <= 1e-6 * (1.0 + exact));
      assert_true(fabs(tmb_mel_to_hz(rows[r].scale, mel) - hz) <=
                  1e-9 * (1.0 + hz));
    }
    npy_free(&golden);
  }
}

static void
slaney_scale_is_linear_to_1_khz(void** const state)
{
  (void)state;
  assert_true(fabs(tmb_hz_to_mel(TMB_MEL_SLANEY, 1000.0) - 15.0) < 1e-12);
  assert_true(fabs(tmb_hz_to_mel(TMB_MEL_SLANEY, 500.0) - 7.5) < 1e-12);
  assert_true(fabs(tmb_hz_to_mel(TMB_MEL_SLANEY, 6400.0) - 42.0) < 1e-12);
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
    const TmbMelConfig config = {
      rates[i & 1U],           2048U,
      n_bands[(i >> 1U) & 1U], 0.0,
      rates[i & 1U] / 2.0,     scales[(i >> 2U) & 1U],
      norms[(i >> 3U) & 1U],
    };
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

static void
mel_spectrograms_are_librosas(void** const state)
{
  (void)state;
  static const char* const signals[] = { "chirp",   "noise", "notes",
                                         "impulse", "dc",    "silence" };
  static const struct {
    const char*  golden;
    TmbMelConfig config;
    unsigned     n_signals; ///< The golden array is there for so many
  } rows[] = {
    { "mel128",
      { 22050.0, 2048U, 128U, 0.0, 11025.0, TMB_MEL_SLANEY, TMB_MEL_AREA },
      3U },
    { "mel40",
      { 22050.0, 2048U, 40U, 0.0, 11025.0, TMB_MEL_SLANEY, TMB_MEL_AREA },
      6U },
    { "mel40_htk_nonorm",
      { 22050.0, 2048U, 40U, 0.0, 11025.0, TMB_MEL_HTK, TMB_MEL_PEAK },
      6U },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    for (unsigned s = 0U; s < rows[r].n_signals; ++s) {
      char file[64] = "";
      (void)snprintf(file, sizeof(file), "%s/%s", signals[s], rows[r].golden);
      Signal       signal   = signal_golden(signals[s]);
      NpyArray     golden   = npy_load(file); // [n_bands][n_frames]
      uint32_t     n_frames = 0U;
      float* const bands =
        mel_spectrogram(&signal, 512U, &rows[r].config, &n_frames);
      assert_int_equal(n_frames, golden.n_columns);

      float peak = 0.0f;
      for (size_t i = 0U; i < (size_t)golden.n_rows * n_frames; ++i) {
        peak = fmaxf(peak, golden.values[i]);
      }
      for (uint32_t i = 0U; i < n_frames; ++i) {
        for (uint32_t b = 0U; b < golden.n_rows; ++b) {
          const float ours   = bands[(i * golden.n_rows) + b];
          const float theirs = golden.values[(b * n_frames) + i];
          if (!(fabsf(ours - theirs) <= 1e-5f * peak)) {
            fail_msg("%s, frame %u, band %u", file, i, b);
          }
        }
      }
      free(bands);
      npy_free(&golden);
      signal_free(&signal);
    }
  }
}

static void
mean_of_a_flat_spectrum_is_flat(void** const state)
{
  (void)state;
  // So narrow at the bottom that bands share their nearest bins
  static const TmbMelConfig config = { 22050.0, 1024U,       80U,         30.0,
                                       10800.0, TMB_MEL_HTK, TMB_MEL_MEAN };
  TmbMel*                   mel    = NULL;
  float                     power[513];
  float                     bands[80];
  for (unsigned k = 0U; k < 513U; ++k) {
    power[k] = 3.0f;
  }

  assert_int_equal(tmb_mel_new(&config, &mel), TMB_OK);
  tmb_mel_apply(mel, power, bands);
  for (unsigned b = 0U; b < 80U; ++b) {
    assert_float_equal(bands[b], 3.0f, 1e-5f);
  }
  tmb_mel_free(mel);
}

static void
bands_above_half_the_rate_stay_at_zero(void** const state)
{
  (void)state;
  static const TmbMelConfig config = { 8000.0,  512U,        80U,         30.0,
                                       10800.0, TMB_MEL_HTK, TMB_MEL_MEAN };
  TmbMel*                   mel    = NULL;
  float                     power[257];
  float                     bands[80];
  for (unsigned k = 0U; k < 257U; ++k) {
    power[k] = 1.0f;
  }

  assert_int_equal(tmb_mel_new(&config, &mel), TMB_OK);
  tmb_mel_apply(mel, power, bands);

  const double low  = tmb_hz_to_mel(TMB_MEL_HTK, config.fmin_hz);
  const double high = tmb_hz_to_mel(TMB_MEL_HTK, config.fmax_hz);
  for (unsigned b = 0U; b < 80U; ++b) {
    const double start_hz =
      tmb_mel_to_hz(TMB_MEL_HTK, low + ((high - low) * (double)b / 81.0));
    if (start_hz > 4000.0) {
      assert_true(bands[b] == 0.0f);
    } else if (start_hz < 3500.0) {
      assert_true(bands[b] > 0.0f);
    }
  }
  tmb_mel_free(mel);
}

static void
a_bin_goes_to_the_triangles_that_hold_it(void** const state)
{
  (void)state;
  static const TmbMelConfig config = { 22050.0, 2048U,       40U,         0.0,
                                       11025.0, TMB_MEL_HTK, TMB_MEL_PEAK };
  TmbMel*                   mel    = NULL;
  float                     power[1025] = { 0.0f };
  float                     bands[40];
  power[400] = 1.0f;

  // Triangles overlap by half, and their heights at a point add up to one
  assert_int_equal(tmb_mel_new(&config, &mel), TMB_OK);
  tmb_mel_apply(mel, power, bands);
  unsigned n_lit = 0U;
  float    sum   = 0.0f;
  for (unsigned b = 0U; b < 40U; ++b) {
    n_lit += bands[b] > 0.0f;
    sum += bands[b];
  }
  assert_int_equal(n_lit, 2U);
  assert_float_equal(sum, 1.0f, 1e-6f);
  tmb_mel_free(mel);
}

static void
new_checks_its_config(void** const state)
{
  (void)state;
  static const struct {
    const char*  label;
    TmbMelConfig config;
  } rows[] = {
    { "no rate", { 0.0, 512U, 40U, 0.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK } },
    { "rate not a number",
      { (double)NAN, 512U, 40U, 0.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK } },
    { "no bins", { 8000.0, 0U, 40U, 0.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK } },
    { "no bands",
      { 8000.0, 512U, 0U, 0.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK } },
    { "too many bands",
      { 8000.0, 512U, 257U, 0.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK } },
    { "below zero",
      { 8000.0, 512U, 40U, -1.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK } },
    { "upside down",
      { 8000.0, 512U, 40U, 4000.0, 4000.0, TMB_MEL_HTK, TMB_MEL_PEAK } },
    { "edge not a number",
      { 8000.0, 512U, 40U, 0.0, (double)NAN, TMB_MEL_HTK, TMB_MEL_PEAK } },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TmbMel* mel = NULL;
    if (tmb_mel_new(&rows[r].config, &mel) != TMB_BAD_ARG) {
      fail_msg("%s", rows[r].label);
    }
    assert_null(mel);
  }
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  static const TmbMelConfig config = { 8000.0, 512U,        40U,         0.0,
                                       4000.0, TMB_MEL_HTK, TMB_MEL_PEAK };
  TmbMel*                   mel    = NULL;
  for (size_t n = 0U; n < 3U; ++n) {
    alloc_fail_from(n);
    const TmbStatus status = tmb_mel_new(&config, &mel);
    assert_true(alloc_restore());
    assert_int_equal(status, TMB_NO_MEMORY);
    assert_null(mel);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(scale_is_librosas),
    cmocka_unit_test(slaney_scale_is_linear_to_1_khz),
    cmocka_unit_test(filterbanks_are_librosas),
    cmocka_unit_test(mel_spectrograms_are_librosas),
    cmocka_unit_test(mean_of_a_flat_spectrum_is_flat),
    cmocka_unit_test(bands_above_half_the_rate_stay_at_zero),
    cmocka_unit_test(a_bin_goes_to_the_triangles_that_hold_it),
    cmocka_unit_test(new_checks_its_config),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("mel", tests, NULL, NULL);
}
