// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/recogniser.h"
#include "plugin/ports.h"
#include "tests/support/cmocka.h"
#include "tests/support/fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
passes_the_sound_bit_for_bit(void** const state)
{
  Fixture* const self  = (Fixture*)*state;
  const float    odd[] = { NAN, INFINITY, -0.0f, 1e-40f, -3.0f, 1e30f };
  memcpy(self->sound.y + 5000, odd, sizeof(odd));

  const size_t n_bytes = self->sound.n * sizeof(float);
  for (size_t i = 0U; i < FIXTURE_BLOCKS; ++i) {
    Host* const host = fixture_host(self, HOST_FULL);
    memset(self->out, 0, n_bytes);
    fixture_play(self, host, fixture_blocks[i]);
    assert_memory_equal(self->out, self->sound.y, n_bytes);

    // In place
    host_run_all(host, self->out, self->out, self->sound.n, fixture_blocks[i]);
    assert_memory_equal(self->out, self->sound.y, n_bytes);
    assert_true(host_get(host, "latency") == 0.0f);
    host_free(host);
  }
}

static void
hears_what_the_recogniser_hears(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  fixture_play(self, host, 1000U);

  size_t n_notes   = 0U;
  size_t n_changes = 0U;
  size_t at_note   = 0U;
  size_t at_change = 0U;
  int    track     = TMB_UNKNOWN;
  for (size_t i = 0U; i < self->n_events; ++i) {
    const TmbEvent* const expected = &self->events[i];
    if (expected->type != TMB_EVENT_NOTE) {
      continue;
    }

    const HostEvent* const note = next_event(host, HOST_NOTE, &at_note);
    assert_non_null(note);
    assert_int_equal(note->frame, expected->time - 1U);
    assert_int_equal(note->onset, expected->onset);
    assert_int_equal(note->instrument, expected->verdict.instrument);
    assert_true(note->confidence == expected->verdict.confidence);
    assert_true(note->family_confidence == expected->verdict.family_confidence);
    ++n_notes;

    if (expected->track != track) {
      track = expected->track;
      const HostEvent* const change =
        next_event(host, HOST_INSTRUMENT, &at_change);
      assert_non_null(change);
      assert_int_equal(change->frame, expected->time - 1U);
      assert_int_equal(change->instrument, track);
      assert_true(change->confidence == expected->track_confidence);
      ++n_changes;
    }
  }

  // Or the test would show nothing
  assert_true(n_notes >= 8U);
  assert_true(n_changes >= 2U);
  assert_null(next_event(host, HOST_NOTE, &at_note));
  assert_null(next_event(host, HOST_INSTRUMENT, &at_change));
  assert_int_equal((int)host_get(host, "instrument"), track);
  host_free(host);
}

static void
names_notes_as_the_model_does(void** const state)
{
  const Fixture* const self  = (const Fixture*)*state;
  Host* const          host  = fixture_host(self, HOST_FULL);
  TmbModel*            model = NULL;
  const char* const    path = folder_file(&self->bundle, "factory.safetensors");
  assert_int_equal(tmb_model_load(path, &model, NULL), TMB_OK);

  host_set(host, "threshold", 0.9f);
  fixture_play(self, host, 1000U);

  unsigned         n_unknown = 0U;
  unsigned         n_known   = 0U;
  size_t           at        = 0U;
  const HostEvent* note      = NULL;
  while ((note = next_event(host, HOST_NOTE, &at))) {
    if (note->instrument < 0) {
      assert_true(note->confidence < 0.9f);
      assert_string_equal(note->label, "unknown");
      assert_string_equal(note->family, ""); // It has no class but this one
      assert_true(note->family_confidence == 0.0f);
      assert_int_equal(note->program, -1);
      ++n_unknown;
    } else {
      const TmbClass* const named =
        tmb_model_class(model, (uint32_t)note->instrument);
      assert_true(note->confidence >= 0.9f);
      assert_string_equal(note->label, named->name);
      assert_string_equal(note->family, named->family);
      assert_true(note->family_confidence == note->confidence);
      assert_int_equal(note->program, named->program);
      ++n_known;
    }
  }
  assert_true(n_unknown > 0U);
  assert_true(n_known > 0U);
  tmb_model_free(model);
  host_free(host);
}

