// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// For wait4()
#define _DEFAULT_SOURCE // NOLINT(bugprone-reserved-identifier,cert-dcl37-c)

#include "tools/bench_child.h"

#include "tools/bench_clock.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>

#define MAX_ARGUMENTS 32U

extern char** environ;

static double
seconds(const struct timeval time)
{
  return (double)time.tv_sec + (1e-6 * (double)time.tv_usec);
}

/// Start a program: 0 or an errno.
static int
start(const char* const* const arguments,
      const char* const        out_path,
      pid_t* const             child)
{
  // Nobody changes them, the type only may
  char*  argv[MAX_ARGUMENTS + 1U] = { NULL };
  size_t n                        = 1U; // The program
  while (n < MAX_ARGUMENTS && arguments[n]) {
    ++n;
  }
  memcpy((void*)argv, (const void*)arguments, n * sizeof(*argv));

  posix_spawn_file_actions_t actions;
  int                        error = posix_spawn_file_actions_init(&actions);
  if (!error) {
    error = posix_spawn_file_actions_addopen(
      &actions, 1, out_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (!error) {
      error = posix_spawnp(child, arguments[0], &actions, NULL, argv, environ);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
  }
  return error;
}

bool
bench_child_run(const char* const* const arguments,
                const char* const        out_path,
                BenchCost* const         cost)
{
  const double  begun  = bench_wall_s();
  pid_t         child  = -1;
  int           status = 0;
  struct rusage usage;
  const int     error = start(arguments, out_path, &child);
  if (error) {
    (void)fprintf(stderr, "%s: %s\n", arguments[0], strerror(error));
    return false;
  }
  if (wait4(child, &status, 0, &usage) != child || status) {
    (void)fprintf(stderr, "%s failed\n", arguments[0]);
    return false;
  }

  *cost =
    (BenchCost){ .cpu_s    = seconds(usage.ru_utime) + seconds(usage.ru_stime),
                 .wall_s   = bench_wall_s() - begun,
                 .peak_mib = (double)usage.ru_maxrss / 1024.0 };
  return true;
}
