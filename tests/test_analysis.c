// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/analysis.h"

#include "dsp/front_end.h"
#include "dsp/spectrum.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TEST_PI 3.14159265358979323846
#define RATE_HZ 44100.0
#define N_PARTIALS 700U ///< Of what sounds like noise
#define N_BANDS (TMB_SHORT_BANDS + TMB_LONG_BANDS)

static const TmbFrontEnd* const front_end = &tmb_default_front_end;

static const double rates[] = { 8000.0,  11025.0,  16000.0, 22050.0,
                                32000.0, 44100.0,  48000.0, 88200.0,
                                96000.0, 192000.0, 384000.0 };
#define N_RATES (sizeof(rates) / sizeof(rates[0]))

/// A copy of a view; what it does not have is zero.
typedef struct {
  uint64_t taken;
  bool     is_long;
  float    level_db;
  float    oldest; ///< Of the short window's samples
  float    newest;
  float    power;           ///< Sum over the long window's bins
  float    levels[N_BANDS]; ///< Short bands, then long ones, dB
} Look;

typedef struct {
  uint32_t n;
  Look*    looks;
} Looks;

static TmbAnalysis*
new_analysis_up_to(const double rate_hz, const double fmax_hz)
{
  const TmbMelConfig notes    = { .n_bands = front_end->n_bands,
                                  .fmin_hz = front_end->fmin_hz,
                                  .fmax_hz = fmax_hz,
                                  .scale   = front_end->scale,
                                  .norm    = front_end->norm };
  TmbAnalysis*       analysis = NULL;
  assert_int_equal(tmb_analysis_new(rate_hz,
                                    front_end->window_s,
                                    front_end->hop_s,
                                    &notes,
                                    front_end->rate_hz,
                                    &analysis),
                   TMB_OK);
  return analysis;
}

static TmbAnalysis*
new_analysis(const double rate_hz)
{
  return new_analysis_up_to(rate_hz, front_end->fmax_hz);
}

/// Bins that a long window's power has.
static uint32_t
count_bins(const TmbAnalysis* const analysis)
{
  TmbMelConfig config = { .n_bands = 0U };
  tmb_analysis_fit(analysis, &config);
  return (config.n_fft / 2U) + 1U + config.n_fine;
}

static Look
copy_view(const TmbAnalysis* const analysis, const TmbView* const view)
{
  const TmbAnalysisTimes times = tmb_analysis_times(analysis);

  Look look;
  memset(&look, 0, sizeof(look));
  look.taken    = tmb_analysis_taken(analysis);
  look.is_long  = view->long_db != NULL;
  look.level_db = view->level_db;
  look.oldest   = view->samples[0];
  look.newest   = view->samples[times.n_short - 1U];
  memcpy(look.levels, view->short_db, TMB_SHORT_BANDS * sizeof(float));
  assert_int_equal(view->power != NULL, look.is_long);
  assert_int_equal(view->end, look.taken);
  if (view->long_db && view->power) {
    memcpy(look.levels + TMB_SHORT_BANDS,
           view->long_db,
           TMB_LONG_BANDS * sizeof(float));
    for (uint32_t i = 0U; i < count_bins(analysis); ++i) {
      look.power += view->power[i];
    }
  }
  return look;
}

/// Push a signal in blocks and keep all views.
static Looks
look_at(TmbAnalysis* const  analysis,
        const Signal* const signal,
        const uint32_t      n_block)
{
  const double   half  = 0.5 * tmb_analysis_times(analysis).hop;
  const uint32_t n_max = 2U + (uint32_t)((double)signal->n / half);
  Looks          self  = { 0U, (Look*)calloc(n_max, sizeof(Look)) };
  assert_non_null(self.looks);
  for (uint32_t n_taken = 0U; n_taken < signal->n;) {
    const uint32_t left = signal->n - n_taken;
    const uint32_t n    = (n_block < left) ? n_block : left;
    TmbView        view;
    n_taken += tmb_analysis_push(analysis, signal->y + n_taken, n, &view);
    if (view.short_db) {
      assert_true(self.n < n_max);
      self.looks[self.n++] = copy_view(analysis, &view);
    } else {
      assert_null(view.long_db);
      assert_null(view.power);
    }
  }
  return self;
}

static Looks
look_anew(const Signal* const signal,
          const double        rate_hz,
          const uint32_t      n_block)
{
  TmbAnalysis* const analysis = new_analysis(rate_hz);
  const Looks        self     = look_at(analysis, signal, n_block);
  tmb_analysis_free(analysis);
  return self;
}

static void
looks_free(Looks* const looks)
{
  free(looks->looks);
  looks->looks = NULL;
}

