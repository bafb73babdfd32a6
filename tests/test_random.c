// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/random.h"

#include "tests/support/cmocka.h"

#include <math.h>
#include <stdbool.h>

#define N_DRAWS 100000U

static void
the_stream_is_that_of_the_paper(void** const state)
{
  // From the authors' C code, started with 1, 2, 3, 4
  static const uint64_t expected[] = {
    11520U, 0U, 1509978240U, 1215971899390074240U
  };

  (void)state;
  TmbRandom random = { { 1U, 2U, 3U, 4U } };
  for (size_t i = 0U; i < sizeof(expected) / sizeof(*expected); ++i) {
    assert_int_equal(tmb_random_next(&random), expected[i]);
  }
}

static void
seeds_and_streams_differ_and_repeat(void** const state)
{
  (void)state;
  TmbRandom first;
  TmbRandom again;
  TmbRandom seed;
  TmbRandom stream;
  tmb_random_init(&first, 1U, 0U);
  tmb_random_init(&again, 1U, 0U);
  tmb_random_init(&seed, 2U, 0U);
  tmb_random_init(&stream, 1U, 1U);
  for (unsigned i = 0U; i < 100U; ++i) {
    const uint64_t value = tmb_random_next(&first);
    assert_true(value == tmb_random_next(&again));
    assert_true(value != tmb_random_next(&seed));
    assert_true(value != tmb_random_next(&stream));
  }
}

static double
draw_uniform(TmbRandom* const random)
{
  return tmb_random_uniform(random);
}

static double
draw_below(TmbRandom* const random)
{
  return (double)tmb_random_below(random, 5U);
}

static double
draw_beta(TmbRandom* const random)
{
  return tmb_random_beta(random, 0.3);
}

static double
draw_wide_beta(TmbRandom* const random)
{
  return tmb_random_beta(random, 2.0);
}

static void
distributions_have_their_mean_variance_and_range(void** const state)
{
  static const struct {
    const char* name;
    double (*draw)(TmbRandom* random);
    double mean;
    double variance;
    double least;
    double largest;
  } rows[] = {
    { "uniform", draw_uniform, 0.5, 1.0 / 12.0, 0.0, 1.0 },
    { "below 5", draw_below, 2.0, 2.0, 0.0, 4.0 },
    { "normal", tmb_random_normal, 0.0, 1.0, -10.0, 10.0 },
    { "Beta(.3, .3)", draw_beta, 0.5, 0.25 / 1.6, 0.0, 1.0 },
    { "Beta(2, 2)", draw_wide_beta, 0.5, 0.05, 0.0, 1.0 },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbRandom random;
    double    sum    = 0.0;
    double    square = 0.0;
    tmb_random_init(&random, 7U, i);
    for (unsigned j = 0U; j < N_DRAWS; ++j) {
      const double x = rows[i].draw(&random);
      if (!(x >= rows[i].least && x <= rows[i].largest)) {
        fail_msg("%s gave %g", rows[i].name, x);
      }
      sum += x;
      square += x * x;
    }

    const double mean     = sum / N_DRAWS;
    const double variance = (square / N_DRAWS) - (mean * mean);
    if (fabs(mean - rows[i].mean) > 0.02 ||
        fabs(variance - rows[i].variance) > 0.03 * rows[i].variance) {
      fail_msg("%s has mean %g, variance %g", rows[i].name, mean, variance);
    }
  }
}

static void
hashes_spread_over_their_low_values(void** const state)
{
  (void)state;
  unsigned n_of[5] = { 0U };
  for (uint32_t i = 0U; i < 10000U; ++i) {
    ++n_of[tmb_hash(1U, &i, sizeof(i)) % 5U];
  }
  for (unsigned i = 0U; i < 5U; ++i) {
    assert_in_range(n_of[i], 1850U, 2150U);
  }
  assert_true(tmb_hash(1U, "a", 1U) != tmb_hash(2U, "a", 1U));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_stream_is_that_of_the_paper),
    cmocka_unit_test(seeds_and_streams_differ_and_repeat),
    cmocka_unit_test(distributions_have_their_mean_variance_and_range),
    cmocka_unit_test(hashes_spread_over_their_low_values),
  };
  return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
