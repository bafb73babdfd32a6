// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/random.h"

#include <math.h>

/// The finaliser of SplitMix64, Steele, Lea & Flood, OOPSLA 2014.
static uint64_t
mix(uint64_t x)
{
  x = (x ^ (x >> 30U)) * UINT64_C(0xBF58476D1CE4E5B9);
  x = (x ^ (x >> 27U)) * UINT64_C(0x94D049BB133111EB);
  return x ^ (x >> 31U);
}

static uint64_t
rotate(const uint64_t x, const unsigned by)
{
  return (x << by) | (x >> (64U - by));
}

void
tmb_random_init(TmbRandom* const random,
                const uint64_t   seed,
                const uint64_t   stream)
{
  uint64_t x = mix(seed + UINT64_C(0x9E3779B97F4A7C15)) ^ mix(~stream);
  for (unsigned i = 0U; i < 4U; ++i) {
    x += UINT64_C(0x9E3779B97F4A7C15);
    random->state[i] = mix(x);
  }
}

uint64_t
tmb_random_next(TmbRandom* const random)
{
  uint64_t* const s      = random->state;
  const uint64_t  result = rotate(s[1] * 5U, 7U) * 9U;
  const uint64_t  shift  = s[1] << 17U;

  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shift;
  s[3] = rotate(s[3], 45U);
  return result;
}

double
tmb_random_uniform(TmbRandom* const random)
{
  return (double)(tmb_random_next(random) >> 11U) * 0x1p-53;
}

uint32_t
tmb_random_below(TmbRandom* const random, const uint32_t n)
{
  // The high half of a product; its bias, n / 2^32, is of no account here
  return (uint32_t)(((tmb_random_next(random) >> 32U) * n) >> 32U);
}

double
tmb_random_normal(TmbRandom* const random)
{
  // Box & Muller (1958); the second value is not kept, so that there is no
  // state beside the stream's
  const double radius = sqrt(-2.0 * log(1.0 - tmb_random_uniform(random)));
  return radius * cos(6.283185307179586 * tmb_random_uniform(random));
}

/// Gamma(shape, 1), Marsaglia & Tsang, ACM TOMS 2000.
static double
gamma_variate(TmbRandom* const random, const double shape)
{
  if (shape < 1.0) {
    const double power = 1.0 / shape;
    const double boost = pow(1.0 - tmb_random_uniform(random), power);
    return boost * gamma_variate(random, shape + 1.0);
  }

  const double d = shape - (1.0 / 3.0);
  const double c = 1.0 / sqrt(9.0 * d);
  for (;;) {
    const double x = tmb_random_normal(random);
    const double v = pow(1.0 + (c * x), 3.0);
    const double u = 1.0 - tmb_random_uniform(random);
    if (v > 0.0 && log(u) < (0.5 * x * x) + d - (d * v) + (d * log(v))) {
      return d * v;
    }
  }
}

double
tmb_random_beta(TmbRandom* const random, const double a)
{
  const double x = gamma_variate(random, a);
  const double y = gamma_variate(random, a);
  return (x + y > 0.0) ? x / (x + y) : 0.5; // Both can underflow for tiny a
}

uint64_t
tmb_hash(const uint64_t start, const void* const bytes, const size_t n)
{
  const unsigned char* const data = (const unsigned char*)bytes;

  uint64_t hash = start ^ UINT64_C(0xCBF29CE484222325);
  for (size_t i = 0U; i < n; ++i) {
    hash = (hash ^ data[i]) * UINT64_C(0x100000001B3);
  }
  return mix(hash);
}
