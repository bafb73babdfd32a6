// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/plugin.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/fixture.h"
#include "tests/support/model_file.h"
#include "tests/support/model_parts.h"
#include "tests/support/urids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// The labels of a pass, as one string.
static void
labels(const Fixture* const self, Host* const host, char* const text)
{
  text[0] = '\0';
  host_restart(host);
  host_forget(host);
  fixture_play(self, host, 1000U);

  size_t           at   = 0U;
  size_t           n    = 0U;
  const HostEvent* note = NULL;
  while ((note = next_event(host, HOST_NOTE, &at))) {
    assert_true(n + 64U < 2048U);
    n += (size_t)snprintf(text + n, 64U, "%s ", note->label);
  }
}

static void
a_new_model_is_taken_up_and_told(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  char                 before[2048];
  char                 after[2048];
  char                 other[FIXTURE_PATH];
  fixture_other_model(self, other);
  labels(self, host, before);

  host_get_model(host);
  fixture_run_blocks(self, host, 1U);
  assert_string_equal(host_model(host),
                      folder_file(&self->bundle, "factory.safetensors"));

  host_set_eager(host, false);
  host_set_model(host, other);
  fixture_run_blocks(self, host, 1U);
  assert_true(host_get(host, "status") == (float)TMB_STATE_LOADING);
  host_work(host);
  host_set_eager(host, true);
  fixture_run_blocks(self, host, 1U);
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);
  assert_string_equal(host_model(host), other);

  labels(self, host, after);
  assert_string_not_equal(before, after);
  host_free(host);
}

static void
a_model_brings_its_own_front_end(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  host_set_model(host, MODEL_FILE);
  fixture_run_blocks(self, host, 2U);
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);
  host_set(host, "threshold", 0.0f);
  fixture_play(self, host, 1000U);
  assert_true(count_events(host, HOST_NOTE) > 0U);
  host_free(host);
}

static void
what_is_none_of_the_classes_stays_unknown(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  TestConvModel        model;
  TmbMessage           why = { "" };
  char                 path[FIXTURE_PATH];
  (void)snprintf(
    path, FIXTURE_PATH, "%s", folder_file(&self->bundle, "none.safetensors"));
  test_conv_model_init(&model);
  model.bias2[TEST_CLASSES] = 1000.0f;
  assert_int_equal(tmb_model_write(path, &model.parts, &why), TMB_OK);

  host_set_model(host, path);
  fixture_run_blocks(self, host, 2U);
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);
  host_set(host, "threshold", 0.0f);
  host_set(host, "watch", (float)TEST_CLASSES); // Its output is none to watch
  host_set(host, "hold", 5000.0f);
  fixture_play(self, host, 1000U);

  size_t           at      = 0U;
  unsigned         n_notes = 0U;
  const HostEvent* note    = NULL;
  while ((note = next_event(host, HOST_NOTE, &at))) {
    assert_int_equal(note->instrument, TMB_UNKNOWN);
    assert_string_equal(note->label, "unknown");
    assert_string_equal(note->family, "");
    assert_true(note->family_confidence == 0.0f);
    assert_true(note->confidence < 0.5f);
    ++n_notes;
  }
  assert_true(n_notes > 0U);
  assert_int_equal(count_events(host, HOST_INSTRUMENT), 0U);
  assert_true(host_get(host, "instrument") == -1.0f);
  assert_true(host_get(host, "watched") == 0.0f);
  assert_true(host_get(host, "watched_confidence") == 0.0f);
  host_free(host);
}

static void
a_bad_model_leaves_the_old_one_playing(void** const state)
{
  enum { MISSING, EMPTY, TEXT, CUT, TOO_NEW, EXTERNAL, FOLDER };
  static const struct {
    const char* label;
    int         what;
    TmbState    status;
  } rows[] = {
    { "missing", MISSING, TMB_STATE_MISSING },
    { "empty", EMPTY, TMB_STATE_CORRUPT },
    { "text", TEXT, TMB_STATE_CORRUPT },
    { "cut off", CUT, TMB_STATE_CORRUPT },
    { "of a later format", TOO_NEW, TMB_STATE_TOO_NEW },
    { "of external features", EXTERNAL, TMB_STATE_EXTERNAL },
    { "a folder", FOLDER, TMB_STATE_MISSING },
  };

  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  char                 before[2048];
  char                 after[2048];
  char                 factory[FIXTURE_PATH];
  char                 bad[FIXTURE_PATH];
  (void)snprintf(factory,
                 sizeof(factory),
                 "%s",
                 folder_file(&self->bundle, "factory.safetensors"));
  (void)snprintf(
    bad, sizeof(bad), "%s", folder_file(&self->bundle, "bad.safetensors"));
  labels(self, host, before);

  Bytes good  = bytes_load(factory);
  Bytes newer = edit_header(MODEL_FILE,
                            "too new",
                            "\"timbrel.format\":\"1\"",
                            "\"timbrel.format\":\"3\"",
                            0U);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    const char* path = bad;
    (void)unlink(bad);
    switch (rows[i].what) {
      case EMPTY:
        bytes_save("", 0U, bad);
        break;
      case TEXT:
        bytes_save("This is no model.\n", 18U, bad);
        break;
      case CUT:
        bytes_save(good.bytes, good.n / 2U, bad);
        break;
      case TOO_NEW:
        bytes_save(newer.bytes, newer.n, bad);
        break;
      case EXTERNAL:
        bundle_write_external_model(bad);
        break;
      case FOLDER:
        path = self->bundle.path;
        break;
      default:
        break;
    }

    host_forget(host);
    host_set_model(host, path);
    fixture_run_blocks(self, host, 3U);
    print_message("%s: %s", rows[i].label, host_log(host));
    assert_true(host_get(host, "status") == (float)rows[i].status);
    assert_non_null(strstr(host_log(host), path));
    assert_int_equal(count_events(host, HOST_MODEL), 1U);
    assert_string_equal(host_model(host), factory);
  }
  labels(self, host, after);
  assert_string_equal(before, after);

  // A good one sets all right again
  host_set_model(host, factory);
  fixture_run_blocks(self, host, 3U);
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);
  bytes_free(&good);
  bytes_free(&newer);
  host_free(host);
}

