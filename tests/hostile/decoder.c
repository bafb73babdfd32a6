// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What tests/test_label_hostile.c has loaded before libsndfile: the same, but
// for files named WHEN-DEED.wav, with which it does what a decoder may do that
// has a fault.

// For RTLD_NEXT
#define _GNU_SOURCE // NOLINT(bugprone-reserved-identifier)

#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

#define CHUNK 65536U      ///< Bytes
#define LEAK (40U << 20U) ///< Bytes that one file costs
#define NAP_US 700000U    ///< Below the tests' time limit
#define RUBBISH_FDS 16    ///< Descriptors that rubbish may be written to
#define LATE 5000000      ///< Frames of a recording that are good
#define MANY (1 << 20)    ///< More frames than anybody asks for

typedef SNDFILE*
OpenFd(int, int, SF_INFO*, int);
typedef sf_count_t
ReadShorts(SNDFILE*, short*, sf_count_t);

static const char* deed;      ///< Of the file at hand, or null
static sf_count_t  first;     ///< Not to be done before this frame
static bool        is_spoilt; ///< The next file is to crash
static char        name[NAME_MAX + 1];
static unsigned char* volatile taken; ///< So that no allocation is left out

/// Tell the test that it has begun.
static void
tell(void)
{
  FILE* const file = fopen("deeds", "a");
  if (file) {
    (void)fprintf(file, "%s\n", deed);
    (void)fclose(file);
  }
}

static bool
take_memory(const size_t n)
{
  taken = (unsigned char*)malloc(n);
  if (taken) {
    memset(taken, 1, n);
  }
  return taken;
}

/// Take all that there is, to the last byte.
static void
hoard(void)
{
  for (size_t n = CHUNK; n; n /= 2U) {
    while (take_memory(n)) {
    }
  }
}

static void
write_rubbish(void)
{
  char rubbish[CHUNK];
  memset(rubbish, 'x', sizeof(rubbish));
  for (int fd = STDERR_FILENO + 1; fd < RUBBISH_FDS; ++fd) {
    (void)!write(fd, rubbish, sizeof(rubbish));
  }
}

static bool
is(const char* const other)
{
  return !strcmp(deed, other);
}

/// Do what the name of the file at hand says; it may not return.
static void
act(void)
{
  tell();
  if (is("crash")) {
    (void)raise(SIGSEGV);
  } else if (is("abort")) {
    abort();
  } else if (is("exit")) {
    _exit(0);
  } else if (is("sleep")) {
    for (;;) {
      (void)pause();
    }
  } else if (is("spin")) {
    for (volatile bool goes_on = true; goes_on;) {
    }
  } else if (is("nap")) {
    (void)usleep(NAP_US);
  } else if (is("hoard")) {
    hoard();
  } else if (is("leak")) {
    (void)take_memory(LEAK);
  } else if (is("rubbish")) {
    write_rubbish();
  } else if (is("print")) {
    (void)puts("x");
    (void)fflush(stdout);
    (void)fputs("x\n", stderr);
  } else if (is("spoil")) {
    is_spoilt = true;
  }
}

/// Take from a file's name what it is to do; whether it is to do it now.
static bool
read_name(const int fd)
{
  char of_fd[64];
  char target[PATH_MAX + 1] = "";
  (void)snprintf(of_fd, sizeof(of_fd), "/proc/self/fd/%d", fd);
  const ssize_t     n     = readlink(of_fd, target, PATH_MAX);
  const char* const slash = n > 0 ? strrchr(target, '/') : NULL;
  (void)snprintf(name, sizeof(name), "%s", slash ? slash + 1 : "");

  char* const hyphen = strchr(name, '-');
  deed               = hyphen ? hyphen + 1 : NULL;
  if (hyphen) {
    *hyphen                     = '\0';
    *strchrnul(hyphen + 1, '.') = '\0';
  }
  first = !strcmp(name, "late") ? LATE : strcmp(name, "open") != 0;
  return deed && !first;
}

EXPORT SNDFILE*
sf_open_fd(const int fd, const int mode, SF_INFO* const info, const int closes)
{
  OpenFd*     open   = NULL;
  void* const symbol = dlsym(RTLD_NEXT, "sf_open_fd");
  memcpy(&open, &symbol, sizeof(open)); // C has no cast for this
  if (is_spoilt) {
    (void)raise(SIGSEGV);
  }
  if (read_name(fd)) {
    act();
    deed = NULL;
  }
  return open(fd, mode, info, closes);
}

EXPORT sf_count_t
sf_readf_short(SNDFILE* const file, short* const frames, const sf_count_t n)
{
  ReadShorts* read   = NULL;
  void* const symbol = dlsym(RTLD_NEXT, "sf_readf_short");
  memcpy(&read, &symbol, sizeof(read));
  const sf_count_t n_read = read(file, frames, n);
  if (!deed || sf_seek(file, 0, SEEK_CUR) < first) {
    return n_read;
  }
  if (is("more")) {
    return n_read ? n + 1 : 0;
  }
  if (is("many")) {
    return MANY;
  }
  if (is("fewer")) {
    return -n_read;
  }
  act();
  deed = NULL; // Once
  return n_read;
}
