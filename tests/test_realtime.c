// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/ports.h"
#include "tests/support/cmocka.h"
#include "tests/support/fixture.h"
#include "tests/support/realtime.h"

#include <pthread.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/// Do what no plugin may do while it runs; volatile, so that it stays.
static void
misbehave(void)
{
  static pthread_mutex_t  lock     = PTHREAD_MUTEX_INITIALIZER;
  static pthread_rwlock_t doors    = PTHREAD_RWLOCK_INITIALIZER;
  const struct timespec   pause    = { 0, 1 };
  char                    bytes[2] = "";

  void* volatile block = malloc(100U);
  free(block);
  (void)pthread_mutex_lock(&lock);
  (void)pthread_mutex_unlock(&lock);
  (void)pthread_rwlock_wrlock(&doors);
  (void)pthread_rwlock_unlock(&doors);
  (void)nanosleep(&pause, NULL);

  const int fd = open("/dev/zero", O_RDWR);
  (void)!read(fd, bytes, sizeof(bytes));
  (void)!write(fd, bytes, sizeof(bytes));
  void* const page = mmap(NULL, 1U, PROT_READ, MAP_PRIVATE, fd, 0);
  assert_true(page != MAP_FAILED);
  (void)munmap(page, 1U);
  (void)close(fd);

  FILE* const file = fopen("/dev/null", "w");
  assert_non_null(file);
  (void)fwrite(bytes, 1U, sizeof(bytes), file);
  (void)fprintf(file, "%d\n", fd);
  (void)fflush(file);
  (void)fclose(file);
}

static void
the_guard_catches_planted_calls(void** const state)
{
  static const char* const names[] = { "malloc",
                                       "free",
                                       "pthread_mutex_lock",
                                       "pthread_rwlock_wrlock",
                                       "open",
                                       "read",
                                       "write",
                                       "close",
                                       "mmap",
                                       "munmap",
                                       "fopen",
                                       "fwrite",
                                       "vfprintf",
                                       "fflush",
                                       "nanosleep" };
  (void)state;

  realtime_forget();
  misbehave();
  assert_int_equal(realtime_calls(), 0U);

  realtime_guard(true);
  misbehave();
  realtime_guard(false);
  for (size_t i = 0U; i < sizeof(names) / sizeof(names[0]); ++i) {
    if (!realtime_calls_to(names[i])) {
      fail_msg("a planted %s() was not seen", names[i]);
    }
  }
  assert_string_equal(realtime_first(), "malloc");
}

static void
the_guard_sees_into_the_plugin(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  host_set_eager(host, false);
  host_guard(host, realtime_guard, realtime_count);
  host_set_model(host, folder_file(&self->bundle, "factory.safetensors"));
  host_run(host, self->sound.y, self->out, 64U);

  // The worker may do all this, in the plugin's own shared object
  realtime_forget();
  realtime_guard(true);
  host_work(host);
  realtime_guard(false);
  assert_int_equal(realtime_calls_to("log"), 0U);
  assert_true(realtime_calls_to("open") > 0U);
  assert_true(realtime_calls_to("pthread_mutex_lock") > 0U);
  assert_true(realtime_calls_to("calloc") + realtime_calls_to("malloc") > 0U);

  host_set_model(host, "/nowhere/at/all.safetensors");
  host_run(host, self->sound.y, self->out, 64U);
  realtime_guard(true);
  host_work(host);
  realtime_guard(false);
  assert_int_equal(realtime_calls_to("log"), 1U);
  host_free(host);
}

/// Turn every control to a new value.
static void
automate(Host* const host, const unsigned i)
{
  const float turn = (float)(i % 5U) / 4.0f;
  host_set(host, "sensitivity", turn);
  host_set(host, "gate", -70.0f + (10.0f * turn));
  host_set(host, "threshold", 0.5f * turn);
  host_set(host, "hold", 1000.0f * turn);
  host_set(host, "decision", 50.0f + (450.0f * turn));
  host_set(host, "midi_mode", (float)(i % 5U));
  host_set(host, "midi_channel", 1.0f + (float)(i % 16U));
  host_set(host, "cc", (float)(i % 118U));
  host_set(host, "watch", (float)(i % BUNDLE_CLASSES));
}

static const float silence[64] = { 0.0f };

/// Play, swap models and turn controls under guard.
static void
run_guarded(const Fixture* const self,
            const char* const    other,
            const double         rate_hz,
            const uint32_t       block)
{
  Host* const host = host_new(self->bundle.path, HOST_FULL, rate_hz);
  assert_non_null(host);
  host_guard(host, realtime_guard, realtime_count);
  host_set(host, "midi_mode", TMB_MIDI_ALL);
  realtime_forget();

  // Two models and a file that is none, on the way
  for (size_t i = 0U; i < self->sound.n; i += block) {
    const size_t   n_left = self->sound.n - i;
    const uint32_t n      = (n_left < block) ? (uint32_t)n_left : block;
    if (i <= self->sound.n / 3U && i + n > self->sound.n / 3U) {
      host_set_model(host, other);
    }
    if (i <= self->sound.n / 2U && i + n > self->sound.n / 2U) {
      host_set_model(host, "/nowhere/at/all.safetensors");
      host_get_model(host);
    }
    host_run(host, self->sound.y + i, self->out + i, n);
  }
  assert_string_equal(host_model(host), other);
  assert_true(count_events(host, HOST_NOTE) > 0U);
  assert_true(count_events(host, HOST_MIDI) > 0U);

  // Silence after signal, every control turned, and empty blocks
  for (unsigned i = 0U; i < 200U; ++i) {
    automate(host, i);
    host_run(host, self->sound.y + ((size_t)i * 512U), self->out, 512U);
    host_run(host, silence, self->out, 64U);
    host_run(host, self->sound.y, self->out, 0U);
  }
  host_set(host, "enabled", 0.0f);
  host_run(host, self->sound.y, self->out, block);

  if (realtime_calls()) {
    fail_msg("%g Hz, block %u: %u calls, such as %s()",
             rate_hz,
             block,
             realtime_calls(),
             realtime_first());
  }
  host_free(host);
}

static void
run_makes_no_call_that_can_block(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  char                 other[512];
  (void)snprintf(other,
                 sizeof(other),
                 "%s",
                 folder_file(&self->bundle, "other.safetensors"));
  bundle_write_model(other, 3U);

  static const double rates_hz[] = { BUNDLE_RATE, 48000.0, 384000.0 };
  for (size_t i = 0U; i < sizeof(rates_hz) / sizeof(rates_hz[0]); ++i) {
    for (size_t k = 0U; k < FIXTURE_BLOCKS; ++k) {
      run_guarded(self, other, rates_hz[i], fixture_blocks[k]);
    }
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    TEST(the_guard_catches_planted_calls),
    TEST(the_guard_sees_into_the_plugin),
    TEST(run_makes_no_call_that_can_block),
  };
  return cmocka_run_group_tests_name("real-time safety", tests, NULL, NULL);
}
