// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/plugin.h"
#include "tests/support/cmocka.h"
#include "tests/support/fixture.h"
#include "tests/support/urids.h"

#include <pthread.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
a_state_keeps_model_and_controls(void** const state)
{
  const Fixture* const self    = (const Fixture*)*state;
  Host* const          host    = fixture_host(self, HOST_FULL);
  const Folder         session = folder_new();
  char                 other[FIXTURE_PATH];
  fixture_other_model(self, other);
  host_set_model(host, other);
  host_set(host, "threshold", 0.25f);
  fixture_run_blocks(self, host, 2U);
  assert_true(host_save(host, session.path));
  host_free(host);

  static const HostKind kinds[] = { HOST_FULL, HOST_NO_WORKER };
  for (size_t i = 0U; i < 2U; ++i) {
    Host* const again = fixture_host(self, kinds[i]);
    assert_true(host_restore(again, session.path, true));
    assert_true(host_restore(again, session.path, true)); // Both arrive at once
    fixture_run_blocks(self, again, 2U);
    char resolved[4096];
    assert_non_null(realpath(host_model(again), resolved));
    assert_string_equal(resolved, other);
    assert_true(host_get(again, "threshold") == 0.25f);
    assert_true(host_get(again, "status") == (float)TMB_STATE_READY);
    host_free(again);
  }
  folder_remove(&session);
}

static void
a_state_knows_the_factory_model_by_name(void** const state)
{
  const Fixture* const self    = (const Fixture*)*state;
  const Folder         session = folder_new();
  const Folder         moved   = bundle_new();
  Host* const          host    = fixture_host(self, HOST_FULL);
  assert_true(host_save(host, session.path));
  host_free(host);

  Host* const again = host_new(moved.path, HOST_FULL, BUNDLE_RATE);
  assert_non_null(again);
  char other[FIXTURE_PATH];
  fixture_other_model(self, other);
  host_set_model(again, other);
  fixture_run_blocks(self, again, 2U);
  assert_string_equal(host_model(again), other);
  assert_true(host_restore(again, session.path, true));
  fixture_run_blocks(self, again, 1U);
  assert_string_equal(host_model(again),
                      folder_file(&moved, "factory.safetensors"));
  host_free(again);
  folder_remove(&moved);
  folder_remove(&session);
}

static void
a_state_whose_model_is_gone_says_so(void** const state)
{
  const Fixture* const self    = (const Fixture*)*state;
  const Folder         session = folder_new();
  Host* const          host    = fixture_host(self, HOST_FULL);
  char                 other[FIXTURE_PATH];
  fixture_other_model(self, other);
  host_set_model(host, other);
  fixture_run_blocks(self, host, 2U);
  assert_true(host_save(host, session.path));
  host_free(host);
  (void)unlink(other);

  Host* const again = fixture_host(self, HOST_FULL);
  assert_true(host_restore(again, session.path, true));
  fixture_play(self, again, 1000U);
  assert_true(host_get(again, "status") == (float)TMB_STATE_MISSING);
  assert_true(count_events(again, HOST_NOTE) > 0U);

  // What is saved now still names it, and finds it when it is back
  assert_true(host_save(again, session.path));
  host_free(again);
  fixture_other_model(self, other);
  Host* const back = fixture_host(self, HOST_FULL);
  assert_true(host_restore(back, session.path, true));
  fixture_run_blocks(self, back, 1U);
  assert_true(host_get(back, "status") == (float)TMB_STATE_READY);
  char resolved[4096];
  assert_non_null(realpath(host_model(back), resolved));
  assert_string_equal(resolved, other);
  host_free(back);
  folder_remove(&session);
}

/// What the threads of the next test share.
typedef struct {
  Host*       host;
  const char* folder;
  atomic_bool done;
} Restoring;

static void*
restore_again_and_again(void* const data)
{
  Restoring* const self = (Restoring*)data;
  for (unsigned i = 0U; i < 50U; ++i) {
    (void)host_restore(self->host, self->folder, false);
  }
  atomic_store(&self->done, true);
  return NULL;
}

static void
restore_may_run_beside_run(void** const state)
{
  const Fixture* const self    = (const Fixture*)*state;
  const Folder         session = folder_new();
  Host* const          host    = fixture_host(self, HOST_FULL);
  assert_true(host_save(host, session.path));

  Restoring restoring = { host, session.path, false };
  pthread_t thread;
  assert_int_equal(
    pthread_create(&thread, NULL, restore_again_and_again, &restoring), 0);
  while (!atomic_load(&restoring.done)) {
    fixture_run_blocks(self, host, 1U);
  }
  assert_int_equal(pthread_join(thread, NULL), 0);
  fixture_run_blocks(self, host, 2U);
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);
  host_free(host);
  folder_remove(&session);
}

/// A host's path mapping and memory, with counts of what is out.
typedef struct {
  unsigned n_mapped;
  unsigned n_freed;
  char     stored[64];
  uint32_t type;
  bool     refuses; ///< To store
} Paths;

static char*
add_prefix(Paths* const self, const char* const prefix, const char* const path)
{
  const size_t n      = strlen(prefix) + strlen(path) + 1U;
  char* const  result = (char*)malloc(n);
  assert_non_null(result);
  (void)snprintf(result, n, "%s%s", prefix, path);
  ++self->n_mapped;
  return result;
}

static char*
to_abstract(const LV2_State_Map_Path_Handle handle, const char* const path)
{
  return add_prefix((Paths*)handle, "abstract", path);
}

static char*
to_absolute(const LV2_State_Map_Path_Handle handle, const char* const path)
{
  return add_prefix((Paths*)handle, "/absolute/", path);
}

