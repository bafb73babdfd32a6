// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/framer.h"
#include "dsp/spectrum.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define MAX_WINDOWS 64U

/// Windows of a stream, one after the other, and their middles.
typedef struct {
  uint32_t n_windows;
  uint64_t middles[MAX_WINDOWS];
  Signal   windows; ///< [n_windows][n_window]
} Frames;

/// Push a signal in blocks and keep all windows.
static Frames
cut(TmbFramer* const    framer,
    const Signal* const signal,
    const uint32_t      n_window,
    const uint32_t      n_block)
{
  Frames frames = { 0U, { 0U }, signal_new(MAX_WINDOWS * n_window) };
  for (uint32_t start = 0U; start < signal->n;) {
    const uint32_t left   = signal->n - start;
    const uint32_t n      = (n_block < left) ? n_block : left;
    const float*   window = NULL;
    start += tmb_framer_push(framer, signal->y + start, n, &window);
    if (window) {
      assert_true(frames.n_windows < MAX_WINDOWS);
      frames.middles[frames.n_windows] = tmb_framer_middle(framer);
      memcpy(frames.windows.y + ((size_t)frames.n_windows * n_window),
             window,
             n_window * sizeof(float));
      ++frames.n_windows;
    }
  }
  return frames;
}

static Frames
cut_anew(const Signal* const signal,
         const uint32_t      n_window,
         const double        hop,
         const uint32_t      n_block)
{
  TmbFramer* framer = NULL;
  assert_int_equal(tmb_framer_new(n_window, hop, &framer), TMB_OK);
  const Frames frames = cut(framer, signal, n_window, n_block);
  tmb_framer_free(framer);
  return frames;
}

/// 1, 2, 3, ...
static Signal
new_ramp(const uint32_t n)
{
  const Signal self = signal_new(n);
  for (uint32_t i = 0U; i < n; ++i) {
    self.y[i] = (float)(i + 1U);
  }
  return self;
}

static void
windows_are_centred_with_silence_before(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    uint32_t    n_window;
    double      hop;
  } rows[] = {
    { "even", 8U, 4.0 },
    { "odd", 7U, 3.0 },
    { "hop of the window", 8U, 8.0 },
    { "hop of one", 5U, 1.0 },
    { "one sample", 1U, 1.0 },
    { "hop between samples", 9U, 3.3 },
  };
  Signal ramp = new_ramp(40U);
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const uint32_t n_window = rows[r].n_window;
    Frames         frames   = cut_anew(&ramp, n_window, rows[r].hop, ramp.n);
    assert_true(frames.n_windows > 3U);
    for (uint32_t i = 0U; i < frames.n_windows; ++i) {
      const long middle = lround((double)i * rows[r].hop);
      assert_int_equal(frames.middles[i], middle);
      for (uint32_t j = 0U; j < n_window; ++j) {
        const long  sample = middle - (long)(n_window / 2U) + (long)j;
        const float exact  = (sample >= 0) ? (float)(sample + 1) : 0.0f;
        if (frames.windows.y[(i * n_window) + j] != exact) {
          fail_msg("%s, window %u, sample %u", rows[r].label, i, j);
        }
      }
    }
    signal_free(&frames.windows);
  }
  signal_free(&ramp);
}

static void
blocks_of_any_size_give_the_same_windows(void** const state)
{
  (void)state;
  static const uint32_t blocks[] = { 1U, 64U, 333U, 1000U };
  Signal                noise    = signal_new(12000U);
  signal_fill_noise(&noise);
  Frames whole = cut_anew(&noise, 1114U, 278.6, noise.n);
  assert_true(whole.n_windows > 30U);
  for (size_t b = 0U; b < sizeof(blocks) / sizeof(blocks[0]); ++b) {
    Frames frames = cut_anew(&noise, 1114U, 278.6, blocks[b]);
    assert_int_equal(frames.n_windows, whole.n_windows);
    assert_memory_equal(frames.middles, whole.middles, sizeof(whole.middles));
    assert_memory_equal(
      frames.windows.y, whole.windows.y, whole.windows.n * sizeof(float));
    signal_free(&frames.windows);
  }
  signal_free(&whole.windows);
  signal_free(&noise);
}

