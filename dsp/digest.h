// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_DIGEST_H
#define TMB_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/**
   64 bits that stand for a sequence of values; begun as all zero.

   Equal sequences have equal digests on every machine.  Those of other
   sequences differ, but for one chance in 2^64, as long as nobody seeks such a
   pair; and always if they differ in a single value.  Each value is mixed in by
   the finaliser of SplitMix64: Steele, Lea & Flood, "Fast splittable
   pseudorandom number generators", OOPSLA 2014.
*/
typedef struct {
  uint64_t bits;
} TmbDigest;

/// Add a value.
void
tmb_digest_add(TmbDigest* digest, uint64_t value);

/// Add values by their bits: 0 is not -0.
void
tmb_digest_add_floats(TmbDigest* digest, const float* values, size_t n);

#endif // TMB_DIGEST_H
