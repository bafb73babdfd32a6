// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// docs/tutorial.md: its commands, in order, and what it says that they print

#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

#include <arpa/inet.h>
#include <limits.h>
#include <math.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TUTORIAL "docs/tutorial.md"
#define FENCE "```"
#define PORT "8000"          ///< Of the tutorial's server; here another is free
#define MAX_BLOCK 8192U      ///< Bytes of a block
#define MAX_LINE 512U        ///< Bytes of a line that is compared
#define MAX_DIFFERENCE 0.15  ///< Of a number, relative to the tutorial's
#define MAX_SMALL 0.03       ///< As well right: of shares and losses
#define SEPARATORS " \t\r,*" ///< Which of a sweep is best depends on a hair
#define ANYTHING "..."       ///< A line or word that is not compared
#define MIN_RUN 15U          ///< Blocks; less means that they are not found
#define MIN_COMPARED 10U

#ifdef TMB_SANITIZED
#  define IS_SANITIZED 1
#else
#  define IS_SANITIZED 0
#endif

/// What a block between fences is.
typedef struct {
  char info[32];        ///< What stands behind the opening fence
  char text[MAX_BLOCK]; ///< Its lines
} Block;

/// Links in the scratch folder to what the tutorial's commands use.
static void
link_to_clone(const char* const clone)
{
  static const char* const folders[] = { "docs", "presets", "tests" };
  char                     path[PATH_MAX + 16];
  for (size_t i = 0U; i < sizeof(folders) / sizeof(*folders); ++i) {
    (void)snprintf(path, sizeof(path), "%s/%s", clone, folders[i]);
    assert_int_equal(symlink(path, folders[i]), 0);
  }
  (void)snprintf(path, sizeof(path), "%s", process_command());
  *strrchr(path, '/') = '\0';
  assert_int_equal(symlink(path, "build"), 0);

  // Each block is a shell of its own; and the Python that has NumPy
  char search[sizeof(path) + 32];
  assert_non_null(getcwd(path, PATH_MAX));
  (void)snprintf(search, sizeof(search), "%s/build:/usr/bin:/bin", path);
  assert_int_equal(setenv("PATH", search, 1), 0);
}

static int
setup(void** const state)
{
  char        clone[PATH_MAX];
  const char* found = getcwd(clone, sizeof(clone));
  if (!found || scratch_setup(state)) {
    return -1;
  }
  link_to_clone(clone);
  return 0;
}

/// A file as a string, which the test frees.
static char*
text_load(const char* const path)
{
  Bytes       bytes = bytes_load(path);
  char* const text  = strndup((const char*)bytes.bytes, bytes.n);
  assert_non_null(text);
  bytes_free(&bytes);
  return text;
}

/// The next block, or false after the last; `at` moves behind it.
static bool
next_block(const char** const at, Block* const block)
{
  const char* const begin = strstr(*at, "\n" FENCE);
  if (!begin) {
    return false;
  }
  const char* const info  = begin + 1 + strlen(FENCE);
  const char* const lines = info + strcspn(info, "\n");
  const char* const end   = strstr(lines, "\n" FENCE);
  assert_non_null(end);
  assert_true(lines - info < (long)sizeof(block->info));
  assert_true(end > lines && end - lines < (long)MAX_BLOCK);
  (void)snprintf(
    block->info, sizeof(block->info), "%.*s", (int)(lines - info), info);
  (void)snprintf(
    block->text, MAX_BLOCK, "%.*s\n", (int)(end - lines - 1), lines + 1);
  *at = end + 1 + strlen(FENCE);
  return true;
}

/// A port that nobody listens on.
static unsigned
free_port(void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t          n       = sizeof(address);
  const int          fd      = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_addr.s_addr    = htonl(INADDR_LOOPBACK);
  assert_true(fd >= 0);
  assert_int_equal(bind(fd, (const struct sockaddr*)&address, n), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr*)&address, &n), 0);
  (void)close(fd);
  return ntohs(address.sin_port);
}

/// Run a block as a script that ends at the first command that fails, and its
/// server with it.
static Process
run_block(const char* const text)
{
  static const char* const script =
    "trap 'kill $(jobs -p) 2>/dev/null || :' EXIT; eval \"${0//" PORT "/$1}\"";

  char port[8];
  (void)snprintf(port, sizeof(port), "%u", free_port());
  const char* const arguments[] = { "/bin/bash", "-euo", "pipefail", "-c",
                                    script,      text,   port,       NULL };
  Process           process     = process_run(arguments, NULL);
  if (process.status) {
    fail_msg("status %d of\n%s%s", process.status, text, process.err);
  }
  return process;
}

