// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_OPTIONS_H
#define TMB_OPTIONS_H

#include "dsp/attributes.h"

#include <stdbool.h>
#include <stdint.h>

/*
  What every subcommand says and reads in the same way.  `command` is the
  subcommand's name, such as "label".
*/

/// Print "timbrel: " and one sentence to stderr.
TMB_PRINTF(1, 2)
void
tmb_complain(const char* format, ...);

/**
   Print "timbrel COMMAND: ", one sentence and where help is, to stderr.

   @return #TMB_EXIT_USAGE, so that a refusal is one statement.
*/
TMB_PRINTF(2, 3)
int
tmb_usage_error(const char* command, const char* format, ...);

/**
   Refuse what getopt_long() did not take.

   For `opterr = 0` and an option string that starts with a colon.

   @param option What getopt_long() returned: ':' or '?'.
   @return #TMB_EXIT_USAGE.
*/
int
tmb_bad_option(const char* command, int option, char* const* argv);

/**
   Read a whole argument as a number from `least` to `most`.

   @param option Its name, such as "--threshold", for the complaint.
   @return Whether it is one; if not, a usage error has been printed.
*/
TMB_NODISCARD bool
tmb_number_option(const char* command,
                  const char* option,
                  const char* text,
                  double      least,
                  double      most,
                  double*     value);

/// The same of a whole number.
TMB_NODISCARD bool
tmb_count_option(const char* command,
                 const char* option,
                 const char* text,
                 double      least,
                 double      most,
                 uint32_t*   count);

#endif // TMB_OPTIONS_H
