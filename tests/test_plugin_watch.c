// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/recogniser.h"
#include "plugin/watch.h"
#include "tests/support/cmocka.h"
#include "tests/support/fixture.h"

/// An instrument that the track is named after.
static int
watchable(const Fixture* const self)
{
  int watch = 0;
  for (size_t i = 0U; i < self->n_events; ++i) {
    const TmbEvent* const event = &self->events[i];
    watch =
      event->type == TMB_EVENT_NOTE && event->track >= 0 ? event->track : watch;
  }
  return watch;
}

static void
watches_an_instrument(void** const state)
{
  enum { HOLD = 4410 }; // 100 ms
  Fixture* const self     = (Fixture*)*state;
  TmbSettings    settings = tmb_default_settings;
  settings.hold_ms        = 100.0f;
  fixture_expect(self, &settings);

  Host* const host  = fixture_host(self, HOST_FULL);
  const int   watch = watchable(self);
  host_set(host, "watch", (float)watch);
  host_set(host, "hold", 100.0f);

  TmbWatch gate       = { false, TMB_NEVER };
  unsigned n_opened   = 0U;
  float    confidence = 0.0f;
  uint64_t release    = TMB_NEVER;
  size_t   k          = 0U;
  for (uint32_t i = 0U; i < self->sound.n; ++i) {
    confidence = (i == release) ? 0.0f : confidence;
    gate       = (i == gate.closes) ? (TmbWatch){ false, TMB_NEVER } : gate;
    for (; k < self->n_events && self->events[k].time == i + 1U; ++k) {
      const TmbEvent* const event = &self->events[k];
      if (event->type == TMB_EVENT_NOTE) {
        const bool was_open = gate.is_open;
        confidence          = self->posterior[k][watch];
        release             = TMB_NEVER;
        tmb_watch_note(&gate,
                       event->track == watch ||
                         event->verdict.instrument == watch,
                       confidence,
                       settings.threshold,
                       i + 1U + HOLD);
        n_opened += !was_open && gate.is_open;
      } else if (event->type == TMB_EVENT_END) {
        release = i + 1U + HOLD;
        tmb_watch_end(&gate, release);
      }
    }

    host_run(host, self->sound.y + i, self->out, 1U);
    assert_true(host_get(host, "watched") == (gate.is_open ? 1.0f : 0.0f));
    assert_true(host_get(host, "watched_confidence") == confidence);
  }
  assert_true(n_opened > 0U);
  host_free(host);
}

/// Play up to a note that opens the gate of the watched instrument.
static Host*
play_into_the_gate(const Fixture* const self, uint32_t* const at)
{
  Host* const host = fixture_host(self, HOST_FULL);
  host_set(host, "watch", (float)watchable(self));
  for (*at = 0U; host_get(host, "watched") == 0.0f; *at += 64U) {
    assert_true(*at + 64U < self->sound.n);
    host_run(host, self->sound.y + *at, self->out, 64U);
  }
  return host;
}

static void
the_gate_closes_when_the_plugin_is_disabled(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  uint32_t             at   = 0U;
  Host* const          host = play_into_the_gate(self, &at);
  host_set(host, "enabled", 0.0f);
  host_run(host, self->sound.y + at, self->out, 64U);
  assert_true(host_get(host, "watched") == 0.0f);
  assert_true(host_get(host, "watched_confidence") == 0.0f);
  host_free(host);
}

static void
the_gate_closes_when_the_transport_stops(void** const state)
{
  const Fixture* const self  = (const Fixture*)*state;
  uint32_t             at    = 0U;
  Host* const          host  = play_into_the_gate(self, &at);
  const float          track = host_get(host, "instrument");

  // Not when it is said to stand still all along
  host_set_speed(host, 0.0f, 0U);
  host_run(host, self->sound.y + at, self->out, 1U);
  assert_true(host_get(host, "watched") == 1.0f);

  host_set_speed(host, 1.0f, 0U);
  host_set_speed(host, 0.0f, 3U);
  host_run(host, self->sound.y + at + 1U, self->out, 3U);
  assert_true(host_get(host, "watched") == 1.0f);
  host_run(host, self->sound.y + at + 4U, self->out, 1U);
  assert_true(host_get(host, "watched") == 0.0f);
  assert_true(host_get(host, "watched_confidence") == 0.0f);
  assert_true(host_get(host, "instrument") == track);

  // And opens again with the next note
  for (at += 5U; host_get(host, "watched") == 0.0f; at += 64U) {
    assert_true(at + 64U < self->sound.n);
    host_run(host, self->sound.y + at, self->out, 64U);
  }
  host_free(host);
}

/// The first note that is not class 0's, but whose track has a name.
static size_t
other_note(const Fixture* const self)
{
  for (size_t i = 0U; i < self->n_events; ++i) {
    const TmbEvent* const event = &self->events[i];
    if (event->type == TMB_EVENT_NOTE && event->track > 0 &&
        event->verdict.instrument != 0) {
      return i;
    }
  }
  fail_msg("No note names another instrument");
  return 0U;
}

static void
a_change_of_watch_takes_effect_at_once(void** const state)
{
  enum { NONE = 1000 };
  const Fixture* const self  = (const Fixture*)*state;
  const size_t         k     = other_note(self);
  const int            track = self->events[k].track;
  const struct {
    int   watch;
    float watched;
    float confidence;
  } rows[] = {
    { NONE, 0.0f, 0.0f },
    { track, 1.0f, self->posterior[k][track] },
    { 0, 0.0f, self->posterior[k][0] },
    { track, 1.0f, self->posterior[k][track] },
    { NONE, 0.0f, 0.0f },
  };

  Host* const host = fixture_host(self, HOST_FULL);
  host_set(host, "watch", (float)NONE);
  host_run_all(host, self->sound.y, self->out, self->events[k].time, 64U);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    host_set(host, "watch", (float)rows[i].watch);
    host_run(host, self->sound.y, self->out, 0U);
    assert_true(host_get(host, "watched") == rows[i].watched);
    assert_true(host_get(host, "watched_confidence") == rows[i].confidence);
  }
  host_free(host);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    TEST(watches_an_instrument),
    TEST(a_change_of_watch_takes_effect_at_once),
    TEST(the_gate_closes_when_the_plugin_is_disabled),
    TEST(the_gate_closes_when_the_transport_stops),
  };
  return cmocka_run_group_tests_name("plugin's watch", tests, NULL, NULL);
}
