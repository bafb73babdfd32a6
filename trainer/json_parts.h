// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_JSON_PARTS_H
#define TMB_JSON_PARTS_H

#include <jansson.h>

/// A string of a text that need not be UTF-8, such as a file's name; null if
/// memory is out.
json_t*
tmb_json_text(const char* text);

/// A number, or null if it is not finite.
json_t*
tmb_json_finite(double value);

/**
   Append an item, so that a list is built in one expression.

   @param item Released; may be null.
   @return `list`, or null if it could not be done, and `list` is released.
*/
json_t*
tmb_json_append(json_t* list, json_t* item);

/**
   Add what another object has.

   @param other Released; may be null.
   @return `object`, or null if it could not be done, and `object` is released.
*/
json_t*
tmb_json_extend(json_t* object, json_t* other);

#endif // TMB_JSON_PARTS_H
