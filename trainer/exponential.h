// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_EXPONENTIAL_H
#define TMB_EXPONENTIAL_H

#include "dsp/attributes.h"

#include <stdint.h>
#include <string.h>

/**
   e to the power of x, for loops: it vectorises, as libm's does not.

   Within 2 units in the last place from -87 to 88; beyond, as at these ends.
   x = n ln 2 + r with |r| <= ln 2 / 2, and a polynomial for e^r: Cody & Waite,
   "Software manual for the elementary functions", 1980.  Its coefficients are
   those of the Taylor series, of which seven terms are enough for a float.
*/
TMB_INLINE float
tmb_exponential(float x)
{
  const float shift = 12582912.0f; // 1.5 * 2^23: adding it rounds to whole
  x                 = (x < -87.0f) ? -87.0f : x;
  x                 = (x > 88.0f) ? 88.0f : x;

  const float rounded = (x * 1.44269504f) + shift;
  const float n       = rounded - shift;
  const float r       = (x - (n * 0.693359375f)) + (n * 2.12194440e-4f);

  float y = 1.0f / 5040.0f;
  y       = (y * r) + (1.0f / 720.0f);
  y       = (y * r) + (1.0f / 120.0f);
  y       = (y * r) + (1.0f / 24.0f);
  y       = (y * r) + (1.0f / 6.0f);
  y       = (y * r) + 0.5f;
  y       = (y * r) + 1.0f;
  y       = (y * r) + 1.0f;

  // The lowest bits of `rounded` are n: moved up, they are its power's exponent
  uint32_t bits = 0U;
  memcpy(&bits, &rounded, sizeof(bits));
  bits = (bits << 23U) + 0x3F800000U;

  float power = 0.0f;
  memcpy(&power, &bits, sizeof(power));
  return y * power;
}

/// The power of a level in dB, off by 2e-5 dB at most from -377 to 382 dB, and
/// beyond as at these ends.
TMB_INLINE float
tmb_db_to_power(const float db)
{
  return tmb_exponential(db * 0.230258509f); // ln(10) / 10
}

#endif // TMB_EXPONENTIAL_H