static void
free_path(const LV2_State_Free_Path_Handle handle, char* const path)
{
  ++((Paths*)handle)->n_freed;
  free(path);
}

static LV2_State_Status
store(const LV2_State_Handle handle,
      const uint32_t         key,
      const void* const      value,
      const size_t           size,
      const uint32_t         type,
      const uint32_t         flags)
{
  Paths* const self = (Paths*)handle;
  (void)key;
  assert_true(size <= sizeof(self->stored));
  assert_int_equal(((const char*)value)[size - 1U], '\0');
  assert_int_equal(flags, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
  memcpy(self->stored, value, size);
  self->type = type;
  return self->refuses ? LV2_STATE_ERR_NO_SPACE : LV2_STATE_SUCCESS;
}

static const void*
retrieve(const LV2_State_Handle handle,
         const uint32_t         key,
         size_t* const          size,
         uint32_t* const        type,
         uint32_t* const        flags)
{
  Paths* const self = (Paths*)handle;
  (void)key;
  *size  = strlen(self->stored) + 1U;
  *type  = self->type;
  *flags = LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE;
  return self->stored;
}

/// A plugin without a host around it, to be given any features.
typedef struct {
  Urids                 urids;
  const LV2_Descriptor* descriptor;
  TmbPlugin*            plugin;
} Alone;

static void
start_alone(const Fixture* const self, Alone* const alone)
{
  urids_init(&alone->urids);
  const LV2_Feature        map        = { LV2_URID__map, &alone->urids.map };
  const LV2_Feature* const features[] = { &map, NULL };
  alone->descriptor                   = lv2_descriptor(TMB_MONO);
  alone->plugin = (TmbPlugin*)alone->descriptor->instantiate(
    alone->descriptor, BUNDLE_RATE, self->bundle.path, features);
  assert_non_null(alone->plugin);
  alone->descriptor->activate(alone->plugin);
}

static void
end_alone(Alone* const alone)
{
  alone->descriptor->cleanup(alone->plugin);
  urids_clear(&alone->urids);
}

static void
every_path_is_mapped_and_freed(void** const state)
{
  const Fixture* const     self      = (const Fixture*)*state;
  Paths                    paths     = { 0U, 0U, "", 0U, false };
  LV2_State_Map_Path       map_path  = { &paths, to_abstract, to_absolute };
  LV2_State_Free_Path      free_one  = { &paths, free_path };
  const LV2_Feature        map       = { LV2_STATE__mapPath, &map_path };
  const LV2_Feature        free_it   = { LV2_STATE__freePath, &free_one };
  const LV2_Feature* const with[]    = { &map, &free_it, NULL };
  const LV2_Feature* const without[] = { NULL };

  Alone                            alone;
  const LV2_State_Interface* const it = &tmb_state_interface;
  start_alone(self, &alone);
  const LV2_URID path_type = urids_get(&alone.urids, LV2_ATOM__Path);

  // The model of a state that is nowhere is kept, and mapped both ways
  memcpy(paths.stored, "gone", 5U);
  paths.type = path_type;
  assert_int_equal(it->restore(alone.plugin, retrieve, &paths, 0U, with),
                   LV2_STATE_SUCCESS);
  assert_int_equal(it->save(alone.plugin, store, &paths, 0U, with),
                   LV2_STATE_SUCCESS);
  assert_string_equal(paths.stored, "abstract/absolute/gone");
  assert_int_equal(paths.type, path_type);
  assert_int_equal(paths.n_mapped, 2U);
  assert_int_equal(paths.n_freed, 2U);

  // Also if the host can't store it
  paths.refuses = true;
  assert_int_equal(it->save(alone.plugin, store, &paths, 0U, with),
                   LV2_STATE_ERR_NO_SPACE);
  assert_int_equal(paths.n_freed, paths.n_mapped);

  // A path that can't be mapped is neither saved nor restored
  assert_int_equal(it->save(alone.plugin, store, &paths, 0U, without),
                   LV2_STATE_ERR_NO_FEATURE);
  assert_int_equal(it->restore(alone.plugin, retrieve, &paths, 0U, without),
                   LV2_STATE_ERR_NO_FEATURE);
  end_alone(&alone);
}

static void
what_a_state_may_not_hold_is_refused(void** const state)
{
  static const struct {
    const char*      label;
    const char*      text;
    const char*      type;
    LV2_State_Status status;
  } rows[] = {
    { "the bundle's own", "factory", LV2_ATOM__String, LV2_STATE_SUCCESS },
    { "another string", "violin", LV2_ATOM__String, LV2_STATE_ERR_BAD_TYPE },
    { "a URI", "urn:x", LV2_ATOM__URI, LV2_STATE_ERR_BAD_TYPE },
  };

  const Fixture* const     self   = (const Fixture*)*state;
  const LV2_Feature* const none[] = { NULL };
  Alone                    alone;
  start_alone(self, &alone);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    Paths paths = { 0U, 0U, "", 0U, false };
    (void)snprintf(paths.stored, sizeof(paths.stored), "%s", rows[i].text);
    paths.type = urids_get(&alone.urids, rows[i].type);
    print_message("%s\n", rows[i].label);
    assert_int_equal(
      tmb_state_interface.restore(alone.plugin, retrieve, &paths, 0U, none),
      rows[i].status);
  }
  end_alone(&alone);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_state_keeps_model_and_controls),
    TEST(a_state_knows_the_factory_model_by_name),
    TEST(a_state_whose_model_is_gone_says_so),
    TEST(restore_may_run_beside_run),
    TEST(every_path_is_mapped_and_freed),
    TEST(what_a_state_may_not_hold_is_refused),
  };
  return cmocka_run_group_tests_name("plugin's state", tests, NULL, NULL);
}
