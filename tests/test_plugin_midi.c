// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/recogniser.h"
#include "plugin/ports.h"
#include "tests/support/cmocka.h"
#include "tests/support/fixture.h"

#include <math.h>
#include <string.h>

#define BASE_NOTE 36

static const float silence[512] = { 0.0f };

/// General MIDI programs of the test model's classes.
static const int programs[BUNDLE_CLASSES] = { 40, -1, 73, 0, 56, 12 };

/// Demand that the next MIDI message is this one, at this frame.
static void
expect_midi(const Host* const host,
            size_t* const     at,
            const uint64_t    frame,
            const int         status,
            const int         data1,
            const int         data2)
{
  const HostEvent* const event = next_event(host, HOST_MIDI, at);
  assert_non_null(event);
  assert_int_equal(event->frame, frame);
  assert_int_equal(event->midi[0], status);
  assert_int_equal(event->midi[1], data1);
  if (data2 >= 0) {
    assert_int_equal(event->n_midi, 3U);
    assert_int_equal(event->midi[2], data2);
  } else {
    assert_int_equal(event->n_midi, 2U);
  }
}

static void
program_changes_come_with_the_track_instrument(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL); // The default
  fixture_play(self, host, 1000U);

  size_t   at        = 0U;
  unsigned n_changes = 0U;
  int      program   = -1;
  for (size_t i = 0U; i < self->n_events; ++i) {
    const TmbEvent* const event = &self->events[i];
    if (event->type == TMB_EVENT_NOTE && event->track >= 0 &&
        programs[event->track] >= 0 && programs[event->track] != program) {
      program = programs[event->track];
      expect_midi(host, &at, event->time - 1U, 0xC0, program, -1);
      ++n_changes;
    }
  }
  assert_true(n_changes >= 2U);
  assert_null(next_event(host, HOST_MIDI, &at));
  host_free(host);
}

static void
notes_play_from_naming_to_end(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  host_set(host, "midi_mode", TMB_MIDI_NOTES);
  host_set(host, "midi_channel", 5.0f);
  fixture_play(self, host, 1000U);

  size_t   at      = 0U;
  unsigned n_notes = 0U;
  for (size_t i = 0U; i < self->n_events; ++i) {
    const TmbEvent* const event = &self->events[i];
    const int             note  = BASE_NOTE + event->verdict.instrument;
    if (event->verdict.instrument < 0) {
      continue;
    }
    if (event->type == TMB_EVENT_NOTE) {
      const int velocity = 1 + (int)lroundf(126.0f * event->verdict.confidence);
      expect_midi(host, &at, event->time - 1U, 0x94, note, velocity);
      ++n_notes;
    } else if (event->type == TMB_EVENT_END) {
      expect_midi(host, &at, event->time - 1U, 0x84, note, 64);
    }
  }
  assert_true(n_notes >= 8U);
  assert_null(next_event(host, HOST_MIDI, &at));
  host_free(host);
}

/// The next message of a controller, or null.
static const HostEvent*
next_controller(const Host* const host, const int cc, size_t* const at)
{
  const HostEvent* event = NULL;
  do {
    event = next_event(host, HOST_MIDI, at);
  } while (event && event->midi[1] != cc);
  return event;
}

static void
expect_controller(const Host* const host,
                  const int         cc,
                  size_t* const     at,
                  const uint64_t    frame,
                  const int         value)
{
  const HostEvent* const event = next_controller(host, cc, at);
  assert_non_null(event);
  assert_int_equal(event->frame, frame);
  assert_int_equal(event->midi[0], 0xBF);
  assert_int_equal(event->midi[2], value);
}

/// Play with controllers 80 to 82 on channel 16.
static Host*
play_controllers(const Fixture* const self)
{
  Host* const host = fixture_host(self, HOST_FULL);
  host_set(host, "midi_mode", TMB_MIDI_CONTROLLER);
  host_set(host, "midi_channel", 16.0f);
  host_set(host, "cc", 80.0f);
  fixture_play(self, host, 1000U);
  return host;
}

