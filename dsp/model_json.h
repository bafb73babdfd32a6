// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MODEL_JSON_H
#define TMB_MODEL_JSON_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

/*
  What the readers of a model's metadata share.
*/

/**
   The JSON list or object that a metadata string holds.

   @param[out] value A new reference; null on error.
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_FILE with the reason.
*/
TMB_NODISCARD TmbStatus
tmb_read_value(const json_t* metadata,
               const char*   key,
               json_t**      value,
               TmbMessage*   why);

/// What json_unpack_ex() has to say about `where`: #TMB_NO_MEMORY or
/// #TMB_BAD_FILE.
TMB_NODISCARD TmbStatus
tmb_unpack_failed(const json_error_t* error,
                  const char*         where,
                  TmbMessage*         why);

/// False if a number is out of range.
TMB_NODISCARD bool
tmb_to_u32(json_int_t value, uint32_t* result);

/// Index of `name` in a list that ends with null, or -1.
int
tmb_find_name(const char* const* names, const char* name);

#endif // TMB_MODEL_JSON_H
