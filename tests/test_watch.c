// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/watch.h"
#include "tests/support/cmocka.h"

#define HOLD 10U

/// What happens to a gate at a time.
typedef struct {
  char  what; ///< 'i': a note of it, 'o': of another, 'e': a note's end
  float confidence;
} Step;

/// Play steps, one every 4 samples; whether the gate is open after each, or
/// closes by time before the next.
static void
play(const Step* const steps, const float threshold, char* const picture)
{
  TmbWatch watch = { false, TMB_NEVER };
  unsigned n     = 0U;
  for (; steps[n].what; ++n) {
    const uint64_t now = 4U * (uint64_t)n;
    if (watch.closes <= now) {
      watch.is_open = false;
      watch.closes  = TMB_NEVER;
    }
    if (steps[n].what == 'e') {
      tmb_watch_end(&watch, now + HOLD);
    } else if (steps[n].what != '.') {
      tmb_watch_note(&watch,
                     steps[n].what == 'i',
                     steps[n].confidence,
                     threshold,
                     now + HOLD);
    }
    picture[n] = watch.is_open ? '#' : '.';
  }
  picture[n] = '\0';
}

static void
the_gate_has_hold_and_hysteresis(void** const state)
{
  static const struct {
    const char* label;
    float       threshold;
    Step        steps[10];
    const char* picture;
  } rows[] = {
    { "opens with a note of it, closes a hold after its end",
      0.6f,
      { { 'o', 0.1f },
        { 'i', 0.7f },
        { '.', 0 },
        { 'e', 0 },
        { '.', 0 },
        { '.', 0 },
        { '.', 0 } },
      ".#####." },
    { "does not open just below the threshold",
      0.6f,
      { { 'o', 0.59f }, { 'e', 0 }, { 'o', 0.59f } },
      "..." },
    { "half the threshold keeps it open, but not less",
      0.6f,
      { { 'i', 0.7f },
        { 'o', 0.3f },
        { '.', 0 },
        { '.', 0 },
        { '.', 0 },
        { 'o', 0.29f },
        { '.', 0 },
        { '.', 0 },
        { '.', 0 } },
      "########." },
    { "a note that keeps it open takes back its end",
      0.6f,
      { { 'i', 0.7f },
        { 'e', 0 },
        { 'o', 0.4f },
        { '.', 0 },
        { '.', 0 },
        { '.', 0 } },
      "######" },
    { "an odd note within the hold does not close it",
      0.6f,
      { { 'i', 0.7f },
        { 'o', 0.0f },
        { 'i', 0.7f },
        { '.', 0 },
        { '.', 0 },
        { '.', 0 } },
      "######" },
    { "odd notes one after the other do not hold it",
      0.6f,
      { { 'i', 0.7f },
        { 'o', 0.0f },
        { 'o', 0.1f },
        { 'e', 0 },
        { 'o', 0.2f } },
      "####." },
    { "without a threshold another instrument closes it all the same",
      0.0f,
      { { 'i', 0.5f },
        { 'o', 0.1f },
        { 'o', 0.09f },
        { '.', 0 },
        { '.', 0 },
        { '.', 0 } },
      "#####." },
    { "a closed one stays closed",
      0.6f,
      { { 'e', 0 }, { 'o', 0.5f }, { 'e', 0 }, { '.', 0 } },
      "...." },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    char picture[11];
    play(rows[i].steps, rows[i].threshold, picture);
    print_message("%s\n", rows[i].label);
    assert_string_equal(picture, rows[i].picture);
  }
}

static void
without_a_hold_it_closes_at_once(void** const state)
{
  (void)state;
  TmbWatch watch = { false, TMB_NEVER };
  tmb_watch_note(&watch, true, 0.9f, 0.5f, 100U);
  assert_true(watch.closes == TMB_NEVER);
  tmb_watch_note(&watch, false, 0.0f, 0.5f, 200U);
  assert_true(watch.is_open && watch.closes == 200U);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_gate_has_hold_and_hysteresis),
    cmocka_unit_test(without_a_hold_it_closes_at_once),
  };
  return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
