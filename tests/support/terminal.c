// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/terminal.h"

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t
terminal_run(const char* const line, char* const text, const size_t n_bytes)
{
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0) {
    print_message("skipped: there are no terminals: %s\n", strerror(errno));
    skip();
  }
  assert_int_equal(grantpt(terminal), 0);
  assert_int_equal(unlockpt(terminal), 0);

  const ProcessSetup setup   = { .stderr_path = ptsname(terminal) };
  Process            process = cli_run(line, &setup);
  assert_int_equal(process.status, 0);
  process_free(&process);
  assert_int_equal(fcntl(terminal, F_SETFL, O_NONBLOCK), 0);

  size_t  n    = 0U;
  ssize_t more = 1;
  while (more > 0) {
    more = read(terminal, text + n, n_bytes - 1U - n);
    n += more > 0 ? (size_t)more : 0U;
  }
  text[n] = '\0';
  (void)close(terminal);
  return n;
}
