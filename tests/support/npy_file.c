// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/npy_file.h"

#include "tests/support/cmocka.h"

#include <stdlib.h>
#include <string.h>

#define VERSION_BYTES 8U

Bytes
npy_bytes(const uint8_t     major,
          const char* const header,
          const void* const data,
          const size_t      n)
{
  const size_t n_text = strlen(header);
  const size_t n_size = major == 1U ? 2U : 4U;
  const size_t start  = VERSION_BYTES + n_size;
  Bytes        self   = { start + n_text + n, NULL };
  self.bytes          = (uint8_t*)calloc(1U, self.n);
  assert_non_null(self.bytes);

  const uint8_t size[4] = { (uint8_t)n_text,
                            (uint8_t)(n_text >> 8U),
                            (uint8_t)(n_text >> 16U),
                            (uint8_t)(n_text >> 24U) };
  memcpy(self.bytes, "\x93NUMPY", 6U);
  self.bytes[6] = major;
  memcpy(self.bytes + VERSION_BYTES, size, n_size);
  memcpy(self.bytes + start, header, n_text);
  if (data) {
    memcpy(self.bytes + start + n_text, data, n);
  }
  return self;
}

void
npy_save(const char* const path,
         const char* const header,
         const void* const data,
         const size_t      n)
{
  Bytes file = npy_bytes(1U, header, data, n);
  bytes_save(file.bytes, file.n, path);
  bytes_free(&file);
}
