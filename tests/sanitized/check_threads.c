// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  The plugins under the thread sanitizer, in a host of three threads: one plays
  and wishes for models, one works, one saves and restores the state.

  usage: check_threads BUNDLE

  With a second argument, two threads run the same plugin, which no host may.
*/

#include "tests/sanitized/ring.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/ordeal.h"
#include "tests/support/process.h"

#include <lv2/atom/atom.h>

#include <pthread.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CAUGHT 66        ///< Exit status of a program that the sanitizer ends
#define N_LOADS 100U     ///< By the worker, for each plugin
#define N_STATES 100U    ///< Saved and restored
#define N_BLOCKS 200000U ///< At most

#define N_PATH 512U

static const char* program;
static const char* bundle;

/// What the threads share.
typedef struct {
  Rig*        rig;
  Ring        requests;  ///< From audio to worker
  Ring        responses; ///< Back
  atomic_uint n_loads;
  atomic_uint n_states;
  atomic_bool done;
  const char* models[2]; ///< Both can be loaded
  const char* corrupt;
  LV2_URID    path_type;
  char        saved[N_PATH]; ///< Only of the state's thread
  uint32_t    saved_type;
} Threads;

static void
rest(void)
{
  static const struct timespec pause = { 0, 100000 };
  (void)nanosleep(&pause, NULL);
}

static LV2_Worker_Status
schedule(const LV2_Worker_Schedule_Handle handle,
         const uint32_t                   size,
         const void* const                data)
{
  Threads* const self = (Threads*)handle;
  return ring_put(&self->requests, size, data) ? LV2_WORKER_SUCCESS
                                               : LV2_WORKER_ERR_NO_SPACE;
}

static LV2_Worker_Status
respond(const LV2_Worker_Respond_Handle handle,
        const uint32_t                  size,
        const void* const               data)
{
  Threads* const self = (Threads*)handle;
  return ring_put(&self->responses, size, data) ? LV2_WORKER_SUCCESS
                                                : LV2_WORKER_ERR_NO_SPACE;
}

static void*
work(void* const data)
{
  Threads* const self = (Threads*)data;
  uint8_t        message[RING_BYTES];
  uint32_t       size = 0U;
  while (!atomic_load(&self->done)) {
    if (ring_take(&self->requests, &size, message)) {
      self->rig->worker->work(self->rig->plugin, respond, self, size, message);
      atomic_fetch_add(&self->n_loads, size > 1U);
    } else {
      rest();
    }
  }
  return NULL;
}

/// As a part of `run`.
static void
take_responses(void* const data)
{
  Threads* const self = (Threads*)data;
  uint8_t        message[RING_BYTES];
  uint32_t       size = 0U;
  while (ring_take(&self->responses, &size, message)) {
    self->rig->worker->work_response(self->rig->plugin, size, message);
  }
}

static LV2_State_Status
store(const LV2_State_Handle handle,
      const uint32_t         key,
      const void* const      value,
      const size_t           size,
      const uint32_t         type,
      const uint32_t         flags)
{
  Threads* const self = (Threads*)handle;
  (void)key;
  (void)flags;
  if (size > N_PATH) {
    return LV2_STATE_ERR_NO_SPACE;
  }
  memcpy(self->saved, value, size);
  self->saved_type = type;
  return LV2_STATE_SUCCESS;
}

static const void*
retrieve(const LV2_State_Handle handle,
         const uint32_t         key,
         size_t* const          size,
         uint32_t* const        type,
         uint32_t* const        flags)
{
  Threads* const self = (Threads*)handle;
  (void)key;
  *size  = strlen(self->saved) + 1U;
  *type  = self->saved_type;
  *flags = LV2_STATE_IS_POD;
  return self->saved;
}

static char*
same_path(const LV2_State_Map_Path_Handle handle, const char* const path)
{
  (void)handle;
  return strdup(path);
}

static void
free_path(const LV2_State_Free_Path_Handle handle, char* const path)
{
  (void)handle;
  free(path);
}

static void*
save_and_restore(void* const data)
{
  LV2_State_Map_Path       map        = { NULL, same_path, same_path };
  LV2_State_Free_Path      free_it    = { NULL, free_path };
  const LV2_Feature        maps       = { LV2_STATE__mapPath, &map };
  const LV2_Feature        frees      = { LV2_STATE__freePath, &free_it };
  const LV2_Feature* const features[] = { &maps, &frees, NULL };

  Threads* const                   self  = (Threads*)data;
  const LV2_State_Interface* const state = self->rig->state;
  for (unsigned i = 0U; !atomic_load(&self->done); ++i) {
    (void)state->save(self->rig->plugin, store, self, 0U, features);
    if (i % 4U == 3U) { // Not what it has
      self->saved_type = self->path_type;
      (void)snprintf(self->saved,
                     N_PATH,
                     "%s",
                     (i % 8U == 3U) ? self->models[1] : self->corrupt);
    }
    (void)state->restore(self->rig->plugin, retrieve, self, 0U, features);
    atomic_fetch_add(&self->n_states, 1U);
    rest();
  }
  return NULL;
}

