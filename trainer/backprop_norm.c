// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/attributes.h"
#include "trainer/backprop_impl.h"
#include "trainer/own_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// Rows of TmbNorm.factors.
enum { SCALE, SHIFT, CENTRE, SUM, PRODUCT, SLOPE, OFFSET, N_FACTORS };

/// Rows of TmbNorm.moments.
enum { MEAN, VARIANCE, ALL_SUM, ALL_PRODUCT, N_MOMENTS };

TmbStatus
tmb_norm_init(TmbNorm* const norm, const uint32_t n_channels)
{
  norm->n_channels = n_channels;
  norm->moments =
    (double*)calloc((size_t)N_MOMENTS * n_channels, sizeof(double));
  norm->factors = tmb_new_floats((size_t)N_FACTORS * n_channels);
  return (norm->moments && norm->factors) ? TMB_OK : TMB_NO_MEMORY;
}

void
tmb_norm_clear(TmbNorm* const norm)
{
  free(norm->factors);
  free(norm->moments);
}

static float*
factors_of(const TmbNorm* const norm, const size_t row)
{
  return norm->factors + (row * norm->n_channels);
}

static double*
moments_of(const TmbNorm* const norm, const size_t row)
{
  return norm->moments + (row * norm->n_channels);
}

void
tmb_norm_begin(TmbNorm* const norm)
{
  norm->n = 0U;
  memset(
    norm->moments, 0, (size_t)N_MOMENTS * norm->n_channels * sizeof(double));
}

/// Sums of each channel, of `n` values.
TMB_WIDE static void
add_up(const float* restrict values,
       const size_t   n,
       const uint32_t n_channels,
       float* const restrict sums)
{
  memset(sums, 0, n_channels * sizeof(float));
  for (size_t i = 0U; i < n; ++i) {
    for (uint32_t c = 0U; c < n_channels; ++c) {
      sums[c] += values[c];
    }
    values += n_channels;
  }
}

/// Sums of their squared deviations.
TMB_WIDE static void
add_up_squares(const float* restrict values,
               const size_t   n,
               const uint32_t n_channels,
               const float* const restrict means,
               float* const restrict sums)
{
  memset(sums, 0, n_channels * sizeof(float));
  for (size_t i = 0U; i < n; ++i) {
    for (uint32_t c = 0U; c < n_channels; ++c) {
      const float deviation = values[c] - means[c];
      sums[c] += deviation * deviation;
    }
    values += n_channels;
  }
}

void
tmb_norm_take(TmbNorm* const norm, const float* const values, const size_t n)
{
  float* const  sums     = factors_of(norm, SUM);
  float* const  means    = factors_of(norm, CENTRE);
  double* const mean     = moments_of(norm, MEAN);
  double* const variance = moments_of(norm, VARIANCE);
  const double  n_before = (double)norm->n;
  const double  share    = (double)n / (n_before + (double)n);
  add_up(values, n, norm->n_channels, sums);
  for (uint32_t c = 0U; c < norm->n_channels; ++c) {
    means[c] = sums[c] / (float)n;
  }

  // Of two parts: that within them, and that between them
  add_up_squares(values, n, norm->n_channels, means, sums);
  for (uint32_t c = 0U; c < norm->n_channels; ++c) {
    const double within = (double)sums[c] / (double)n;
    const double apart  = (double)means[c] - mean[c];
    mean[c] += share * apart;
    variance[c] +=
      share * (within - variance[c] + ((1.0 - share) * apart * apart));
  }
  norm->n += n;
}

static void
set_factors(const TmbLayer* const layer,
            const float* const    gain,
            const TmbNorm* const  norm)
{
  float* const        scale    = factors_of(norm, SCALE);
  float* const        shift    = factors_of(norm, SHIFT);
  float* const        centre   = factors_of(norm, CENTRE);
  const double* const mean     = moments_of(norm, MEAN);
  const double* const variance = moments_of(norm, VARIANCE);
  for (uint32_t c = 0U; c < norm->n_channels; ++c) {
    const double factor =
      gain ? (double)gain[c] / sqrt(variance[c] + TMB_NORM_EPSILON) : 1.0;
    scale[c]  = (float)factor;
    centre[c] = (float)mean[c];
    shift[c]  = (float)((double)layer->bias[c] - (factor * mean[c]));
  }
}

/// y = max(0, scale x + shift)
TMB_WIDE static void
scale_and_rectify(const float* restrict x,
                  const size_t   n,
                  const uint32_t n_channels,
                  const float* const restrict scale,
                  const float* const restrict shift,
                  float* restrict y)
{
  for (size_t i = 0U; i < n; ++i) {
    for (uint32_t c = 0U; c < n_channels; ++c) {
      const float value = (scale[c] * x[c]) + shift[c];
      y[c]              = (value > 0.0f) ? value : 0.0f;
    }
    x += n_channels;
    y += n_channels;
  }
}

