// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/extractor.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/notes.h"
#include "tests/support/signals.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define RATE_HZ 44100.0
#define N_TUNE 6U

static const TmbFrontEnd* const front_end = &tmb_default_front_end;

static TmbExtractor*
new_extractor(const double rate_hz)
{
  TmbExtractor* extractor = NULL;
  assert_int_equal(tmb_extractor_new(front_end, rate_hz, &extractor), TMB_OK);
  return extractor;
}

/// When note `i` of new_tune() begins, in seconds.
static double
tune_time(const unsigned i)
{
  return 0.2 + (0.25 * (double)i);
}

/// Six plucked notes, the last of which rings out.
static Signal
new_tune(const double rate_hz)
{
  static const double pitches[N_TUNE] = { 196.0, 220.0, 246.9,
                                          293.7, 220.0, 146.8 };
  Signal              signal          = signal_new((uint32_t)(2.2 * rate_hz));
  for (unsigned i = 0U; i < N_TUNE; ++i) {
    signal_add_note(&signal, rate_hz, tune_time(i), pitches[i], 6.0, 0.08);
  }
  return signal;
}

/// Collect with a fresh extractor, tail included.
static Notes
collect(const Signal* const signal, const double rate_hz, const uint32_t block)
{
  TmbExtractor* const extractor = new_extractor(rate_hz);
  Signal              whole     = signal_with_tail(extractor, signal);
  const Notes notes = notes_collect(extractor, front_end, &whole, block);
  signal_free(&whole);
  tmb_extractor_free(extractor);
  return notes;
}

static void
expect_same(const Notes* const a, const Notes* const b, const char* const label)
{
  if (a->n != b->n) {
    fail_msg("%s: %u notes, not %u", label, b->n, a->n);
  }
  for (uint32_t i = 0U; i < a->n; ++i) {
    const Note* const x = &a->notes[i];
    const Note* const y = &b->notes[i];
    assert_int_equal(x->onset, y->onset);
    assert_int_equal(x->onset_time, y->onset_time);
    assert_int_equal(x->ready_time, y->ready_time);
    assert_int_equal(x->end_time, y->end_time);
    assert_int_equal(x->duration, y->duration);
    assert_int_equal(x->n_available, y->n_available);
    assert_int_equal(x->features.n, y->features.n);
    assert_memory_equal(
      x->features.y, y->features.y, x->features.n * sizeof(float));
  }
}

static void
each_note_has_its_stages_in_order_and_in_time(void** const state)
{
  (void)state;
  Signal tune  = new_tune(RATE_HZ);
  Notes  notes = collect(&tune, RATE_HZ, 1000U); // Which checks their order
  assert_int_equal(notes.n, N_TUNE);
  for (uint32_t i = 0U; i < N_TUNE; ++i) {
    const Note* const note  = &notes.notes[i];
    const double      error = ((double)note->onset / RATE_HZ) - tune_time(i);
    if (!(fabs(error) <= 0.02)) {
      fail_msg("note %u: onset %.1f ms off", i, 1e3 * error);
    }
    assert_true(note->onset_time > note->onset);
    assert_true(note->ready_time > note->onset_time);
    assert_true(note->end_time >= note->ready_time);
    assert_true((double)(note->onset_time - note->onset) < 0.06 * RATE_HZ);
    if (i + 1U < N_TUNE) {
      // It ends where the next begins
      assert_int_equal(note->onset + note->duration, notes.notes[i + 1U].onset);
      assert_true(note->end_time <= notes.notes[i + 1U].onset_time);
    }
  }
  notes_free(&notes);
  signal_free(&tune);
}

static void
blocks_of_any_size_give_the_same_notes(void** const state)
{
  (void)state;
  static const uint32_t blocks[] = { 1U, 64U, 1000U, 8192U, 65536U };
  Signal                tune     = new_tune(RATE_HZ);
  Notes                 whole    = collect(&tune, RATE_HZ, UINT32_MAX);
  assert_int_equal(whole.n, N_TUNE);
  for (size_t b = 0U; b < sizeof(blocks) / sizeof(blocks[0]); ++b) {
    Notes notes = collect(&tune, RATE_HZ, blocks[b]);
    expect_same(&whole, &notes, "blocks");
    notes_free(&notes);
  }
  notes_free(&whole);
  signal_free(&tune);
}

