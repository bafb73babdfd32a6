// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#define _GNU_SOURCE // NOLINT(bugprone-reserved-identifier,cert-dcl37-c)

#include "tests/support/realtime.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MAX_NAMES 32U

#if defined(__SANITIZE_ADDRESS__)
#  define HAS_ASAN 1
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer)
#    define HAS_ASAN 1
#  endif
#endif

static _Thread_local bool is_inside = false;

static unsigned    n_calls = 0U;
static const char* names[MAX_NAMES];
static unsigned    counts[MAX_NAMES];

void
realtime_count(const char* const name)
{
  if (is_inside) {
    unsigned i = 0U;
    while (i < MAX_NAMES - 1U && names[i] && strcmp(names[i], name) != 0) {
      ++i;
    }
    names[i] = name;
    ++counts[i];
    ++n_calls;
  }
}

/// Define a function that counts and then does what it should.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define COUNTED(result, name, parameters, arguments)            \
  __attribute__((visibility("default"))) result name parameters \
  {                                                             \
    static result(*real) parameters = NULL;                     \
    if (!real) {                                                \
      *(void**)&real = dlsym(RTLD_NEXT, #name);                 \
    }                                                           \
    realtime_count(#name);                                      \
    return real arguments;                                      \
  }
// NOLINTEND(bugprone-macro-parentheses)

// clang-format off
COUNTED(int, pthread_mutex_lock, (pthread_mutex_t* mutex), (mutex))
COUNTED(int, pthread_rwlock_rdlock, (pthread_rwlock_t* lock), (lock))
COUNTED(int, pthread_rwlock_wrlock, (pthread_rwlock_t* lock), (lock))
COUNTED(int, pthread_cond_wait, (pthread_cond_t* condition,
        pthread_mutex_t* mutex), (condition, mutex))
COUNTED(int, sem_wait, (sem_t* semaphore), (semaphore))
COUNTED(int, nanosleep, (const struct timespec* time, struct timespec* left),
        (time, left))
COUNTED(int, usleep, (useconds_t time), (time))
COUNTED(FILE*, fopen, (const char* path, const char* mode), (path, mode))
COUNTED(size_t, fread, (void* to, size_t size, size_t n, FILE* file),
        (to, size, n, file))
COUNTED(size_t, fwrite, (const void* from, size_t size, size_t n, FILE* file),
        (from, size, n, file))
COUNTED(int, fputc, (int c, FILE* file), (c, file))
COUNTED(int, fputs, (const char* text, FILE* file), (text, file))
COUNTED(int, puts, (const char* text), (text))
COUNTED(int, vfprintf, (FILE* file, const char* format, va_list arguments),
        (file, format, arguments))
COUNTED(int, fflush, (FILE* file), (file))
COUNTED(ssize_t, read, (int fd, void* to, size_t n), (fd, to, n))
COUNTED(ssize_t, write, (int fd, const void* from, size_t n), (fd, from, n))
COUNTED(int, close, (int fd), (fd))
COUNTED(void*, mmap, (void* at, size_t n, int access, int flags, int fd,
        off_t offset), (at, n, access, flags, fd, offset))
COUNTED(int, munmap, (void* at, size_t n), (at, n))
// clang-format on

/// Define a function that opens a file; `mode` follows only if it is made.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define COUNTED_OPEN(name, parameters, arguments)                  \
  __attribute__((visibility("default"))) int name parameters       \
  {                                                                \
    static int(*real) parameters = NULL;                           \
    if (!real) {                                                   \
      *(void**)&real = dlsym(RTLD_NEXT, #name);                    \
    }                                                              \
    va_list rest;                                                  \
    va_start(rest, flags);                                         \
    const mode_t mode =                                            \
      (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0U; \
    va_end(rest);                                                  \
    realtime_count(#name);                                         \
    return real arguments;                                         \
  }
// NOLINTEND(bugprone-macro-parentheses)

// clang-format off
COUNTED_OPEN(open, (const char* path, int flags, ...), (path, flags, mode))
COUNTED_OPEN(open64, (const char* path, int flags, ...), (path, flags, mode))
COUNTED_OPEN(openat, (int folder, const char* path, int flags, ...),
             (folder, path, flags, mode))
// clang-format on

// These are counted as vfprintf(), to which they can hand their arguments
__attribute__((visibility("default"))) int
printf(const char* const format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  const int n = vfprintf(stdout, format, arguments);
  va_end(arguments);
  return n;
}

__attribute__((visibility("default"))) int
fprintf(FILE* const file, const char* const format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  const int n = vfprintf(file, format, arguments);
  va_end(arguments);
  return n;
}

#ifdef HAS_ASAN

// The sanitizer has its own allocator, and tells of what it does

int
__sanitizer_install_malloc_and_free_hooks(
  void (*on_malloc)(const volatile void*, size_t),
  void (*on_free)(const volatile void*));

static void
on_malloc(const volatile void* const block, const size_t n)
{
  (void)block;
  (void)n;
  realtime_count("malloc");
}

static void
on_free(const volatile void* const block)
{
  (void)block;
  realtime_count("free");
}

__attribute__((constructor)) static void
install_hooks(void)
{
  __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}

#else

// glibc's own names for what dlsym() itself may call
// NOLINTBEGIN(bugprone-reserved-identifier)

void*
__libc_malloc(size_t n);

void*
__libc_calloc(size_t n, size_t size);

void*
__libc_realloc(void* old, size_t n);

void*
__libc_memalign(size_t alignment, size_t n);

void
__libc_free(void* block);

// NOLINTEND(bugprone-reserved-identifier)

// clang-format off
#define COUNTED_LIBC(result, name, parameters, real)             \
  __attribute__((visibility("default"))) result name parameters \
  {                                                             \
    realtime_count(#name);                                                \
    return real;                                                 \
  }

COUNTED_LIBC(void*, malloc, (size_t n), __libc_malloc(n))
COUNTED_LIBC(void*, calloc, (size_t n, size_t size), __libc_calloc(n, size))
COUNTED_LIBC(void*, realloc, (void* old, size_t n), __libc_realloc(old, n))
COUNTED_LIBC(void*, aligned_alloc, (size_t alignment, size_t n),
             __libc_memalign(alignment, n))
COUNTED_LIBC(void*, memalign, (size_t alignment, size_t n),
             __libc_memalign(alignment, n))
// clang-format on

__attribute__((visibility("default"))) int
posix_memalign(void** const block, const size_t alignment, const size_t n)
{
  realtime_count("posix_memalign");
  *block = __libc_memalign(alignment, n);
  return *block ? 0 : ENOMEM;
}

__attribute__((visibility("default"))) void
free(void* const block)
{
  realtime_count("free");
  __libc_free(block);
}

#endif

void
realtime_guard(const bool inside)
{
  is_inside = inside;
}

unsigned
realtime_calls(void)
{
  return n_calls;
}

unsigned
realtime_calls_to(const char* const name)
{
  for (unsigned i = 0U; i < MAX_NAMES && names[i]; ++i) {
    if (!strcmp(names[i], name)) {
      return counts[i];
    }
  }
  return 0U;
}

const char*
realtime_first(void)
{
  return names[0] ? names[0] : "none";
}

void
realtime_forget(void)
{
  n_calls = 0U;
  memset(names, 0, sizeof(names));
  memset(counts, 0, sizeof(counts));
}
