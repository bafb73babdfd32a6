// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ROW_JSON_H
#define TMB_ROW_JSON_H

#include "trainer/rows.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdio.h>

/// A number with six decimals, or null if it is not finite.
json_t*
tmb_row_number(double value);

/// The program of a guess, or null if that is unknown.
json_t*
tmb_row_program(const TmbGuess* guess);

/// What else a note may be: [{"label":…,"confidence":…},…].
json_t*
tmb_row_alternatives(const TmbNoteRow* note);

/**
   Write a value in one line without an end.

   @param value Released; null if memory ran out.
   @return Whether it could be written.
*/
bool
tmb_row_dump(FILE* out, json_t* value);

#endif // TMB_ROW_JSON_H