static bool
is_same(const Look* const a, const Look* const b)
{
  bool same = a->taken == b->taken && a->is_long == b->is_long &&
              a->level_db == b->level_db && a->oldest == b->oldest &&
              a->newest == b->newest && a->power == b->power;
  for (uint32_t i = 0U; same && i < N_BANDS; ++i) {
    same = a->levels[i] == b->levels[i];
  }
  return same;
}

static void
expect_same(const Looks* const a, const Looks* const b, const char* const label)
{
  assert_int_equal(a->n, b->n);
  for (uint32_t i = 0U; i < a->n; ++i) {
    if (!is_same(&a->looks[i], &b->looks[i])) {
      fail_msg("%s: view %u differs", label, i);
    }
  }
}

static void
short_windows_end_every_half_hop_and_long_ones_with_every_other(
  void** const state)
{
  (void)state;
  for (size_t r = 0U; r < N_RATES; ++r) {
    TmbAnalysis* const     analysis = new_analysis(rates[r]);
    const TmbAnalysisTimes times    = tmb_analysis_times(analysis);
    Signal                 ramp     = signal_new((uint32_t)(0.2 * rates[r]));
    assert_true(fabs(times.hop - (front_end->hop_s * rates[r])) < 1e-9);
    assert_int_equal(times.n_long, lround(front_end->window_s * rates[r]));
    for (uint32_t i = 0U; i < ramp.n; ++i) {
      ramp.y[i] = (float)(i + 1U);
    }

    Looks looks = look_at(analysis, &ramp, ramp.n);
    assert_true(looks.n > 20U);
    for (uint32_t i = 0U; i < looks.n; ++i) {
      const Look* const look   = &looks.looks[i];
      const long        middle = lround(0.5 * (double)i * times.hop);
      const uint64_t    end =
        (uint64_t)middle + times.n_long - (times.n_long / 2U);
      assert_int_equal(look->taken, end);
      assert_int_equal(look->is_long, i % 2U == 0U);
      assert_true(look->newest == (float)end);
      assert_true(
        look->oldest ==
        ((end >= times.n_short) ? (float)(end - times.n_short + 1U) : 0.0f));
    }
    looks_free(&looks);
    signal_free(&ramp);
    tmb_analysis_free(analysis);
  }
}

/// Mean of the whole bins that have no half bins between them.
static double
mean_power(const TmbAnalysis* const analysis, const float* const power)
{
  TmbMelConfig config = { .n_bands = 0U };
  tmb_analysis_fit(analysis, &config);
  const uint32_t n_bins = count_bins(analysis);
  double         sum    = 0.0;
  for (uint32_t i = 2U * config.n_fine; i < n_bins; ++i) {
    sum += (double)power[i];
  }
  return sum / (double)(n_bins - (2U * config.n_fine));
}

/// The power of an impulse is the squared window where it is.
static void
long_windows_are_hann_windows_centred_on_multiples_of_the_hop(
  void** const state)
{
  (void)state;
  for (size_t r = 0U; r < N_RATES; ++r) {
    TmbAnalysis* const     analysis = new_analysis_up_to(rates[r], rates[r]);
    const TmbAnalysisTimes times    = tmb_analysis_times(analysis);
    Signal                 impulse  = signal_new((uint32_t)(0.3 * rates[r]));
    const uint32_t         place    = impulse.n / 2U;
    const double           scale =
      front_end->rate_hz / rates[r] / (0.375 * (double)times.n_long);
    impulse.y[place] = 1.0f;

    uint32_t n_long  = 0U;
    uint32_t n_taken = 0U;
    while (n_taken < impulse.n) {
      TmbView view;
      n_taken += tmb_analysis_push(
        analysis, impulse.y + n_taken, impulse.n - n_taken, &view);
      if (view.power) {
        const long   middle = lround((double)n_long * times.hop);
        const double at =
          (double)((long)place - middle + (long)(times.n_long / 2U)) /
          (double)times.n_long;
        const double window = (at >= 0.0 && at <= 1.0)
                                ? 0.5 - (0.5 * cos(2.0 * TEST_PI * at))
                                : 0.0;
        const double power  = mean_power(analysis, view.power);
        if (!(fabs(power - (scale * window * window)) <= 1e-5 * scale)) {
          fail_msg("%g Hz, window %u", rates[r], n_long);
        }
        ++n_long;
      }
    }
    assert_true(n_long > 20U);
    signal_free(&impulse);
    tmb_analysis_free(analysis);
  }
}

