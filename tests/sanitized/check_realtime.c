// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  The plugins under clang's real-time sanitizer, which ends a program whose
  real-time functions call what can block.

  usage: check_realtime BUNDLE

  With a second argument it does, in vain, what the sanitizer must not allow.
*/

#include "dsp/attributes.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/ordeal.h"
#include "tests/support/process.h"

#include <pthread.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAUGHT 43 ///< Exit status of a program that the sanitizer ends

static const char* program;
static const char* bundle;

TMB_REALTIME static void
allocate(void)
{
  void* volatile block = malloc(100U);
  free(block);
}

TMB_REALTIME static void
lock(void)
{
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  (void)pthread_mutex_lock(&mutex);
  (void)pthread_mutex_unlock(&mutex);
}

/// A host's function that allocates, but only as a part of `run`.
static LV2_Worker_Status
schedule(const LV2_Worker_Schedule_Handle handle,
         const uint32_t                   size,
         const void* const                data)
{
  (void)handle;
  (void)data;
  void* volatile block = malloc(size);
  free(block);
  return LV2_WORKER_SUCCESS;
}

/// Let every plugin call such a host.
static void
run_in_bad_host(const unsigned index)
{
  static const char   path[] = "/nowhere/at/all.safetensors";
  LV2_Worker_Schedule worker = { NULL, schedule };
  const RigSetup      setup  = { bundle, 44100.0, &worker, NULL, NULL };
  Rig* const          rig    = rig_new(&setup, index);
  rig_set_model(rig, path, sizeof(path));
  (void)rig_run(rig, 64U, false, NULL, NULL);
  rig_free(rig);
}

static int
misbehave(const char* const how)
{
  if (!strcmp(how, "malloc")) {
    allocate();
  } else if (!strcmp(how, "pthread_mutex_lock")) {
    lock();
  } else {
    run_in_bad_host((unsigned)strtoul(how, NULL, 10));
  }
  return 0;
}

/// Run this program again, and demand that it is ended because of a call.
static void
expect_caught(const char* const how, const char* const function)
{
  const char* const arguments[] = { program, bundle, how, NULL };
  Process           process     = process_run(arguments, NULL);
  char              call[64];
  (void)snprintf(call, sizeof(call), "`%s`", function);
  if (process.status != CAUGHT || !strstr(process.err, call)) {
    fail_msg("%s: status %d, %s", how, process.status, process.err);
  }
  process_free(&process);
}

static void
planted_calls_are_caught(void** const state)
{
  (void)state;
  expect_caught("malloc", "malloc");
  expect_caught("pthread_mutex_lock", "pthread_mutex_lock");
}

static void
calls_out_of_run_are_caught(void** const state)
{
  (void)state;
  for (unsigned i = 0U; rig_descriptor(bundle, i); ++i) {
    char index[16];
    (void)snprintf(index, sizeof(index), "%u", i);
    expect_caught(index, "malloc");
  }
}

static void
every_plugin_is_real_time(void** const state)
{
  (void)state;
  const Folder folder = folder_new();
  char         factory[512];
  char         other[512];
  (void)snprintf(factory, sizeof(factory), "%s/factory.safetensors", bundle);
  (void)snprintf(other, sizeof(other), "%s/other.safetensors", folder.path);
  Bytes bytes = bytes_load(factory);
  bytes_save(bytes.bytes, bytes.n, other);
  bytes_free(&bytes);

  static const double rates_hz[] = { 44100.0, 384000.0 };
  const char* const   models[2]  = { factory, other };
  for (size_t i = 0U; i < sizeof(rates_hz) / sizeof(rates_hz[0]); ++i) {
    const RigSetup setup = { bundle, rates_hz[i], NULL, NULL, NULL };
    ordeal_play_all(&setup, models);
  }
  folder_remove(&folder);
}

int
main(const int argc, char** const argv)
{
  if (argc < 2) {
    (void)fprintf(stderr, "usage: check_realtime BUNDLE\n");
    return 2;
  }
  program = argv[0];
  bundle  = argv[1];
  if (argc > 2) {
    return misbehave(argv[2]);
  }

  const struct CMUnitTest tests[] = {
    cmocka_unit_test(planted_calls_are_caught),
    cmocka_unit_test(calls_out_of_run_are_caught),
    cmocka_unit_test(every_plugin_is_real_time),
  };
  return cmocka_run_group_tests_name("real-time sanitizer", tests, NULL, NULL);
}