static void
sends_the_same_at_any_block_size(void** const state)
{
  const Fixture* const self       = (const Fixture*)*state;
  HostEvent*           expected   = NULL;
  size_t               n_expected = 0U;
  for (size_t i = 0U; i < FIXTURE_BLOCKS; ++i) {
    Host* const host = fixture_host(self, HOST_FULL);
    host_set(host, "midi_mode", TMB_MIDI_ALL);
    host_set(host, "hold", 30.0f);
    fixture_play(self, host, fixture_blocks[i]);

    size_t                 n      = 0U;
    const HostEvent* const events = host_events(host, &n);
    if (!expected) {
      n_expected = n;
      expected   = (HostEvent*)malloc(n * sizeof(HostEvent));
      assert_non_null(expected);
      memcpy(expected, events, n * sizeof(HostEvent));
    }
    assert_true(n > 40U);
    assert_int_equal(n, n_expected);
    assert_memory_equal(events, expected, n * sizeof(HostEvent));
    host_free(host);
  }
  free(expected);
}

static void
sends_events_in_order(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  host_set(host, "midi_mode", TMB_MIDI_ALL);
  host_set(host, "hold", 0.0f); // The watched gate falls as a note ends
  fixture_play(self, host, 4096U);

  size_t                 n      = 0U;
  const HostEvent* const events = host_events(host, &n);
  assert_true(n > 40U);
  for (size_t i = 1U; i < n; ++i) {
    assert_true(events[i].frame >= events[i - 1U].frame);
  }
  host_free(host);
}

static void
disabled_is_silent(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  host_set(host, "enabled", 0.0f);
  host_set(host, "midi_mode", TMB_MIDI_ALL);
  fixture_play(self, host, 1000U);

  size_t n = 0U;
  (void)host_events(host, &n);
  assert_int_equal(n, 0U);
  assert_memory_equal(self->out, self->sound.y, self->sound.n * sizeof(float));
  assert_true(host_get(host, "instrument") == -1.0f);
  assert_true(host_get(host, "level") == -120.0f);

  // Enabled again, it begins anew, and counts on
  host_set(host, "enabled", 1.0f);
  fixture_play(self, host, 1000U);
  size_t                 at   = 0U;
  const HostEvent* const note = next_event(host, HOST_NOTE, &at);
  assert_non_null(note);
  size_t k = 0U;
  while (self->events[k].type != TMB_EVENT_NOTE) {
    ++k;
  }
  assert_int_equal(note->onset, self->sound.n + self->events[k].onset);
  host_free(host);
}

static void
shows_what_it_hears(void** const state)
{
  const Fixture* const self    = (const Fixture*)*state;
  Host* const          host    = fixture_host(self, HOST_FULL);
  const uint32_t       n_block = 441U;
  unsigned             n_begun = 0U;
  size_t               k       = 0U;
  float                loudest = -120.0f;
  for (uint32_t i = 0U; i + n_block <= self->sound.n; i += n_block) {
    bool  begins     = false;
    float confidence = host_get(host, "confidence");
    for (; k < self->n_events && self->events[k].time <= i + n_block; ++k) {
      begins     = begins || self->events[k].type == TMB_EVENT_ONSET;
      confidence = self->events[k].type == TMB_EVENT_NOTE
                     ? self->events[k].verdict.confidence
                     : confidence;
    }

    host_run(host, self->sound.y + i, self->out, n_block);
    assert_true(host_get(host, "onset") == (begins ? 1.0f : 0.0f));
    assert_true(host_get(host, "confidence") == confidence);
    loudest = fmaxf(loudest, host_get(host, "level"));
    n_begun += begins;
  }
  assert_true(n_begun >= 8U);
  assert_true(loudest > -40.0f && loudest < 0.0f);
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);
  host_free(host);
}

static void
sends_within_what_the_host_offers(void** const state)
{
  static const uint32_t capacities[] = { 0U, 4U, 8U, 30U, 40U, 45U, 53U, 333U };

  const Fixture* const self = (const Fixture*)*state;
  for (size_t i = 0U; i < sizeof(capacities) / sizeof(capacities[0]); ++i) {
    Host* const host = fixture_host(self, HOST_FULL);
    host_set(host, "midi_mode", TMB_MIDI_ALL);
    host_limit_events(host, capacities[i]);
    fixture_play(self, host, 4096U); // The host looks at what it gets
    assert_true(host_get(host, "instrument") >= 0.0f);
    assert_int_equal(count_events(host, HOST_MIDI) > 0U, capacities[i] >= 40U);
    host_free(host);
  }
}

static void
tells_the_track_when_there_is_room_again(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  host_limit_events(host, 8U);
  fixture_play(self, host, 1000U);
  assert_int_equal(count_events(host, HOST_INSTRUMENT), 0U);

  host_limit_events(host, 4096U);
  host_run(host, self->sound.y, self->out, 1U);
  size_t                 at    = 0U;
  const HostEvent* const track = next_event(host, HOST_INSTRUMENT, &at);
  assert_non_null(track);
  assert_int_equal(track->frame, self->sound.n);
  assert_true((float)track->instrument == host_get(host, "instrument"));
  assert_null(next_event(host, HOST_INSTRUMENT, &at));
  host_free(host);
}