/// What sounds like noise up to 3.9 kHz, but is the same at any rate.
static Signal
new_noise(const double rate_hz)
{
  Signal   self = signal_new((uint32_t)(0.5 * rate_hz));
  uint32_t x    = 22222U;
  for (uint32_t p = 0U; p < N_PARTIALS; ++p) {
    x = (1664525U * x) + 1013904223U;

    // A partial turns by a step at each sample
    const double angle = 2.0 * TEST_PI * ((double)x / 4294967296.0);
    const double hz    = 20.0 + (3900.0 * (double)p / (double)N_PARTIALS);
    const double step  = 2.0 * TEST_PI * hz / rate_hz;
    const double re    = cos(step);
    const double im    = sin(step);
    double       c     = 0.02 * cos(angle);
    double       s     = 0.02 * sin(angle);
    for (uint32_t i = 0U; i < self.n; ++i) {
      const double next = (c * re) - (s * im);
      self.y[i] += (float)s;
      s = (s * re) + (c * im);
      c = next;
    }
  }
  return self;
}

/// Harmonics up to 3.5 kHz.
static Signal
new_tone(const double rate_hz)
{
  Signal self = signal_new((uint32_t)(0.5 * rate_hz));
  for (unsigned h = 1U; h <= 15U; ++h) {
    signal_add_sine(&self, rate_hz, 0.0, 233.1 * (double)h, 0.2 / (double)h);
  }
  return self;
}

/// The upper edge of one of N_BANDS.
static double
edge_hz(const uint32_t band)
{
  const bool     is_short = band < TMB_SHORT_BANDS;
  const double   low      = tmb_hz_to_mel(TMB_MEL_HTK, 60.0);
  const double   high = tmb_hz_to_mel(TMB_MEL_HTK, is_short ? 10800.0 : 5000.0);
  const uint32_t i    = is_short ? band : band - TMB_SHORT_BANDS;
  const uint32_t n    = is_short ? TMB_SHORT_BANDS : TMB_LONG_BANDS;
  return tmb_mel_to_hz(
    TMB_MEL_HTK, low + ((high - low) * (double)(i + 2U) / (double)(n + 1U)));
}

/**
   RMS difference of a band's levels, dB.

   Where both are more than 25 dB below the loudest, skirts of the windows count
   too, which half bins show less exactly; see dsp/spectrum.c.
*/
static double
difference(const Looks* const a,
           const Looks* const b,
           const uint32_t     band,
           const float        loudest_db)
{
  double   sum = 0.0;
  uint32_t n   = 0U;
  for (uint32_t i = 8U; i < a->n && i < b->n; ++i) { // Past the start
    if (band < TMB_SHORT_BANDS || a->looks[i].is_long) {
      const float x = a->looks[i].levels[band];
      const float y = b->looks[i].levels[band];
      const float d = (fmaxf(x, y) > loudest_db - 25.0f) ? x - y : 0.0f;
      sum += (double)d * (double)d;
      ++n;
    }
  }
  return sqrt(sum / (double)n);
}

static float
loudest(const Looks* const looks)
{
  float self = -INFINITY;
  for (uint32_t i = 0U; i < looks->n; ++i) {
    for (uint32_t b = 0U; b < N_BANDS; ++b) {
      self = fmaxf(self, looks->looks[i].levels[b]);
    }
  }
  return self;
}

static void
the_same_sound_has_the_same_levels_at_every_rate(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    Signal (*make)(double rate_hz);
  } sounds[] = { { "tone", new_tone }, { "noise", new_noise } };
  for (size_t s = 0U; s < 2U; ++s) {
    Signal usual = sounds[s].make(RATE_HZ);
    Looks  known = look_anew(&usual, RATE_HZ, usual.n);
    for (size_t r = 0U; r < N_RATES; ++r) {
      Signal signal = sounds[s].make(rates[r]);
      Looks  looks  = look_anew(&signal, rates[r], signal.n);
      double worst  = 0.0;
      assert_in_range(looks.n, known.n - 1U, known.n + 1U);
      for (uint32_t b = 0U; b < N_BANDS; ++b) {
        if (edge_hz(b) < 3500.0) {
          worst = fmax(worst, difference(&looks, &known, b, loudest(&known)));
        }
      }
      print_message("%s at %g Hz: off by %.3f dB at most\n",
                    sounds[s].label,
                    rates[r],
                    worst);
      assert_true(worst <= 0.55);
      looks_free(&looks);
      signal_free(&signal);
    }
    looks_free(&known);
    signal_free(&usual);
  }
}

