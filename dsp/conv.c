// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/conv.h"

#include <stddef.h>
#include <string.h>

/*
  Four channels of the output are made together, 16 positions of each, so that
  sums stay in registers while all taps are gone through.
*/

#define CHANNELS 4U
#define LANES 8U ///< Half of the positions
#define POSITIONS 16U

/// Arrays instead would be loaded once for each channel.
typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));

static uint64_t
round_up(const uint32_t n, const uint32_t block)
{
  return (uint64_t)((n + block - 1U) / block) * block;
}

uint64_t
tmb_conv_work(const TmbLayer* const layer)
{
  return (uint64_t)layer->in_channels * layer->width *
         round_up(layer->n_in / layer->in_channels, POSITIONS) *
         round_up(layer->out_channels, CHANNELS);
}

uint32_t
tmb_conv_scratch(const TmbLayer* const layer)
{
  const uint32_t half = layer->width / 2U;
  return layer->n_in + ((layer->in_channels + 1U) * half) + POSITIONS - 1U;
}

/// Put zeros around each channel: those behind one are before the next.  At the
/// end are those that positions beyond the last look at.
static void
pad(const TmbLayer* const layer, const float* const x, float* const padded)
{
  const size_t length = layer->n_in / layer->in_channels;
  const size_t half   = layer->width / 2U;
  memset(padded, 0, tmb_conv_scratch(layer) * sizeof(float));
  for (size_t c = 0U; c < layer->in_channels; ++c) {
    memcpy(padded + half + (c * (length + half)),
           x + (c * length),
           length * sizeof(float));
  }
}

TMB_INLINE size_t
at_most(const size_t i, const size_t largest)
{
  return (i < largest) ? i : largest;
}

/**
   Four channels from `channel` on; beyond the last one it is made again.

   @param x What the first tap of the first position is multiplied by, in a
   padded input.
   @param n Positions that are kept, at most #POSITIONS.
   @param y The first position of the first channel of all.
*/
TMB_INLINE void
make_block(const TmbLayer* const layer,
           const size_t          channel,
           const float* restrict x,
           const size_t n,
           float* restrict y)
{
  const size_t length = layer->n_in / layer->in_channels;
  const size_t stride = length + (layer->width / 2U);
  const size_t n_out  = layer->out_channels;
  size_t       channels[CHANNELS];
  Lanes        sums[CHANNELS][2];
  for (size_t j = 0U; j < CHANNELS; ++j) {
    channels[j] = at_most(channel + j, n_out - 1U);
    sums[j][0]  = (Lanes){ 0.0f } + layer->bias[channels[j]];
    sums[j][1]  = sums[j][0];
  }

  const float* restrict w = layer->weight;
  for (size_t c = 0U; c < layer->in_channels; ++c) {
    for (size_t k = 0U; k < layer->width; ++k) {
      const float* const values = x + (c * stride) + k;
      Lanes              first;
      Lanes              second;
      memcpy(&first, values, sizeof(first));
      memcpy(&second, values + LANES, sizeof(second));
      for (size_t j = 0U; j < CHANNELS; ++j) {
        sums[j][0] += w[channels[j]] * first;
        sums[j][1] += w[channels[j]] * second;
      }
      w += n_out;
    }
  }

  for (size_t j = 0U; j < CHANNELS; ++j) {
    memcpy(y + (channels[j] * length), sums[j], n * sizeof(float));
  }
}

TMB_WIDE static void
convolve(const TmbLayer* const layer, const float* const padded, float* const y)
{
  const size_t length = layer->n_in / layer->in_channels;
  for (size_t i = 0U; i < length; i += POSITIONS) {
    const size_t n = at_most(length - i, POSITIONS);
    for (size_t c = 0U; c < layer->out_channels; c += CHANNELS) {
      make_block(layer, c, padded + i, n, y + i);
    }
  }
}

void
tmb_conv_apply(const TmbLayer* const layer,
               const float* const    x,
               float* const          scratch,
               float* const          y)
{
  pad(layer, x, scratch);
  convolve(layer, scratch, y);
}
