// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/process.h"

#include "tests/support/cmocka.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_S 300U
#define NOBODY 65534U

const char*
process_command(void)
{
  static char   path[PATH_MAX + 16];
  const ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1U);
  assert_true(n > 0);
  path[n] = '\0';
  for (unsigned i = 0U; i < 2U; ++i) { // Up from BUILD/tests/test_x
    char* const slash = strrchr(path, '/');
    assert_non_null(slash);
    *slash = '\0';
  }
  memcpy(path + strlen(path), "/timbrel", sizeof("/timbrel"));
  return path;
}

static _Noreturn void
become(const char* const* const  arguments,
       const ProcessSetup* const setup,
       FILE* const               out,
       FILE* const               err)
{
  const int out_fd =
    setup->stdout_path ? open(setup->stdout_path, O_WRONLY) : fileno(out);
  const int err_fd =
    setup->stderr_path ? open(setup->stderr_path, O_WRONLY) : fileno(err);
  if (dup2(out_fd, STDOUT_FILENO) < 0 || dup2(err_fd, STDERR_FILENO) < 0) {
    _exit(126);
  }
  if (setup->stdin_path &&
      dup2(open(setup->stdin_path, O_RDONLY), STDIN_FILENO) < 0) {
    _exit(126);
  }
  if (setup->is_leader) {
    (void)setpgid(0, 0);
  }
  if (setup->close_fd) {
    (void)close(setup->close_fd - 1);
  }
  if (setup->environment) {
    char* const entry = strdup(setup->environment);
    (void)putenv(entry);
  }
  if (setup->is_user && !geteuid() && setuid(NOBODY)) {
    _exit(126);
  }
  (void)signal(SIGPIPE, SIG_DFL);
  (void)signal(SIGINT, SIG_DFL); // A shell in the background ignores it
  (void)alarm(LIMIT_S);          // Stays through exec: what hangs is ended

  // execv() does not change its arguments, it only says that it may
  char* argv[32] = { NULL };
  for (size_t i = 0U; i < 31U && arguments[i]; ++i) {
    argv[i] = strdup(arguments[i]);
  }
  if (argv[0]) {
    (void)execv(argv[0], argv);
  }
  _exit(127);
}

/// All of a temporary file as a string, and close it.
static char*
collect(FILE* const file)
{
  (void)fseek(file, 0L, SEEK_END);
  const long n = ftell(file);
  rewind(file);
  assert_true(n >= 0);

  char* const text = (char*)calloc((size_t)n + 1U, 1U);
  assert_non_null(text);
  assert_int_equal(fread(text, 1U, (size_t)n, file), (size_t)n);
  (void)fclose(file);
  return text;
}

RunningProcess
process_start(const char* const* const  arguments,
              const ProcessSetup* const setup)
{
  static const ProcessSetup usual = { 0 };

  FILE* const out = tmpfile();
  FILE* const err = tmpfile();
  assert_non_null(out);
  assert_non_null(err);

  const pid_t child = fork();
  assert_true(child >= 0);
  if (!child) {
    become(arguments, setup ? setup : &usual, out, err);
  }
  if (setup && setup->is_leader) { // Whichever comes first
    (void)setpgid(child, child);
  }
  return (RunningProcess){ child, out, err };
}

Process
process_wait(RunningProcess* const process)
{
  int status = 0;
  assert_int_equal(waitpid(process->id, &status, 0), process->id);
  return (Process){
    .status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
    .out    = collect(process->out),
    .err    = collect(process->err),
  };
}

Process
process_run(const char* const* const arguments, const ProcessSetup* const setup)
{
  RunningProcess process = process_start(arguments, setup);
  return process_wait(&process);
}

void
process_free(Process* const process)
{
  free(process->out);
  free(process->err);
  *process = (Process){ .status = 0 };
}
