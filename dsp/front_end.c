// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/front_end.h"

#include "dsp/spectrum.h"

#include <math.h>
#include <stdbool.h>

const TmbFrontEnd tmb_default_front_end = {
  .rate_hz    = 44100.0,
  .window_s   = 2048.0 / 44100.0,
  .hop_s      = 512.0 / 44100.0,
  .n_bands    = 80U,
  .fmin_hz    = 30.0,
  .fmax_hz    = 10800.0,
  .scale      = TMB_MEL_HTK,
  .norm       = TMB_MEL_MEAN,
  .n_coeffs   = 80U,
  .floor_db   = 80.0,
  .n_before   = 3U,
  .n_segments = 12U,
  .edges      = { 0U, 3U, 4U, 5U, 6U, 8U, 10U, 14U, 18U, 23U, 29U, 36U, 44U },
  .n_ages     = 5U,
  .ages       = { { 50U, 6U },
                  { 100U, 10U },
                  { 150U, 14U },
                  { 250U, 23U },
                  { 500U, 44U } },
};

static bool
times_are_valid(const TmbFrontEnd* const self)
{
  return self->rate_hz >= 8000.0 && self->rate_hz <= 384000.0 &&
         self->window_s >= 0.001 &&
         self->window_s * 384000.0 <= (double)TMB_MAX_FFT &&
         self->hop_s >= 0.002 && self->hop_s >= self->window_s / 16.0 &&
         self->hop_s <= self->window_s;
}

static bool
segments_are_valid(const TmbFrontEnd* const self)
{
  if (!self->n_segments || self->n_segments > TMB_MAX_SEGMENTS ||
      self->edges[0] || self->edges[self->n_segments] > TMB_MAX_NOTE_FRAMES) {
    return false;
  }
  for (uint32_t i = 0U; i < self->n_segments; ++i) {
    if (self->edges[i] >= self->edges[i + 1U]) {
      return false;
    }
  }
  return self->n_before < self->edges[self->n_segments];
}

static bool
ages_are_valid(const TmbFrontEnd* const self)
{
  if (!self->n_ages || self->n_ages > TMB_MAX_AGES ||
      self->ages[0].n_frames <= self->n_before) {
    return false;
  }
  for (uint32_t i = 1U; i < self->n_ages; ++i) {
    if (self->ages[i].ms <= self->ages[i - 1U].ms ||
        self->ages[i].n_frames <= self->ages[i - 1U].n_frames) {
      return false;
    }
  }
  return self->ages[self->n_ages - 1U].ms <= 60000U &&
         self->ages[self->n_ages - 1U].n_frames <=
           self->edges[self->n_segments];
}

TmbStatus
tmb_front_end_check(const TmbFrontEnd* const self, TmbMessage* const why)
{
  if (!times_are_valid(self)) {
    return tmb_fail(
      TMB_BAD_ARG, why, "the rate, window or hop is out of range");
  }
  if (!self->n_bands || self->n_bands > TMB_MAX_BANDS || !self->n_coeffs ||
      self->n_coeffs > self->n_bands) {
    return tmb_fail(TMB_BAD_ARG, why, "the bands or coefficients are too many");
  }
  if (!(self->fmin_hz >= 0.0) || !(self->fmax_hz > self->fmin_hz) ||
      !(self->fmax_hz <= 192000.0)) {
    return tmb_fail(
      TMB_BAD_ARG, why, "the bands' frequencies are out of range");
  }
  if (!(self->floor_db >= 1.0 && self->floor_db <= 200.0)) {
    return tmb_fail(TMB_BAD_ARG, why, "the floor is not 1 to 200 dB");
  }
  if (!segments_are_valid(self)) {
    return tmb_fail(TMB_BAD_ARG, why, "the note's segments are out of order");
  }
  if (!ages_are_valid(self)) {
    return tmb_fail(TMB_BAD_ARG, why, "the decision ages are out of order");
  }
  return TMB_OK;
}

uint32_t
tmb_front_end_note_frames(const TmbFrontEnd* const self)
{
  return self->edges[self->n_segments];
}

uint32_t
tmb_front_end_features(const TmbFrontEnd* const self)
{
  return (self->n_segments * self->n_coeffs) + 1U;
}

uint32_t
tmb_front_end_age(const TmbFrontEnd* const self, const double ms)
{
  uint32_t nearest = 0U;
  for (uint32_t i = 1U; i < self->n_ages; ++i) {
    if (fabs((double)self->ages[i].ms - ms) <
        fabs((double)self->ages[nearest].ms - ms)) {
      nearest = i;
    }
  }
  return nearest;
}

uint32_t
tmb_front_end_reached(const TmbFrontEnd* const self, const uint32_t n_frames)
{
  uint32_t age = 0U;
  while (age + 1U < self->n_ages && self->ages[age + 1U].n_frames <= n_frames) {
    ++age;
  }
  return age;
}
