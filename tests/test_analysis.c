// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/analysis.h"

#include "dsp/front_end.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/looks.h"
#include "tests/support/signals.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#define RATE_HZ 44100.0

/// Noise with clicks, and a rest.
static Signal
new_mixture(const uint32_t n)
{
  Signal self = signal_new(n);
  signal_fill_noise(&self);
  for (uint32_t i = 0U; i < n; ++i) {
    if (i % 9973U == 0U) {
      self.y[i] *= 50.0f;
    } else if (i > n / 2U && i < n / 2U + 5000U) {
      self.y[i] = 0.0f;
    }
  }
  return self;
}

static void
blocks_of_any_size_give_the_same_views(void** const state)
{
  (void)state;
  static const uint32_t blocks[] = { 1U,    2U,    3U,     7U,    63U,   64U,
                                     65U,   255U,  256U,   257U,  1000U, 1023U,
                                     1024U, 4096U, 65535U, 65536U };
  static const double   some[]   = { 8000.0, 44100.0, 48000.0 };
  Signal                mixture  = new_mixture(150000U);
  for (size_t r = 0U; r < sizeof(some) / sizeof(some[0]); ++r) {
    Looks whole = looks_anew(&mixture, some[r], mixture.n);
    for (size_t b = 0U; b < sizeof(blocks) / sizeof(blocks[0]); ++b) {
      Looks looks = looks_anew(&mixture, some[r], blocks[b]);
      looks_expect_same(&whole, &looks, "blocks");
      looks_free(&looks);
    }
    looks_free(&whole);
  }
  signal_free(&mixture);
}

static void
expect_finite(const Looks* const looks, const char* const label)
{
  for (uint32_t i = 0U; i < looks->n; ++i) {
    const Look* const look = &looks->looks[i];
    bool is_finite         = isfinite(look->level_db) && isfinite(look->power);
    for (uint32_t b = 0U; b < LOOK_BANDS; ++b) {
      is_finite = is_finite && isfinite(look->levels[b]);
    }
    if (!is_finite) {
      fail_msg("%s: view %u is not finite", label, i);
    }
  }
}

/// Bad samples are as good as zeros at once, and forgotten after a window.
static void
what_is_no_sound_is_forgotten_after_a_window(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    float       sample;
  } rows[] = {
    { "not a number", NAN },
    { "infinite", INFINITY },
    { "negative infinite", -INFINITY },
    { "largest float", FLT_MAX },
    { "absurd", -2e6f },
    { "denormal", 1e-41f },
    { "least denormal", -1e-45f },
    { "below any converter", 1e-16f },
  };
  static const uint32_t first = 20000U;
  static const uint32_t last  = 20700U;
  const uint32_t        n_window =
    (uint32_t)lround(tmb_default_front_end.window_s * RATE_HZ);
  Signal clean = new_mixture(40000U);
  Looks  a     = looks_anew(&clean, RATE_HZ, 512U);
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Signal silent = new_mixture(clean.n);
    Signal spoilt = new_mixture(clean.n);
    for (uint32_t i = first; i <= last; ++i) {
      silent.y[i] = 0.0f;
      spoilt.y[i] = rows[r].sample;
    }

    Looks b = looks_anew(&silent, RATE_HZ, 512U);
    Looks c = looks_anew(&spoilt, RATE_HZ, 512U);
    expect_finite(&c, rows[r].label);
    looks_expect_same(&b, &c, rows[r].label);
    for (uint32_t i = 0U; i < a.n; ++i) {
      if (a.looks[i].taken > last + n_window &&
          !look_is_same(&a.looks[i], &c.looks[i])) {
        fail_msg("%s: view %u remembers it", rows[r].label, i);
      }
    }
    looks_free(&c);
    looks_free(&b);
    signal_free(&spoilt);
    signal_free(&silent);
  }
  looks_free(&a);
  signal_free(&clean);
}

static void
the_loudest_and_the_softest_samples_have_finite_levels(void** const state)
{
  (void)state;
  static const float sizes[] = { 1e6f, 1e-9f, 1e-15f };
  for (unsigned s = 0U; s < 3U; ++s) {
    Signal signal = new_mixture(20000U);
    for (uint32_t i = 0U; i < signal.n; ++i) {
      signal.y[i] = (signal.y[i] > 0.0f) ? sizes[s] : -sizes[s];
    }
    Looks looks = looks_anew(&signal, RATE_HZ, 512U);
    expect_finite(&looks, "size");
    looks_free(&looks);
    signal_free(&signal);
  }
}

static void
begin_forgets_the_signal(void** const state)
{
  (void)state;
  TmbAnalysis* const analysis = analysis_new(RATE_HZ);
  Signal             mixture  = new_mixture(30000U);
  for (uint32_t n = 1000U; n < 3000U; n += 100U) { // Amid long windows or not
    Signal part  = { n, mixture.y + 7U };
    Looks  first = looks_at(analysis, &part, n);
    tmb_analysis_begin(analysis, 0U);
    assert_int_equal(tmb_analysis_taken(analysis), 0U);
    looks_free(&first);

    Looks again = looks_at(analysis, &mixture, 700U);
    Looks fresh = looks_anew(&mixture, RATE_HZ, 700U);
    looks_expect_same(&fresh, &again, "begun again");
    tmb_analysis_begin(analysis, 0U);
    looks_free(&fresh);
    looks_free(&again);
  }
  signal_free(&mixture);
  tmb_analysis_free(analysis);
}

