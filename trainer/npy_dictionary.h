// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_NPY_DICTIONARY_H
#define TMB_NPY_DICTIONARY_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The Python dictionary in a NumPy array's header, as it stands there.
typedef struct {
  char     descr[32]; ///< Type, such as "<f4"
  bool     is_fortran;
  uint32_t n_dims;   ///< May be more than are kept
  uint64_t shape[2]; ///< [n_dims] The first two
} TmbNpyDictionary;

/**
   Parse the one literal that NumPy writes, not Python: the keys descr,
   fortran_order and shape, each once, in any order.

   @param text [n] Not terminated.
   @param[out] dictionary Partly set on error.
   @param[out] reason What is wrong, to follow the file's name and a colon.
   @return #TMB_OK or #TMB_BAD_FILE.
*/
TMB_NODISCARD TmbStatus
tmb_npy_dictionary_read(const char*       text,
                        size_t            n,
                        TmbNpyDictionary* dictionary,
                        TmbMessage*       reason);

#endif // TMB_NPY_DICTIONARY_H
