// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/batch_maker.h"

#include "tests/support/alloc.h"
#include "tests/support/clouds.h"
#include "tests/support/cmocka.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 20U       ///< Examples
#define N_BATCH 10U ///< Of them in the batch

/// Of the batch's rows, anyhow.
static const uint32_t order[N_BATCH] = { 3U, 19U, 0U, 7U, 8U,
                                         1U, 12U, 4U, 5U, 17U };

static TmbBatchMaker
new_maker(const Clouds* const clouds,
          const double        label_smoothing,
          const double        mixup)
{
  TmbBatchMaker maker = { .label_smoothing = label_smoothing,
                          .mixup           = mixup,
                          .mixup_seed      = 5U,
                          .draw_seed       = 6U };
  assert_int_equal(tmb_batch_maker_init(&maker, &clouds->examples, N_BATCH),
                   TMB_OK);
  return maker;
}

/// What is wanted of the batch.
static TmbBatchPlan
plan_of(const Clouds* const clouds, const uint32_t first, const uint32_t n)
{
  return (TmbBatchPlan){ .examples = &clouds->examples,
                         .order    = order,
                         .n_batch  = N_BATCH,
                         .first    = first,
                         .n_rows   = n,
                         .number   = 300U };
}

/// An example's value, standardised.
static double
standard(const Clouds* const clouds, const uint32_t index, const uint32_t j)
{
  return ((double)clouds->x[(index * CLOUD_INPUTS) + j] -
          (double)clouds->mean[j]) *
         (double)clouds->scale[j];
}

static void
examples_are_standardised_and_their_classes_are_sure(void** const state)
{
  (void)state;
  Clouds* const      clouds = clouds_new(N, 1.0, 1U);
  TmbBatchMaker      maker  = new_maker(clouds, 0.0, 0.0);
  const TmbBatchPlan plan   = plan_of(clouds, 0U, N_BATCH);
  TmbBatch           batch;
  tmb_batch_make(&maker, &plan, &batch);
  assert_int_equal(batch.n_rows, N_BATCH);
  assert_int_equal(batch.n_batch, N_BATCH);
  assert_int_equal(batch.number, 300U);
  for (uint32_t i = 0U; i < N_BATCH; ++i) {
    for (uint32_t j = 0U; j < CLOUD_INPUTS; ++j) {
      const double x = (double)batch.x[(i * CLOUD_INPUTS) + j];
      assert_true(fabs(x - standard(clouds, order[i], j)) < 1e-5);
    }
    for (uint32_t j = 0U; j < CLOUD_CLASSES; ++j) {
      const float target = batch.targets[(i * CLOUD_CLASSES) + j];
      assert_true(target == ((j == clouds->classes[order[i]]) ? 1.0f : 0.0f));
    }
  }
  tmb_batch_maker_clear(&maker);
  clouds_free(clouds);
}

static void
without_an_order_the_first_examples_come(void** const state)
{
  (void)state;
  Clouds* const clouds = clouds_new(N, 1.0, 1U);
  TmbBatchMaker maker  = new_maker(clouds, 0.0, 0.0);
  TmbBatchPlan  plan   = plan_of(clouds, 4U, 3U);
  TmbBatch      batch;
  plan.order = NULL;
  tmb_batch_make(&maker, &plan, &batch);
  assert_int_equal(batch.n_rows, 3U);
  assert_int_equal(batch.number, 304U);
  for (uint32_t i = 0U; i < 3U; ++i) {
    assert_true(fabs((double)batch.x[(size_t)i * CLOUD_INPUTS] -
                     standard(clouds, 4U + i, 0U)) < 1e-5);
  }
  tmb_batch_maker_clear(&maker);
  clouds_free(clouds);
}

static void
what_is_drawn_by_chance_depends_on_its_number(void** const state)
{
  (void)state;
  Clouds* const clouds = clouds_new(N, 1.0, 1U);
  TmbBatchMaker maker  = new_maker(clouds, 0.0, 0.0);
  TmbBatchPlan  plan   = plan_of(clouds, 2U, N_BATCH - 2U);
  TmbBatch      batch;
  plan.order = NULL;
  clouds_draw_by_chance(clouds);
  tmb_batch_make(&maker, &plan, &batch);
  for (uint32_t i = 0U; i < N_BATCH - 2U; ++i) {
    TmbRandom random;
    tmb_random_init(&random, 6U, 302U + i);
    const uint32_t drawn = tmb_random_below(&random, N);
    assert_true(fabs((double)batch.x[(size_t)i * CLOUD_INPUTS] -
                     standard(clouds, drawn, 0U)) < 1e-5);
  }
  tmb_batch_maker_clear(&maker);
  clouds_free(clouds);
}

static void
smoothed_targets_sum_to_1(void** const state)
{
  static const double shares[] = { 0.1, 0.3, 0.99 };

  (void)state;
  Clouds* const clouds = clouds_new(N, 1.0, 1U);
  for (size_t r = 0U; r < sizeof(shares) / sizeof(*shares); ++r) {
    TmbBatchMaker      maker = new_maker(clouds, shares[r], 0.0);
    const TmbBatchPlan plan  = plan_of(clouds, 0U, N_BATCH);
    TmbBatch           batch;
    tmb_batch_make(&maker, &plan, &batch);
    for (uint32_t i = 0U; i < N_BATCH; ++i) {
      double sum = 0.0;
      for (uint32_t j = 0U; j < CLOUD_CLASSES; ++j) {
        const double target = (double)batch.targets[(i * CLOUD_CLASSES) + j];
        const double sure =
          (j == clouds->classes[order[i]]) ? 1.0 - shares[r] : 0.0;
        assert_true(fabs(target - sure - (shares[r] / CLOUD_CLASSES)) < 1e-6);
        sum += target;
      }
      assert_true(fabs(sum - 1.0) < 1e-6);
    }
    tmb_batch_maker_clear(&maker);
  }
  clouds_free(clouds);
}

