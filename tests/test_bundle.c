// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/ports.h"
#include "tests/support/bundle.h"
#include "tests/support/cmocka.h"
#include "tests/support/host.h"
#include "tests/support/process.h"

#include <stdio.h>
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
    cmocka_unit_test(the_factory_model_is_ready),
  };
  return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
