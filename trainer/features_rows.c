// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/features_rows.h"

#include "dsp/delta.h"
#include "dsp/mfcc.h"
#include "dsp/model.h"
#include "dsp/onset_strength.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_FRAMES 256U ///< Held when nothing needs the whole recording
#define DELTA_WIDTH 9U    ///< librosa's

const char* const tmb_frame_norm_names[] = { "none", "area", "mean", NULL };

const TmbFrameSettings tmb_default_frames = {
  .window_s = 2048.0 / 44100.0,
  .hop_s    = 512.0 / 44100.0,
  .n_bands  = 40U,
  .fmin_hz  = 0.0,
  .fmax_hz  = 11025.0,
  .scale    = TMB_MEL_SLANEY,
  .norm     = TMB_MEL_AREA,
  .n_coeffs = 13U,
};

struct TmbFrameRowsImpl {
  TmbFrameSettings settings;
  TmbNpyWriter*    array;
  TmbMfcc*         mfcc;
  uint32_t         n_columns;
  float*           rows; ///< [BLOCK_FRAMES][n_columns]

  // Frames that are not written yet
  uint32_t n_frames;
  uint32_t capacity;
  float*   levels;   ///< [capacity][n_bands] dB
  float*   coeffs;   ///< [1 + n_deltas][capacity][n_coeffs]
  float*   strength; ///< [capacity]
};

uint32_t
tmb_frame_columns(const TmbFrameSettings* const settings)
{
  return (settings->n_coeffs * (1U + settings->n_deltas)) +
         (settings->onset_strength ? 1U : 0U);
}

/// Whether no frame can be written before the recording's last is there.
static bool
needs_all(const TmbFrameSettings* const settings)
{
  return settings->top_db > 0.0 || settings->n_deltas ||
         settings->onset_strength;
}

static bool
grow_array(float** const array, const size_t n_values, const uint32_t n_frames)
{
  float* const grown =
    (float*)realloc(*array, n_values * n_frames * sizeof(float));
  *array = grown ? grown : *array;
  return grown;
}

/// Make room for so many frames.
static TmbStatus
reserve(TmbFrameRows* const self, const uint32_t n_frames)
{
  const TmbFrameSettings* const s = &self->settings;
  if (!grow_array(&self->levels, s->n_bands, n_frames) ||
      !grow_array(&self->coeffs, tmb_frame_columns(s), n_frames) ||
      !grow_array(&self->strength, 1U, n_frames)) {
    return TMB_NO_MEMORY;
  }
  self->capacity = n_frames;
  return TMB_OK;
}

TmbStatus
tmb_frame_rows_new(const TmbFrameSettings* const settings,
                   TmbNpyWriter* const           array,
                   TmbFrameRows** const          rows)
{
  *rows = NULL;

  TmbFrameRows* const self = (TmbFrameRows*)calloc(1U, sizeof(TmbFrameRows));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->settings  = *settings;
  self->array     = array;
  self->n_columns = tmb_frame_columns(settings);
  self->rows =
    (float*)calloc((size_t)BLOCK_FRAMES * self->n_columns, sizeof(float));

  TmbStatus status = tmb_mfcc_new(
    settings->n_bands, settings->n_coeffs, settings->lifter, &self->mfcc);
  if (!status) {
    status = self->rows ? reserve(self, BLOCK_FRAMES) : TMB_NO_MEMORY;
  }
  if (status) {
    tmb_frame_rows_free(self);
    return status;
  }
  *rows = self;
  return TMB_OK;
}

void
tmb_frame_rows_free(TmbFrameRows* const rows)
{
  if (rows) {
    tmb_mfcc_free(rows->mfcc);
    free(rows->strength);
    free(rows->coeffs);
    free(rows->levels);
    free(rows->rows);
    free(rows);
  }
}

void
tmb_frame_rows_reset(TmbFrameRows* const rows)
{
  rows->n_frames = 0U;
}

