// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/page_scores.h"

#include "dsp/model.h"

#include <math.h>

double
tmb_json_number(const json_t* const object, const char* const key)
{
  const json_t* const value  = json_object_get(object, key);
  const double        number = json_number_value(value);
  return (json_is_number(value) && isfinite(number)) ? number : (double)NAN;
}

bool
tmb_is_evaluation(const json_t* const evaluation)
{
  return json_is_array(json_object_get(evaluation, "classes")) &&
         json_is_object(tmb_evaluation_part(evaluation));
}

const json_t*
tmb_evaluation_part(const json_t* const evaluation)
{
  const json_t* const parts    = json_object_get(evaluation, "parts");
  const json_t* const held_out = json_object_get(parts, "held_out");
  return held_out ? held_out : json_object_get(parts, "all");
}

const char*
tmb_evaluation_unit(const json_t* const evaluation)
{
  const char* const unit =
    json_string_value(json_object_get(evaluation, "unit"));
  return unit ? unit : "notes";
}

const char*
tmb_evaluation_class(const json_t* const evaluation, const uint32_t i)
{
  const char* const name = json_string_value(json_object_get(
    json_array_get(json_object_get(evaluation, "classes"), i), "name"));
  return name ? name : "?";
}

uint32_t
tmb_confusion_size(const json_t* const evaluation)
{
  const json_t* const rows =
    json_object_get(tmb_evaluation_part(evaluation), "confusion");
  const size_t n = json_array_size(json_object_get(evaluation, "classes"));
  if (n > TMB_MAX_CLASSES || json_array_size(rows) != n) {
    return 0U;
  }

  for (size_t i = 0U; i < n; ++i) {
    const json_t* const row = json_array_get(rows, i);
    if (json_array_size(row) != n) {
      return 0U;
    }
    for (size_t j = 0U; j < n; ++j) {
      const json_t* const count = json_array_get(row, j);
      if (!json_is_integer(count) || json_integer_value(count) < 0 ||
          json_integer_value(count) > (json_int_t)UINT32_MAX) {
        return 0U;
      }
    }
  }
  return (uint32_t)n;
}

uint64_t
tmb_confusion_count(const json_t* const part,
                    const uint32_t      truth,
                    const uint32_t      answer)
{
  return (uint64_t)json_integer_value(json_array_get(
    json_array_get(json_object_get(part, "confusion"), truth), answer));
}