/// Whether a word is what the tutorial has, or a number close to it that is not
/// a count.
static bool
is_alike(const char* const said, const char* const printed)
{
  char*        said_end    = NULL;
  char*        printed_end = NULL;
  const double a           = strtod(said, &said_end);
  const double b           = strtod(printed, &printed_end);
  return !strcmp(said, ANYTHING) || !strcmp(said, printed) ||
         (strchr(said, '.') && !*said_end && !*printed_end &&
          fabs(a - b) <= fmax(MAX_SMALL, MAX_DIFFERENCE * fabs(a)));
}

/// Whether two lines are alike word by word.
static bool
lines_are_alike(const char* const said, const char* const printed)
{
  char  a[MAX_LINE];
  char  b[MAX_LINE];
  char* a_rest = NULL;
  char* b_rest = NULL;
  (void)snprintf(a, sizeof(a), "%.*s", (int)strcspn(said, "\n"), said);
  (void)snprintf(b, sizeof(b), "%.*s", (int)strcspn(printed, "\n"), printed);
  const char* a_word = strtok_r(a, SEPARATORS, &a_rest);
  const char* b_word = strtok_r(b, SEPARATORS, &b_rest);
  while (a_word && b_word && is_alike(a_word, b_word)) {
    a_word = strtok_r(NULL, SEPARATORS, &a_rest);
    b_word = strtok_r(NULL, SEPARATORS, &b_rest);
  }
  return !a_word && !b_word;
}

static const char*
next_line(const char* const line)
{
  const char* const end = strchr(line, '\n');
  return end ? end + 1 : line + strlen(line);
}

/// Demand all lines that the tutorial shows, in their order.
static void
expect_output(const char* const text, const char* const out)
{
  const char* at = out;
  for (const char* line = text; *line; line = next_line(line)) {
    if (!strncmp(line, ANYTHING "\n", strlen(ANYTHING "\n"))) {
      continue;
    }
    while (*at && !lines_are_alike(line, at)) {
      at = next_line(at);
    }
    if (!*at) {
      fail_msg("missing or late: %.*s\nin what was printed:\n%s",
               (int)strcspn(line, "\n"),
               line,
               out);
    }
    at = next_line(at);
  }
}

static void
its_commands_print_what_it_says(void** const state)
{
  static Block block;
  (void)state;
  char* const tutorial   = text_load(TUTORIAL);
  const char* at         = tutorial;
  unsigned    n_run      = 0U;
  unsigned    n_compared = 0U;
  Process     process    = { .out = NULL };
  while (next_block(&at, &block)) {
    if (!strcmp(block.info, "sh")) {
      process_free(&process);
      process = run_block(block.text);
      ++n_run;
    } else if (!strcmp(block.info, "text") && process.out) {
      if (!IS_SANITIZED) {
        expect_output(block.text, process.out);
      }
      ++n_compared;
    } else if (strcmp(block.info, "sh notest") != 0) {
      fail_msg("a block that is not tested: %s\n%s", block.info, block.text);
    }
  }
  process_free(&process);
  free(tutorial);
  assert_true(n_run >= MIN_RUN && n_compared >= MIN_COMPARED);
}

static void
a_difference_is_found(void** const state)
{
  static const struct {
    const char* said;
    const char* printed;
    bool        is_alike;
  } rows[] = {
    { "all 33,546\n", "all   33,546\n", true },
    { "all 33,546", "all 33,547", false },
    { "a 0.99 b", "a 0.97 b", true },
    { "a 0.99 b", "a 0.80 b", false },
    { "a 0.99 b", "a 0.99", false },
    { "a 0.99", "a 0.99 b", false },
    { "10 epochs of ... s", "10 epochs of 12.5 s", true },
    { "10 epochs of ... s", "9 epochs of 12.5 s", false },
    { "trumpet", "flute", false },
    { "* rate", "  rate", true },
  };
  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    if (lines_are_alike(rows[i].said, rows[i].printed) != rows[i].is_alike) {
      fail_msg("%s, %s", rows[i].said, rows[i].printed);
    }
  }
}

int
main(void)
{
  // No proxy between the command and the server
  (void)setenv("no_proxy", "127.0.0.1", 1);
  if (IS_SANITIZED) {
    print_message("sanitized: fewer rows, so outputs are not compared\n");
    (void)setenv("SHARE", "0.02", 1);
  }

  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_difference_is_found),
    cmocka_unit_test_setup_teardown(
      its_commands_print_what_it_says, setup, scratch_teardown),
  };
  return cmocka_run_group_tests_name("tutorial", tests, NULL, NULL);
}
