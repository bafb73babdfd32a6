// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/golden.h"

#include "dsp/spectrum.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ 22050.0
#define HOP 512.0

static NpyArray
new_matrix(const uint32_t n_rows, const uint32_t n_columns)
{
  const size_t   n_values = (size_t)n_rows * n_columns;
  const NpyArray self     = { n_rows,
                              n_columns,
                              (float*)calloc(n_values + 1U, sizeof(float)) };
  assert_non_null(self.values);
  return self;
}

/// Keep the windows that librosa has without `center`: all but the two at each
/// end that reach into the silence around the signal.
static void
drop_padded(NpyArray* const matrix)
{
  matrix->n_rows -= 4U;
  memmove(matrix->values,
          matrix->values + ((size_t)2U * matrix->n_columns),
          (size_t)matrix->n_rows * matrix->n_columns * sizeof(float));
}

/// Power spectra of some frames; here librosa's array is [frame][column] too.
NpyArray
golden_power(const GoldenRow* const row, const char* const folder)
{
  const GoldenFrames* const picked = row->frames;
  Signal                    signal = signal_golden(folder);
  NpyArray                  all    = { 0U, (picked->n_fft / 2U) + 1U, NULL };
  all.values                       = spectrogram(
    &signal, picked->n_fft, picked->n_fft / 4U, row->is_exact, &all.n_rows);
  if (row->nocenter) {
    drop_padded(&all);
  }

  const NpyArray self = new_matrix(all.n_columns, picked->n_frames);
  for (uint32_t i = 0U; i < picked->n_frames; ++i) {
    assert_true(picked->frames[i] < all.n_rows);
    for (uint32_t k = 0U; k < all.n_columns; ++k) {
      self.values[(k * picked->n_frames) + i] =
        all.values[(picked->frames[i] * all.n_columns) + k];
    }
  }
  npy_free(&all);
  signal_free(&signal);
  return self;
}

NpyArray
golden_mel(const GoldenRow* const row, const char* const folder)
{
  Signal   signal = signal_golden(folder);
  NpyArray self   = { 0U, row->bank->n_bands, NULL };
  self.values     = mel_spectrogram(
    &signal, row->bank->n_fft / 4U, row->is_exact, row->bank, &self.n_rows);
  if (row->nocenter) {
    drop_padded(&self);
  }
  signal_free(&signal);
  return self;
}

NpyArray
golden_log_mel(const GoldenRow* const row, const char* const folder)
{
  const NpyArray self     = golden_mel(row, folder);
  const uint32_t n_values = self.n_rows * self.n_columns;
  tmb_power_to_db(self.values, n_values, self.values);
  if (row->top_db > 0.0f) {
    tmb_clamp_top_db(self.values, n_values, row->top_db);
  }
  return self;
}

NpyArray
golden_mfcc(const GoldenRow* const row, const char* const folder)
{
  NpyArray       bands     = golden_log_mel(row, folder);
  const NpyArray self      = new_matrix(bands.n_rows, row->n_coeffs);
  TmbMfcc*       transform = NULL;
  assert_int_equal(
    tmb_mfcc_new(bands.n_columns, row->n_coeffs, row->lifter, &transform),
    TMB_OK);
  for (size_t i = 0U; i < bands.n_rows; ++i) {
    tmb_mfcc_apply(transform,
                   bands.values + (i * bands.n_columns),
                   self.values + (i * row->n_coeffs));
  }
  tmb_mfcc_free(transform);
  npy_free(&bands);
  return self;
}

NpyArray
golden_delta(const GoldenRow* const row, const char* const folder)
{
  NpyArray       coeffs = golden_mfcc(row, folder);
  const NpyArray self   = new_matrix(coeffs.n_rows, coeffs.n_columns);
  assert_int_equal(tmb_delta(coeffs.values,
                             coeffs.n_rows,
                             coeffs.n_columns,
                             9U,
                             row->order,
                             row->mode,
                             self.values),
                   TMB_OK);
  npy_free(&coeffs);
  return self;
}

NpyArray
golden_strength(const GoldenRow* const row, const char* const folder)
{
  NpyArray       bands = golden_log_mel(row, folder);
  const NpyArray self  = new_matrix(bands.n_rows, 1U);
  assert_int_equal(
    tmb_onset_strength(
      bands.values, bands.n_rows, bands.n_columns, &row->strength, self.values),
    TMB_OK);
  npy_free(&bands);
  return self;
}

