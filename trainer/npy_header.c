// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/npy_header.h"

#include "trainer/npy_dictionary.h"

#include <inttypes.h>
#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_BYTES 6U
#define VERSION_BYTES 8U ///< Magic and version
#define PICKLE 0x80U     ///< First byte of Python's pickles, protocol 2 on

/// Where the dictionary starts; its length is before it.
static TmbStatus
read_prefix(const uint8_t* const bytes,
            const size_t         n,
            TmbNpyHeader* const  header,
            size_t* const        start,
            TmbMessage* const    reason)
{
  if (n && bytes[0] == PICKLE) {
    return tmb_fail(
      TMB_BAD_FILE, reason, "a Python pickle, which is never unpickled");
  }
  if (!n || memcmp(bytes, MAGIC, n < MAGIC_BYTES ? n : MAGIC_BYTES) != 0) {
    return tmb_fail(TMB_BAD_FILE, reason, "not a NumPy array");
  }

  const unsigned major  = n > MAGIC_BYTES ? bytes[MAGIC_BYTES] : 1U;
  const unsigned minor  = n > MAGIC_BYTES + 1U ? bytes[MAGIC_BYTES + 1U] : 0U;
  const size_t   n_size = major == 1U ? 2U : 4U; // Of the length
  if (major < 1U || major > 3U || minor) {
    return tmb_fail(TMB_BAD_FILE,
                    reason,
                    "a NumPy array in format %u.%u, which is none of 1.0, 2.0 "
                    "and 3.0",
                    major,
                    minor);
  }

  *start = VERSION_BYTES + n_size;
  if (n < *start) {
    return tmb_fail(TMB_BAD_FILE,
                    reason,
                    "cut short: %zu bytes are there, the header needs at least "
                    "%zu",
                    n,
                    *start);
  }

  header->n_header = *start;
  for (size_t i = 0U; i < n_size; ++i) {
    header->n_header += (uint64_t)bytes[VERSION_BYTES + i] << (8U * i);
  }
  if (header->n_header > TMB_NPY_MAX_HEADER) {
    return tmb_fail(TMB_BAD_FILE,
                    reason,
                    "its header of %" PRIu64 " bytes is larger than %u",
                    header->n_header,
                    TMB_NPY_MAX_HEADER);
  }
  return n >= header->n_header
           ? TMB_OK
           : tmb_fail(TMB_BAD_FILE,
                      reason,
                      "cut short: %zu bytes are there, the header needs "
                      "%" PRIu64,
                      n,
                      header->n_header);
}

/// Say what an array holds that is not numbers.
static TmbStatus
refuse_type(const char* const descr, TmbMessage* const reason)
{
  static const struct {
    char        code;
    const char* what;
  } kinds[] = {
    { 'O', "Python objects, which are never unpickled" },
    { 'S', "text, not numbers" },
    { 'U', "text, not numbers" },
    { 'c', "complex numbers, not real ones" },
    { 'M', "dates, not numbers" },
    { 'm', "spans of time, not numbers" },
    { 'V', "raw bytes, not numbers" },
  };

  for (size_t i = 0U; i < sizeof(kinds) / sizeof(*kinds); ++i) {
    if (descr[0] && descr[1] == kinds[i].code) {
      return tmb_fail(TMB_BAD_FILE, reason, "holds %s", kinds[i].what);
    }
  }
  return tmb_fail(TMB_BAD_FILE,
                  reason,
                  "is of type '%s', which is none of bool, int8 to int64, "
                  "uint8 to uint64 and float16 to float64",
                  descr);
}

