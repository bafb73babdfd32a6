// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_PROCESS_H
#define TMB_TEST_PROCESS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/// What is special about a run; all zero is the usual.
typedef struct {
  int         close_fd;    ///< 1 + a descriptor that is closed from the start
  const char* stdin_path;  ///< Read that
  const char* stdout_path; ///< Write there instead of capturing it
  const char* stderr_path; ///< The same of stderr
  const char* environment; ///< NAME=VALUE to set
  bool        is_user;     ///< Not root, to whom nothing is forbidden
  bool        is_leader;   ///< Of a process group of its own, as in a shell
} ProcessSetup;

/// What came of it.
typedef struct {
  int   status; ///< Exit status, or -1 if a signal ended it
  char* out;    ///< All of stdout
  char* err;    ///< All of stderr
} Process;

/// The command that was built with this test, from the test's own place.
const char*
process_command(void);

/// A program that runs.
typedef struct {
  pid_t id;
  FILE* out; ///< What it writes, not to be touched
  FILE* err;
} RunningProcess;

/**
   Start a program, which is ended after a minute.

   @param arguments Null-terminated; the first is the program.
   @param setup Or null.
*/
RunningProcess
process_start(const char* const* arguments, const ProcessSetup* setup);

/// Wait for its end.
Process
process_wait(RunningProcess* process);

/**
   Run a program to its end, a minute at most.

   @param arguments Null-terminated; the first is the program.
   @param setup Or null.
*/
Process
process_run(const char* const* arguments, const ProcessSetup* setup);

void
process_free(Process* process);

#endif // TMB_TEST_PROCESS_H
