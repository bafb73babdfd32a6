// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/fft.h"
#include "tests/support/cmocka.h"
#include "tests/support/fixture.h"
#include "tests/support/ordeal.h"
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

static void
transforms_make_no_call_at_any_length(void** const state)
{
  enum { MAX_BINS = (TMB_MAX_FFT / 2) + 1 };

  (void)state;
  float* const re = (float*)calloc(MAX_BINS, sizeof(float));
  float* const im = (float*)calloc(MAX_BINS, sizeof(float));
  assert_true(re && im);
  realtime_forget();
  unsigned n_lengths = 0U;
  for (uint32_t n = 2U; n <= TMB_MAX_FFT; n = tmb_fft_length(n + 1U)) {
    TmbFft* fft = NULL;
    assert_int_equal(tmb_fft_new(n, &fft), TMB_OK);
    realtime_guard(true);
    tmb_fft_run(fft, (n / 2U) + 1U, re, im);
    realtime_guard(false);
    tmb_fft_free(fft);
    ++n_lengths;
    if (realtime_calls()) {
      fail_msg("length %u: %s()", n, realtime_first());
    }
  }
  assert_true(n_lengths > 50U);
  free(im);
  free(re);
}

static void
run_makes_no_call_that_can_block(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  char                 factory[512];
  char                 other[512];
  (void)snprintf(factory,
                 sizeof(factory),
                 "%s",
                 folder_file(&self->bundle, "factory.safetensors"));
  (void)snprintf(other,
                 sizeof(other),
                 "%s",
                 folder_file(&self->bundle, "other.safetensors"));
  bundle_write_model(other, 3U);

  static const double rates_hz[] = { BUNDLE_RATE, 48000.0, 384000.0 };
  const char* const   models[2]  = { factory, other };
  for (size_t i = 0U; i < sizeof(rates_hz) / sizeof(rates_hz[0]); ++i) {
    const RigSetup setup = {
      self->bundle.path, rates_hz[i], NULL, realtime_guard, realtime_count
    };
    realtime_forget();
    ordeal_play_all(&setup, models);
    if (realtime_calls()) {
      fail_msg("%g Hz: %u calls, such as %s()",
               rates_hz[i],
               realtime_calls(),
               realtime_first());
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
    TEST(transforms_make_no_call_at_any_length),
    TEST(run_makes_no_call_that_can_block),
  };
  return cmocka_run_group_tests_name("real-time safety", tests, NULL, NULL);
}
