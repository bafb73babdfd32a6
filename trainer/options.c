// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/options.h"

#include "trainer/commands.h"
#include "trainer/text.h"

#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SENTENCE 4608U ///< Bytes; a path may take most of them

/// Print a sentence as one line, whatever the names of files in it hold.
static void
print_sentence(const char* const before,
               const char* const command,
               const char* const format,
               va_list           values)
{
  char text[MAX_SENTENCE] = "";
  (void)vsnprintf(text, sizeof(text), format, values);

  char* const clean = tmb_text_clean(text, true);
  (void)fprintf(stderr, "%s%s: %s", before, command, clean ? clean : "?");
  free(clean);
}

void
tmb_complain(const char* const format, ...)
{
  va_list values;
  va_start(values, format);
  print_sentence("timbrel", "", format, values);
  va_end(values);
  (void)fputc('\n', stderr);
}

int
tmb_usage_error(const char* const command, const char* const format, ...)
{
  va_list values;
  va_start(values, format);
  print_sentence("timbrel ", command, format, values);
  va_end(values);
  (void)fprintf(stderr, " (see timbrel %s --help)\n", command);
  return TMB_EXIT_USAGE;
}

int
tmb_bad_option(const char* const  command,
               const int          option,
               char* const* const argv)
{
  // Within a cluster such as -xh, the scan is not yet past it
  const char* const next = argv[optind];
  const char* const left = (optopt && next && next[0] == '-' && next[1] != '-')
                             ? strchr(next, optopt)
                             : NULL;
  const char* const text = argv[optind - 1];
  const bool        is_short =
    optopt && ((left && left[1]) || strncmp(text, "--", 2U) != 0);
  const char name[] = { '-', is_short ? (char)optopt : '\0', '\0' };
  return tmb_usage_error(command,
                         option == ':' ? "%s needs a value"
                                       : "unknown option %s",
                         is_short ? name : text);
}

bool
tmb_number_option(const char* const command,
                  const char* const option,
                  const char* const text,
                  const double      least,
                  const double      most,
                  double* const     value)
{
  char* end = NULL;
  *value    = strtod(text, &end);
  if (end == text || *end || !(*value >= least && *value <= most)) {
    (void)tmb_usage_error(command,
                          "%s takes a number from %g to %g, not \"%s\"",
                          option,
                          least,
                          most,
                          text);
    return false;
  }
  return true;
}

bool
tmb_count_option(const char* const command,
                 const char* const option,
                 const char* const text,
                 const double      least,
                 const double      most,
                 uint32_t* const   count)
{
  double value = 0.0;
  if (!tmb_number_option(command, option, text, least, most, &value)) {
    return false;
  }
  if (value != floor(value)) {
    (void)tmb_usage_error(command, "%s takes a whole number", option);
    return false;
  }
  *count = (uint32_t)value;
  return true;
}
