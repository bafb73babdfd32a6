// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/ports.h"
#include "tests/support/cmocka.h"
#include "tests/support/fixture.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

static void
a_full_worker_ring_loses_nothing(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  char                 other[FIXTURE_PATH];
  fixture_other_model(self, other);

  // Neither the wish nor the old model (a leak)
  host_refuse(host, 20U);
  host_set_model(host, other);
  fixture_run_blocks(self, host, 20U);
  assert_true(host_get(host, "status") == (float)TMB_STATE_LOADING);
  fixture_run_blocks(self, host, 2U);
  assert_string_equal(host_model(host), other);
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);
  host_refuse(host, 5U);
  fixture_run_blocks(self, host, 10U);
  host_free(host);
}

static void
of_many_wishes_the_last_counts(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  char                 other[FIXTURE_PATH];
  char                 factory[FIXTURE_PATH];
  fixture_other_model(self, other);
  (void)snprintf(factory,
                 sizeof(factory),
                 "%s",
                 folder_file(&self->bundle, "factory.safetensors"));

  host_set_eager(host, false);
  for (unsigned i = 0U; i < 200U; ++i) {
    host_set_model(host, (i % 2U) ? "/nowhere/at/all.safetensors" : factory);
    host_set_model(host, other);
    fixture_run_blocks(self, host, 1U);
    if (!(i % 7U)) {
      host_work(host);
    }
  }
  host_set_eager(host, true);
  fixture_run_blocks(self, host, 4U);
  assert_string_equal(host_model(host), other);
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);

  // What is under way when the plugin ends must not leak
  host_set_eager(host, false);
  host_set_model(host, factory);
  fixture_run_blocks(self, host, 1U);
  host_work(host);
  host_free(host);
}

enum { SWAPS = 1000, BLOCK = 64 };

/// Files to swap between: every other one is a model.
static void
write_files(const Fixture* const self, char files[6][FIXTURE_PATH])
{
  static const char* const names[] = {
    "factory.safetensors", "cut.safetensors",   "other.safetensors",
    "text.safetensors",    "third.safetensors", "gone.safetensors"
  };
  for (unsigned i = 0U; i < 6U; ++i) {
    (void)snprintf(
      files[i], FIXTURE_PATH, "%s", folder_file(&self->bundle, names[i]));
  }
  bundle_write_model(files[2], 3U);
  bundle_write_model(files[4], 4U);
  Bytes good = bytes_load(files[0]);
  bytes_save(good.bytes, good.n - 5U, files[1]);
  bytes_save("This is no model.\n", 18U, files[3]);
  bytes_free(&good);
}

/// Bytes in use, as far as the C library knows: 0 under a sanitizer, which
/// looks for leaks itself.
static size_t
memory_in_use(void)
{
  return mallinfo2().uordblks;
}

/// Wish after wish, some before the last is loaded, some with a worker that is
/// busy; the sound stays what it was in each block.
static void
a_thousand_swaps_under_sound(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  char                 files[6][FIXTURE_PATH];
  size_t               before = 0U;
  write_files(self, files);
  host_set(host, "midi_mode", TMB_MIDI_ALL);
  host_set_eager(host, false);

  for (unsigned i = 0U; i < SWAPS; ++i) {
    const float* const in = self->sound.y + ((size_t)i * BLOCK * 2U);
    host_set_model(host, files[i % 6U]);
    for (unsigned k = 0U; k < 2U; ++k) {
      host_run(host, in + ((size_t)k * BLOCK), self->out, BLOCK);
      assert_memory_equal(
        self->out, in + ((size_t)k * BLOCK), BLOCK * sizeof(float));
    }
    if (i % 7U) {
      host_work(host);
    } else {
      host_refuse(host, 3U);
    }
    host_forget(host);
    before = (i == 100U) ? memory_in_use() : before;
  }
  const size_t after = memory_in_use();
  print_message("%zu bytes, then %zu\n", before, after);
  assert_true(after <= before + 200000U); // Half a model

  // The last that could be loaded plays on
  host_set_eager(host, true);
  fixture_run_blocks(self, host, 4U);
  assert_true(host_get(host, "status") == (float)TMB_STATE_CORRUPT);
  host_set_model(host, files[4]);
  fixture_run_blocks(self, host, 3U);
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);
  assert_string_equal(host_model(host), files[4]);
  host_forget(host);
  fixture_play(self, host, 1000U);
  assert_true(count_events(host, HOST_NOTE) > 0U);
  host_free(host);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_full_worker_ring_loses_nothing),
    TEST(of_many_wishes_the_last_counts),
    TEST(a_thousand_swaps_under_sound),
  };
  return cmocka_run_group_tests_name("plugin's swaps", tests, NULL, NULL);
}