static void
bands_above_half_the_rate_are_silent(void** const state)
{
  (void)state;
  Signal noise = signal_new(8000U);
  signal_fill_noise(&noise);
  Looks looks = look_anew(&noise, 8000.0, noise.n);
  for (uint32_t i = 0U; i < looks.n; ++i) {
    for (uint32_t b = 2U; b < N_BANDS; ++b) {
      // The lower edge of a band is the upper one of that two below
      if (looks.looks[i].is_long && b != TMB_SHORT_BANDS &&
          b != TMB_SHORT_BANDS + 1U && edge_hz(b - 2U) > 4000.0) {
        assert_float_equal(looks.looks[i].levels[b], -100.0f, 1e-4f);
      }
    }
  }
  looks_free(&looks);
  signal_free(&noise);
}

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
    Looks whole = look_anew(&mixture, some[r], mixture.n);
    for (size_t b = 0U; b < sizeof(blocks) / sizeof(blocks[0]); ++b) {
      Looks looks = look_anew(&mixture, some[r], blocks[b]);
      expect_same(&whole, &looks, "blocks");
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
    for (uint32_t b = 0U; b < N_BANDS; ++b) {
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
  const uint32_t n_window     = (uint32_t)lround(front_end->window_s * RATE_HZ);
  Signal         clean        = new_mixture(40000U);
  Looks          a            = look_anew(&clean, RATE_HZ, 512U);
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Signal silent = new_mixture(clean.n);
    Signal spoilt = new_mixture(clean.n);
    for (uint32_t i = first; i <= last; ++i) {
      silent.y[i] = 0.0f;
      spoilt.y[i] = rows[r].sample;
    }

    Looks b = look_anew(&silent, RATE_HZ, 512U);
    Looks c = look_anew(&spoilt, RATE_HZ, 512U);
    expect_finite(&c, rows[r].label);
    expect_same(&b, &c, rows[r].label);
    for (uint32_t i = 0U; i < a.n; ++i) {
      if (a.looks[i].taken > last + n_window &&
          !is_same(&a.looks[i], &c.looks[i])) {
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
    Looks looks = look_anew(&signal, RATE_HZ, 512U);
    expect_finite(&looks, "size");
    looks_free(&looks);
    signal_free(&signal);
  }
}

static void
level_is_decibels_of_full_scale(void** const state)
{
  (void)state;
  for (size_t r = 0U; r < N_RATES; ++r) {
    Signal sine = signal_new((uint32_t)rates[r]);
    signal_add_sine(&sine, rates[r], 0.3 * rates[r], 1000.0, 1.0);
    Looks looks = look_anew(&sine, rates[r], sine.n);
    assert_float_equal(looks.looks[0].level_db, TMB_LEAST_LEVEL_DB, 0.0f);
    for (uint32_t i = looks.n / 2U; i < looks.n; ++i) {
      assert_float_equal(looks.looks[i].level_db, -3.01f, 0.4f); // Part periods
    }
    looks_free(&looks);
    signal_free(&sine);
  }
}

static void
begin_forgets_the_signal(void** const state)
{
  (void)state;
  TmbAnalysis* const analysis = new_analysis(RATE_HZ);
  Signal             mixture  = new_mixture(30000U);
  for (uint32_t n = 1000U; n < 3000U; n += 100U) { // Amid long windows or not
    Signal part  = { n, mixture.y + 7U };
    Looks  first = look_at(analysis, &part, n);
    tmb_analysis_begin(analysis, 0U);
    assert_int_equal(tmb_analysis_taken(analysis), 0U);
    looks_free(&first);

    Looks again = look_at(analysis, &mixture, 700U);
    Looks fresh = look_anew(&mixture, RATE_HZ, 700U);
    expect_same(&fresh, &again, "begun again");
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
  TmbAnalysis* const analysis = new_analysis(RATE_HZ);
  const uint32_t     n_long   = tmb_analysis_times(analysis).n_long;
  Signal             mixture  = new_mixture(20000U);
  Looks              whole    = look_at(analysis, &mixture, 700U);
  for (uint32_t first = 0U; first < 10000U; first += 83U) {
    const Signal rest = { mixture.n - first, mixture.y + first };
    tmb_analysis_begin(analysis, first);

    const uint64_t next = tmb_analysis_next(analysis);
    Looks          part = look_at(analysis, &rest, 700U);
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
  TmbAnalysis* const analysis = new_analysis(RATE_HZ);
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
    cmocka_unit_test(
      short_windows_end_every_half_hop_and_long_ones_with_every_other),
    cmocka_unit_test(
      long_windows_are_hann_windows_centred_on_multiples_of_the_hop),
    cmocka_unit_test(the_same_sound_has_the_same_levels_at_every_rate),
    cmocka_unit_test(bands_above_half_the_rate_are_silent),
    cmocka_unit_test(blocks_of_any_size_give_the_same_views),
    cmocka_unit_test(what_is_no_sound_is_forgotten_after_a_window),
    cmocka_unit_test(the_loudest_and_the_softest_samples_have_finite_levels),
    cmocka_unit_test(level_is_decibels_of_full_scale),
    cmocka_unit_test(begin_forgets_the_signal),
    cmocka_unit_test(begun_anywhere_views_become_those_of_the_whole_stream),
    cmocka_unit_test(no_samples_give_no_view),
    cmocka_unit_test(new_checks_its_arguments),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("analysis", tests, NULL, NULL);
}
