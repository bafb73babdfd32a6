// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/model_writer.h"

#include "trainer/new_file.h"
#include "trainer/pack_metadata.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TENSORS (3U + (2U * TMB_MAX_LAYERS))
#define LENGTH_BYTES 8U ///< Header length at the start of the file
#define ALIGNMENT 8U    ///< Of the data

/// A tensor to be written.
typedef struct {
  char         name[24];
  uint32_t     n_rows; ///< 0 in a tensor of one dimension
  uint32_t     n_columns;
  const float* values; ///< [n_columns][n_rows]: transposed in the file
} Tensor;

/// A whole file in memory.
typedef struct {
  uint8_t* bytes; ///< [n]
  size_t   n;
} Image;

/// All tensors of a network, in the file's order.
static uint32_t
list_tensors(const TmbNet* const net, Tensor tensors[MAX_TENSORS])
{
  const uint32_t n_in = tmb_net_inputs(net);
  uint32_t       n    = 0U;
  tensors[n++]        = (Tensor){ "mean", 0U, n_in, net->mean };
  tensors[n++]        = (Tensor){ "scale", 0U, n_in, net->scale };
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    const TmbDense* const layer = &net->layers[i];

    tensors[n] = (Tensor){ "", layer->n_out, layer->n_in, layer->weight };
    (void)snprintf(
      tensors[n++].name, sizeof(tensors->name), "layer.%u.weight", i);
    tensors[n] = (Tensor){ "", 0U, layer->n_out, layer->bias };
    (void)snprintf(
      tensors[n++].name, sizeof(tensors->name), "layer.%u.bias", i);
  }
  tensors[n++] = (Tensor){ "temperature", 0U, 1U, &net->temperature };
  return n;
}

static uint64_t
count_bytes(const Tensor* const tensor)
{
  return (uint64_t)(tensor->n_rows ? tensor->n_rows : 1U) * tensor->n_columns *
         sizeof(float);
}

static json_t*
pack_header(const TmbModelParts* const parts,
            const Tensor* const        tensors,
            const uint32_t             n_tensors,
            json_error_t* const        error)
{
  json_t* const header = json_object();
  bool          ok     = !json_object_set_new(
    header, "__metadata__", tmb_pack_metadata(parts, error));

  uint64_t begin = 0U;
  for (uint32_t i = 0U; ok && i < n_tensors; ++i) {
    const Tensor* const t         = &tensors[i];
    const json_int_t    n_rows    = t->n_rows;
    const json_int_t    n_columns = t->n_columns;
    const uint64_t      end       = begin + count_bytes(t);
    json_t* const       entry =
      json_pack("{s:s, s:o, s:[I,I]}",
                "dtype",
                "F32",
                "shape",
                n_rows ? json_pack("[I,I]", n_rows, n_columns)
                       : json_pack("[I]", n_columns),
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
put_tensor(uint8_t* bytes, const Tensor* const tensor)
{
  const size_t n_rows = tensor->n_rows ? tensor->n_rows : 1U;
  for (size_t r = 0U; r < n_rows; ++r) {
    for (size_t c = 0U; c < tensor->n_columns; ++c) {
      bytes = put_float(bytes, tensor->values[(c * n_rows) + r]);
    }
  }
  return bytes;
}

/// Lay out header and data, together at most #TMB_MAX_MODEL_BYTES.
static TmbStatus
build_image(Image* const        image,
            const char* const   header,
            const Tensor* const tensors,
            const uint32_t      n_tensors,
            TmbMessage* const   why)
{
  uint64_t n_data = 0U;
  for (uint32_t i = 0U; i < n_tensors; ++i) {
    n_data += count_bytes(&tensors[i]);
  }

  // Spaces after the JSON text keep the data aligned
  const size_t   n_text   = strlen(header);
  const size_t   n_header = (n_text + ALIGNMENT - 1U) / ALIGNMENT * ALIGNMENT;
  const uint64_t n        = LENGTH_BYTES + n_header + n_data;
  if (n > TMB_MAX_MODEL_BYTES || n_header > TMB_MAX_HEADER_BYTES) {
    return tmb_fail(TMB_WRITE_FAILED, why, "the model is too large");
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

static TmbStatus
make_image(const TmbModelParts* const parts,
           Image* const               image,
           TmbMessage* const          why)
{
  Tensor         tensors[MAX_TENSORS];
  const uint32_t n_tensors = list_tensors(parts->net, tensors);
  json_error_t   error     = { 0 };
  json_t* const  header    = pack_header(parts, tensors, n_tensors, &error);
  char* const    text      = json_dumps(header, JSON_COMPACT);

  const TmbStatus st =
    text ? build_image(image, text, tensors, n_tensors, why)
    : (json_error_code(&error) == json_error_invalid_utf8)
      ? tmb_fail(TMB_WRITE_FAILED, why, "a name or note is not UTF-8 text")
      : TMB_NO_MEMORY;

  free(text);
  json_decref(header);
  return st;
}

/// Whether a file holds these bytes and no more.
static bool
holds(FILE* const file, const Image* const image)
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

/// The new file takes the old one's place in one step.
static TmbStatus
replace_file(const char* const  path,
             const Image* const image,
             TmbMessage* const  why)
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

TmbStatus
tmb_model_check_path(const char* const path, TmbMessage* const why)
{
  TmbNewFile      file;
  const TmbStatus st = tmb_new_file_open(path, &file, why);
  tmb_new_file_discard(&file);
  return st;
}

TmbStatus
tmb_model_write(const char* const          path,
                const TmbModelParts* const parts,
                TmbMessage* const          why)
{
  TmbMessage reason = { "out of memory" };
  Image      image  = { NULL, 0U };
  TmbModel*  model  = NULL;
  TmbStatus  st     = make_image(parts, &image, &reason);
  if (!st) {
    // Never write what can't be loaded, such as weights that are not finite
    st = tmb_model_read(image.bytes, image.n, &model, &reason);
    st = (st == TMB_BAD_FILE) ? TMB_WRITE_FAILED : st;
    tmb_model_free(model);
  }
  st = st ? tmb_fail(st, why, "%s: %s", path, reason.text)
          : replace_file(path, &image, why);

  free(image.bytes);
  return st;
}
