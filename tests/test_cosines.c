// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/cosines.h"

#include "dsp/mfcc.h"
#include "tests/support/cmocka.h"

#include <math.h>

static const uint32_t sizes[] = { 1U, 2U, 8U, 9U, 40U, 80U, 256U };

static void
they_are_the_mfcc_after_the_first(void** const state)
{
  (void)state;
  for (size_t i = 0U; i < sizeof(sizes) / sizeof(*sizes); ++i) {
    TmbCosines cosines;
    TmbMfcc*   mfcc = NULL;
    float      levels[TMB_MAX_BANDS];
    float      coeffs[TMB_MAX_BANDS];
    float      weights[TMB_N_COSINES];
    tmb_cosines_init(&cosines, sizes[i]);
    assert_int_equal(tmb_mfcc_new(sizes[i], sizes[i], 0.0, &mfcc), TMB_OK);
    for (uint32_t b = 0U; b < sizes[i]; ++b) {
      levels[b] = (float)((b * 37U) % 23U) - 40.0f;
    }
    tmb_mfcc_apply(mfcc, levels, coeffs);
    tmb_cosines_find(&cosines, levels, weights);
    for (uint32_t k = 0U; k < TMB_N_COSINES; ++k) {
      const float expected = (k + 1U < sizes[i]) ? coeffs[k + 1U] : 0.0f;
      if (!(fabsf(weights[k] - expected) < 1e-3f)) {
        fail_msg("%u of %u bands", k, sizes[i]);
      }
    }
    tmb_mfcc_free(mfcc);
  }
}

static void
what_is_added_is_found(void** const state)
{
  (void)state;
  for (size_t i = 3U; i < sizeof(sizes) / sizeof(*sizes); ++i) {
    static const float before[TMB_N_COSINES] = {
      3.0f, -1.0f, 2.0f, 0.5f, 4.0f
    };

    TmbCosines cosines;
    float      levels[TMB_MAX_BANDS];
    float      weights[TMB_N_COSINES];
    tmb_cosines_init(&cosines, sizes[i]);
    for (uint32_t b = 0U; b < sizes[i]; ++b) {
      levels[b] = -40.0f; // Which is none of them
    }
    tmb_cosines_add(&cosines, before, 4U, levels);
    tmb_cosines_find(&cosines, levels, weights);
    for (uint32_t k = 0U; k < TMB_N_COSINES; ++k) {
      assert_true(fabsf(weights[k] - ((k < 4U) ? before[k] : 0.0f)) < 1e-3f);
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(they_are_the_mfcc_after_the_first),
    cmocka_unit_test(what_is_added_is_found),
  };
  return cmocka_run_group_tests_name("cosines", tests, NULL, NULL);
}
