// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/result_row.h"

#include "dsp/model.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define MAX_SECONDS 1e9 ///< 31 years; more would hide all else in a sum

/// A text that has to be there and to be shorter than `size`; null if not.
static const char*
read_text(const json_t* const json,
          const char* const   key,
          const size_t        size,
          TmbMessage* const   reason)
{
  const json_t* const value = json_object_get(json, key);
  if (!json_is_string(value)) {
    (void)tmb_fail(TMB_BAD_FILE, reason, "it has no text \"%s\"", key);
    return NULL;
  }
  if (!json_string_length(value) || json_string_length(value) >= size) {
    (void)tmb_fail(TMB_BAD_FILE,
                   reason,
                   "its \"%s\" is %s",
                   key,
                   json_string_length(value) ? "too long" : "empty");
    return NULL;
  }
  return json_string_value(value);
}

/// A number from 0 on, or null, which is NaN.
static bool
read_number(const json_t* const json,
            const char* const   key,
            const double        most,
            double* const       number,
            TmbMessage* const   reason)
{
  const json_t* const value = json_object_get(json, key);
  *number = json_is_null(value) ? (double)NAN : json_number_value(value);
  if (json_is_null(value) ||
      (json_is_number(value) && *number >= 0.0 && *number <= most)) {
    return true;
  }
  (void)tmb_fail(
    TMB_BAD_FILE, reason, "its \"%s\" is not a number from 0 to %g", key, most);
  return false;
}

static bool
read_guess(TmbResultRow* const row, TmbMessage* const reason)
{
  static const char key[] = "family";

  row->label = read_text(row->json, "label", TMB_MAX_NAME, reason);
  if (!row->label) {
    return false;
  }

  const json_t* const family   = json_object_get(row->json, key);
  const bool          is_empty = json_is_null(family) ||
                        (json_is_string(family) && !json_string_length(family));
  row->family =
    is_empty ? "" : read_text(row->json, key, TMB_MAX_NAME + 1U, reason);
  return row->family &&
         read_number(row->json, "confidence", 1.0, &row->confidence, reason);
}

static bool
read_members(TmbResultRow* const row, TmbMessage* const reason)
{
  const char* const type =
    json_string_value(json_object_get(row->json, "type"));
  row->file = read_text(row->json, "file", SIZE_MAX, reason);
  if (!row->file) {
    return false;
  }
  if (type && !strcmp(type, "note")) {
    row->type = TMB_RESULT_NOTE;
    return read_guess(row, reason);
  }
  if (type && !strcmp(type, "file")) {
    row->type = TMB_RESULT_FILE;
    return read_guess(row, reason) &&
           read_number(
             row->json, "seconds", MAX_SECONDS, &row->seconds, reason);
  }
  if (type && !strcmp(type, "error")) {
    row->type   = TMB_RESULT_ERROR;
    row->reason = read_text(row->json, "error", SIZE_MAX, reason);
    return row->reason;
  }
  (void)tmb_fail(TMB_BAD_FILE,
                 reason,
                 "its \"type\" is none of \"note\", \"file\" and \"error\"");
  return false;
}

TmbStatus
tmb_result_row_read(const char* const   text,
                    const size_t        n,
                    TmbResultRow* const row,
                    TmbMessage* const   reason)
{
  json_error_t error;
  *row      = (TmbResultRow){ .family = "" };
  row->json = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
  if (!row->json) {
    return json_error_code(&error) == json_error_out_of_memory
             ? tmb_fail(TMB_NO_MEMORY, reason, "out of memory")
             : tmb_fail(
                 TMB_BAD_FILE, reason, "it is not JSON: %.100s", error.text);
  }
  return read_members(row, reason) ? TMB_OK : TMB_BAD_FILE;
}

void
tmb_result_row_clear(TmbResultRow* const row)
{
  json_decref(row->json);
  row->json = NULL;
}
