// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/digest.h"

#include <string.h>

void
tmb_digest_add(TmbDigest* const digest, const uint64_t value)
{
  // One to one both for the value and for what was, and zeros count as well
  uint64_t x   = (digest->bits + UINT64_C(0x9E3779B97F4A7C15)) ^ value;
  x            = (x ^ (x >> 30U)) * UINT64_C(0xBF58476D1CE4E5B9);
  x            = (x ^ (x >> 27U)) * UINT64_C(0x94D049BB133111EB);
  digest->bits = x ^ (x >> 31U);
}

void
tmb_digest_add_floats(TmbDigest* const   digest,
                      const float* const values,
                      const size_t       n)
{
  for (size_t i = 0U; i < n; ++i) {
    uint32_t bits = 0U;
    memcpy(&bits, &values[i], sizeof(bits));
    tmb_digest_add(digest, bits);
  }
}