/**
   The same sound at another rate gives the same notes: features within 3.5 % of
   their length.  Measured: up to 3 % at 48 kHz and its multiples, where bins
   fall elsewhere, and half bins show less exactly what lies between harmonics.
*/
static void
rates_give_the_same_features(void** const state)
{
  (void)state;
  static const double rates[] = { 22050.0, 48000.0,  88200.0,
                                  96000.0, 192000.0, 384000.0 };
  Signal              tune    = new_tune(RATE_HZ);
  Notes               usual   = collect(&tune, RATE_HZ, 4096U);
  assert_int_equal(usual.n, N_TUNE);
  for (size_t r = 0U; r < sizeof(rates) / sizeof(rates[0]); ++r) {
    Signal other = new_tune(rates[r]);
    Notes  notes = collect(&other, rates[r], 4096U);
    assert_int_equal(notes.n, usual.n);
    for (uint32_t i = 0U; i < notes.n; ++i) {
      const Note* const a = &usual.notes[i];
      const Note* const b = &notes.notes[i];
      assert_true(fabs(((double)a->onset / RATE_HZ) -
                       ((double)b->onset / rates[r])) < 1e-3);
      assert_int_equal(a->n_available, b->n_available);

      double energy = 0.0;
      double error  = 0.0;
      for (uint32_t k = 0U; k < a->features.n; ++k) {
        const double x = (double)a->features.y[k];
        const double e = (double)b->features.y[k] - x;
        energy += x * x;
        error += e * e;
      }
      if (!(error <= 0.035 * 0.035 * energy)) {
        fail_msg("%g Hz, note %u: %g off", rates[r], i, sqrt(error / energy));
      }
    }
    notes_free(&notes);
    signal_free(&other);
  }
  notes_free(&usual);
  signal_free(&tune);
}

static void
what_is_no_sound_leaves_no_trace(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    float       sample;
  } rows[] = {
    { "not a number", NAN },
    { "infinite", INFINITY },
    { "absurd", -1e30f },
    { "denormal", 1e-41f },
  };
  const uint32_t first = 44100U; // In the middle of the tune
  const uint32_t last  = 45000U;
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Signal spoilt = new_tune(RATE_HZ);
    Signal silent = new_tune(RATE_HZ);
    for (uint32_t i = first; i < last; ++i) {
      spoilt.y[i] = rows[r].sample;
      silent.y[i] = 0.0f;
    }
    Notes a = collect(&silent, RATE_HZ, 512U);
    Notes b = collect(&spoilt, RATE_HZ, 512U);
    expect_same(&a, &b, rows[r].label);
    notes_free(&b);
    notes_free(&a);
    signal_free(&silent);
    signal_free(&spoilt);
  }
}

static void
silence_has_no_notes(void** const state)
{
  (void)state;
  Signal silence = signal_new(44100U);
  Notes  notes   = collect(&silence, RATE_HZ, 700U);
  assert_int_equal(notes.n, 0U);
  assert_int_equal(notes.notes[0].onset_time, 0U);
  notes_free(&notes);
  signal_free(&silence);
}

static void
a_note_is_ready_at_the_chosen_age(void** const state)
{
  (void)state;
  Signal signal = signal_new(88200U);
  signal_add_note(&signal, RATE_HZ, 0.3, 220.0, 6.0, 2.0);
  for (uint32_t age = 0U; age < front_end->n_ages; ++age) {
    TmbExtractor* const extractor = new_extractor(RATE_HZ);
    tmb_extractor_set(extractor, 0.5f, -60.0f, age);
    Signal whole = signal_with_tail(extractor, &signal);
    Notes  notes = notes_collect(extractor, front_end, &whole, 256U);
    assert_true(notes.n >= 1U);

    // Half a window and a hop may pass before a sample has been looked at
    const double wait_s =
      (double)(notes.notes[0].ready_time - notes.notes[0].onset) / RATE_HZ;
    const double age_s = 1e-3 * (double)front_end->ages[age].ms;
    assert_int_equal(notes.notes[0].n_available, front_end->ages[age].n_frames);
    if (!(fabs(wait_s - age_s) <= 0.035)) {
      fail_msg("%.0f ms: ready after %.0f ms", 1e3 * age_s, 1e3 * wait_s);
    }
    notes_free(&notes);
    signal_free(&whole);
    tmb_extractor_free(extractor);
  }
  signal_free(&signal);
}

static void
a_note_cut_off_by_the_next_is_ready_with_what_it_has(void** const state)
{
  (void)state;
  Signal signal = signal_new(88200U);
  signal_add_note(&signal, RATE_HZ, 0.3, 220.0, 6.0, 0.05);
  signal_add_note(&signal, RATE_HZ, 0.5, 330.0, 6.0, 0.3);
  Notes notes = collect(&signal, RATE_HZ, 256U); // At the oldest age, 500 ms
  assert_int_equal(notes.n, 2U);
  assert_in_range(notes.notes[0].n_available, 15U, 21U);
  assert_int_equal(notes.notes[1].n_available,
                   tmb_front_end_note_frames(front_end));
  notes_free(&notes);
  signal_free(&signal);
}