static void
what_is_no_sound_is_taken_as_zero(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    float       sample;
    bool        is_sound;
  } rows[] = {
    { "not a number", NAN, false },
    { "infinite", INFINITY, false },
    { "negative infinite", -INFINITY, false },
    { "absurd", -3e38f, false },
    { "denormal", 1e-40f, false },
    { "below any converter", -1e-16f, false },
    { "loud", -100.0f, true },
    { "soft", 1e-9f, true },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Signal ramp        = new_ramp(16U);
    ramp.y[1]          = rows[r].sample;
    Frames      frames = cut_anew(&ramp, 4U, 4.0, 16U);
    const float exact  = rows[r].is_sound ? rows[r].sample : 0.0f;
    if (frames.windows.y[3] != exact || frames.windows.y[4] != 3.0f) {
      fail_msg("%s", rows[r].label);
    }
    signal_free(&frames.windows);
    signal_free(&ramp);
  }
}

static void
begin_forgets_the_signal(void** const state)
{
  (void)state;
  TmbFramer* framer = NULL;
  Signal     ramp   = new_ramp(30U);
  assert_int_equal(tmb_framer_new(8U, 2.5, &framer), TMB_OK);
  Frames first = cut(framer, &ramp, 8U, 7U);
  tmb_framer_begin(framer, 0U);
  Frames again = cut(framer, &ramp, 8U, 7U);
  assert_int_equal(first.n_windows, again.n_windows);
  assert_memory_equal(first.middles, again.middles, sizeof(first.middles));
  assert_memory_equal(
    first.windows.y, again.windows.y, first.windows.n * sizeof(float));
  signal_free(&again.windows);
  signal_free(&first.windows);
  signal_free(&ramp);
  tmb_framer_free(framer);
}

/// Those that end behind the sample that it begins with; older ones are none.
static void
begun_anywhere_windows_are_those_of_the_whole_stream(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    uint32_t    n_window;
    double      hop;
  } rows[] = {
    { "fractional hop", 8U, 2.5 }, { "odd window", 7U, 3.3 },
    { "no overlap", 6U, 6.0 },     { "each sample", 9U, 1.0 },
    { "nearly so", 9U, 1.0625 },   { "one sample", 1U, 1.0 },
  };
  Signal ramp = new_ramp(60U);
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const uint32_t n_window = rows[r].n_window;
    const uint32_t n_half   = n_window - (n_window / 2U);
    TmbFramer*     framer   = NULL;
    assert_int_equal(tmb_framer_new(n_window, rows[r].hop, &framer), TMB_OK);
    Frames whole = cut(framer, &ramp, n_window, 7U);
    for (uint32_t first = 0U; first < ramp.n; ++first) {
      const Signal rest = { ramp.n - first, ramp.y + first };
      tmb_framer_begin(framer, first);
      assert_int_equal(tmb_framer_taken(framer), first);

      const uint32_t next = (uint32_t)tmb_framer_next(framer);
      Frames         part = cut(framer, &rest, n_window, 7U);
      assert_int_equal(tmb_framer_taken(framer), ramp.n);
      assert_int_equal(tmb_framer_next(framer), whole.n_windows);
      assert_int_equal(next + part.n_windows, whole.n_windows);
      assert_true(!part.n_windows || part.middles[0] + n_half > first);
      for (uint32_t i = 0U; i < part.n_windows; ++i) {
        const float* const is = part.windows.y + ((size_t)i * n_window);
        const float* const should =
          whole.windows.y + ((size_t)(next + i) * n_window);
        assert_int_equal(part.middles[i], whole.middles[next + i]);
        for (uint32_t j = 0U; j < n_window; ++j) {
          const float heard = (should[j] > (float)first) ? should[j] : 0.0f;
          if (is[j] != heard) {
            fail_msg("%s from %u", rows[r].label, first);
          }
        }
      }
      signal_free(&part.windows);
    }
    signal_free(&whole.windows);
    tmb_framer_free(framer);
  }
  signal_free(&ramp);
}

/// Where doubles are as coarse as samples.
static void
begun_far_out_windows_keep_to_their_times(void** const state)
{
  (void)state;
  static const double   hops[]   = { 1.0, 2.5, 132.3, 264.6, 576.0, 1151.9 };
  static const uint64_t firsts[] = { 1000003U,
                                     UINT64_C(48000) * 86400U,
                                     UINT64_C(1) << 40U,
                                     (UINT64_C(1) << 52U) - 12345U,
                                     UINT64_C(1) << 52U };

  const uint32_t n_window = 2048U;
  const uint32_t n_half   = n_window / 2U;
  Signal         silence  = signal_new(5000U);
  for (size_t h = 0U; h < sizeof(hops) / sizeof(hops[0]); ++h) {
    TmbFramer* framer = NULL;
    assert_int_equal(tmb_framer_new(n_window, hops[h], &framer), TMB_OK);
    for (size_t f = 0U; f < sizeof(firsts) / sizeof(firsts[0]); ++f) {
      tmb_framer_begin(framer, firsts[f]);
      uint64_t     next   = tmb_framer_next(framer);
      const double before = floor(((double)(next - 1U) * hops[h]) + 0.5);
      assert_true((uint64_t)before + n_half <= firsts[f]);

      uint32_t     taken  = 0U;
      const float* window = NULL;
      do {
        taken += tmb_framer_push(
          framer, silence.y + taken, silence.n - taken, &window);
        if (window) {
          const double middle = floor(((double)next * hops[h]) + 0.5);
          assert_int_equal(tmb_framer_middle(framer), (uint64_t)middle);
          assert_true(taken > 0U);
          assert_int_equal(firsts[f] + taken, (uint64_t)middle + n_half);
          assert_int_equal(tmb_framer_next(framer), ++next);
        }
      } while (window);
    }
    tmb_framer_free(framer);
  }
  signal_free(&silence);
}