/// Peaks or onsets of an envelope, which is freed.
static NpyArray
pick(const GoldenRow* const row, NpyArray envelope)
{
  const uint32_t  n      = envelope.n_rows * envelope.n_columns;
  uint32_t* const frames = (uint32_t*)calloc((size_t)n + 1U, sizeof(uint32_t));
  assert_non_null(frames);
  const uint32_t n_frames =
    row->peaks.post_max
      ? tmb_peak_pick(envelope.values, n, &row->peaks, frames)
      : tmb_onset_pick(envelope.values, n, RATE_HZ, HOP, frames);
  if (row->backtrack) {
    tmb_onset_backtrack(envelope.values, n, frames, n_frames);
  }

  const NpyArray self = new_matrix(n_frames, 1U);
  for (uint32_t i = 0U; i < n_frames; ++i) {
    self.values[i] = (float)frames[i];
  }
  free(frames);
  npy_free(&envelope);
  return self;
}

NpyArray
golden_onsets(const GoldenRow* const row, const char* const folder)
{
  return pick(row, golden_strength(row, folder));
}

NpyArray
golden_peaks(const GoldenRow* const row, const char* const folder)
{
  char file[96] = "";
  (void)snprintf(file, sizeof(file), "%s/env", folder);
  return pick(row, npy_load(file));
}

NpyArray
golden_hann(const GoldenRow* const row, const char* const folder)
{
  (void)row;
  (void)folder;
  const NpyArray self = new_matrix(2048U, 1U);
  tmb_hann(self.values, self.n_rows);
  return self;
}

/// The transform of each unit vector.
NpyArray
golden_dct(const GoldenRow* const row, const char* const folder)
{
  (void)folder;
  const NpyArray self      = new_matrix(128U, row->n_coeffs);
  TmbMfcc*       transform = NULL;
  assert_int_equal(
    tmb_mfcc_new(self.n_rows, row->n_coeffs, row->lifter, &transform), TMB_OK);
  for (size_t b = 0U; b < self.n_rows; ++b) {
    float unit[128] = { 0.0f };
    unit[b]         = 1.0f;
    tmb_mfcc_apply(transform, unit, self.values + (b * row->n_coeffs));
  }
  tmb_mfcc_free(transform);
  return self;
}

/// The first row of a golden array, to be followed by what it maps to.
static NpyArray
load_inputs(const GoldenRow* const row, const char* const folder)
{
  char file[96] = "";
  (void)snprintf(file, sizeof(file), "%s/%s", folder, row->array);
  NpyArray       golden = npy_load(file);
  const NpyArray self   = new_matrix(golden.n_columns, 2U);
  for (size_t i = 0U; i < golden.n_columns; ++i) {
    self.values[2U * i] = golden.values[i];
  }
  npy_free(&golden);
  return self;
}

NpyArray
golden_mels(const GoldenRow* const row, const char* const folder)
{
  const NpyArray self = load_inputs(row, folder);
  for (size_t i = 0U; i < self.n_rows; ++i) {
    float* const point = self.values + (2U * i);

    point[1] = (float)tmb_hz_to_mel(row->scale, (double)point[0]);
  }
  return self;
}

NpyArray
golden_decibels(const GoldenRow* const row, const char* const folder)
{
  const NpyArray self = load_inputs(row, folder);
  Signal         db   = signal_new(self.n_rows);
  for (size_t i = 0U; i < db.n; ++i) {
    db.y[i] = self.values[2U * i];
  }
  tmb_power_to_db(db.y, db.n, db.y);
  tmb_clamp_top_db(db.y, db.n, row->top_db);
  for (size_t i = 0U; i < db.n; ++i) {
    self.values[(2U * i) + 1U] = db.y[i];
  }
  signal_free(&db);
  return self;
}

/// 42 frequencies from 0 Hz to half the rate.
NpyArray
golden_frequencies(const GoldenRow* const row, const char* const folder)
{
  (void)folder;
  const NpyArray self = new_matrix(42U, 1U);
  const double   step = tmb_hz_to_mel(row->scale, 0.5 * RATE_HZ) / 41.0;
  for (uint32_t i = 0U; i < self.n_rows; ++i) {
    self.values[i] = (float)tmb_mel_to_hz(row->scale, step * (double)i);
  }
  return self;
}
