// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/marks.h"

#include "trainer/regular_file.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_BYTES ((uint64_t)64U << 20U) ///< Larger files are refused
#define MAX_LINE 1024U                   ///< Bytes; what is behind is comment

TmbStatus
tmb_marks_add(TmbMarks* const marks, const double onset_s, const double told_s)
{
  if (marks->n == marks->capacity) {
    const size_t   capacity = (2U * marks->capacity) + 64U;
    TmbMark* const items =
      (TmbMark*)realloc(marks->items, capacity * sizeof(TmbMark));
    if (!items) {
      return TMB_NO_MEMORY;
    }
    marks->items    = items;
    marks->capacity = capacity;
  }
  marks->items[marks->n++] = (TmbMark){ .onset_s = onset_s, .told_s = told_s };
  return TMB_OK;
}

void
tmb_marks_free(TmbMarks* const marks)
{
  free(marks->items);
  *marks = (TmbMarks){ .n = 0U };
}

char*
tmb_annotation_path(const char* const recording)
{
  const char* const slash = strrchr(recording, '/');
  const char* const name  = slash ? slash + 1 : recording;
  const char* const dot   = strrchr(name, '.');
  const int         n =
    (dot && dot != name) ? (int)(dot - recording) : (int)strlen(recording);

  const size_t size = (size_t)n + sizeof(".onsets");
  char* const  path = (char*)malloc(size);
  if (path) {
    (void)snprintf(path, size, "%.*s.onsets", n, recording);
  }
  return path;
}

/// The time in a line's first column, or why it is none.
static const char*
read_time(const char* const line, const double least_s, double* const time_s)
{
  char* end = NULL;
  *time_s   = strtod(line, &end);
  if (end == line || !strchr(" \t\r\n,;", *end)) {
    return "does not begin with a number";
  }
  if (!isfinite(*time_s) || *time_s < 0.0) {
    return "is no time in a recording";
  }
  return *time_s < least_s ? "is before the onset above it" : NULL;
}

static TmbStatus
read_lines(FILE* const       file,
           const char* const path,
           TmbMarks* const   marks,
           TmbMessage* const why)
{
  char     line[MAX_LINE];
  bool     is_behind = false; // In the rest of a long line
  unsigned number    = 0U;
  double   time_s    = 0.0;
  while (fgets(line, sizeof(line), file)) {
    const bool is_rest = is_behind;
    is_behind          = !strchr(line, '\n');
    if (is_behind && strlen(line) + 1U < sizeof(line) && !feof(file)) {
      return tmb_fail(TMB_BAD_FILE, why, "%s: this is not a text", path);
    }
    if (is_rest) {
      continue;
    }
    ++number;
    if (!line[strspn(line, " \t\r\n")]) {
      continue;
    }

    const char* const fault = read_time(line, time_s, &time_s);
    if (fault) {
      return tmb_fail(TMB_BAD_FILE, why, "%s: line %u %s", path, number, fault);
    }
    if (tmb_marks_add(marks, time_s, (double)NAN)) {
      return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
    }
  }
  return ferror(file)
           ? tmb_fail(TMB_NO_FILE, why, "%s: %s", path, strerror(errno))
           : TMB_OK;
}

TmbStatus
tmb_annotation_read(const char* const path,
                    TmbMarks* const   marks,
                    TmbMessage* const why)
{
  int        fd      = -1;
  uint64_t   n_bytes = 0U;
  TmbMessage reason;
  TmbStatus  status = tmb_open_regular(path, &fd, &n_bytes, &reason);
  if (status) {
    return tmb_fail(status, why, "%s: %s", path, reason.text);
  }

  FILE* const file = fdopen(fd, "r");
  if (!file) {
    (void)close(fd);
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }
  status = n_bytes > MAX_BYTES
             ? tmb_fail(TMB_BAD_FILE, why, "%s: too large", path)
             : read_lines(file, path, marks, why);
  (void)fclose(file);
  return status;
}