static void
a_path_that_is_none_is_refused(void** const state)
{
  static const struct {
    const char* label;
    uint32_t    n; ///< Bytes before the end
  } rows[] = { { "empty", 0U }, { "a zero", 1U }, { "too long", 2048U } };

  static const char    zeros[2048] = "";
  const Fixture* const self        = (const Fixture*)*state;
  Host* const          host        = fixture_host(self, HOST_FULL);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    host_forget(host);
    host_set_model_bytes(host, zeros, rows[i].n);
    fixture_run_blocks(self, host, 3U);
    print_message("%s\n", rows[i].label);
    assert_true(host_get(host, "status") == (float)TMB_STATE_READY);
    assert_int_equal(count_events(host, HOST_MODEL), 1U);
    assert_string_equal(host_model(host),
                        folder_file(&self->bundle, "factory.safetensors"));
  }
  host_free(host);
}

static void
a_bundle_without_model_passes_the_sound(void** const state)
{
  const Fixture* const self   = (const Fixture*)*state;
  const Folder         bundle = bundle_new_without_model();
  Host* const          host   = host_new(bundle.path, HOST_FULL, BUNDLE_RATE);
  assert_non_null(host);
  fixture_play(self, host, 1000U);
  assert_memory_equal(self->out, self->sound.y, self->sound.n * sizeof(float));
  assert_true(host_get(host, "status") == (float)TMB_STATE_MISSING);
  assert_true(host_get(host, "instrument") == -1.0f);

  host_set_model(host, folder_file(&self->bundle, "factory.safetensors"));
  fixture_run_blocks(self, host, 2U);
  fixture_play(self, host, 1000U);
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);
  assert_true(count_events(host, HOST_NOTE) > 0U);
  host_free(host);
  folder_remove(&bundle);
}

/// Not through lilv: allocations fail only in what the test itself links.
static void
a_model_that_memory_is_too_short_for_says_so(void** const state)
{
  const Fixture* const        self       = (const Fixture*)*state;
  const LV2_Descriptor* const descriptor = lv2_descriptor(0U);
  Urids                       urids;
  urids_init(&urids);
  const LV2_Feature        map        = { LV2_URID__map, &urids.map };
  const LV2_Feature* const features[] = { &map, NULL };
  TmbPlugin* const         plugin     = (TmbPlugin*)descriptor->instantiate(
    descriptor, BUNDLE_RATE, self->bundle.path, features);
  assert_non_null(plugin);
  float status = -1.0f;
  descriptor->connect_port(plugin, TMB_PORT_STATUS, &status);
  descriptor->activate(plugin);

  bool has_failed = true;
  for (size_t n = 0U; has_failed; ++n) {
    alloc_fail_from(n);
    tmb_models_load(plugin, plugin->factory, false);
    has_failed = alloc_restore();
    descriptor->run(plugin, 0U);
    assert_true(status ==
                (float)(has_failed ? TMB_STATE_MEMORY : TMB_STATE_READY));
  }

  descriptor->cleanup(plugin);
  urids_clear(&urids);
}

static void
without_a_worker_the_model_stays_and_is_told(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_NO_WORKER);
  char                 other[FIXTURE_PATH];
  fixture_other_model(self, other);
  host_set_model(host, other);
  fixture_run_blocks(self, host, 2U);
  assert_string_equal(host_model(host),
                      folder_file(&self->bundle, "factory.safetensors"));
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);
  host_free(host);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_new_model_is_taken_up_and_told),
    TEST(a_model_brings_its_own_front_end),
    TEST(what_is_none_of_the_classes_stays_unknown),
    TEST(a_bad_model_leaves_the_old_one_playing),
    TEST(a_path_that_is_none_is_refused),
    TEST(a_bundle_without_model_passes_the_sound),
    TEST(a_model_that_memory_is_too_short_for_says_so),
    TEST(without_a_worker_the_model_stays_and_is_told),
  };
  return cmocka_run_group_tests_name("plugin's models", tests, NULL, NULL);
}
