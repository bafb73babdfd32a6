// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_NPY_VALUES_H
#define TMB_NPY_VALUES_H

#include "trainer/npy_header.h"

#include <stdint.h>

/**
   A value of an array.

   Exact but for whole numbers from 2^53 on, which are rounded.

   @param data [header->n_data] Of any alignment.
   @param row Below header->n_rows.
   @param column Below header->n_columns.
*/
double
tmb_npy_value(const TmbNpyHeader* header,
              const uint8_t*      data,
              uint64_t            row,
              uint32_t            column);

/**
   A row of an array: a mere copy where its values are this machine's floats in
   C order, and nearly as fast where they are its doubles.

   @param data [header->n_data] Of any alignment.
   @param row Below header->n_rows.
   @param[out] values [n_columns] Rounded to floats; what is too large is
   infinite.
*/
void
tmb_npy_row(const TmbNpyHeader* header,
            const uint8_t*      data,
            uint64_t            row,
            float*              values);

#endif // TMB_NPY_VALUES_H
