// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/onset_finders.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "aubioonset"

extern char** environ;

/// Start it with its stdout at `out` and its stderr nowhere: 0 or an errno.
static int
start(const char* const path, const int out, pid_t* const child)
{
  char  program[]   = PROGRAM;
  char  input[]     = "-i";
  char* file        = strdup(path); // Nobody changes it, the type only may
  char* arguments[] = { program, input, file, NULL };

  posix_spawn_file_actions_t actions;
  int error = file ? posix_spawn_file_actions_init(&actions) : ENOMEM;
  if (!error) {
    error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (!error) {
      error = posix_spawn_file_actions_addopen(
        &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    if (!error) {
      error = posix_spawnp(child, PROGRAM, &actions, NULL, arguments, environ);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
  }
  free(file);
  return error;
}

/// It prints one time in seconds a line.
static TmbStatus
read_times(FILE* const out, TmbMarks* const marks)
{
  TmbStatus status = TMB_OK;
  char      line[128];
  while (!status && fgets(line, sizeof(line), out)) {
    char*        end    = NULL;
    const double time_s = strtod(line, &end);
    if (end != line && isfinite(time_s)) {
      status = tmb_marks_add(marks, time_s, (double)NAN);
    }
  }
  return status;
}

TmbStatus
tmb_onsets_find_aubio(const char* const             path,
                      const TmbOnsetSettings* const settings,
                      TmbMarks* const               marks,
                      TmbMessage* const             why)
{
  (void)settings;

  int ends[2] = { -1, -1 };
  if (pipe(ends)) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s: %s", path, strerror(errno));
  }
  (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);

  pid_t     child = -1;
  const int error = start(path, ends[1], &child);
  (void)close(ends[1]);
  if (error) {
    (void)close(ends[0]);
    return tmb_fail(
      TMB_BAD_ARG, why, PROGRAM " can't be started: %s", strerror(error));
  }

  FILE* const out    = fdopen(ends[0], "r");
  TmbStatus   status = out ? read_times(out, marks) : TMB_NO_MEMORY;
  if (out) {
    (void)fclose(out);
  } else {
    (void)close(ends[0]);
  }

  int result = 0;
  if (waitpid(child, &result, 0) != child || !WIFEXITED(result) ||
      WEXITSTATUS(result)) {
    status = TMB_BAD_FILE;
  }
  return status ? tmb_fail(status, why, "%s: " PROGRAM " failed", path)
                : TMB_OK;
}