/// Of the samples, those that the next window shows.
static void
digest_tells_what_windows_to_come_depend_on(void** const state)
{
  (void)state;
  enum { N_WINDOW = 8, HOP = 3, N = 27 }; // The newest window ended with 25

  TmbFramer* framer = NULL;
  assert_int_equal(tmb_framer_new(N_WINDOW, HOP, &framer), TMB_OK);
  Signal    ramp  = new_ramp(N);
  Frames    whole = cut(framer, &ramp, N_WINDOW, N);
  TmbDigest was   = { 0U };
  tmb_framer_digest(framer, &was);
  assert_int_equal(whole.middles[whole.n_windows - 1U], 21U);
  for (uint32_t i = 0U; i < N; ++i) {
    TmbDigest is = { 0U };
    ramp.y[i]    = -ramp.y[i];
    tmb_framer_begin(framer, 0U);
    Frames other = cut(framer, &ramp, N_WINDOW, N);
    tmb_framer_digest(framer, &is);
    assert_int_equal(is.bits != was.bits, i >= 28U - N_WINDOW);
    ramp.y[i] = -ramp.y[i];
    signal_free(&other.windows);
  }

  // The same samples, elsewhere
  TmbDigest is = { 0U };
  tmb_framer_begin(framer, HOP);
  Frames other = cut(framer, &ramp, N_WINDOW, N);
  tmb_framer_digest(framer, &is);
  assert_true(is.bits != was.bits);
  signal_free(&other.windows);
  signal_free(&whole.windows);
  signal_free(&ramp);
  tmb_framer_free(framer);
}

static void
no_samples_give_no_window(void** const state)
{
  (void)state;
  TmbFramer*   framer = NULL;
  const float* window = NULL;
  assert_int_equal(tmb_framer_new(8U, 4.0, &framer), TMB_OK);
  assert_int_equal(tmb_framer_push(framer, NULL, 0U, &window), 0U);
  assert_null(window);
  tmb_framer_free(framer);
}

static void
new_checks_its_sizes(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    uint32_t    n_window;
    double      hop;
  } rows[] = {
    { "no window", 0U, 1.0 },
    { "window too long", TMB_MAX_FFT + 1U, 1.0 },
    { "no hop", 8U, 0.0 },
    { "hop below a sample", 8U, 0.9 },
    { "hop beyond the window", 8U, 8.1 },
    { "hop not a number", 8U, (double)NAN },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TmbFramer* framer = NULL;
    if (tmb_framer_new(rows[r].n_window, rows[r].hop, &framer) != TMB_BAD_ARG) {
      fail_msg("%s", rows[r].label);
    }
    assert_null(framer);
  }
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  TmbFramer* framer = NULL;
  for (size_t n = 0U; n < 2U; ++n) {
    alloc_fail_from(n);
    const TmbStatus status = tmb_framer_new(8U, 4.0, &framer);
    assert_true(alloc_restore());
    assert_int_equal(status, TMB_NO_MEMORY);
    assert_null(framer);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(windows_are_centred_with_silence_before),
    cmocka_unit_test(blocks_of_any_size_give_the_same_windows),
    cmocka_unit_test(what_is_no_sound_is_taken_as_zero),
    cmocka_unit_test(begin_forgets_the_signal),
    cmocka_unit_test(begun_anywhere_windows_are_those_of_the_whole_stream),
    cmocka_unit_test(begun_far_out_windows_keep_to_their_times),
    cmocka_unit_test(digest_tells_what_windows_to_come_depend_on),
    cmocka_unit_test(no_samples_give_no_window),
    cmocka_unit_test(new_checks_its_sizes),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("framer", tests, NULL, NULL);
}
