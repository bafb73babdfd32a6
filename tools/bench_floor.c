// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tools/bench_floor.h"

#include "dsp/fft.h"
#include "dsp/spectrum.h"
#include "tools/bench_clock.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_PLANS 2U

struct BenchFloorImpl {
  uint32_t       n_window;
  uint32_t       n_fft;
  double         hop;
  float*         window; ///< [n_window]
  float*         input;  ///< [n_fft]
  fftwf_complex* output; ///< [n_fft / 2 + 1]
  float*         power;  ///< [n_fft / 2 + 1]
  fftwf_plan     plans[N_PLANS];
  double         best_s;
};

BenchFloor*
bench_floor_new(const uint32_t n_window, const double hop)
{
  static const unsigned kinds[N_PLANS] = { FFTW_ESTIMATE, FFTW_MEASURE };

  BenchFloor* const self = (BenchFloor*)calloc(1U, sizeof(BenchFloor));
  if (!self) {
    return NULL;
  }

  const uint32_t n_fft = tmb_fft_length(n_window);
  self->n_window       = n_window;
  self->n_fft          = n_fft;
  self->hop            = hop;
  self->window         = fftwf_alloc_real(n_window);
  self->input          = fftwf_alloc_real(n_fft);
  self->output         = fftwf_alloc_complex((n_fft / 2U) + 1U);
  self->power          = fftwf_alloc_real((n_fft / 2U) + 1U);
  self->best_s         = HUGE_VAL;
  if (!self->window || !self->input || !self->output || !self->power) {
    bench_floor_free(self);
    return NULL;
  }

  tmb_hann(self->window, n_window);
  for (unsigned i = 0U; i < N_PLANS; ++i) {
    self->plans[i] =
      fftwf_plan_dft_r2c_1d((int)n_fft, self->input, self->output, kinds[i]);
  }
  memset(self->input, 0, n_fft * sizeof(float)); // Measuring fills it
  return self;
}

void
bench_floor_free(BenchFloor* const self)
{
  if (self) {
    for (unsigned i = 0U; i < N_PLANS; ++i) {
      fftwf_destroy_plan(self->plans[i]);
    }
    fftwf_free(self->power);
    fftwf_free(self->output);
    fftwf_free(self->input);
    fftwf_free(self->window);
    free(self);
  }
}

static void
transform(BenchFloor* const  self,
          const fftwf_plan   plan,
          const float* const samples)
{
  for (uint32_t i = 0U; i < self->n_window; ++i) {
    self->input[i] = samples[i] * self->window[i];
  }
  fftwf_execute(plan);
  for (uint32_t k = 0U; k <= self->n_fft / 2U; ++k) {
    const float re = self->output[k][0];
    const float im = self->output[k][1];
    self->power[k] = (re * re) + (im * im);
  }
}

double
bench_floor_time(BenchFloor* const  self,
                 const float* const samples,
                 const uint32_t     n)
{
  for (unsigned i = 0U; i < N_PLANS; ++i) {
    const double begun  = bench_cpu_s();
    uint32_t     n_done = 0U;
    double       at     = 0.0;
    while (at + (double)self->n_window <= (double)n) {
      transform(self, self->plans[i], samples + (size_t)at);
      at += self->hop;
      ++n_done;
    }
    self->best_s = fmin(self->best_s, (bench_cpu_s() - begun) / (double)n_done);
  }
  return self->best_s;
}