static void
controllers_follow_the_watched_instrument(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = play_controllers(self);

  size_t   at_watched = 0U;
  size_t   at_track   = 0U;
  unsigned n_sent     = 0U;
  int      instrument = -1;
  int      watched    = -1;
  uint64_t release    = UINT64_MAX;
  for (size_t i = 0U; i < self->n_events; ++i) {
    const TmbEvent* const event = &self->events[i];
    if (event->time > release) {
      if (watched) {
        expect_controller(host, 80, &at_watched, release, 0);
      }
      watched = 0;
      release = UINT64_MAX;
    }
    if (event->type == TMB_EVENT_NOTE) {
      if (event->track >= 0 && event->track != instrument) {
        instrument = event->track;
        expect_controller(host, 81, &at_track, event->time - 1U, instrument);
      }
      const int value = (int)lroundf(127.0f * self->posterior[i][0]);
      if (value != watched) {
        watched = value;
        expect_controller(host, 80, &at_watched, event->time - 1U, watched);
        ++n_sent;
      }
      release = UINT64_MAX;
    } else if (event->type == TMB_EVENT_END) {
      release = event->time + (uint64_t)(0.5 * BUNDLE_RATE);
    }
  }
  assert_true(n_sent >= 3U);
  if (release < self->sound.n && watched) {
    expect_controller(host, 80, &at_watched, release, 0);
  }
  assert_null(next_controller(host, 80, &at_watched));
  assert_null(next_controller(host, 81, &at_track));
  host_free(host);
}

static void
a_controller_is_triggered_by_onsets(void** const state)
{
  const Fixture* const self   = (const Fixture*)*state;
  Host* const          host   = play_controllers(self);
  size_t               at     = 0U;
  unsigned             n_sent = 0U;
  for (size_t i = 0U; i < self->n_events; ++i) {
    const TmbEvent* const event = &self->events[i];
    if (event->type == TMB_EVENT_ONSET) {
      const uint64_t frame = event->time - 1U;
      expect_controller(host, 82, &at, frame, 127);
      expect_controller(host, 82, &at, frame + 441U, 0); // 10 ms later
      ++n_sent;
    }
  }
  assert_true(n_sent >= 8U);
  assert_null(next_controller(host, 82, &at));
  host_free(host);
}

static void
off_sends_no_midi(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  host_set(host, "midi_mode", TMB_MIDI_OFF);
  fixture_play(self, host, 1000U);
  assert_int_equal(count_events(host, HOST_MIDI), 0U);
  assert_true(count_events(host, HOST_NOTE) > 0U);
  host_free(host);
}

/// What can happen while a note sounds.
typedef enum {
  DISABLE,
  RESTART,
  CHANGE_MODEL,
  CHANGE_MODE,
  CHANGE_CHANNEL,
  CHANGE_CONTROLLER,
  STOP
} Cut;

static void
happen(const Fixture* const self, Host* const host, const Cut cut)
{
  switch (cut) {
    case DISABLE:
      host_set(host, "enabled", 0.0f);
      break;
    case RESTART:
      host_restart(host);
      break;
    case CHANGE_MODEL:
      host_set_model(host, folder_file(&self->bundle, "factory.safetensors"));
      host_run(host, self->sound.y, self->out, 1U);
      break;
    case CHANGE_MODE:
      host_set(host, "midi_mode", TMB_MIDI_OFF);
      break;
    case CHANGE_CHANNEL:
      host_set(host, "midi_channel", 7.0f);
      break;
    case CHANGE_CONTROLLER:
      host_set(host, "cc", 40.0f);
      break;
    case STOP:
      host_set_speed(host, 1.0f, 0U);
      host_set_speed(host, 0.0f, 0U);
      break;
  }
}

