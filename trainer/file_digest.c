// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/file_digest.h"

#include "trainer/regular_file.h"

#include <nettle/sha2.h>

#include <stddef.h>
#include <unistd.h>

#define BLOCK_BYTES 65536U

void
tmb_file_digest(const char* const path, uint8_t digest[TMB_DIGEST_BYTES])
{
  struct sha256_ctx sha;
  int               fd = -1;
  TmbMessage        why;
  sha256_init(&sha);
  if (!tmb_open_regular(path, &fd, NULL, &why)) {
    uint8_t block[BLOCK_BYTES];
    ssize_t n = 0;
    while ((n = read(fd, block, sizeof(block))) > 0) {
      sha256_update(&sha, (size_t)n, block);
    }
    (void)close(fd);
  }
  sha256_digest(&sha, TMB_DIGEST_BYTES, digest);
}