static void
the_tail_completes_the_last_note(void** const state)
{
  (void)state;
  TmbExtractor* const extractor = new_extractor(RATE_HZ);
  Signal              signal    = signal_new(22050U);
  signal_add_note(&signal, RATE_HZ, 0.4, 220.0, 6.0, 1.0);
  for (uint32_t i = 18000U; i < signal.n; ++i) {
    signal.y[i] *= expf(-(float)(i - 18000U) / 1000.0f); // So that it stops
  }

  Notes cut = notes_collect(extractor, front_end, &signal, 512U);
  assert_int_equal(cut.n, 0U);
  assert_true(cut.notes[0].onset_time > 0U);
  notes_free(&cut);

  tmb_extractor_begin(extractor, 0U);
  Signal whole = signal_with_tail(extractor, &signal);
  Notes  notes = notes_collect(extractor, front_end, &whole, 512U);
  assert_int_equal(notes.n, 1U);
  assert_true(notes.notes[0].onset + notes.notes[0].duration <
              signal.n + 2048U);
  notes_free(&notes);
  signal_free(&whole);
  signal_free(&signal);
  tmb_extractor_free(extractor);
}

static void
level_is_decibels_of_full_scale(void** const state)
{
  (void)state;
  TmbExtractor* const extractor = new_extractor(RATE_HZ);
  assert_float_equal(tmb_extractor_level(extractor), -120.0f, 0.0f);

  Signal signal = signal_new(88200U);
  signal_add_sine(&signal, RATE_HZ, 0.0, 1000.0, 1.0);
  Notes notes = notes_collect(extractor, front_end, &signal, 512U);
  assert_float_equal(tmb_extractor_level(extractor), -3.01f, 0.05f);
  notes_free(&notes);

  memset(signal.y + 44100, 0, 44100U * sizeof(float));
  tmb_extractor_begin(extractor, 0U);
  notes = notes_collect(extractor, front_end, &signal, 512U);
  assert_float_equal(tmb_extractor_level(extractor), -120.0f, 0.0f);
  notes_free(&notes);
  signal_free(&signal);
  tmb_extractor_free(extractor);
}

static void
begin_forgets_the_signal(void** const state)
{
  (void)state;
  TmbExtractor* const extractor = new_extractor(RATE_HZ);
  Signal              tune      = new_tune(RATE_HZ);
  Signal              whole     = signal_with_tail(extractor, &tune);
  Notes               first = notes_collect(extractor, front_end, &whole, 999U);
  tmb_extractor_begin(extractor, 0U);
  Notes again = notes_collect(extractor, front_end, &whole, 999U);
  expect_same(&first, &again, "begun again");
  notes_free(&again);
  notes_free(&first);
  signal_free(&whole);
  signal_free(&tune);
  tmb_extractor_free(extractor);
}

static void
new_checks_its_arguments(void** const state)
{
  (void)state;
  static const double rates[]   = { 0.0, 7999.0, 384001.0, -1.0, (double)NAN };
  TmbExtractor*       extractor = NULL;
  for (size_t r = 0U; r < sizeof(rates) / sizeof(rates[0]); ++r) {
    assert_int_equal(tmb_extractor_new(front_end, rates[r], &extractor),
                     TMB_BAD_ARG);
    assert_null(extractor);
  }

  TmbFrontEnd bad = tmb_default_front_end;
  bad.n_coeffs    = bad.n_bands + 1U;
  assert_int_equal(tmb_extractor_new(&bad, RATE_HZ, &extractor), TMB_BAD_ARG);
  assert_null(extractor);
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  size_t n = 0U;
  for (bool failed = true; failed; ++n) {
    TmbExtractor* extractor = NULL;
    alloc_fail_from(n);
    const TmbStatus status = tmb_extractor_new(front_end, RATE_HZ, &extractor);
    failed                 = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_int_equal(extractor != NULL, !failed);
    tmb_extractor_free(extractor);
  }
  assert_true(n > 10U);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_note_has_its_stages_in_order_and_in_time),
    cmocka_unit_test(blocks_of_any_size_give_the_same_notes),
    cmocka_unit_test(rates_give_the_same_features),
    cmocka_unit_test(what_is_no_sound_leaves_no_trace),
    cmocka_unit_test(silence_has_no_notes),
    cmocka_unit_test(a_note_is_ready_at_the_chosen_age),
    cmocka_unit_test(a_note_cut_off_by_the_next_is_ready_with_what_it_has),
    cmocka_unit_test(the_tail_completes_the_last_note),
    cmocka_unit_test(level_is_decibels_of_full_scale),
    cmocka_unit_test(begin_forgets_the_signal),
    cmocka_unit_test(new_checks_its_arguments),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("extractor", tests, NULL, NULL);
}
