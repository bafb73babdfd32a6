// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/gnuplot.h"

#include "trainer/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

struct TmbGnuplotImpl {
  pid_t child;
  FILE* input;  ///< Its stdin
  FILE* errors; ///< Its stderr, a temporary file
};

static void
release(TmbGnuplot* const self)
{
  if (self) {
    if (self->input) {
      (void)fclose(self->input);
    }
    if (self->errors) {
      (void)fclose(self->errors);
    }
    free(self);
  }
}

/// Run gnuplot with these as its standard streams: 0 or an errno.
static int
spawn(TmbGnuplot* const self, const int in, const int out, const int err)
{
  static char name[]  = "gnuplot";
  static char plain[] = "--default-settings";
  char* const argv[]  = { name, plain, NULL };

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t          attributes;
  sigset_t                   restored;
  if (posix_spawn_file_actions_init(&actions)) {
    return ENOMEM;
  }
  if (posix_spawnattr_init(&attributes)) {
    (void)posix_spawn_file_actions_destroy(&actions);
    return ENOMEM;
  }

  // What this command ignores, see main.c, would be ignored there too
  (void)sigemptyset(&restored);
  (void)sigaddset(&restored, SIGPIPE);
  (void)posix_spawnattr_setsigdefault(&attributes, &restored);
  (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

  int error = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  if (!error) {
    error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  }
  if (!error) {
    error = posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  }
  if (!error) {
    error =
      posix_spawnp(&self->child, argv[0], &actions, &attributes, argv, environ);
  }
  (void)posix_spawnattr_destroy(&attributes);
  (void)posix_spawn_file_actions_destroy(&actions);
  return error;
}

/// Make the streams and run: 0 or an errno.
static int
start(TmbGnuplot* const self, FILE* const picture)
{
  int ends[2]  = { -1, -1 };
  self->errors = tmpfile();
  if (!self->errors || pipe(ends)) {
    return errno;
  }

  // Only the copies that the child makes of them are to outlive its start
  (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  self->input = fdopen(ends[1], "w");
  const int error =
    self->input ? spawn(self, ends[0], fileno(picture), fileno(self->errors))
                : errno;
  (void)close(ends[0]);
  if (!self->input) {
    (void)close(ends[1]);
  }
  return error;
}

TmbStatus
tmb_gnuplot_start(FILE* const        picture,
                  TmbGnuplot** const gnuplot,
                  TmbMessage* const  why)
{
  *gnuplot = NULL;

  TmbGnuplot* const self  = (TmbGnuplot*)calloc(1U, sizeof(TmbGnuplot));
  const int         error = self ? start(self, picture) : ENOMEM;
  if (error) {
    release(self);
    return error == ENOENT
             ? tmb_fail(TMB_NO_FILE,
                        why,
                        "gnuplot is needed to draw, and not in the PATH (on "
                        "Debian it is in the package gnuplot-nox)")
             : tmb_fail(error == ENOMEM ? TMB_NO_MEMORY : TMB_NO_FILE,
                        why,
                        "gnuplot can't be started: %s",
                        strerror(error));
  }
  *gnuplot = self;
  return TMB_OK;
}

FILE*
tmb_gnuplot_input(const TmbGnuplot* const gnuplot)
{
  return gnuplot->input;
}

void
tmb_gnuplot_text(FILE* const input, const char* const text)
{
  char* const clean   = tmb_text_clean(text, true);
  bool        is_open = false; // A digit would go on with an octal number
  (void)fputc('"', input);
  for (const char* c = clean ? clean : ""; *c; ++c) {
    const unsigned char byte = (unsigned char)*c;
    if (byte >= 0x80U || byte == ' ' ||
        (isalnum(byte) && !(is_open && isdigit(byte)))) {
      (void)fputc(byte, input);
      is_open = false;
    } else {
      (void)fprintf(input, "\\%03o", byte); // It may have a meaning
      is_open = true;
    }
  }
  (void)fputc('"', input);
  free(clean);
}

/// The last line of what it said, which has the reason, or "".
static void
read_complaint(FILE* const errors, char* const text, const size_t size)
{
  char line[200];
  text[0] = '\0';
  rewind(errors);
  while (fgets(line, sizeof(line), errors)) {
    char* const start           = line + strspn(line, " \t^");
    start[strcspn(start, "\n")] = '\0';
    if (*start) {
      (void)snprintf(text, size, "%s", start);
    }
  }
}

TmbStatus
tmb_gnuplot_finish(TmbGnuplot* const gnuplot, TmbMessage* const why)
{
  if (!gnuplot) {
    return TMB_OK;
  }

  int        status  = 0;
  const bool is_sent = !fclose(gnuplot->input);
  gnuplot->input     = NULL;
  while (waitpid(gnuplot->child, &status, 0) < 0 && errno == EINTR) {
  }

  char said[160];
  read_complaint(gnuplot->errors, said, sizeof(said));
  release(gnuplot);
  if (WIFSIGNALED(status)) {
    return tmb_fail(TMB_WRITE_FAILED,
                    why,
                    "gnuplot was ended by signal %d",
                    WTERMSIG(status));
  }
  return (is_sent && !WEXITSTATUS(status))
           ? TMB_OK
           : tmb_fail(TMB_WRITE_FAILED,
                      why,
                      "gnuplot failed with status %d%s%s",
                      WEXITSTATUS(status),
                      *said ? ": " : "",
                      said);
}
