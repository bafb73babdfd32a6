// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/digest.h"
#include "tests/support/cmocka.h"

static uint64_t
digest_of(const uint64_t* const values, const size_t n)
{
  TmbDigest digest = { 0U };
  for (size_t i = 0U; i < n; ++i) {
    tmb_digest_add(&digest, values[i]);
  }
  return digest.bits;
}

/// With nothing added but zeros it is SplitMix64 from seed 0, but that each
/// number is the next one's state.
static void
zero_gives_the_first_number_of_splitmix64(void** const state)
{
  (void)state;
  static const uint64_t zero = 0U;
  assert_true(digest_of(&zero, 1U) == UINT64_C(0xE220A8397B1DCDAF));
}

static void
each_bit_of_each_value_counts(void** const state)
{
  (void)state;
  enum { N = 5 };
  uint64_t       values[N] = { 3U, 1U, 4U, 1U, 5U };
  const uint64_t as_it_was = digest_of(values, N);
  for (size_t i = 0U; i < N; ++i) {
    for (unsigned bit = 0U; bit < 64U; ++bit) {
      values[i] ^= UINT64_C(1) << bit;
      assert_true(digest_of(values, N) != as_it_was);
      values[i] ^= UINT64_C(1) << bit;
    }
  }
  assert_true(digest_of(values, N) == as_it_was);
}

static void
order_and_number_count(void** const state)
{
  (void)state;
  static const uint64_t rows[][3] = { { 0U, 0U, 1U },
                                      { 0U, 1U, 0U },
                                      { 1U, 0U, 0U } };
  assert_true(digest_of(rows[0], 3U) != digest_of(rows[1], 3U));
  assert_true(digest_of(rows[1], 3U) != digest_of(rows[2], 3U));
  assert_true(digest_of(rows[0], 1U) != digest_of(rows[0], 2U));
  assert_true(digest_of(rows[0], 1U) != digest_of(rows[0], 0U));
}

static void
floats_count_by_their_bits(void** const state)
{
  (void)state;
  static const float    floats[] = { 1.0f, -0.0f, -2.5f };
  static const uint64_t bits[]   = { 0x3F800000U, 0x80000000U, 0xC0200000U };
  TmbDigest             digest   = { 0U };
  tmb_digest_add_floats(&digest, floats, 3U);
  assert_true(digest.bits == digest_of(bits, 3U));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(zero_gives_the_first_number_of_splitmix64),
    cmocka_unit_test(each_bit_of_each_value_counts),
    cmocka_unit_test(order_and_number_count),
    cmocka_unit_test(floats_count_by_their_bits),
  };
  return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
