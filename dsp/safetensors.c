// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/safetensors.h"

#include "dsp/model.h"

#include <stdlib.h>
#include <string.h>

TmbStatus
tmb_json_read(const char* const text,
              const size_t      n,
              const char* const what,
              json_t** const    root,
              TmbMessage* const why)
{
  json_error_t error = { 0 };

  *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
  if (*root) {
    return TMB_OK;
  }

  // Jansson leaves the text empty where an allocation failed
  return (!error.text[0] || json_error_code(&error) == json_error_out_of_memory)
           ? TMB_NO_MEMORY
           : tmb_fail(TMB_BAD_FILE, why, "%s is no JSON: %s", what, error.text);
}

TmbStatus
tmb_safetensors_open(const uint8_t* const  bytes,
                     const size_t          n,
                     TmbSafetensors* const file,
                     TmbMessage* const     why)
{
  *file = (TmbSafetensors){ 0 };
  if (n < TMB_LENGTH_BYTES) {
    return tmb_fail(TMB_BAD_FILE, why, "%zu bytes are too few for a model", n);
  }

  uint64_t n_header = 0U;
  for (unsigned i = TMB_LENGTH_BYTES; i-- > 0U;) {
    n_header = (n_header << 8U) | bytes[i];
  }
  if (n_header > n - TMB_LENGTH_BYTES) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the header would end beyond the file, which is cut short "
                    "or no model");
  }
  if (n_header > TMB_MAX_HEADER_BYTES) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the header is larger than %u MiB",
                    TMB_MAX_HEADER_BYTES >> 20U);
  }

  const uint8_t* const text = bytes + TMB_LENGTH_BYTES;
  file->data                = text + n_header;
  file->n_data              = n - TMB_LENGTH_BYTES - (size_t)n_header;

  const TmbStatus st = tmb_json_read(
    (const char*)text, (size_t)n_header, "the header", &file->header, why);
  if (!st && !json_is_object(file->header)) {
    return tmb_fail(TMB_BAD_FILE, why, "the header is no JSON object");
  }
  return st;
}

void
tmb_safetensors_close(TmbSafetensors* const file)
{
  json_decref(file->header);
  file->header = NULL;
}

/// Shape to dimensions; the product is bounded before each multiplication.
static TmbStatus
read_shape(TmbTensor* const    tensor,
           const json_t* const shape,
           const size_t        max_values,
           TmbMessage* const   why)
{
  const size_t n_dims = json_array_size(shape);
  if (!json_is_array(shape) || n_dims > TMB_MAX_DIMS) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the shape of the tensor %s is no list of at most %u "
                    "numbers",
                    tensor->name,
                    TMB_MAX_DIMS);
  }

  tensor->n_dims   = (uint32_t)n_dims;
  tensor->n_values = 1U;
  for (uint32_t i = 0U; i < tensor->n_dims; ++i) {
    const json_t* const item = json_array_get(shape, i);
    const json_int_t    size = json_integer_value(item); // 0 if it is none
    if (size < 1 || size > (json_int_t)(max_values / tensor->n_values)) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "the tensor %s has a dimension that is not a whole "
                      "number from 1 to what the file can hold",
                      tensor->name);
    }
    tensor->shape[i] = (uint32_t)size;
    tensor->n_values *= (size_t)size;
  }
  return TMB_OK;
}

/// Where the values lie; needs the shape.
static TmbStatus
read_offsets(TmbTensor* const            tensor,
             const json_t* const         offsets,
             const TmbSafetensors* const file,
             TmbMessage* const           why)
{
  const json_t* const first = json_array_get(offsets, 0U);
  const json_t* const last  = json_array_get(offsets, 1U);
  if (json_array_size(offsets) != 2U || !json_is_integer(first) ||
      !json_is_integer(last)) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "data_offsets of the tensor %s are not two whole numbers",
                    tensor->name);
  }

  const json_int_t begin = json_integer_value(first);
  const json_int_t end   = json_integer_value(last);
  if (begin < 0 || end < begin) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "data_offsets of the tensor %s run backwards",
                    tensor->name);
  }
  if (end > (json_int_t)file->n_data) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the tensor %s ends beyond the file, which may be cut "
                    "short",
                    tensor->name);
  }
  if ((size_t)(end - begin) != tensor->n_values * sizeof(float)) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the tensor %s has a shape of %zu bytes, but "
                    "data_offsets of %zu",
                    tensor->name,
                    tensor->n_values * sizeof(float),
                    (size_t)(end - begin));
  }

  tensor->begin = (size_t)begin;
  tensor->data  = file->data + begin;
  return TMB_OK;
}

