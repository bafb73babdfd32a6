// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/model_file.h"

#include "dsp/model.h"
#include "tests/support/cmocka.h"

#include <stdlib.h>
#include <string.h>

size_t
model_header_length(const Bytes* const file)
{
  return file->bytes[0] + ((size_t)file->bytes[1] << 8U);
}

Bytes
lay_out(const char* const    header,
        const size_t         n_header,
        const uint8_t* const data,
        const size_t         n_data,
        const size_t         n_extra)
{
  Bytes self = { LENGTH_BYTES + n_header + n_data + n_extra, NULL };
  self.bytes = (uint8_t*)calloc(1U, self.n);
  assert_non_null(self.bytes);
  for (unsigned i = 0U; i < LENGTH_BYTES; ++i) {
    self.bytes[i] = (uint8_t)((uint64_t)n_header >> (8U * i));
  }
  memcpy(self.bytes + LENGTH_BYTES, header, n_header);
  memcpy(self.bytes + LENGTH_BYTES + n_header, data, n_data);
  return self;
}

Bytes
edit_header(const char* const path,
            const char* const label,
            const char* const from,
            const char* const to,
            const size_t      n_extra)
{
  Bytes        golden   = bytes_load(path);
  const size_t n_header = model_header_length(&golden);
  char* const  header   = (char*)calloc(1U, n_header + strlen(to) + 1U);
  assert_non_null(header);
  memcpy(header, golden.bytes + LENGTH_BYTES, n_header);

  char* const place = strstr(header, from);
  if (place) {
    const char* const rest = place + strlen(from);
    memmove(place + strlen(to), rest, strlen(rest) + 1U);
    memcpy(place, to, strlen(to));
  } else {
    fail_msg("%s: the header does not hold %s", label, from);
  }

  const uint8_t* const data   = golden.bytes + LENGTH_BYTES + n_header;
  const size_t         n_data = golden.n - LENGTH_BYTES - n_header;
  const Bytes self = lay_out(header, strlen(header), data, n_data, n_extra);
  free(header);
  bytes_free(&golden);
  return self;
}

void
refuse_model(Bytes* const      file,
             const TmbStatus   status,
             const char* const label,
             const char* const reason)
{
  TmbModel*       model = NULL;
  TmbMessage      why   = { "" };
  const TmbStatus st    = tmb_model_read(file->bytes, file->n, &model, &why);
  if (st != status || model || !strstr(why.text, reason)) {
    fail_msg("%s: %d, \"%s\"", label, (int)st, why.text);
  }
  assert_int_equal(tmb_model_read(file->bytes, file->n, &model, NULL), status);
  bytes_free(file);
}

void
accept_model(Bytes* const file, const char* const label)
{
  TmbModel*  model = NULL;
  TmbMessage why   = { "" };
  if (tmb_model_read(file->bytes, file->n, &model, &why)) {
    fail_msg("%s: \"%s\"", label, why.text);
  }
  tmb_model_free(model);
  bytes_free(file);
}
