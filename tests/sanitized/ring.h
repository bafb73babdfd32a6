// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_RING_H
#define TMB_TEST_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define RING_BYTES 4096U ///< As jalv's, the smallest one seen; a power of two

/// Messages from one thread to one other, without locks.  All zero is empty.
typedef struct {
  atomic_uint n_put; ///< Bytes since the start, modulo 2^32
  atomic_uint n_taken;
  uint8_t     bytes[RING_BYTES];
} Ring;

/// False if there is no room.
static inline bool
ring_put(Ring* const ring, const uint32_t size, const void* const data)
{
  const uint8_t* const from = (const uint8_t*)data;
  const uint32_t       at   = atomic_load(&ring->n_put);
  const uint32_t       used = at - atomic_load(&ring->n_taken);
  if (size > RING_BYTES - sizeof(size) ||
      used > RING_BYTES - sizeof(size) - size) {
    return false;
  }

  for (uint32_t i = 0U; i < sizeof(size) + size; ++i) {
    ring->bytes[(at + i) % RING_BYTES] =
      (i < sizeof(size)) ? (uint8_t)(size >> (8U * i)) : from[i - sizeof(size)];
  }
  atomic_store(&ring->n_put, at + (uint32_t)sizeof(size) + size);
  return true;
}

/// False if it is empty.  @param[out] data [RING_BYTES]
static inline bool
ring_take(Ring* const ring, uint32_t* const size, uint8_t* const data)
{
  const uint32_t at = atomic_load(&ring->n_taken);
  if (at == atomic_load(&ring->n_put)) {
    return false;
  }

  *size = 0U;
  for (uint32_t i = 0U; i < sizeof(*size) + *size; ++i) {
    const uint8_t byte = ring->bytes[(at + i) % RING_BYTES];
    if (i < sizeof(*size)) {
      *size |= (uint32_t)byte << (8U * i);
    } else {
      data[i - sizeof(*size)] = byte;
    }
  }
  atomic_store(&ring->n_taken, at + (uint32_t)sizeof(*size) + *size);
  return true;
}

#endif // TMB_TEST_RING_H