/// Coefficients and all else that the levels of the held frames give.
static TmbStatus
describe(TmbFrameRows* const self)
{
  const TmbFrameSettings* const s = &self->settings;
  const uint32_t                n = self->n_frames;
  if (s->top_db > 0.0) {
    tmb_clamp_top_db(self->levels, n * s->n_bands, (float)s->top_db);
  }
  for (size_t i = 0U; i < n; ++i) {
    tmb_mfcc_apply(self->mfcc,
                   self->levels + (i * s->n_bands),
                   self->coeffs + (i * s->n_coeffs));
  }

  const size_t n_plane = (size_t)n * s->n_coeffs;
  TmbStatus    status  = TMB_OK;
  for (uint32_t order = 1U; !status && order <= s->n_deltas; ++order) {
    status = tmb_delta(self->coeffs,
                       n,
                       s->n_coeffs,
                       DELTA_WIDTH,
                       order,
                       n < DELTA_WIDTH ? TMB_DELTA_NEAREST : TMB_DELTA_INTERP,
                       self->coeffs + (order * n_plane));
  }
  if (!status && s->onset_strength) {
    // A delay of half a window in whole hops, as librosa has it
    const double                 delay  = 0.5 * s->window_s / s->hop_s;
    const TmbOnsetStrengthConfig config = {
      1U, 1U, (uint32_t)(delay + 1e-6), TMB_ONSET_MEAN
    };
    status =
      tmb_onset_strength(self->levels, n, s->n_bands, &config, self->strength);
  }
  return status;
}

/// Put row `i` of what describe() found together.
static void
compose(const TmbFrameRows* const self, const size_t i, float* const row)
{
  const size_t n_coeffs = self->settings.n_coeffs;
  const size_t n_plane  = self->n_frames * n_coeffs;
  for (size_t order = 0U; order <= self->settings.n_deltas; ++order) {
    memcpy(row + (order * n_coeffs),
           self->coeffs + (order * n_plane) + (i * n_coeffs),
           n_coeffs * sizeof(float));
  }
  if (self->settings.onset_strength) {
    row[self->n_columns - 1U] = self->strength[i];
  }
}

TmbStatus
tmb_frame_rows_flush(TmbFrameRows* const self, TmbMessage* const why)
{
  TmbStatus status = describe(self);
  for (uint32_t start = 0U; !status && start < self->n_frames;
       start += BLOCK_FRAMES) {
    const uint32_t left = self->n_frames - start;
    const uint32_t n    = left < BLOCK_FRAMES ? left : BLOCK_FRAMES;
    for (uint32_t i = 0U; i < n; ++i) {
      compose(self, start + i, self->rows + ((size_t)i * self->n_columns));
    }
    status = tmb_npy_write(self->array, self->rows, n, why);
  }
  self->n_frames = 0U;
  return status;
}

TmbStatus
tmb_frame_rows_push(TmbFrameRows* const self,
                    const float* const  levels,
                    TmbMessage* const   why)
{
  const uint32_t n_bands = self->settings.n_bands;
  TmbStatus      status  = TMB_OK;
  if (self->n_frames == self->capacity) {
    if (!needs_all(&self->settings)) {
      status = tmb_frame_rows_flush(self, why);
    } else if (self->capacity > UINT32_MAX / 2U / n_bands) {
      status = TMB_NO_MEMORY; // tmb_clamp_top_db() counts levels in 32 bits
    } else {
      status = reserve(self, 2U * self->capacity);
    }
  }
  if (!status) {
    memcpy(self->levels + ((size_t)self->n_frames * n_bands),
           levels,
           n_bands * sizeof(float));
    ++self->n_frames;
  }
  return status;
}

json_t*
tmb_frame_about(const TmbFrameSettings* const settings)
{
  static const char* const names[] = { "mfcc", "delta", "delta2", NULL };

  const json_int_t n_coeffs = settings->n_coeffs;
  json_t* const    columns  = json_array();
  for (uint32_t i = 0U; i <= settings->n_deltas && names[i]; ++i) {
    (void)json_array_append_new(
      columns, json_pack("{s:s, s:[I]}", "name", names[i], "shape", n_coeffs));
  }
  if (settings->onset_strength) {
    (void)json_array_append_new(
      columns, json_pack("{s:s, s:[]}", "name", "onset_strength", "shape"));
  }

  // clang-format off
  return json_pack(
    "{s:o, s:{s:f, s:f, s:I, s:f, s:f, s:s, s:s, s:I, s:f, s:o}}",
    "columns",  columns,
    "settings",
    "window_s", settings->window_s,
    "hop_s",    settings->hop_s,
    "n_bands",  (json_int_t)settings->n_bands,
    "fmin_hz",  settings->fmin_hz,
    "fmax_hz",  settings->fmax_hz,
    "scale",    tmb_scale_names[settings->scale],
    "norm",     tmb_frame_norm_names[settings->norm],
    "n_coeffs", n_coeffs,
    "lifter",   settings->lifter,
    "top_db",   settings->top_db > 0.0 ? json_real(settings->top_db)
                                       : json_null());
  // clang-format on
}
