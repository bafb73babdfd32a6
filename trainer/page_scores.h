// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PAGE_SCORES_H
#define TMB_PAGE_SCORES_H

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

/*
  Reading what `timbrel evaluate --json` wrote, which is not trusted: what is
  missing, or of another type, is NaN, null or 0.
*/

/// A member that is a finite number, or NaN.
double
tmb_json_number(const json_t* object, const char* key);

/// Whether an object looks like an evaluation at all.
bool
tmb_is_evaluation(const json_t* evaluation);

/// The scores on what was held out, or else on all.
const json_t*
tmb_evaluation_part(const json_t* evaluation);

/// What is counted, such as "notes".
const char*
tmb_evaluation_unit(const json_t* evaluation);

/// Name of class `i`, or "?".
const char*
tmb_evaluation_class(const json_t* evaluation, uint32_t i);

/// Classes of the part's confusion matrix if it is a square one of counts, of
/// as many rows as there are classes; else 0.
uint32_t
tmb_confusion_size(const json_t* evaluation);

/// Examples of class `truth` that were taken for `answer`, both below the size.
uint64_t
tmb_confusion_count(const json_t* part, uint32_t truth, uint32_t answer);

#endif // TMB_PAGE_SCORES_H
