// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  Feeds bytes to the reader of NumPy arrays, and reads the values of what it
  accepts: `make fuzz`.
*/

#include "trainer/npy_header.h"
#include "trainer/npy_values.h"

#include <math.h>
#include <stdlib.h>

int
LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t n);

/// All values, one by one and by rows.
static void
read_values(const TmbNpyHeader* const header, const uint8_t* const data)
{
  float* const row = (float*)malloc(header->n_columns * sizeof(float));
  for (uint64_t r = 0U; row && r < header->n_rows; ++r) {
    tmb_npy_row(header, data, r, row);
    for (uint32_t c = 0U; c < header->n_columns; ++c) {
      const float value = (float)tmb_npy_value(header, data, r, c);
      if (!(value == row[c]) && !(isnan(value) && isnan(row[c]))) {
        abort();
      }
    }
  }
  free(row);
}

int
LLVMFuzzerTestOneInput(const uint8_t* const bytes, const size_t n)
{
  TmbNpyHeader header;
  TmbMessage   reason = { "" };
  TmbStatus    status = tmb_npy_header_read(bytes, n, &header, &reason);
  if (!status) {
    status = tmb_npy_header_check(&header, n, &reason);
  }
  if (!status) {
    read_values(&header, bytes + header.n_header);
  } else if (!reason.text[0]) {
    abort();
  }
  return 0;
}