void
tmb_norm_forward(const TmbLayer* const layer,
                 const float* const    gain,
                 const uint32_t        n_rows,
                 TmbTrace* const       trace)
{
  const TmbNorm* const norm = &trace->norm;
  set_factors(layer, gain, norm);
  for (uint32_t row = 0U; row < n_rows; ++row) {
    scale_and_rectify(trace->sums + ((size_t)row * layer->n_out),
                      trace->length,
                      norm->n_channels,
                      factors_of(norm, SCALE),
                      factors_of(norm, SHIFT),
                      trace->output + tmb_trace_begin(trace, row));
  }
}

/// Take the rectifier back, and sum each channel's gradient, and its product
/// with what was normalised.
TMB_WIDE static void
rectify_back(const float* restrict y,
             const float* restrict x,
             const size_t   n,
             const uint32_t n_channels,
             const float* const restrict mean,
             float* restrict delta,
             float* const restrict sums,
             float* const restrict products)
{
  memset(sums, 0, n_channels * sizeof(float));
  memset(products, 0, n_channels * sizeof(float));
  for (size_t i = 0U; i < n; ++i) {
    for (uint32_t c = 0U; c < n_channels; ++c) {
      const float d = (y[c] > 0.0f) ? delta[c] : 0.0f;
      sums[c] += d;
      products[c] += d * (x[c] - mean[c]);
      delta[c] = d;
    }
    y += n_channels;
    x += n_channels;
    delta += n_channels;
  }
}

/// x = scale delta + slope x + offset
TMB_WIDE static void
normalise_back(float* restrict x,
               const float* restrict delta,
               const size_t   n,
               const uint32_t n_channels,
               const float* const restrict scale,
               const float* const restrict slope,
               const float* const restrict offset)
{
  for (size_t i = 0U; i < n; ++i) {
    for (uint32_t c = 0U; c < n_channels; ++c) {
      x[c] = (scale[c] * delta[c]) + ((slope[c] * x[c]) + offset[c]);
    }
    x += n_channels;
    delta += n_channels;
  }
}

/// Sum up the gradients of all rows.
static void
sum_gradients(const TmbNorm* const norm,
              const uint32_t       n_rows,
              TmbTrace* const      trace)
{
  const size_t  n        = (size_t)trace->length * trace->channels;
  float* const  sums     = factors_of(norm, SUM);
  float* const  products = factors_of(norm, PRODUCT);
  double* const sum      = moments_of(norm, ALL_SUM);
  double* const product  = moments_of(norm, ALL_PRODUCT);
  for (uint32_t row = 0U; row < n_rows; ++row) {
    const size_t begin = tmb_trace_begin(trace, row);
    rectify_back(trace->output + begin,
                 trace->sums + (row * n),
                 trace->length,
                 norm->n_channels,
                 factors_of(norm, CENTRE),
                 trace->delta + begin,
                 sums,
                 products);
    for (uint32_t c = 0U; c < norm->n_channels; ++c) {
      sum[c] += (double)sums[c];
      product[c] += (double)products[c];
    }
  }
}

void
tmb_norm_backward(const float* const gain,
                  const uint32_t     n_rows,
                  TmbTrace* const    trace,
                  float* const       d_bias,
                  float* const       d_gain)
{
  const TmbNorm* const norm     = &trace->norm;
  float* const         scale    = factors_of(norm, SCALE);
  float* const         slope    = factors_of(norm, SLOPE);
  float* const         offset   = factors_of(norm, OFFSET);
  const double* const  variance = moments_of(norm, VARIANCE);
  sum_gradients(norm, n_rows, trace);
  for (uint32_t c = 0U; c < norm->n_channels; ++c) {
    const double inverse = 1.0 / (variance[c] + TMB_NORM_EPSILON);
    const double sum     = moments_of(norm, ALL_SUM)[c];
    const double product = moments_of(norm, ALL_PRODUCT)[c];
    const double factor  = (double)gain[c] * sqrt(inverse) / (double)norm->n;
    const double steep   = -factor * inverse * product;
    d_bias[c]            = (float)sum;
    d_gain[c]            = (float)(product * sqrt(inverse));
    slope[c]             = (float)steep;
    offset[c] = (float)(-(factor * sum) - (steep * moments_of(norm, MEAN)[c]));
  }
  for (uint32_t row = 0U; row < n_rows; ++row) {
    normalise_back(trace->sums +
                     ((size_t)row * trace->length * trace->channels),
                   trace->delta + tmb_trace_begin(trace, row),
                   trace->length,
                   norm->n_channels,
                   scale,
                   slope,
                   offset);
  }
}