static void
starts_at_every_rate(void** const state)
{
  static const struct {
    const char* label;
    double      rate_hz;
    TmbState    status;
  } rows[] = {
    { "too low", 7999.0, TMB_STATE_RATE },
    { "least", 8000.0, TMB_STATE_NARROW },
    { "upper bands cut off", 16000.0, TMB_STATE_NARROW },
    { "all bands", 22050.0, TMB_STATE_READY },
    { "usual", 48000.0, TMB_STATE_READY },
    { "high", 192000.0, TMB_STATE_READY },
    { "highest", 384000.0, TMB_STATE_READY },
    { "too high", 384001.0, TMB_STATE_RATE },
  };

  const Fixture* const self = (const Fixture*)*state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    Host* const host = host_new(self->bundle.path, HOST_FULL, rows[i].rate_hz);
    assert_non_null(host);
    fixture_play(self, host, 8192U);
    if (host_get(host, "status") != (float)rows[i].status) {
      fail_msg(
        "%s: status %g", rows[i].label, (double)host_get(host, "status"));
    }
    assert_memory_equal(
      self->out, self->sound.y, self->sound.n * sizeof(float));
    host_free(host);
  }
}

/// Demand that all control outputs lie within their ranges.
static void
check_outputs(const Host* const host)
{
  const TmbVariant* const mono = &tmb_variants[TMB_MONO];
  for (uint32_t i = 0U; i < mono->n_ports; ++i) {
    const TmbPort port = tmb_port(mono->ports[i]);
    if (port.kind == TMB_KIND_CONTROL && port.flow == TMB_FLOW_OUTPUT) {
      const float value = host_get(host, port.symbol);
      if (!(value >= port.least && value <= port.largest)) {
        fail_msg("%s is %g", port.symbol, (double)value);
      }
    }
  }
}

static void
takes_any_control_value(void** const state)
{
  static const float       values[]  = { NAN, -1e30f, 1e30f, INFINITY };
  static const char* const symbols[] = {
    "sensitivity", "gate",         "threshold", "hold", "decision",
    "midi_mode",   "midi_channel", "cc",        "watch"
  };

  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  for (size_t i = 0U; i < sizeof(values) / sizeof(values[0]); ++i) {
    for (size_t k = 0U; k < sizeof(symbols) / sizeof(symbols[0]); ++k) {
      host_set(host, symbols[k], values[i]);
    }
    fixture_play(self, host, 1000U);
    assert_memory_equal(
      self->out, self->sound.y, self->sound.n * sizeof(float));
    check_outputs(host);
    host_run(host, self->sound.y, self->out, 0U);
    check_outputs(host);
  }

  size_t           at   = 0U;
  const HostEvent* midi = NULL;
  while ((midi = next_event(host, HOST_MIDI, &at))) {
    assert_true(midi->midi[0] >= 0x80);
    assert_true(midi->midi[1] < 128);
    assert_true(midi->midi[2] < 128);
  }
  host_free(host);
}

static void
does_without_what_a_host_lacks(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  assert_null(host_new(self->bundle.path, HOST_NOTHING, BUNDLE_RATE));

  static const HostKind kinds[] = { HOST_NO_WORKER, HOST_BARE };
  Host* const           full    = fixture_host(self, HOST_FULL);
  fixture_play(self, full, 1000U);
  for (size_t i = 0U; i < 2U; ++i) {
    Host* const host = fixture_host(self, kinds[i]);
    fixture_play(self, host, 1000U);
    assert_true(host_get(host, "instrument") >= 0.0f);
    assert_true(host_get(host, "instrument") == host_get(full, "instrument"));
    assert_int_equal(count_events(host, HOST_NOTE),
                     kinds[i] == HOST_BARE ? 0U
                                           : count_events(full, HOST_NOTE));
    host_free(host);
  }
  host_free(full);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    TEST(passes_the_sound_bit_for_bit),
    TEST(hears_what_the_recogniser_hears),
    TEST(names_notes_as_the_model_does),
    TEST(sends_the_same_at_any_block_size),
    TEST(sends_events_in_order),
    TEST(disabled_is_silent),
    TEST(shows_what_it_hears),
    TEST(sends_within_what_the_host_offers),
    TEST(tells_the_track_when_there_is_room_again),
    TEST(starts_at_every_rate),
    TEST(takes_any_control_value),
    TEST(does_without_what_a_host_lacks),
  };
  return cmocka_run_group_tests_name("plugin", tests, NULL, NULL);
}
