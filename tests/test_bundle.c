// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/ports.h"
#include "tests/support/bundle.h"
#include "tests/support/cmocka.h"
#include "tests/support/host.h"
#include "tests/support/process.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
the_bundle_is_valid(void** const state)
{
  (void)state;
  char command[512];
  (void)snprintf(command,
                 sizeof(command),
                 "lv2_validate '%s'/*.ttl",
                 bundle_built("timbrel.lv2"));
  const char* const arguments[] = { "/bin/sh", "-c", command, NULL };

  // A syntax error shows on stderr alone, in a status of 0
  Process process = process_run(arguments, NULL);
  if (process.status || strstr(process.err, "error") ||
      strstr(process.err, "warning")) {
    fail_msg("status %d: %s%s", process.status, process.out, process.err);
  }
  process_free(&process);
}

static void
the_binary_exports_only_its_descriptor(void** const state)
{
  (void)state;
  const char* const arguments[] = { "/usr/bin/env",
                                    "nm",
                                    "--dynamic",
                                    "--defined-only",
                                    "--format=posix",
                                    bundle_built("timbrel.lv2/timbrel.so"),
                                    NULL };

  Process process = process_run(arguments, NULL);
  assert_int_equal(process.status, 0);
  assert_int_equal(strncmp(process.out, "lv2_descriptor T ", 17U), 0);
  assert_ptr_equal(strchr(process.out, '\n') + 1,
                   process.out + strlen(process.out));
  process_free(&process);
}

/// What sanitizers add counts in neither.
static void
skip_if_sanitized(void)
{
#ifdef TMB_SANITIZED
  print_message("skipped: sanitizers add to the binary\n");
  skip();
#endif
}

static void
the_binary_needs_few_libraries(void** const state)
{
  static const char* const allowed[] = {
    "libfftw3f_threads.", "libfftw3f.", "libjansson.", "libm.", "libc."
  };

  (void)state;
  skip_if_sanitized();
  const char* const arguments[] = { "/usr/bin/env",
                                    "readelf",
                                    "--dynamic",
                                    bundle_built("timbrel.lv2/timbrel.so"),
                                    NULL };

  Process  process = process_run(arguments, NULL);
  unsigned n       = 0U;
  assert_int_equal(process.status, 0);
  for (const char* at = process.out; (at = strstr(at, "Shared library: ["));
       ++n) {
    bool is_allowed = false;
    at += strlen("Shared library: [");
    for (size_t i = 0U; i < sizeof(allowed) / sizeof(*allowed); ++i) {
      is_allowed = is_allowed || !strncmp(at, allowed[i], strlen(allowed[i]));
    }
    if (!is_allowed) {
      fail_msg("it needs %.*s", (int)strcspn(at, "]"), at);
    }
  }
  assert_true(n > 0U);
  process_free(&process);
}

static void
the_bundle_has_less_than_3_mib(void** const state)
{
  (void)state;
  skip_if_sanitized();
  const char* const arguments[] = { "/usr/bin/env",
                                    "du",
                                    "--bytes",
                                    "--summarize",
                                    bundle_built("timbrel.lv2"),
                                    NULL };

  Process             process = process_run(arguments, NULL);
  const unsigned long n_bytes = strtoul(process.out, NULL, 10);
  assert_int_equal(process.status, 0);
  assert_in_range(n_bytes, 1U, (3U << 20U) - 1U);
  process_free(&process);
}

static void
the_factory_model_is_ready(void** const state)
{
  (void)state;
  Host* const host = host_new(bundle_built("timbrel.lv2"), HOST_FULL, 48000.0);
  float       out[64] = { 0.0f };
  assert_non_null(host);
  host_run(host, out, out, 64U);
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);
  assert_string_equal(host_log(host), "");
  host_free(host);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_bundle_is_valid),
    cmocka_unit_test(the_binary_exports_only_its_descriptor),
    cmocka_unit_test(the_binary_needs_few_libraries),
    cmocka_unit_test(the_bundle_has_less_than_3_mib),
    cmocka_unit_test(the_factory_model_is_ready),
  };
  return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
