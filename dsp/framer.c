// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/framer.h"

#include "dsp/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_SAMPLE 1e6f    ///< Beyond it is no sound, but a fault
#define SMALLEST_SAMPLE 1e-15f ///< Below it arithmetic would turn denormal

struct TmbFramerImpl {
  uint32_t n_window;
  double   hop;      ///< In samples
  uint64_t index;    ///< Of the window that is being filled or was given out
  uint32_t n_filled; ///< Samples of it that are there
  float*   buffer;   ///< [n_window]
};

TmbStatus
tmb_framer_new(const uint32_t    n_window,
               const double      hop,
               TmbFramer** const framer)
{
  *framer = NULL;
  if (!n_window || n_window > TMB_MAX_FFT || !(hop >= 1.0) ||
      hop > (double)n_window) {
    return TMB_BAD_ARG;
  }

  TmbFramer* const self = (TmbFramer*)calloc(1U, sizeof(TmbFramer));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->n_window = n_window;
  self->hop      = hop;
  self->buffer   = (float*)calloc(n_window, sizeof(float));
  if (!self->buffer) {
    tmb_framer_free(self);
    return TMB_NO_MEMORY;
  }

  tmb_framer_reset(self);
  *framer = self;
  return TMB_OK;
}

void
tmb_framer_free(TmbFramer* const framer)
{
  if (framer) {
    free(framer->buffer);
    free(framer);
  }
}

void
tmb_framer_reset(TmbFramer* const framer)
{
  // Half a window of silence comes first, so that window 0 is centred on 0
  memset(framer->buffer, 0, framer->n_window * sizeof(float));
  framer->n_filled = framer->n_window / 2U;
  framer->index    = 0U;
}

uint64_t
tmb_framer_middle(const TmbFramer* const framer)
{
  return (uint64_t)(((double)framer->index * framer->hop) + 0.5);
}

/// Copy what can be sound, else zero; written so that it vectorises.
static void
copy_clean(float* const out, const float* const in, const uint32_t n)
{
  for (uint32_t i = 0U; i < n; ++i) {
    const float size = fabsf(in[i]);

    out[i] = (size >= SMALLEST_SAMPLE && size <= LARGEST_SAMPLE) ? in[i] : 0.0f;
  }
}

uint32_t
tmb_framer_push(TmbFramer* const    framer,
                const float* const  samples,
                const uint32_t      n,
                const float** const window)
{
  *window = NULL;

  // The window that was given out last makes room only now
  if (framer->n_filled == framer->n_window) {
    const uint64_t middle = tmb_framer_middle(framer);
    ++framer->index;

    const uint32_t n_hop = (uint32_t)(tmb_framer_middle(framer) - middle);
    framer->n_filled     = framer->n_window - n_hop;
    memmove(
      framer->buffer, framer->buffer + n_hop, framer->n_filled * sizeof(float));
  }

  const uint32_t n_missing = framer->n_window - framer->n_filled;
  const uint32_t n_taken   = (n < n_missing) ? n : n_missing;
  copy_clean(framer->buffer + framer->n_filled, samples, n_taken);
  framer->n_filled += n_taken;
  if (framer->n_filled == framer->n_window) {
    *window = framer->buffer;
  }
  return n_taken;
}
