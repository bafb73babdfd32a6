// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/conv.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <math.h>
#include <stddef.h>

typedef struct {
  const char* label;
  uint32_t    in_channels;
  uint32_t    length;
  uint32_t    out_channels;
  uint32_t    width;
} Row;

static const Row rows[] = {
  { "the recipe's first", 13U, 80U, 32U, 7U },
  { "the recipe's second", 32U, 40U, 48U, 5U },
  { "the recipe's third", 48U, 20U, 64U, 3U },
  { "one of everything", 1U, 1U, 1U, 1U },
  { "one value under many taps", 1U, 1U, 1U, 63U },
  { "fewer values than taps on a side", 3U, 5U, 2U, 63U },
  { "a block but one", 3U, 15U, 3U, 5U },
  { "a block", 4U, 16U, 4U, 3U },
  { "a block and one", 2U, 17U, 5U, 3U },
  { "one tap", 5U, 33U, 7U, 1U },
  { "as long as can be", 1U, 16384U, 1U, 63U },
  { "as many channels as can be", 16384U, 1U, 1U, 3U },
  { "as many outputs as can be", 1U, 1U, 16384U, 3U },
};

/// A layer on numbers of both signs, and what it makes of them.
typedef struct {
  TmbLayer layer;
  Signal   weight;
  Signal   bias;
  Signal   x;
  Signal   y;
} Case;

/// Whatever was in scratch and output before must not matter.
static Signal
new_dirty(const uint32_t n)
{
  const Signal self = signal_new(n);
  for (uint32_t i = 0U; i < n; ++i) {
    self.y[i] = NAN;
  }
  return self;
}

static Case
run_case(const Row* const row)
{
  Case self = {
    .layer  = { .kind         = TMB_CONV,
                .n_in         = row->in_channels * row->length,
                .n_out        = row->out_channels * row->length,
                .in_channels  = row->in_channels,
                .out_channels = row->out_channels,
                .width        = row->width },
    .weight = signal_new(row->in_channels * row->width * row->out_channels),
    .bias   = signal_new(row->out_channels),
    .x      = signal_new(row->in_channels * row->length),
    .y      = new_dirty(row->out_channels * row->length),
  };
  Signal scratch = new_dirty(tmb_conv_scratch(&self.layer));
  signal_fill_noise(&self.weight);
  signal_fill_noise(&self.bias);
  signal_fill_noise(&self.x);
  self.layer.weight = self.weight.y;
  self.layer.bias   = self.bias.y;
  tmb_conv_apply(&self.layer, self.x.y, scratch.y, self.y.y);
  signal_free(&scratch);
  return self;
}

static void
free_case(Case* const self)
{
  signal_free(&self->y);
  signal_free(&self->x);
  signal_free(&self->bias);
  signal_free(&self->weight);
}

/// One output, by the definition.
typedef struct {
  double exact;
  double size;     ///< Sum of the terms' magnitudes
  float  in_order; ///< Summed in the order that the header promises
} Output;

static Output
define(const Case* const self, const uint32_t channel, const uint32_t position)
{
  const TmbLayer* const l      = &self->layer;
  const uint32_t        length = l->n_in / l->in_channels;
  const float           bias   = l->bias[channel];
  Output                output = { (double)bias, fabs((double)bias), bias };
  for (uint32_t c = 0U; c < l->in_channels; ++c) {
    for (uint32_t k = 0U; k < l->width; ++k) {
      const int64_t at = (int64_t)position + k - (l->width / 2U);
      if (at >= 0 && at < length) {
        const size_t tap = ((size_t)c * l->width) + k;
        const float  w   = l->weight[(tap * l->out_channels) + channel];
        const float  x   = self->x.y[((size_t)c * length) + (size_t)at];
        output.exact += (double)w * (double)x;
        output.size += fabs((double)w * (double)x);
        output.in_order += w * x;
      }
    }
  }
  return output;
}

static void
taps_are_laid_over_values_with_zeros_around(void** const state)
{
  (void)state;
  static const float weight[] = { 1.0f, 2.0f, 3.0f };
  static const float bias[]   = { 1000.0f };
  static const float x[]      = { 1.0f, 10.0f, 100.0f };
  static const float exact[]  = { 1032.0f, 1321.0f, 1210.0f };
  const TmbLayer     layer    = { .kind         = TMB_CONV,
                                  .n_in         = 3U,
                                  .n_out        = 3U,
                                  .in_channels  = 1U,
                                  .out_channels = 1U,
                                  .width        = 3U,
                                  .weight       = weight,
                                  .bias         = bias };
  Signal             scratch  = new_dirty(tmb_conv_scratch(&layer));
  float              y[3];
  tmb_conv_apply(&layer, x, scratch.y, y);
  assert_memory_equal(y, exact, sizeof(exact));
  signal_free(&scratch);
}

static void
any_shape_agrees_with_double_precision(void** const state)
{
  (void)state;
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const Row* const row     = &rows[r];
    Case             self    = run_case(row);
    const double     n_terms = (double)row->in_channels * row->width;
    for (uint32_t i = 0U; i < self.y.n; ++i) {
      const Output output = define(&self, i / row->length, i % row->length);
      const double bound  = 0x1p-23 * sqrt(n_terms) * output.size;
      if (!(fabs((double)self.y.y[i] - output.exact) <= bound)) {
        fail_msg("%s: output %u is %.9g, not %.9g",
                 row->label,
                 i,
                 (double)self.y.y[i],
                 output.exact);
      }
    }
    free_case(&self);
  }
}

static void
order_of_sums_is_fixed(void** const state)
{
  (void)state;
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const Row* const row  = &rows[r];
    Case             self = run_case(row);
    for (uint32_t i = 0U; i < self.y.n; ++i) {
      const Output output = define(&self, i / row->length, i % row->length);
      if (!(self.y.y[i] == output.in_order)) {
        fail_msg("%s: output %u is %a, not %a",
                 row->label,
                 i,
                 (double)self.y.y[i],
                 (double)output.in_order);
      }
    }
    free_case(&self);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(taps_are_laid_over_values_with_zeros_around),
    cmocka_unit_test(any_shape_agrees_with_double_precision),
    cmocka_unit_test(order_of_sums_is_fixed),
  };
  return cmocka_run_group_tests_name("conv", tests, NULL, NULL);
}
