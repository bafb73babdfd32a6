// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/delta.h"
#include "tests/support/cmocka.h"

#include <math.h>

#define N_FRAMES 12U

static const TmbDeltaMode modes[] = { TMB_DELTA_INTERP, TMB_DELTA_NEAREST };

static void
a_constant_does_not_change(void** const state)
{
  (void)state;
  float in[N_FRAMES];
  float out[N_FRAMES];
  for (unsigned i = 0U; i < N_FRAMES; ++i) {
    in[i] = -321.0f;
  }
  for (unsigned m = 0U; m < 2U; ++m) {
    for (uint32_t order = 1U; order <= 2U; ++order) {
      assert_int_equal(tmb_delta(in, N_FRAMES, 1U, 9U, order, modes[m], out),
                       TMB_OK);
      for (unsigned i = 0U; i < N_FRAMES; ++i) {
        assert_float_equal(out[i], 0.0f, 1e-5f);
      }
    }
  }
}

static void
polynomials_have_their_derivatives_up_to_the_ends(void** const state)
{
  (void)state;
  static const uint32_t widths[] = { 3U, 5U, 9U, 11U };
  float                 in[N_FRAMES][2]; // A ramp and a parabola
  float                 out[N_FRAMES][2];
  for (unsigned i = 0U; i < N_FRAMES; ++i) {
    in[i][0] = 7.0f - (2.5f * (float)i);
    in[i][1] = 3.0f + (0.5f * (float)(i * i)) - (float)i;
  }
  for (unsigned w = 0U; w < 4U; ++w) {
    assert_int_equal(
      tmb_delta(in[0], N_FRAMES, 2U, widths[w], 1U, TMB_DELTA_INTERP, out[0]),
      TMB_OK);
    for (unsigned i = 0U; i < N_FRAMES; ++i) {
      assert_float_equal(out[i][0], -2.5f, 1e-5f);
    }

    assert_int_equal(
      tmb_delta(in[0], N_FRAMES, 2U, widths[w], 2U, TMB_DELTA_INTERP, out[0]),
      TMB_OK);
    for (unsigned i = 0U; i < N_FRAMES; ++i) {
      assert_float_equal(out[i][0], 0.0f, 1e-5f);
      assert_float_equal(out[i][1], 1.0f, 1e-5f);
    }
  }
}

static void
nearest_repeats_the_outermost_frames(void** const state)
{
  (void)state;
  static const float in[]    = { 0.0f, 1.0f, 2.0f, 3.0f };
  static const float exact[] = { 0.5f, 1.0f, 1.0f, 0.5f };
  float              out[4];
  assert_int_equal(tmb_delta(in, 4U, 1U, 3U, 1U, TMB_DELTA_NEAREST, out),
                   TMB_OK);
  for (unsigned i = 0U; i < 4U; ++i) {
    assert_float_equal(out[i], exact[i], 1e-6f);
  }
}

static void
settings_are_checked(void** const state)
{
  (void)state;
  static const struct {
    const char*  label;
    uint32_t     n_frames;
    uint32_t     width;
    uint32_t     order;
    TmbDeltaMode mode;
    TmbStatus    status;
  } rows[] = {
    { "as wide as long", 9U, 9U, 1U, TMB_DELTA_INTERP, TMB_OK },
    { "wider than long", 8U, 9U, 1U, TMB_DELTA_INTERP, TMB_BAD_ARG },
    { "wider, ends repeated", 8U, 9U, 1U, TMB_DELTA_NEAREST, TMB_OK },
    { "no frames", 0U, 9U, 1U, TMB_DELTA_INTERP, TMB_BAD_ARG },
    { "no frames, ends repeated", 0U, 9U, 1U, TMB_DELTA_NEAREST, TMB_OK },
    { "widest", 9U, 255U, 1U, TMB_DELTA_NEAREST, TMB_OK },
    { "too wide", 9U, 257U, 1U, TMB_DELTA_NEAREST, TMB_BAD_ARG },
    { "even", 9U, 8U, 1U, TMB_DELTA_INTERP, TMB_BAD_ARG },
    { "narrow", 9U, 1U, 1U, TMB_DELTA_INTERP, TMB_BAD_ARG },
    { "no width", 9U, 0U, 1U, TMB_DELTA_INTERP, TMB_BAD_ARG },
    { "no order", 9U, 9U, 0U, TMB_DELTA_INTERP, TMB_BAD_ARG },
    { "third order", 9U, 9U, 3U, TMB_DELTA_INTERP, TMB_BAD_ARG },
  };
  const float in[9] = { 0.0f };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    float           out[9];
    const TmbStatus status = tmb_delta(in,
                                       rows[r].n_frames,
                                       1U,
                                       rows[r].width,
                                       rows[r].order,
                                       rows[r].mode,
                                       out);
    if (status != rows[r].status) {
      fail_msg("%s", rows[r].label);
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_constant_does_not_change),
    cmocka_unit_test(polynomials_have_their_derivatives_up_to_the_ends),
    cmocka_unit_test(nearest_repeats_the_outermost_frames),
    cmocka_unit_test(settings_are_checked),
  };
  return cmocka_run_group_tests_name("delta", tests, NULL, NULL);
}