/// Play up to just after the first note that sends a note-on and a controller.
static size_t
play_into_a_note(const Fixture* const self, Host* const host)
{
  for (size_t i = 0U; i < self->n_events; ++i) {
    const TmbEvent* const event = &self->events[i];
    if (event->type == TMB_EVENT_NOTE && event->verdict.instrument >= 0 &&
        lroundf(127.0f * self->posterior[i][0]) > 0) {
      host_run_all(host, self->sound.y, self->out, event->time, 64U);
      return i;
    }
  }
  fail_msg("No note names the watched instrument");
  return 0U;
}

static void
nothing_is_left_hanging(void** const state)
{
  static const struct {
    const char* label;
    Cut         cut;
    bool        is_full; ///< The host has no room for events at first
  } rows[] = {
    { "disabled", DISABLE, false },
    { "deactivated", RESTART, false },
    { "new model", CHANGE_MODEL, false },
    { "new mode", CHANGE_MODE, false },
    { "new channel", CHANGE_CHANNEL, false },
    { "new controller", CHANGE_CONTROLLER, false },
    { "transport stopped", STOP, false },
    { "disabled, buffer full", DISABLE, true },
    { "transport stopped, buffer full", STOP, true },
    { "new channel, buffer full", CHANGE_CHANNEL, true },
  };

  const Fixture* const self = (const Fixture*)*state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    Host* const host = fixture_host(self, HOST_FULL);
    host_set(host, "midi_mode", TMB_MIDI_ALL);
    const size_t k     = play_into_a_note(self, host);
    const int    note  = BASE_NOTE + self->events[k].verdict.instrument;
    uint64_t     frame = self->events[k].time;

    host_forget(host);
    happen(self, host, rows[i].cut);
    if (rows[i].is_full) {
      host_limit_events(host, 8U);
      host_run(host, self->sound.y, self->out, 1U);
      assert_int_equal(count_events(host, HOST_MIDI), 0U);
      host_limit_events(host, 4096U);
      ++frame;
    }
    frame += rows[i].cut == CHANGE_MODEL ? 1U : 0U; // It takes a block to load
    host_run(host, self->sound.y, self->out, 1U);

    size_t at = 0U;
    print_message("%s\n", rows[i].label);
    expect_midi(host, &at, frame, 0x80, note, 64);
    expect_midi(host, &at, frame, 0xB0, 20, 0);
    assert_null(next_event(host, HOST_MIDI, &at));
    host_free(host);
  }
}

/// Stop at a frame within a block, at any time in the life of a note.
static void
nothing_sounds_after_the_transport_stopped(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  const uint32_t       step = 20000U;
  for (uint32_t stop = step; stop < self->sound.n; stop += step) {
    Host* const host = fixture_host(self, HOST_FULL);
    host_set(host, "midi_mode", TMB_MIDI_ALL);
    host_set_speed(host, 1.0f, 0U);
    host_run_all(host, self->sound.y, self->out, stop - 100U, 512U);
    host_set_speed(host, 0.0f, 100U);
    host_run_all(host, self->sound.y + stop - 100U, self->out, 200U, 200U);
    host_set(host, "sensitivity", 0.0f); // The cut to silence is no note
    for (unsigned i = 0U; i < 100U; ++i) {
      host_run(host, silence, self->out, 512U); // A note may still be named
    }

    int              sounding  = -1;
    int              values[3] = { 0, 0, 0 }; // Controllers 20 to 22
    size_t           at        = 0U;
    const HostEvent* event     = NULL;
    while ((event = next_event(host, HOST_MIDI, &at))) {
      if (event->midi[0] == 0x90) {
        assert_true(event->frame < stop);
        sounding = event->midi[1];
      } else if (event->midi[0] == 0x80) {
        assert_int_equal(event->midi[1], sounding);
        assert_true(event->frame <= stop);
        sounding = -1;
      } else if (event->midi[0] == 0xB0) {
        values[event->midi[1] - 20] = event->midi[2];
      }
    }
    assert_int_equal(sounding, -1);
    assert_int_equal(values[0], 0);
    assert_int_equal(values[2], 0);
    host_free(host);
  }
}

