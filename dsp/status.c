// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/status.h"

#include <stdarg.h>
#include <stdio.h>

TmbStatus
tmb_fail(const TmbStatus   status,
         TmbMessage* const why,
         const char* const format,
         ...)
{
  if (why) {
    va_list values;
    va_start(values, format);
    (void)vsnprintf(why->text, sizeof(why->text), format, values);
    va_end(values);

    // Names from files must not steer the terminal that shows them
    for (char* c = why->text; *c; ++c) {
      *c = ((unsigned char)*c < 0x20U || *c == 0x7F) ? '?' : *c;
    }
  }
  return status;
}

const char*
tmb_strstatus(const TmbStatus status)
{
  switch (status) {
    case TMB_OK:
      return "success";
    case TMB_NO_MEMORY:
      return "out of memory";
    case TMB_BAD_ARG:
      return "a setting is outside its range";
    case TMB_NO_FILE:
      return "the file can't be read";
    case TMB_BAD_FILE:
      return "the file is not valid";
    case TMB_TOO_NEW:
      return "this model needs a newer version of Timbrel";
    case TMB_EXTERNAL_FEATURES:
      return "this model was trained on external features";
    case TMB_WRITE_FAILED:
      return "the file can't be written";
  }
  return "unknown status";
}
