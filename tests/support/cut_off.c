// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cut_off.h"

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

unsigned
count_lines(const char* const path)
{
  FILE* const file = fopen(path, "r");
  unsigned    n    = 0U;
  for (int c = 0; file && (c = fgetc(file)) != EOF;) {
    n += c == '\n';
  }
  if (file) {
    (void)fclose(file);
  }
  return n;
}

Process
cut_off(const char* const line,
        const char* const path,
        const unsigned    n_lines,
        const int         signal)
{
  static const struct timespec moment = { 0, 1000000 };

  RunningProcess running = cli_start(line, NULL);
  siginfo_t      ended   = { .si_pid = 0 };
  while (!ended.si_pid && count_lines(path) < n_lines) {
    (void)nanosleep(&moment, NULL);
    assert_int_equal(
      waitid(P_PID, (id_t)running.id, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
  }
  assert_int_equal(kill(running.id, signal), 0);
  Process process = process_wait(&running);
  if (ended.si_pid) {
    fail_msg("timbrel %s: it ended too soon, %s", line, process.err);
  }
  return process;
}