static void
each_example_is_mixed_with_the_next_as_much_as_its_class(void** const state)
{
  (void)state;
  Clouds* const      clouds = clouds_new(N, 1.0, 1U);
  TmbBatchMaker      maker  = new_maker(clouds, 0.0, 1.0);
  const TmbBatchPlan plan   = plan_of(clouds, 0U, N_BATCH);
  TmbBatch           batch;
  double             least = 1.0;
  double             most  = 0.0;
  tmb_batch_make(&maker, &plan, &batch);
  for (uint32_t i = 0U; i < N_BATCH; ++i) {
    const uint32_t a = order[i];
    const uint32_t b = order[(i + 1U) % N_BATCH];
    TmbRandom      random;
    tmb_random_init(&random, 5U, 300U + i);
    const double share = tmb_random_beta(&random, 1.0);
    for (uint32_t j = 0U; j < CLOUD_INPUTS; ++j) {
      const double mixed = (share * standard(clouds, a, j)) +
                           ((1.0 - share) * standard(clouds, b, j));
      const double x = (double)batch.x[(i * CLOUD_INPUTS) + j];
      assert_true(fabs(x - mixed) < 1e-5);
    }
    for (uint32_t j = 0U; j < CLOUD_CLASSES; ++j) {
      const double target = (double)batch.targets[(i * CLOUD_CLASSES) + j];
      const double mixed  = (share * (double)(clouds->classes[a] == j)) +
                           ((1.0 - share) * (double)(clouds->classes[b] == j));
      assert_true(fabs(target - mixed) < 1e-6);
    }
    least = fmin(least, share);
    most  = fmax(most, share);
  }
  assert_true(most - least > 0.3); // Each as much as chance will have it
  tmb_batch_maker_clear(&maker);
  clouds_free(clouds);
}

static void
shares_of_a_batch_are_those_of_the_whole(void** const state)
{
  static const struct {
    const char* label;
    double      mixup;
    bool        is_drawn; ///< By chance
    uint32_t    ends[4];  ///< Of the shares
  } rows[] = {
    { "three shares", 0.0, false, { 3U, 6U, 10U, 10U } },
    { "three mixed shares", 0.4, false, { 3U, 6U, 10U, 10U } },
    { "shares of one", 0.4, false, { 1U, 2U, 9U, 10U } },
    { "all in one", 0.4, false, { 10U, 10U, 10U, 10U } },
    { "drawn shares", 0.0, true, { 3U, 6U, 10U, 10U } },
    { "drawn and mixed shares", 0.4, true, { 1U, 6U, 9U, 10U } },
  };

  (void)state;
  for (size_t r = 0U; r < sizeof(rows) / sizeof(*rows); ++r) {
    Clouds* const clouds = clouds_new(N, 1.0, 1U);
    if (rows[r].is_drawn) {
      clouds_draw_by_chance(clouds);
    }
    TmbBatchMaker      whole = new_maker(clouds, 0.1, rows[r].mixup);
    TmbBatchMaker      part  = new_maker(clouds, 0.1, rows[r].mixup);
    const TmbBatchPlan plan  = plan_of(clouds, 0U, N_BATCH);
    TmbBatch           all;
    tmb_batch_make(&whole, &plan, &all);

    uint32_t first = 0U;
    for (unsigned i = 0U; i < 4U && first < N_BATCH; ++i) {
      const uint32_t     n     = rows[r].ends[i] - first;
      const TmbBatchPlan share = plan_of(clouds, first, n);
      const size_t       at    = first;
      TmbBatch           batch;
      print_message("%s, from %u\n", rows[r].label, first);
      tmb_batch_make(&part, &share, &batch);
      assert_int_equal(batch.n_rows, n);
      assert_int_equal(batch.n_batch, N_BATCH);
      assert_int_equal(batch.number, 300U + first);
      assert_memory_equal(batch.x,
                          all.x + (at * CLOUD_INPUTS),
                          (size_t)n * CLOUD_INPUTS * sizeof(float));
      assert_memory_equal(batch.targets,
                          all.targets + (at * CLOUD_CLASSES),
                          (size_t)n * CLOUD_CLASSES * sizeof(float));
      first = rows[r].ends[i];
    }
    tmb_batch_maker_clear(&part);
    tmb_batch_maker_clear(&whole);
    clouds_free(clouds);
  }
}

static void
a_failed_allocation_is_reported(void** const state)
{
  (void)state;
  Clouds* const clouds = clouds_new(N, 1.0, 1U);
  TmbStatus     status = TMB_NO_MEMORY;
  for (size_t n = 0U; status; ++n) {
    TmbBatchMaker maker = { .mixup = 1.0 };
    alloc_fail_from(n);
    status = tmb_batch_maker_init(&maker, &clouds->examples, N_BATCH);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    tmb_batch_maker_clear(&maker);
  }
  clouds_free(clouds);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(examples_are_standardised_and_their_classes_are_sure),
    cmocka_unit_test(without_an_order_the_first_examples_come),
    cmocka_unit_test(what_is_drawn_by_chance_depends_on_its_number),
    cmocka_unit_test(smoothed_targets_sum_to_1),
    cmocka_unit_test(each_example_is_mixed_with_the_next_as_much_as_its_class),
    cmocka_unit_test(shares_of_a_batch_are_those_of_the_whole),
    cmocka_unit_test(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("batch_maker", tests, NULL, NULL);
}
