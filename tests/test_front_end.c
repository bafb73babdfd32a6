// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/front_end.h"
#include "tests/support/cmocka.h"
#include "tests/support/model_parts.h"

#include <math.h>

static void
the_defaults_are_valid(void** const state)
{
  (void)state;
  const TmbFrontEnd* const usual = &tmb_default_front_end;
  assert_int_equal(tmb_front_end_check(usual, NULL), TMB_OK);
  assert_int_equal(tmb_front_end_check(&test_front_end, NULL), TMB_OK);

  // At 44.1 kHz the analysis is window 2048, hop 512
  assert_true(round(usual->window_s * 44100.0) == 2048.0);
  assert_true(round(usual->hop_s * 44100.0) == 512.0);
  assert_int_equal(tmb_front_end_note_frames(usual), 44U);
  assert_int_equal(tmb_front_end_features(usual),
                   (usual->n_segments * usual->n_coeffs) + 1U);
}

static void
age_is_the_nearest(void** const state)
{
  (void)state;
  static const struct {
    double   ms;
    uint32_t age;
  } rows[] = {
    { 0.0, 0U },   { 50.0, 0U },  { 74.0, 0U },  { 76.0, 1U },
    { 200.1, 3U }, { 250.0, 3U }, { 500.0, 4U }, { 60000.0, 4U },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    assert_int_equal(tmb_front_end_age(&tmb_default_front_end, rows[r].ms),
                     rows[r].age);
  }
}

/// Spoil one field of a valid front end.
typedef void (*Spoil)(TmbFrontEnd* front_end);

// clang-format off
static void rate_nan(TmbFrontEnd* f)      { f->rate_hz = (double)NAN; }
static void rate_low(TmbFrontEnd* f)      { f->rate_hz = 7999.0; }
static void rate_high(TmbFrontEnd* f)     { f->rate_hz = 384001.0; }
static void window_zero(TmbFrontEnd* f)   { f->window_s = 0.0; }
static void window_long(TmbFrontEnd* f)   { f->window_s = 0.2; }
static void window_nan(TmbFrontEnd* f)    { f->window_s = (double)NAN; }
static void hop_zero(TmbFrontEnd* f)      { f->hop_s = 0.0; }
static void hop_long(TmbFrontEnd* f)      { f->hop_s = f->window_s * 1.01; }
static void hop_nan(TmbFrontEnd* f)       { f->hop_s = (double)NAN; }
static void no_bands(TmbFrontEnd* f)      { f->n_bands = 0U; }
static void many_bands(TmbFrontEnd* f)    { f->n_bands = TMB_MAX_BANDS + 1U; }
static void no_coeffs(TmbFrontEnd* f)     { f->n_coeffs = 0U; }
static void many_coeffs(TmbFrontEnd* f)   { f->n_coeffs = f->n_bands + 1U; }
static void fmin_negative(TmbFrontEnd* f) { f->fmin_hz = -1.0; }
static void fmin_nan(TmbFrontEnd* f)      { f->fmin_hz = (double)NAN; }
static void fmax_low(TmbFrontEnd* f)      { f->fmax_hz = f->fmin_hz; }
static void fmax_high(TmbFrontEnd* f)     { f->fmax_hz = 1e9; }
static void fmax_nan(TmbFrontEnd* f)      { f->fmax_hz = (double)NAN; }
static void floor_zero(TmbFrontEnd* f)    { f->floor_db = 0.0; }
static void floor_nan(TmbFrontEnd* f)     { f->floor_db = (double)NAN; }
static void no_segments(TmbFrontEnd* f)   { f->n_segments = 0U; }
static void many_segments(TmbFrontEnd* f) { f->n_segments = 33U; }
static void late_segment(TmbFrontEnd* f)  { f->edges[0] = 1U; }
static void empty_segment(TmbFrontEnd* f) { f->edges[1] = f->edges[2]; }
static void long_note(TmbFrontEnd* f)     { f->edges[f->n_segments] = 257U; }
static void before_all(TmbFrontEnd* f)    { f->n_before = 44U; }
static void no_ages(TmbFrontEnd* f)       { f->n_ages = 0U; }
static void many_ages(TmbFrontEnd* f)     { f->n_ages = TMB_MAX_AGES + 1U; }
static void same_ages(TmbFrontEnd* f)     { f->ages[1].ms = f->ages[0].ms; }
static void old_age(TmbFrontEnd* f)       { f->ages[4].ms = 60001U; }
static void age_unborn(TmbFrontEnd* f)    { f->ages[0].n_frames = 3U; }
static void age_beyond(TmbFrontEnd* f)    { f->ages[4].n_frames = 45U; }
// clang-format on

static void
check_refuses_what_can_not_be(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    Spoil       spoil;
  } rows[] = {
    { "rate is no number", rate_nan },
    { "rate too low", rate_low },
    { "rate too high", rate_high },
    { "no window", window_zero },
    { "window too long", window_long },
    { "window is no number", window_nan },
    { "no hop", hop_zero },
    { "hop beyond the window", hop_long },
    { "hop is no number", hop_nan },
    { "no bands", no_bands },
    { "too many bands", many_bands },
    { "no coefficients", no_coeffs },
    { "more coefficients than bands", many_coeffs },
    { "bands below zero", fmin_negative },
    { "lower edge is no number", fmin_nan },
    { "edges meet", fmax_low },
    { "bands too high", fmax_high },
    { "upper edge is no number", fmax_nan },
    { "no range", floor_zero },
    { "floor is no number", floor_nan },
    { "no segments", no_segments },
    { "too many segments", many_segments },
    { "first segment begins late", late_segment },
    { "empty segment", empty_segment },
    { "note too long", long_note },
    { "note is before its onset", before_all },
    { "no ages", no_ages },
    { "too many ages", many_ages },
    { "two ages are the same", same_ages },
    { "age of more than a minute", old_age },
    { "age before the onset", age_unborn },
    { "age beyond the note", age_beyond },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TmbFrontEnd front_end = tmb_default_front_end;
    TmbMessage  why       = { "" };
    rows[r].spoil(&front_end);
    if (tmb_front_end_check(&front_end, &why) != TMB_BAD_ARG || !why.text[0]) {
      fail_msg("%s: \"%s\"", rows[r].label, why.text);
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_defaults_are_valid),
    cmocka_unit_test(age_is_the_nearest),
    cmocka_unit_test(check_refuses_what_can_not_be),
  };
  return cmocka_run_group_tests_name("front_end", tests, NULL, NULL);
}
