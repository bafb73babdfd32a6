// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_STATUS_H
#define TMB_STATUS_H

#include "dsp/attributes.h"

/// What a function that can fail returns; zero is success.
typedef enum {
  TMB_OK,
  TMB_NO_MEMORY,         ///< An allocation failed
  TMB_BAD_ARG,           ///< A setting is outside its range
  TMB_NO_FILE,           ///< A file can't be opened or read
  TMB_BAD_FILE,          ///< A file's content is not what it should be
  TMB_TOO_NEW,           ///< A model of a later format than this program knows
  TMB_EXTERNAL_FEATURES, ///< A model without a front end: not for audio
  TMB_WRITE_FAILED       ///< A file can't be written
} TmbStatus;

/// One sentence that says what went wrong, without a full stop.
typedef struct {
  char text[256];
} TmbMessage;

/**
   Write a reason, cut to fit.

   @param[out] why Where to, or null.
   @return `status`, so that a refusal is one statement.
*/
TMB_PRINTF(3, 4)
TmbStatus
tmb_fail(TmbStatus status, TmbMessage* why, const char* format, ...);

/// A phrase for `status`, for callers that have nothing better to say.
const char*
tmb_strstatus(TmbStatus status);

#endif // TMB_STATUS_H
