// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model_json.h"

#include "dsp/safetensors.h"

#include <string.h>

TmbStatus
tmb_read_value(const json_t* const metadata,
               const char* const   key,
               json_t** const      value,
               TmbMessage* const   why)
{
  const json_t* const text = json_object_get(metadata, key);

  *value = NULL;
  return text ? tmb_json_read(json_string_value(text),
                              json_string_length(text),
                              key,
                              value,
                              why)
              : tmb_fail(TMB_BAD_FILE, why, "the metadata lack %s", key);
}

TmbStatus
tmb_unpack_failed(const json_error_t* const error,
                  const char* const         where,
                  TmbMessage* const         why)
{
  return (json_error_code(error) == json_error_out_of_memory)
           ? TMB_NO_MEMORY
           : tmb_fail(TMB_BAD_FILE, why, "%s: %s", where, error->text);
}

bool
tmb_to_u32(const json_int_t value, uint32_t* const result)
{
  *result = (uint32_t)value;
  return value >= 0 && value <= (json_int_t)UINT32_MAX;
}

int
tmb_find_name(const char* const* const names, const char* const name)
{
  for (int i = 0; names[i]; ++i) {
    if (!strcmp(names[i], name)) {
      return i;
    }
  }
  return -1;
}
