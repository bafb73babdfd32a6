// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/net.h"
#include "dsp/track.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"

static const float first[]   = { 0.8f, 0.1f, 0.1f };
static const float second[]  = { 0.1f, 0.8f, 0.1f };
static const float certain[] = { 0.0f, 1.0f, 0.0f };
static const float unsure[]  = { 0.34f, 0.33f, 0.33f };

static TmbTrack*
new_track(void)
{
  TmbTrack* track = NULL;
  assert_int_equal(tmb_track_new(3U, &track), TMB_OK);
  return track;
}

static void
the_first_sure_note_names_the_track(void** const state)
{
  (void)state;
  TmbTrack* const track = new_track();
  for (unsigned k = 0U; k < 3U; ++k) {
    assert_float_equal(tmb_track_posterior(track)[k], 1.0f / 3.0f, 1e-6f);
  }
  assert_int_equal(tmb_track_push(track, unsure, 100U, 1000U, 0.45f), -1);
  assert_int_equal(tmb_track_push(track, first, 200U, 1000U, 0.45f), 0);
  tmb_track_free(track);
}

static void
one_odd_note_changes_nothing_and_two_do(void** const state)
{
  (void)state;
  TmbTrack* const track = new_track();
  uint64_t        time  = 0U;
  for (unsigned i = 0U; i < 5U; ++i) {
    assert_int_equal(tmb_track_push(track, first, time += 100U, 0U, 0.45f), 0);
  }
  assert_int_equal(tmb_track_push(track, second, time += 100U, 0U, 0.45f), 0);
  assert_int_equal(tmb_track_push(track, second, time += 100U, 0U, 0.45f), 1);
  tmb_track_free(track);
}

static void
an_instrument_is_held(void** const state)
{
  (void)state;
  TmbTrack* const track = new_track();
  assert_int_equal(tmb_track_push(track, first, 1000U, 5000U, 0.45f), 0);
  for (uint64_t time = 2000U; time < 6000U; time += 1000U) {
    assert_int_equal(tmb_track_push(track, second, time, 5000U, 0.45f), 0);
  }
  assert_int_equal(tmb_track_push(track, second, 6000U, 5000U, 0.45f), 1);
  tmb_track_free(track);
}

static void
the_posterior_is_one(void** const state)
{
  (void)state;
  // Impossible classes too must not make it infinite
  TmbTrack* const track = new_track();
  for (uint64_t time = 0U; time < 100U; ++time) {
    (void)tmb_track_push(track, certain, time, 0U, 0.45f);
    const float* const p = tmb_track_posterior(track);
    assert_float_equal(p[0] + p[1] + p[2], 1.0f, 1e-6f);
    assert_true(p[1] > 0.9f && p[0] > 0.0f);
  }
  tmb_track_free(track);
}

static void
reset_forgets_all_notes(void** const state)
{
  (void)state;
  TmbTrack* const track = new_track();
  assert_int_equal(tmb_track_push(track, first, 100U, 1000U, 0.45f), 0);
  tmb_track_reset(track);
  assert_float_equal(tmb_track_posterior(track)[0], 1.0f / 3.0f, 1e-6f);
  assert_int_equal(tmb_track_push(track, second, 1U, 1000U, 0.45f), 1);
  tmb_track_free(track);
}

static void
new_checks_its_classes(void** const state)
{
  (void)state;
  TmbTrack* track = NULL;
  assert_int_equal(tmb_track_new(0U, &track), TMB_BAD_ARG);
  assert_int_equal(tmb_track_new(TMB_MAX_WIDTH + 1U, &track), TMB_BAD_ARG);
  assert_null(track);
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  TmbTrack* track = NULL;
  for (size_t n = 0U; n < 3U; ++n) {
    alloc_fail_from(n);
    const TmbStatus status = tmb_track_new(3U, &track);
    assert_true(alloc_restore());
    assert_int_equal(status, TMB_NO_MEMORY);
    assert_null(track);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_first_sure_note_names_the_track),
    cmocka_unit_test(one_odd_note_changes_nothing_and_two_do),
    cmocka_unit_test(an_instrument_is_held),
    cmocka_unit_test(the_posterior_is_one),
    cmocka_unit_test(reset_forgets_all_notes),
    cmocka_unit_test(new_checks_its_classes),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("track", tests, NULL, NULL);
}
