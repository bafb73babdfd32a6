// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/row_json.h"

#include "trainer/row_format.h"

#include <math.h>
#include <stdlib.h>

json_t*
tmb_row_number(const double value)
{
  // 15 digits hold six decimals for any length of recording
  return isfinite(value) ? json_real(round(value * 1e6) / 1e6) : json_null();
}

json_t*
tmb_row_program(const TmbGuess* const guess)
{
  return guess->instrument ? json_integer(guess->instrument->program)
                           : json_null();
}

json_t*
tmb_row_alternatives(const TmbNoteRow* const note)
{
  json_t* const array = json_array();
  for (uint32_t i = 0U; i < note->n_alternatives; ++i) {
    const TmbGuess* const guess = &note->alternatives[i];
    if (json_array_append_new(array,
                              json_pack("{s:s, s:o}",
                                        "label",
                                        tmb_guess_label(guess),
                                        "confidence",
                                        tmb_row_number(guess->confidence)))) {
      json_decref(array);
      return NULL;
    }
  }
  return array;
}

bool
tmb_row_dump(FILE* const out, json_t* const value)
{
  const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);
  const bool   is_written = value && !json_dumpf(value, out, flags);
  json_decref(value);
  return is_written;
}
