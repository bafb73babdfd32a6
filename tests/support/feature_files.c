// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/feature_files.h"

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/process.h"

#include <stdio.h>
#include <string.h>

void
features_write(const char* const line)
{
  Process process = cli_expect(0, line);
  assert_string_equal(process.out, "");
  process_free(&process);
}

Bytes
feature_array(const char* const path,
              const char* const type,
              const char* const shape)
{
  char  header[FEATURE_HEADER] = "";
  Bytes bytes                  = bytes_load(path);
  (void)snprintf(header,
                 sizeof(header),
                 "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                 type,
                 shape);
  assert_true(bytes.n >= FEATURE_HEADER);
  if (memcmp(bytes.bytes + 10, header, strlen(header)) != 0) {
    fail_msg("%s is %.117s, not %s", path, bytes.bytes + 10, header);
  }
  bytes.n -= FEATURE_HEADER;
  memmove(bytes.bytes, bytes.bytes + FEATURE_HEADER, bytes.n);
  return bytes;
}

float
feature_float(const Bytes* const array, const size_t i)
{
  float value = 0.0f;
  assert_true((i + 1U) * sizeof(value) <= array->n);
  memcpy(&value, array->bytes + (i * sizeof(value)), sizeof(value));
  return value;
}

int32_t
feature_int(const Bytes* const array, const size_t i)
{
  int32_t value = 0;
  assert_true((i + 1U) * sizeof(value) <= array->n);
  memcpy(&value, array->bytes + (i * sizeof(value)), sizeof(value));
  return value;
}
