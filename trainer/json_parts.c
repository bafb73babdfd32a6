// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/json_parts.h"

#include "trainer/text.h"

#include <math.h>
#include <stdlib.h>

json_t*
tmb_json_text(const char* const text)
{
  char* const   clean = tmb_text_clean(text, false);
  json_t* const json  = clean ? json_string(clean) : NULL;
  free(clean);
  return json;
}

json_t*
tmb_json_append(json_t* const list, json_t* const item)
{
  if (json_array_append_new(list, item)) {
    json_decref(list);
    return NULL;
  }
  return list;
}

json_t*
tmb_json_finite(const double value)
{
  return isfinite(value) ? json_real(value) : json_null();
}

json_t*
tmb_json_extend(json_t* const object, json_t* const other)
{
  const int failed = json_object_update(object, other);
  json_decref(other);
  if (failed) {
    json_decref(object);
    return NULL;
  }
  return object;
}