/// Play until the others have done enough; what is wrong, or null.
static const char*
play(Threads* const self)
{
  Ordeal ordeal;
  ordeal_init(&ordeal, self->models, 1U);
  for (unsigned i = 0U; i < N_BLOCKS; ++i) {
    const uint32_t n = ordeal_prepare(&ordeal, self->rig, 64U);
    if (i % 8U == 0U) {
      const char* const path =
        (i % 16U) ? self->corrupt : self->models[(i / 16U) % 2U];
      rig_set_model(self->rig, path, (uint32_t)strlen(path) + 1U);
    }
    const char* const fault =
      rig_run(self->rig, n, i % 2U, take_responses, self);
    if (fault) {
      return fault;
    }
    if (atomic_load(&self->n_loads) >= N_LOADS &&
        atomic_load(&self->n_states) >= N_STATES) {
      return NULL;
    }
  }
  return "The worker or the state did not keep up";
}

static void
swap_models(const unsigned index, const char* const paths[3])
{
  static Threads      self; // Large
  LV2_Worker_Schedule worker = { &self, schedule };
  const RigSetup      setup  = { bundle, 44100.0, &worker, NULL, NULL };
  memset(&self, 0, sizeof(self));
  self.models[0] = paths[0];
  self.models[1] = paths[1];
  self.corrupt   = paths[2];
  self.rig       = rig_new(&setup, index);
  assert_non_null(self.rig);
  self.path_type = urids_get(&self.rig->urids, LV2_ATOM__Path);

  pthread_t at_work;
  pthread_t at_state;
  assert_int_equal(pthread_create(&at_work, NULL, work, &self), 0);
  assert_int_equal(pthread_create(&at_state, NULL, save_and_restore, &self), 0);
  const char* const fault = play(&self);
  atomic_store(&self.done, true);
  assert_int_equal(pthread_join(at_work, NULL), 0);
  assert_int_equal(pthread_join(at_state, NULL), 0);

  if (fault) {
    fail_msg("%s: %s", self.rig->descriptor->URI, fault);
  }
  print_message("%s: %u loads by the worker, %u states, %u models told\n",
                self.rig->descriptor->URI,
                atomic_load(&self.n_loads),
                atomic_load(&self.n_states),
                self.rig->heard.n_models);
  assert_true(self.rig->heard.n_models > 10U);
  rig_free(self.rig);
}

static void
models_change_hands_without_a_race(void** const state)
{
  (void)state;
  const Folder folder = folder_new();
  char         factory[N_PATH];
  char         other[N_PATH];
  char         corrupt[N_PATH];
  (void)snprintf(factory, N_PATH, "%s/factory.safetensors", bundle);
  (void)snprintf(other, N_PATH, "%s/other.safetensors", folder.path);
  (void)snprintf(corrupt, N_PATH, "%s/corrupt.safetensors", folder.path);
  Bytes bytes = bytes_load(factory);
  bytes_save(bytes.bytes, bytes.n, other);
  bytes_save(bytes.bytes, bytes.n / 2U, corrupt);
  bytes_free(&bytes);

  const char* const paths[3] = { factory, other, corrupt };
  for (unsigned i = 0U; rig_descriptor(bundle, i); ++i) {
    swap_models(i, paths);
  }
  folder_remove(&folder);
}

static void*
run_again_and_again(void* const data)
{
  const Rig* const rig = (const Rig*)data;
  for (unsigned i = 0U; i < 1000U; ++i) {
    rig->descriptor->run(rig->plugin, 0U);
  }
  return NULL;
}

static int
race(const unsigned index)
{
  const RigSetup setup = { bundle, 44100.0, NULL, NULL, NULL };
  Rig* const     rig   = rig_new(&setup, index);
  (void)rig_run(rig, 0U, false, NULL, NULL);

  pthread_t other;
  if (!pthread_create(&other, NULL, run_again_and_again, rig)) {
    (void)run_again_and_again(rig);
    (void)pthread_join(other, NULL);
  }
  rig_free(rig);
  return 0;
}

static void
planted_races_are_caught(void** const state)
{
  static const ProcessSetup setup = { .environment =
                                        "TSAN_OPTIONS=halt_on_error=1" };

  (void)state;
  for (unsigned i = 0U; rig_descriptor(bundle, i); ++i) {
    char index[16];
    (void)snprintf(index, sizeof(index), "%u", i);
    const char* const arguments[] = { program, bundle, index, NULL };
    Process           process     = process_run(arguments, &setup);
    if (process.status != CAUGHT || !strstr(process.err, "data race") ||
        !strstr(process.err, "timbrel.so")) {
      fail_msg("plugin %u: status %d, %s", i, process.status, process.err);
    }
    process_free(&process);
  }
}

int
main(const int argc, char** const argv)
{
  if (argc < 2) {
    (void)fprintf(stderr, "usage: check_threads BUNDLE\n");
    return 2;
  }
  program = argv[0];
  bundle  = argv[1];
  if (argc > 2) {
    return race((unsigned)strtoul(argv[2], NULL, 10));
  }

  const struct CMUnitTest tests[] = {
    cmocka_unit_test(planted_races_are_caught),
    cmocka_unit_test(models_change_hands_without_a_race),
  };
  return cmocka_run_group_tests_name("thread sanitizer", tests, NULL, NULL);
}