static void
a_full_buffer_keeps_notes_balanced(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  host_set(host, "midi_mode", TMB_MIDI_NOTES);

  // Room for now one message, now none
  for (uint32_t i = 0U; i + 512U <= self->sound.n; i += 512U) {
    host_limit_events(host, (i / 512U) % 3U ? 40U : 8U);
    host_run(host, self->sound.y + i, self->out, 512U);
  }
  host_limit_events(host, 4096U);
  host_set(host, "enabled", 0.0f);
  host_run(host, self->sound.y, self->out, 64U);

  size_t           at       = 0U;
  int              sounding = -1;
  unsigned         n_on     = 0U;
  const HostEvent* event    = NULL;
  while ((event = next_event(host, HOST_MIDI, &at))) {
    if (event->midi[0] == 0x90) {
      assert_int_equal(sounding, -1);
      sounding = event->midi[1];
      ++n_on;
    } else {
      assert_int_equal(event->midi[0], 0x80);
      assert_int_equal(event->midi[1], sounding);
      sounding = -1;
    }
  }
  assert_int_equal(sounding, -1);
  assert_true(n_on > 0U);
  host_free(host);
}

/// No room while the newest note ends and is let go.
static void
what_did_not_fit_is_sent_once_there_is_room(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  host_set(host, "midi_mode", TMB_MIDI_ALL);
  host_set(host, "hold", 0.0f);
  const size_t k    = play_into_a_note(self, host);
  const int    note = BASE_NOTE + self->events[k].verdict.instrument;
  assert_int_equal(self->events[k + 1U].type, TMB_EVENT_END);

  host_forget(host);
  host_limit_events(host, 8U);
  const uint64_t from = self->events[k].time;
  const uint64_t to   = self->events[k + 1U].time + 1U;
  host_run_all(host, self->sound.y + from, self->out, to - from, 64U);
  assert_int_equal(count_events(host, HOST_MIDI), 0U);

  // The next note has begun; the program is not sent again, since it is still
  // the same
  assert_int_equal(self->events[k + 2U].type, TMB_EVENT_ONSET);
  assert_int_equal(self->events[k + 2U].time, self->events[k + 1U].time);
  host_limit_events(host, 4096U);
  host_run(host, self->sound.y + to, self->out, 1U);
  size_t at = 0U;
  expect_midi(host, &at, to, 0x80, note, 64);
  expect_midi(host, &at, to, 0xB0, 20, 0);
  expect_midi(host, &at, to, 0xB0, 22, 127);
  assert_null(next_event(host, HOST_MIDI, &at));
  const TmbEvent* const next = &self->events[k + 3U];
  assert_int_equal(next->type, TMB_EVENT_NOTE);
  assert_int_equal(next->track, self->events[k].track);
  host_run_all(
    host, self->sound.y + to + 1U, self->out, next->time - to - 1U, 64U);
  const HostEvent* event = NULL;
  while ((event = next_event(host, HOST_MIDI, &at))) {
    assert_int_not_equal(event->midi[0], 0xC0);
  }
  host_free(host);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    TEST(program_changes_come_with_the_track_instrument),
    TEST(notes_play_from_naming_to_end),
    TEST(controllers_follow_the_watched_instrument),
    TEST(a_controller_is_triggered_by_onsets),
    TEST(off_sends_no_midi),
    TEST(nothing_is_left_hanging),
    TEST(nothing_sounds_after_the_transport_stopped),
    TEST(what_did_not_fit_is_sent_once_there_is_room),
    TEST(a_full_buffer_keeps_notes_balanced),
  };
  return cmocka_run_group_tests_name("plugin's MIDI", tests, NULL, NULL);
}
