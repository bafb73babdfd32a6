// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/shuffle.h"

#include "tests/support/cmocka.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LARGE 300000U

static const struct {
  const char* label;
  uint32_t    n;
  uint32_t    n_blocks;
} sizes[] = {
  { "nothing", 0U, 0U },
  { "one", 1U, 1U },
  { "less than a block", 1023U, 1U },
  { "a block", 1024U, 1U },
  { "more than a block", 1025U, 2U },
  { "a window", TMB_SHUFFLE_WINDOW, 256U },
  { "more than a window", LARGE, 293U },
};
enum { N_SIZES = sizeof(sizes) / sizeof(*sizes) };

/// A new order of n examples, which the caller frees.
static uint32_t*
order_of(const uint32_t n, const uint64_t seed)
{
  uint32_t* const order = (uint32_t*)calloc(n + 1U, sizeof(uint32_t));
  uint32_t* const blocks =
    (uint32_t*)calloc(tmb_shuffle_blocks(n) + (size_t)1U, sizeof(uint32_t));
  assert_non_null(order);
  assert_non_null(blocks);

  TmbRandom random;
  tmb_random_init(&random, seed, 0U);
  order[n] = 0xABCDU; // One behind must stay
  tmb_shuffle(&random, n, blocks, order);
  assert_int_equal(order[n], 0xABCDU);
  free(blocks);
  return order;
}

static void
each_example_comes_once(void** const state)
{
  (void)state;
  for (size_t i = 0U; i < N_SIZES; ++i) {
    const uint32_t  n     = sizes[i].n;
    uint32_t* const order = order_of(n, 1U);
    bool* const     seen  = (bool*)calloc(n + 1U, sizeof(bool));
    assert_non_null(seen);
    assert_int_equal(tmb_shuffle_blocks(n), sizes[i].n_blocks);
    for (uint32_t j = 0U; j < n; ++j) {
      if (order[j] >= n || seen[order[j]]) {
        fail_msg("%s: %u at %u", sizes[i].label, order[j], j);
      }
      seen[order[j]] = true;
    }
    free(seen);
    free(order);
  }
}

static void
a_seed_gives_the_same_order_again_and_another_another(void** const state)
{
  (void)state;
  const size_t    size  = LARGE * sizeof(uint32_t);
  uint32_t* const first = order_of(LARGE, 1U);
  uint32_t* const again = order_of(LARGE, 1U);
  uint32_t* const other = order_of(LARGE, 2U);
  assert_memory_equal(first, again, size);
  assert_memory_not_equal(first, other, size);
  free(other);
  free(again);
  free(first);
}

static void
of_few_each_is_anywhere_equally_often(void** const state)
{
  enum { N = 5, N_SHUFFLES = 50000 };

  (void)state;
  unsigned n_at[N][N] = { { 0U } };
  for (uint64_t seed = 0U; seed < N_SHUFFLES; ++seed) {
    uint32_t* const order = order_of(N, seed);
    for (unsigned i = 0U; i < N; ++i) {
      ++n_at[i][order[i]];
    }
    free(order);
  }

  // Five deviations of 89
  for (unsigned i = 0U; i < N; ++i) {
    for (unsigned j = 0U; j < N; ++j) {
      assert_in_range(
        n_at[i][j], (N_SHUFFLES / N) - 450, (N_SHUFFLES / N) + 450);
    }
  }
}

static void
blocks_in_a_window_are_mixed_completely(void** const state)
{
  // In how many of the shuffles an example is in the first half of them
  enum { N = 2500, N_SHUFFLES = 400 };

  (void)state;
  unsigned n_first[N] = { 0U };
  unsigned n_apart    = 0U;
  for (uint64_t seed = 0U; seed < N_SHUFFLES; ++seed) {
    uint32_t* const order = order_of(N, seed);
    for (unsigned i = 0U; i < N; ++i) {
      n_first[order[i]] += i < N / 2U;
      n_apart +=
        i && order[i] / TMB_SHUFFLE_BLOCK != order[i - 1U] / TMB_SHUFFLE_BLOCK;
    }
    free(order);
  }
  for (unsigned i = 0U; i < N; ++i) {
    assert_in_range(n_first[i], 140U, 260U); // Six deviations of 10
  }

  // Neighbours are of different blocks as often as two drawn at random
  const double same = ((1024.0 * 1024.0 * 2.0) + (452.0 * 452.0)) / (N * N);
  const double part = (double)n_apart / ((double)N_SHUFFLES * (N - 1U));
  assert_true(part > 0.99 * (1.0 - same) && part < 1.01 * (1.0 - same));
}

static void
of_many_a_block_stays_within_a_window(void** const state)
{
  enum { N_WINDOWS = 2, N_BLOCKS = 293 };

  (void)state;
  uint32_t* const order                    = order_of(LARGE, 3U);
  bool            has[N_WINDOWS][N_BLOCKS] = { { false } };
  for (uint32_t i = 0U; i < LARGE; ++i) {
    has[i / TMB_SHUFFLE_WINDOW][order[i] / TMB_SHUFFLE_BLOCK] = true;
  }

  // The window's end cuts one at most; which are in the first is chance
  unsigned n_cut  = 0U;
  unsigned n_late = 0U;
  for (unsigned i = 0U; i < N_BLOCKS; ++i) {
    n_cut += has[0][i] && has[1][i];
    n_late += i < N_BLOCKS / 2U && has[1][i];
  }
  assert_in_range(n_cut, 0U, 1U);
  assert_in_range(n_late, 5U, 32U);

  // Within the window its blocks are mixed: neighbours are seldom of one
  unsigned n_together = 0U;
  for (uint32_t i = 1U; i < TMB_SHUFFLE_WINDOW; ++i) {
    n_together +=
      order[i] / TMB_SHUFFLE_BLOCK == order[i - 1U] / TMB_SHUFFLE_BLOCK;
  }
  assert_in_range(n_together, 800U, 1250U);
  free(order);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_example_comes_once),
    cmocka_unit_test(a_seed_gives_the_same_order_again_and_another_another),
    cmocka_unit_test(of_few_each_is_anywhere_equally_often),
    cmocka_unit_test(blocks_in_a_window_are_mixed_completely),
    cmocka_unit_test(of_many_a_block_stays_within_a_window),
  };
  return cmocka_run_group_tests_name("shuffle", tests, NULL, NULL);
}
