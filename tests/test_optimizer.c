// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/optimizer.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "trainer/random.h"

#include <math.h>
#include <string.h>

#define N_MANY 1003U

static TmbOptimizer
new_optimizer(const TmbMethod method, const size_t n)
{
  TmbOptimizer optimizer;
  assert_int_equal(tmb_optimizer_init(&optimizer, method, n), TMB_OK);
  return optimizer;
}

static void
steps_are_those_worked_out_by_hand(void** const state)
{
  // A weight of 2 with the gradients .5, then -1, at the rate .1.  Corrected
  // for their beginning, Adam's means are g at first, then of gradients g1, g2
  // (.09 g1 + .1 g2) / .19 and of squares (.000999 g1^2 + .001 g2^2) / .001999.
  static const struct {
    const char* label;
    TmbMethod   method;
    double      decay;
    double      after[2];
  } rows[] = {
    // 2 - .1, then - .1 * (-.055 / .19) / sqrt(.00124975 / .001999)
    { "Adam", TMB_ADAM, 0.0, { 1.9, 1.9366103 } },
    // The gradient is .5 + .25 * 2 = 1: 2 - .1; then -1 + .25 * 1.9 = -.525:
    // - .1 * (.0375 / .19) / sqrt(.001274625 / .001999)
    { "Adam with decay", TMB_ADAM, 0.25, { 1.9, 1.8752833 } },
    // Each weight loses a fortieth before its step: 1.95 - .1, then 1.80375
    { "AdamW", TMB_ADAMW, 0.25, { 1.85, 1.8403603 } },
    // 2 - .05; the sum is .9 * .5 - 1 = -.55
    { "SGD", TMB_SGD, 0.0, { 1.95, 2.005 } },
    // 2 - .1; the sum is .9 * 1 - 1 + .25 * 1.9 = .375
    { "SGD with decay", TMB_SGD, 0.25, { 1.9, 1.8625 } },
  };
  static const float gradients[2] = { 0.5f, -1.0f };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    float        weight    = 2.0f;
    TmbOptimizer optimizer = new_optimizer(rows[i].method, 1U);
    for (uint64_t j = 0U; j < 2U; ++j) {
      const TmbStep step = { j + 1U, 0.1, rows[i].decay };
      tmb_optimizer_step(&optimizer, &step, 0U, 1U, &weight, &gradients[j]);
      if (!(fabs((double)weight - rows[i].after[j]) <= 2e-6)) {
        fail_msg("%s: %.8g after step %u, not %.8g",
                 rows[i].label,
                 (double)weight,
                 (unsigned)j + 1U,
                 rows[i].after[j]);
      }
    }
    tmb_optimizer_clear(&optimizer);
  }
}

static void
the_first_step_of_adam_is_the_rate_whatever_the_gradients_size(
  void** const state)
{
  static const float gradient[4] = { 1e-4f, -3.0f, 1e6f, 0.0f };

  (void)state;
  float         weights[4] = { 0.0f };
  const TmbStep step       = { 1U, 0.01, 0.0 };
  TmbOptimizer  optimizer  = new_optimizer(TMB_ADAM, 4U);
  tmb_optimizer_step(&optimizer, &step, 0U, 4U, weights, gradient);
  assert_true(fabsf(weights[0] + 0.01f) < 2e-6f);
  assert_true(fabsf(weights[1] - 0.01f) < 1e-7f);
  assert_true(fabsf(weights[2] + 0.01f) < 1e-7f);
  assert_true(weights[3] == 0.0f);
  tmb_optimizer_clear(&optimizer);
}

/// Three steps with any gradients, in shares that end at `ends`.
static void
take_steps(TmbOptimizer* const optimizer,
           const size_t* const ends,
           const size_t        n_shares,
           float* const        weights)
{
  TmbRandom random;
  tmb_random_init(&random, 1U, 0U);
  for (size_t i = 0U; i < N_MANY; ++i) {
    weights[i] = (float)tmb_random_normal(&random);
  }
  for (uint64_t number = 1U; number <= 3U; ++number) {
    const TmbStep step = { number, 0.01, 0.1 };
    float         gradient[N_MANY];
    for (size_t i = 0U; i < N_MANY; ++i) {
      gradient[i] = (float)tmb_random_normal(&random);
    }
    size_t first = 0U;
    for (size_t i = 0U; i < n_shares; ++i) {
      tmb_optimizer_step(
        optimizer, &step, first, ends[i] - first, weights, gradient);
      first = ends[i];
    }
  }
}

static void
shares_give_the_same_bits_as_the_whole(void** const state)
{
  static const size_t whole[1] = { N_MANY };
  static const size_t parts[4] = { 1U, 64U, 64U, N_MANY };

  (void)state;
  for (int method = TMB_ADAM; method <= TMB_SGD; ++method) {
    float        ours[N_MANY];
    float        theirs[N_MANY];
    TmbOptimizer one  = new_optimizer((TmbMethod)method, N_MANY);
    TmbOptimizer many = new_optimizer((TmbMethod)method, N_MANY);
    take_steps(&one, whole, 1U, ours);
    take_steps(&many, parts, 4U, theirs);
    assert_memory_equal(ours, theirs, sizeof(ours));
    assert_memory_equal(one.mean, many.mean, sizeof(ours));
    if (method == TMB_SGD) {
      assert_null(one.square);
    } else {
      assert_memory_equal(one.square, many.square, sizeof(ours));
    }
    tmb_optimizer_clear(&many);
    tmb_optimizer_clear(&one);
  }
}

static void
methods_have_their_names(void** const state)
{
  (void)state;
  assert_string_equal(tmb_method_names[TMB_ADAM], "adam");
  assert_string_equal(tmb_method_names[TMB_ADAMW], "adamw");
  assert_string_equal(tmb_method_names[TMB_SGD], "sgd");
  assert_null(tmb_method_names[TMB_SGD + 1]);
}

static void
a_failed_allocation_is_reported(void** const state)
{
  (void)state;
  for (int method = TMB_ADAM; method <= TMB_SGD; ++method) {
    TmbStatus status = TMB_NO_MEMORY;
    for (size_t n = 0U; status; ++n) {
      TmbOptimizer optimizer;
      alloc_fail_from(n);
      status            = tmb_optimizer_init(&optimizer, (TmbMethod)method, 8U);
      const bool failed = alloc_restore();
      assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
      tmb_optimizer_clear(&optimizer);
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(steps_are_those_worked_out_by_hand),
    cmocka_unit_test(
      the_first_step_of_adam_is_the_rate_whatever_the_gradients_size),
    cmocka_unit_test(shares_give_the_same_bits_as_the_whole),
    cmocka_unit_test(methods_have_their_names),
    cmocka_unit_test(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("optimizer", tests, NULL, NULL);
}
