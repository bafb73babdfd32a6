// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/spectrogram_image.h"

#include "trainer/mel_frames.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_S (2048.0 / 44100.0)
#define MOST_OVERLAP 128.0 ///< Windows at a time, in a short recording
#define LEAST_OVERLAP 4.0  ///< In a long one

struct TmbImageImpl {
  TmbImageConfig config;
  TmbMelFrames*  frames;
  double         hop_s;
  double         full_scale_db; ///< Level of a full-scale sine in `frames`

  uint64_t n_before; ///< Samples that are passed over at first
  uint64_t n_after;  ///< After so many, the rest is
  uint64_t n_pushed; ///< Up to now, those passed over too
  uint64_t start;    ///< Of what is seen, in samples
  uint64_t end;

  float*   columns;   ///< [max_columns][n_bands] dB of `frames`
  uint32_t n_columns; ///< The last of them may not have all its windows
  uint32_t n_windows; ///< In a column
  uint32_t n_newest;  ///< In the last column
  uint64_t first;     ///< Middle of the first window
};

/// Spread columns over a part of a recording.
static void
choose_hop(TmbImage* const self)
{
  const double longest = WINDOW_S / LEAST_OVERLAP;
  const double part_s  = self->config.end_s - self->config.start_s;
  const double whole   = part_s / (double)(self->config.max_columns - 1U);

  self->n_windows = 1U;
  self->hop_s     = longest;
  if (isfinite(part_s)) {
    self->n_windows = (uint32_t)fmin(fmax(1.0, ceil(whole / longest)), 1e9);
    self->hop_s =
      fmax(whole / (double)self->n_windows, WINDOW_S / MOST_OVERLAP);
  }
}

static TmbStatus
build(TmbImage* const self)
{
  const TmbImageConfig* const config = &self->config;
  self->columns = (float*)calloc((size_t)config->max_columns * config->n_bands,
                                 sizeof(float));
  if (!self->columns) {
    return TMB_NO_MEMORY;
  }

  const TmbMelFramesConfig frames = { .rate_hz  = config->rate_hz,
                                      .window_s = WINDOW_S,
                                      .hop_s    = self->hop_s,
                                      .n_bands  = config->n_bands,
                                      .fmin_hz  = config->fmin_hz,
                                      .fmax_hz  = config->fmax_hz,
                                      .scale    = TMB_IMAGE_SCALE,
                                      .norm     = TMB_MEL_MEAN };
  return tmb_mel_frames_new(&frames, &self->frames);
}

/// Infinite time is the end of time.
static uint64_t
to_samples(const double seconds, const double rate_hz)
{
  return (uint64_t)round(fmin(seconds * rate_hz, 9e18));
}

/// What of the recording is looked at: the first window reaches back.
static void
place(TmbImage* const self)
{
  const TmbImageConfig* const config   = &self->config;
  const uint32_t              n_window = tmb_mel_frames_window(self->frames);

  self->start    = to_samples(config->start_s, config->rate_hz);
  self->end      = to_samples(config->end_s, config->rate_hz);
  self->n_before = self->start > n_window ? self->start - n_window : 0U;
  self->n_after  = self->end + n_window;

  // A Hann window's sum is half its length, of which a sine of amplitude 1 has
  // half in its bin; and its mean power is 1/2
  self->full_scale_db =
    20.0 * log10((double)n_window / 4.0) + 10.0 * log10(2.0);
}

TmbStatus
tmb_image_new(const TmbImageConfig* const config, TmbImage** const image)
{
  *image = NULL;
  if (!(config->start_s >= 0.0 && config->end_s > config->start_s) ||
      !config->n_bands || config->n_bands > TMB_MAX_BANDS ||
      config->max_columns < 2U) {
    return TMB_BAD_ARG;
  }

  TmbImage* const self = (TmbImage*)calloc(1U, sizeof(TmbImage));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->config = *config;
  choose_hop(self);
  const TmbStatus status = build(self);
  if (status) {
    tmb_image_free(self);
    return status;
  }
  place(self);
  *image = self;
  return TMB_OK;
}