static TmbStatus
read_tensor(TmbTensor* const            tensor,
            const json_t* const         entry,
            const TmbSafetensors* const file,
            TmbMessage* const           why)
{
  const char* const dtype = json_string_value(json_object_get(entry, "dtype"));
  const json_t* const shape   = json_object_get(entry, "shape");
  const json_t* const offsets = json_object_get(entry, "data_offsets");
  if (!dtype || !shape || !offsets) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the tensor %s lacks dtype, shape or data_offsets",
                    tensor->name);
  }
  if (strcmp(dtype, "F32")) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the tensor %s is of type %s, not F32",
                    tensor->name,
                    dtype);
  }

  const TmbStatus st =
    read_shape(tensor, shape, file->n_data / sizeof(float), why);
  return st ? st : read_offsets(tensor, offsets, file, why);
}

static int
compare_begin(const void* const a, const void* const b)
{
  const size_t x = ((const TmbTensor*)a)->begin;
  const size_t y = ((const TmbTensor*)b)->begin;
  return (x > y) - (x < y);
}

static TmbStatus
check_coverage(const TmbSafetensors* const file, TmbMessage* const why)
{
  size_t end = 0U;
  for (uint32_t i = 0U; i < file->n_tensors; ++i) {
    const TmbTensor* const tensor = &file->tensors[i];
    if (tensor->begin != end) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      tensor->begin < end
                        ? "the tensor %s overlaps another"
                        : "there is a gap in the data before the tensor %s",
                      tensor->name);
    }
    end += tensor->n_values * sizeof(float);
  }
  return end == file->n_data
           ? TMB_OK
           : tmb_fail(TMB_BAD_FILE,
                      why,
                      "%zu bytes at the end belong to no tensor",
                      file->n_data - end);
}

TmbStatus
tmb_safetensors_list(TmbSafetensors* const file, TmbMessage* const why)
{
  const char* name  = NULL;
  json_t*     entry = NULL;
  json_object_foreach (file->header, name, entry) {
    if (!strcmp(name, "__metadata__")) {
      continue;
    }
    if (file->n_tensors == TMB_MAX_TENSORS) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "the file has more than %u tensors",
                      TMB_MAX_TENSORS);
    }

    TmbTensor* const tensor = &file->tensors[file->n_tensors++];
    tensor->name            = name;
    const TmbStatus st      = read_tensor(tensor, entry, file, why);
    if (st) {
      return st;
    }
  }

  qsort(file->tensors, file->n_tensors, sizeof(TmbTensor), compare_begin);
  return check_coverage(file, why);
}

TmbStatus
tmb_safetensors_take(TmbSafetensors* const   file,
                     const char* const       name,
                     const uint32_t          n_dims,
                     const TmbTensor** const tensor,
                     TmbMessage* const       why)
{
  for (uint32_t i = 0U; i < file->n_tensors; ++i) {
    TmbTensor* const t = &file->tensors[i];
    if (!strcmp(t->name, name)) {
      t->taken = true;
      *tensor  = t;
      return t->n_dims == n_dims
               ? TMB_OK
               : tmb_fail(TMB_BAD_FILE,
                          why,
                          "the tensor %s has %u dimensions, not %u",
                          name,
                          t->n_dims,
                          n_dims);
    }
  }
  return tmb_fail(TMB_BAD_FILE, why, "the tensor %s is missing", name);
}

float
tmb_tensor_value(const TmbTensor* const tensor, const size_t i)
{
  const uint8_t* const p    = tensor->data + i * sizeof(float);
  const uint32_t       bits = (uint32_t)p[0] | ((uint32_t)p[1] << 8U) |
                        ((uint32_t)p[2] << 16U) | ((uint32_t)p[3] << 24U);
  float value = 0.0f;
  memcpy(&value, &bits, sizeof(value));
  return value;
}