/// A type such as "<f4": byte order, kind, bytes.
static TmbStatus
read_type(const char* const   descr,
          TmbNpyHeader* const header,
          TmbMessage* const   reason)
{
  static const struct {
    const char* code;
    const char* name;
    TmbNpyKind  kind;
    uint32_t    n_value;
  } types[] = {
    { "b1", "bool", TMB_NPY_BOOL, 1U },
    { "i1", "int8", TMB_NPY_SIGNED, 1U },
    { "i2", "int16", TMB_NPY_SIGNED, 2U },
    { "i4", "int32", TMB_NPY_SIGNED, 4U },
    { "i8", "int64", TMB_NPY_SIGNED, 8U },
    { "u1", "uint8", TMB_NPY_UNSIGNED, 1U },
    { "u2", "uint16", TMB_NPY_UNSIGNED, 2U },
    { "u4", "uint32", TMB_NPY_UNSIGNED, 4U },
    { "u8", "uint64", TMB_NPY_UNSIGNED, 8U },
    { "f2", "float16", TMB_NPY_REAL, 2U },
    { "f4", "float32", TMB_NPY_REAL, 4U },
    { "f8", "float64", TMB_NPY_REAL, 8U },
  };

  const char order = descr[0];
  for (size_t i = 0U; i < sizeof(types) / sizeof(*types); ++i) {
    const bool has_order =
      order == '<' || order == '>' || (order == '|' && types[i].n_value == 1U);
    if (has_order && !strcmp(descr + 1, types[i].code)) {
      header->kind    = types[i].kind;
      header->name    = types[i].name;
      header->n_value = types[i].n_value;
      header->is_big  = order == '>';
      return TMB_OK;
    }
  }
  return refuse_type(descr, reason);
}

/// Dimensions; their product is bounded before each multiplication.
static TmbStatus
read_shape(const TmbNpyDictionary* const dictionary,
           TmbNpyHeader* const           header,
           TmbMessage* const             reason)
{
  const uint64_t rows    = dictionary->shape[0];
  const uint64_t columns = dictionary->n_dims == 2U ? dictionary->shape[1] : 1U;
  if (dictionary->n_dims < 1U || dictionary->n_dims > 2U) {
    return tmb_fail(TMB_BAD_FILE,
                    reason,
                    "has %u dimensions, not one or two",
                    dictionary->n_dims);
  }
  if (!rows || !columns) {
    return tmb_fail(TMB_BAD_FILE,
                    reason,
                    "is empty: it has no %s",
                    rows ? "columns" : "rows");
  }
  if (columns > UINT32_MAX) {
    return tmb_fail(TMB_BAD_FILE,
                    reason,
                    "has %" PRIu64 " columns, which is more than %u",
                    columns,
                    UINT32_MAX);
  }

  const uint64_t n_row = columns * header->n_value;
  if (rows > ((uint64_t)INT64_MAX - header->n_header) / n_row) {
    return tmb_fail(TMB_BAD_FILE,
                    reason,
                    "has %" PRIu64 " rows of %" PRIu64
                    " bytes, which is more than a file can hold",
                    rows,
                    n_row);
  }

  header->n_dims    = dictionary->n_dims;
  header->n_rows    = rows;
  header->n_columns = (uint32_t)columns;
  header->n_data    = rows * n_row;
  return TMB_OK;
}

TmbStatus
tmb_npy_header_read(const uint8_t* const bytes,
                    const size_t         n,
                    TmbNpyHeader* const  header,
                    TmbMessage* const    reason)
{
  TmbNpyHeader     read       = { .n_header = 0U };
  TmbNpyDictionary dictionary = { .n_dims = 0U };
  size_t           start      = 0U;

  TmbStatus status = read_prefix(bytes, n, &read, &start, reason);
  if (!status) {
    status = tmb_npy_dictionary_read((const char*)bytes + start,
                                     (size_t)read.n_header - start,
                                     &dictionary,
                                     reason);
  }
  if (!status) {
    status = read_type(dictionary.descr, &read, reason);
  }
  if (!status) {
    status = read_shape(&dictionary, &read, reason);
  }
  if (!status) {
    read.is_fortran = dictionary.is_fortran;
    *header         = read;
  }
  return status;
}

TmbStatus
tmb_npy_header_check(const TmbNpyHeader* const header,
                     const uint64_t            n_bytes,
                     TmbMessage* const         reason)
{
  const uint64_t n_needed = header->n_header + header->n_data;
  return n_bytes == n_needed
           ? TMB_OK
           : tmb_fail(TMB_BAD_FILE,
                      reason,
                      "%s: %" PRIu64 " bytes are there, %" PRIu64 " are needed",
                      n_bytes < n_needed ? "cut short"
                                         : "longer than the array",
                      n_bytes,
                      n_needed);
}