void
tmb_image_free(TmbImage* const image)
{
  if (image) {
    tmb_mel_frames_free(image->frames);
    free(image->columns);
    free(image);
  }
}

/// Make `into` the larger of both, band by band.
static void
keep_largest(float* const into, const float* const from, const uint32_t n_bands)
{
  for (uint32_t b = 0U; b < n_bands; ++b) {
    into[b] = fmaxf(into[b], from[b]);
  }
}

/// Join columns two by two, so that half of them are free again.
static void
halve(TmbImage* const self)
{
  const size_t   n_bands = self->config.n_bands;
  const uint32_t n       = self->n_columns;
  for (uint32_t i = 0U; i < n; i += 2U) {
    float* const into = self->columns + (i / 2U * n_bands);
    memmove(into, self->columns + (i * n_bands), n_bands * sizeof(float));
    if (i + 1U < n) {
      keep_largest(
        into, self->columns + ((i + 1U) * n_bands), self->config.n_bands);
    }
  }
  self->n_newest  = (n % 2U) ? self->n_windows : 2U * self->n_windows;
  self->n_columns = (n + 1U) / 2U;
  self->n_windows *= 2U;
}

/// Add a window to the last column, or begin one with it.
static void
add_window(TmbImage* const self, const float* const levels)
{
  const uint32_t n_bands = self->config.n_bands;
  if (self->n_newest == self->n_windows &&
      self->n_columns == self->config.max_columns) {
    halve(self);
  }
  if (self->n_columns && self->n_newest < self->n_windows) {
    keep_largest(self->columns + ((self->n_columns - 1U) * (size_t)n_bands),
                 levels,
                 n_bands);
    ++self->n_newest;
  } else {
    memcpy(self->columns + (self->n_columns * (size_t)n_bands),
           levels,
           n_bands * sizeof(float));
    ++self->n_columns;
    self->n_newest = 1U;
  }
}

void
tmb_image_push(TmbImage* const image, const float* samples, uint32_t n)
{
  if (image->n_pushed < image->n_before) {
    const uint64_t left = image->n_before - image->n_pushed;
    const uint32_t skip = left < n ? (uint32_t)left : n;
    image->n_pushed += skip;
    samples += skip;
    n -= skip;
  }

  const float* levels = NULL;
  do {
    const uint32_t taken =
      tmb_mel_frames_push(image->frames, samples, n, &levels);
    samples += taken;
    n -= taken;
    image->n_pushed += taken;

    if (levels) {
      const uint64_t middle =
        image->n_before + tmb_mel_frames_middle(image->frames);
      if (middle >= image->start && middle < image->end) {
        image->first = image->n_columns ? image->first : middle;
        add_window(image, levels);
      }
    }
  } while (levels && image->n_pushed < image->n_after);
}

void
tmb_image_finish(TmbImage* const image)
{
  static const float silence[256] = { 0.0f };

  for (uint32_t n_left = tmb_mel_frames_tail(image->frames); n_left;) {
    const uint32_t n = n_left < 256U ? n_left : 256U;
    tmb_image_push(image, silence, n);
    n_left -= n;
  }
  for (size_t i = 0U; i < (size_t)image->n_columns * image->config.n_bands;
       ++i) {
    const double level = (double)image->columns[i] - image->full_scale_db;
    image->columns[i]  = (float)fmax(level, TMB_IMAGE_FLOOR_DB);
  }
}

const TmbImageConfig*
tmb_image_config(const TmbImage* const image)
{
  return &image->config;
}

uint32_t
tmb_image_columns(const TmbImage* const image)
{
  return image->n_columns;
}

const float*
tmb_image_column(const TmbImage* const image, const uint32_t column)
{
  return image->columns + ((size_t)column * image->config.n_bands);
}

void
tmb_image_times(const TmbImage* const image,
                double* const         first_s,
                double* const         step_s)
{
  const double n = (double)image->n_windows;
  *first_s       = ((double)image->first / image->config.rate_hz) +
             (0.5 * (n - 1.0) * image->hop_s);
  *step_s = n * image->hop_s;
}
