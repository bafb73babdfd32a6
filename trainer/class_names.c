// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/class_names.h"

#include "trainer/instruments.h"
#include "trainer/regular_file.h"
#include "trainer/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define LINE_BYTES 256U
#define NOT_A_NAME "a class's name is UTF-8 text of 1 to 47 bytes"

static TmbStatus
fail_line(const char* const path,
          const uint32_t    line,
          const char* const reason,
          TmbMessage* const why)
{
  return tmb_fail(TMB_BAD_FILE, why, "%s, line %u: %s", path, line, reason);
}

/// Take a line as the name of the next class.
static TmbStatus
add_name(const char* const path,
         char* const       line,
         TmbClass* const   classes,
         uint32_t* const   n,
         TmbMessage* const why)
{
  size_t length = strlen(line);
  while (length && (line[length - 1U] == '\n' || line[length - 1U] == '\r')) {
    line[--length] = '\0';
  }
  if (*n == TMB_MAX_CLASSES) {
    return fail_line(path, *n + 1U, "there are too many classes", why);
  }
  if (!length || length >= TMB_MAX_NAME || !tmb_text_is_clean(line, true)) {
    return fail_line(path, *n + 1U, NOT_A_NAME, why);
  }
  if (*n && tmb_class_is_unknown(&classes[*n - 1U])) {
    return fail_line(
      path, *n, "\"" TMB_UNKNOWN_LABEL "\" can only be the last", why);
  }
  for (uint32_t i = 0U; i < *n; ++i) {
    if (!strcmp(classes[i].name, line)) {
      return fail_line(path, *n + 1U, "the name is there already", why);
    }
  }
  classes[(*n)++] = tmb_instrument(line);
  return TMB_OK;
}

static TmbStatus
read_names(const char* const path,
           TmbClass* const   classes,
           uint32_t* const   n,
           TmbMessage* const why)
{
  int        fd = -1;
  TmbMessage reason;
  if (tmb_open_regular(path, &fd, NULL, &reason)) {
    return tmb_fail(TMB_NO_FILE, why, "%s: %s", path, reason.text);
  }
  FILE* const file = fdopen(fd, "r");
  if (!file) {
    (void)close(fd);
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }

  TmbStatus status = TMB_OK;
  char      line[LINE_BYTES];
  off_t     start = 0;
  while (!status && fgets(line, sizeof(line), file)) {
    // A null would hide the rest of the line
    const bool is_text = (off_t)strlen(line) == ftello(file) - start;
    start              = ftello(file);
    status             = is_text ? add_name(path, line, classes, n, why)
                                 : fail_line(path, *n + 1U, NOT_A_NAME, why);
  }
  if (!status && ferror(file)) {
    status = tmb_fail(TMB_BAD_FILE, why, "%s: it can't be read", path);
  }
  (void)fclose(file);
  return status;
}

TmbStatus
tmb_class_names(const char* const path,
                const uint32_t    n_used,
                TmbClass** const  classes,
                uint32_t* const   n_classes,
                TmbMessage* const why)
{
  *n_classes = 0U;
  *classes   = (TmbClass*)calloc(TMB_MAX_CLASSES, sizeof(TmbClass));
  if (!*classes) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }
  if (!path) {
    for (*n_classes = 0U; *n_classes < n_used; ++*n_classes) {
      char name[16];
      (void)snprintf(name, sizeof(name), "%u", *n_classes);
      (*classes)[*n_classes] = tmb_instrument(name);
    }
    return TMB_OK;
  }

  const TmbStatus status = read_names(path, *classes, n_classes, why);
  if (!status && *n_classes == 1U && tmb_class_is_unknown(*classes)) {
    return fail_line(path, 1U, "there is no class that can be known", why);
  }
  return (!status && *n_classes < n_used)
           ? tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: it names %u classes, and there is a label %u",
                      path,
                      *n_classes,
                      n_used - 1U)
           : status;
}