/// Long windows stay those with even numbers.
static void
begun_anywhere_views_become_those_of_the_whole_stream(void** const state)
{
  (void)state;
  TmbAnalysis* const analysis = analysis_new(RATE_HZ);
  const uint32_t     n_long   = tmb_analysis_times(analysis).n_long;
  Signal             mixture  = new_mixture(20000U);
  Looks              whole    = looks_at(analysis, &mixture, 700U);
  for (uint32_t first = 0U; first < 10000U; first += 83U) {
    const Signal rest = { mixture.n - first, mixture.y + first };
    tmb_analysis_begin(analysis, first);

    const uint64_t next = tmb_analysis_next(analysis);
    Looks          part = looks_at(analysis, &rest, 700U);
    uint32_t       i    = 0U;
    uint64_t       n    = 0U; // Long windows before the first that is seen
    for (; i < whole.n && whole.looks[i].taken <= first; ++i) {
      n += whole.looks[i].is_long;
    }
    assert_int_equal(next, n);
    assert_int_equal(part.n, whole.n - i);
    for (uint32_t k = 0U; k < part.n; ++k) {
      const Look* const is     = &part.looks[k];
      const Look* const should = &whole.looks[i + k];
      assert_int_equal(is->taken, should->taken);
      assert_int_equal(is->is_long, should->is_long);
      if (is->taken >= first + n_long) {
        assert_memory_equal(is, should, sizeof(Look));
      }
    }
    looks_free(&part);
  }
  looks_free(&whole);
  signal_free(&mixture);
  tmb_analysis_free(analysis);
}

static void
no_samples_give_no_view(void** const state)
{
  (void)state;
  TmbAnalysis* const analysis = analysis_new(RATE_HZ);
  TmbView            view;
  assert_int_equal(tmb_analysis_push(analysis, NULL, 0U, &view), 0U);
  assert_null(view.short_db);
  assert_null(view.samples);
  tmb_analysis_free(analysis);
}

static void
new_checks_its_arguments(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    double      rate_hz;
    double      window_s;
    double      hop_s;
    double      reference_hz;
    TmbStatus   status;
  } rows[] = {
    { "usual", 44100.0, 0.046, 0.0116, 44100.0, TMB_OK },
    { "shortest", 8000.0, 0.001, 0.0005, 8000.0, TMB_OK },
    { "longest", 384000.0, 0.17, 0.17, 44100.0, TMB_OK },
    { "rate too low", 7999.0, 0.046, 0.0116, 44100.0, TMB_BAD_ARG },
    { "rate too high", 384001.0, 0.046, 0.0116, 44100.0, TMB_BAD_ARG },
    { "rate not a number", (double)NAN, 0.046, 0.0116, 44100.0, TMB_BAD_ARG },
    { "no window", 44100.0, 0.0, 0.0, 44100.0, TMB_BAD_ARG },
    { "window too short", 44100.0, 0.0009, 0.0005, 44100.0, TMB_BAD_ARG },
    { "window too long", 44100.0, 0.18, 0.0116, 44100.0, TMB_BAD_ARG },
    { "window infinite",
      44100.0,
      (double)INFINITY,
      0.01,
      44100.0,
      TMB_BAD_ARG },
    { "window not a number", 44100.0, (double)NAN, 0.01, 44100.0, TMB_BAD_ARG },
    { "hop too short", 44100.0, 0.046, 0.0004, 44100.0, TMB_BAD_ARG },
    { "hop beyond the window", 44100.0, 0.046, 0.047, 44100.0, TMB_BAD_ARG },
    { "hop not a number", 44100.0, 0.046, (double)NAN, 44100.0, TMB_BAD_ARG },
    { "no reference", 44100.0, 0.046, 0.0116, 0.0, TMB_BAD_ARG },
    { "reference not a number",
      44100.0,
      0.046,
      0.01,
      (double)NAN,
      TMB_BAD_ARG },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TmbAnalysis*    analysis = NULL;
    const TmbStatus status   = tmb_analysis_new(rows[r].rate_hz,
                                              rows[r].window_s,
                                              rows[r].hop_s,
                                              NULL,
                                              rows[r].reference_hz,
                                              &analysis);
    if (status != rows[r].status || (analysis != NULL) != (status == TMB_OK)) {
      fail_msg("%s", rows[r].label);
    }
    tmb_analysis_free(analysis);
  }
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  size_t n = 0U;
  for (bool failed = true; failed; ++n) {
    TmbAnalysis* analysis = NULL;
    alloc_fail_from(n);
    const TmbStatus status =
      tmb_analysis_new(RATE_HZ, 0.046, 0.0116, NULL, RATE_HZ, &analysis);
    failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_int_equal(analysis != NULL, !failed);
    tmb_analysis_free(analysis);
  }
  assert_true(n > 10U);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(blocks_of_any_size_give_the_same_views),
    cmocka_unit_test(what_is_no_sound_is_forgotten_after_a_window),
    cmocka_unit_test(the_loudest_and_the_softest_samples_have_finite_levels),
    cmocka_unit_test(begin_forgets_the_signal),
    cmocka_unit_test(begun_anywhere_views_become_those_of_the_whole_stream),
    cmocka_unit_test(no_samples_give_no_view),
    cmocka_unit_test(new_checks_its_arguments),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("analysis", tests, NULL, NULL);
}
