// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/path_hash.h"

#include <nettle/sha2.h>

#include <string.h>

uint64_t
tmb_path_hash(const char* const path)
{
  struct sha256_ctx sha;
  uint8_t           bytes[sizeof(uint64_t)];
  sha256_init(&sha);
  sha256_update(&sha, strlen(path), (const uint8_t*)path);
  sha256_digest(&sha, sizeof(bytes), bytes);

  uint64_t value = 0U;
  for (size_t i = 0U; i < sizeof(bytes); ++i) {
    value = (value << 8U) | bytes[i];
  }
  return value;
}
