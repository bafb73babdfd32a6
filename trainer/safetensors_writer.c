// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/safetensors_writer.h"

#include "dsp/model.h"
#include "trainer/new_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_BYTES 8U ///< Header length at the start of the file
#define ALIGNMENT 8U    ///< Of the data

static uint64_t
count_bytes(const TmbTensorToWrite* const tensor)
{
  return (uint64_t)(tensor->n_rows ? tensor->n_rows : 1U) * tensor->n_columns *
         sizeof(float);
}

static json_t*
pack_shape(const TmbTensorToWrite* const tensor)
{
  const json_int_t n_rows    = tensor->n_rows;
  const json_int_t n_columns = tensor->n_columns;
  const json_int_t n_taps    = tensor->n_taps;
  return n_taps   ? json_pack("[I,I,I]", n_rows, n_columns / n_taps, n_taps)
         : n_rows ? json_pack("[I,I]", n_rows, n_columns)
                  : json_pack("[I]", n_columns);
}

/// @param metadata Released.
static json_t*
pack_header(json_t* const                 metadata,
            const TmbTensorToWrite* const tensors,
            const uint32_t                n_tensors)
{
  json_t* const header = json_object();
  bool          ok     = !json_object_set_new(header, "__metadata__", metadata);

  uint64_t begin = 0U;
  for (uint32_t i = 0U; ok && i < n_tensors; ++i) {
    const TmbTensorToWrite* const t     = &tensors[i];
    const uint64_t                end   = begin + count_bytes(t);
    json_t* const                 entry = json_pack("{s:s, s:o, s:[I,I]}",
                                    "dtype",
                                    "F32",
                                    "shape",
                                    pack_shape(t),
                                    "data_offsets",
                                    (json_int_t)begin,
                                    (json_int_t)end);

    ok    = !json_object_set_new(header, t->name, entry);
    begin = end;
  }

  if (!ok) {
    json_decref(header);
    return NULL;
  }
  return header;
}

static void
put_u64(uint8_t* const bytes, const uint64_t value)
{
  for (unsigned i = 0U; i < LENGTH_BYTES; ++i) {
    bytes[i] = (uint8_t)(value >> (8U * i));
  }
}

static uint8_t*
put_float(uint8_t* bytes, const float value)
{
  uint32_t bits = 0U;
  memcpy(&bits, &value, sizeof(bits));
  for (unsigned i = 0U; i < sizeof(bits); ++i) {
    *bytes++ = (uint8_t)(bits >> (8U * i));
  }
  return bytes;
}

static uint8_t*
put_tensor(uint8_t* bytes, const TmbTensorToWrite* const tensor)
{
  const size_t n_rows = tensor->n_rows ? tensor->n_rows : 1U;
  for (size_t r = 0U; r < n_rows; ++r) {
    for (size_t c = 0U; c < tensor->n_columns; ++c) {
      const size_t at =
        tensor->is_transposed ? (c * n_rows) + r : (r * tensor->n_columns) + c;

      bytes = put_float(bytes, tensor->values[at]);
    }
  }
  return bytes;
}

/// Lay out header and data.
static TmbStatus
build_image(TmbTensorFile* const          image,
            const char* const             header,
            const TmbTensorToWrite* const tensors,
            const uint32_t                n_tensors,
            TmbMessage* const             why)
{
  uint64_t n_data = 0U;
  for (uint32_t i = 0U; i < n_tensors; ++i) {
    n_data += count_bytes(&tensors[i]);
  }

  // Spaces after the JSON text keep the data aligned
  const size_t   n_text   = strlen(header);
  const size_t   n_header = (n_text + ALIGNMENT - 1U) / ALIGNMENT * ALIGNMENT;
  const uint64_t n        = LENGTH_BYTES + n_header + n_data;
  if (n > TMB_MAX_TENSOR_FILE || n_header > TMB_MAX_HEADER_BYTES) {
    return tmb_fail(TMB_WRITE_FAILED, why, "it is too large for a file");
  }

  image->n     = (size_t)n;
  image->bytes = (uint8_t*)malloc(image->n);
  if (!image->bytes) {
    return TMB_NO_MEMORY;
  }

  put_u64(image->bytes, n_header);
  memset(image->bytes + LENGTH_BYTES, ' ', n_header);
  memcpy(image->bytes + LENGTH_BYTES, header, n_text);

  uint8_t* end = image->bytes + LENGTH_BYTES + n_header;
  for (uint32_t i = 0U; i < n_tensors; ++i) {
    end = put_tensor(end, &tensors[i]);
  }
  return TMB_OK;
}

TmbStatus
tmb_tensor_file_new(json_t* const                 metadata,
                    const TmbTensorToWrite* const tensors,
                    const uint32_t                n_tensors,
                    TmbTensorFile* const          image,
                    TmbMessage* const             why)
{
  *image = (TmbTensorFile){ NULL, 0U };

  json_t* const header = pack_header(metadata, tensors, n_tensors);
  char* const   text   = json_dumps(header, JSON_COMPACT);

  const TmbStatus status =
    text ? build_image(image, text, tensors, n_tensors, why) : TMB_NO_MEMORY;
  free(text);
  json_decref(header);
  return status;
}

void
tmb_tensor_file_clear(TmbTensorFile* const image)
{
  free(image->bytes);
  *image = (TmbTensorFile){ NULL, 0U };
}

/// Whether a file holds these bytes and no more.
static bool
holds(FILE* const file, const TmbTensorFile* const image)
{
  uint8_t chunk[4096];
  size_t  n_same = 0U;
  size_t  n      = 0U;
  rewind(file);
  while ((n = fread(chunk, 1U, sizeof(chunk), file)) > 0U) {
    if (n > image->n - n_same || memcmp(chunk, image->bytes + n_same, n)) {
      return false;
    }
    n_same += n;
  }
  return n_same == image->n && !ferror(file);
}

TmbStatus
tmb_tensor_file_write(const char* const          path,
                      const TmbTensorFile* const image,
                      TmbMessage* const          why)
{
  TmbNewFile file;
  TmbStatus  st = tmb_new_file_open(path, &file, why);
  if (!st && (fwrite(image->bytes, 1U, image->n, file.out) != image->n ||
              fflush(file.out))) {
    st = tmb_new_file_check(&file, why);
  } else if (!st && !holds(file.out, image)) {
    st = tmb_fail(
      TMB_WRITE_FAILED, why, "%s: what was written can't be read back", path);
  }
  st = st ? st : tmb_new_file_close(&file, why);
  st = st ? st : tmb_new_file_rename(&file, why);
  tmb_new_file_discard(&file);
  return st;
}
