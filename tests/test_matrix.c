// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/matrix.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <math.h>
#include <stddef.h>

static void
product_is_added_for_any_shape(void** const state)
{
  (void)state;
  static const uint32_t lengths[] = { 1U, 2U, 3U, 4U, 5U, 7U, 8U, 40U, 481U };
  enum { N_LENGTHS = sizeof(lengths) / sizeof(lengths[0]) };
  for (unsigned r = 0U; r < N_LENGTHS * N_LENGTHS; ++r) {
    const uint32_t n_in   = lengths[r / N_LENGTHS];
    const uint32_t n_out  = lengths[r % N_LENGTHS];
    Signal         weight = signal_new(n_in * n_out);
    Signal         x      = signal_new(n_in);
    Signal         y      = signal_new(n_out);
    signal_fill_noise(&weight);
    signal_fill_noise(&x);
    signal_fill_noise(&y);
    Signal before = signal_new(n_out);
    signal_fill_noise(&before);
    tmb_matrix_add(weight.y, x.y, n_in, n_out, y.y);
    for (size_t o = 0U; o < n_out; ++o) {
      double exact = (double)before.y[o];
      for (size_t i = 0U; i < n_in; ++i) {
        exact += (double)weight.y[(i * n_out) + o] * (double)x.y[i];
      }
      if (!(fabs((double)y.y[o] - exact) <= 3e-8 * (double)(n_in + 8U))) {
        fail_msg("%u inputs, %u outputs: %.9g, not %.9g",
                 n_in,
                 n_out,
                 (double)y.y[o],
                 exact);
      }
    }
    signal_free(&before);
    signal_free(&y);
    signal_free(&x);
    signal_free(&weight);
  }
}

static void
order_of_sums_is_fixed(void** const state)
{
  (void)state;
  // In any other order these are not what they are
  static const float ones[]  = { 1.0f, 1.0f, 1.0f, 1.0f, 1.0f };
  static const float large[] = { 1e8f, 3.0f, -1e8f, 3.0f, 3.0f };
  float              y       = 1.0f;
  tmb_matrix_add(large, ones, 5U, 1U, &y);

  const float low  = 1e8f + 3.0f;
  const float high = -1e8f + 3.0f;
  const float four = 1.0f + (low + high);
  assert_true(y == four + 3.0f);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(product_is_added_for_any_shape),
    cmocka_unit_test(order_of_sums_is_fixed),
  };
  return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
