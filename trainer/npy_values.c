// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/npy_values.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/// Whether this machine stores the most significant byte first.
static bool
machine_is_big(void)
{
  const uint16_t one   = 1U;
  uint8_t        first = 0U;
  memcpy(&first, &one, 1U);
  return !first;
}

/// The bits of a value, whatever its byte order and alignment.
static uint64_t
load(const TmbNpyHeader* const header, const uint8_t* const bytes)
{
  uint64_t bits = 0U;
  for (uint32_t i = 0U; i < header->n_value; ++i) {
    const uint32_t at = header->is_big ? i : header->n_value - 1U - i;
    bits              = (bits << 8U) | bytes[at];
  }
  return bits;
}

/// Half precision, which C11 has no type for.
static double
half(const uint64_t bits)
{
  const int    exponent = (int)((bits >> 10U) & 0x1FU);
  const double mantissa = (double)(bits & 0x3FFU);

  double size = 0.0;
  if (exponent == 0x1F) {
    size = mantissa > 0.0 ? (double)NAN : (double)INFINITY;
  } else if (exponent) {
    size = ldexp(mantissa + 1024.0, exponent - 25);
  } else {
    size = ldexp(mantissa, -24);
  }
  return (bits >> 15U) ? -size : size;
}

static double
real(const uint32_t n_value, const uint64_t bits)
{
  if (n_value == sizeof(float)) {
    const uint32_t low   = (uint32_t)bits;
    float          value = 0.0f;
    memcpy(&value, &low, sizeof(value));
    return (double)value;
  }
  if (n_value == sizeof(double)) {
    double value = 0.0;
    memcpy(&value, &bits, sizeof(value));
    return value;
  }
  return half(bits);
}

/// Two's complement, of which the conversions keep the low bits.
static double
signed_integer(const uint32_t n_value, const uint64_t bits)
{
  switch (n_value) {
    case sizeof(int8_t):
      return (double)(int8_t)bits;
    case sizeof(int16_t):
      return (double)(int16_t)bits;
    case sizeof(int32_t):
      return (double)(int32_t)bits;
    default:
      return (double)(int64_t)bits;
  }
}

static double
convert(const TmbNpyHeader* const header, const uint8_t* const bytes)
{
  const uint64_t bits = load(header, bytes);
  switch (header->kind) {
    case TMB_NPY_BOOL:
      return bits ? 1.0 : 0.0;
    case TMB_NPY_SIGNED:
      return signed_integer(header->n_value, bits);
    case TMB_NPY_UNSIGNED:
      return (double)bits;
    case TMB_NPY_REAL:
      return real(header->n_value, bits);
  }
  return 0.0;
}

double
tmb_npy_value(const TmbNpyHeader* const header,
              const uint8_t* const      data,
              const uint64_t            row,
              const uint32_t            column)
{
  const uint64_t at = header->is_fortran ? (column * header->n_rows) + row
                                         : (row * header->n_columns) + column;
  return convert(header, data + (at * header->n_value));
}

void
tmb_npy_row(const TmbNpyHeader* const header,
            const uint8_t* const      data,
            const uint64_t            row,
            float* const              values)
{
  const uint32_t n         = header->n_columns;
  const bool     is_native = header->kind == TMB_NPY_REAL &&
                         header->is_big == machine_is_big() &&
                         !header->is_fortran;
  const uint8_t* const first = data + (row * n * header->n_value);
  if (is_native && header->n_value == sizeof(float)) {
    memcpy(values, first, n * sizeof(float));
  } else if (is_native && header->n_value == sizeof(double)) {
    for (uint32_t i = 0U; i < n; ++i) {
      double value = 0.0;
      memcpy(&value, first + (i * sizeof(value)), sizeof(value));
      values[i] = (float)value;
    }
  } else {
    for (uint32_t i = 0U; i < n; ++i) {
      values[i] = (float)tmb_npy_value(header, data, row, i);
    }
  }
}
