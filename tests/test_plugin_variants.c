// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/ports.h"
#include "tests/support/cmocka.h"
#include "tests/support/fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PULSE 441U ///< 10 ms

static const uint32_t blocks[] = { 1U, 7U, 64U, 512U, 8192U };
#define N_BLOCKS (sizeof(blocks) / sizeof(blocks[0]))

/// A host that sends all kinds of MIDI, and lets go of notes soon.
static Host*
busy_host(const Fixture* const self, const char* const uri)
{
  Host* const host = fixture_plugin(self, uri, HOST_FULL);
  host_set(host, "midi_mode", TMB_MIDI_ALL);
  host_set(host, "hold", 30.0f);
  return host;
}

static void
all_hear_the_same_at_any_block_size(void** const state)
{
  const Fixture* const self       = (const Fixture*)*state;
  HostEvent*           expected   = NULL;
  size_t               n_expected = 0U;
  for (size_t i = 0U; i < N_BLOCKS; ++i) {
    for (unsigned v = 0U; v < TMB_N_VARIANTS; ++v) {
      Host* const host = busy_host(self, tmb_variants[v].uri);
      memcpy(self->out, self->sound.y, self->sound.n * sizeof(float));
      host_run_all(host, self->out, self->out, self->sound.n, blocks[i]);

      size_t                 n      = 0U;
      const HostEvent* const events = host_events(host, &n);
      if (!expected) {
        n_expected = n;
        expected   = (HostEvent*)malloc(n * sizeof(HostEvent));
        assert_non_null(expected);
        memcpy(expected, events, n * sizeof(HostEvent));
      }
      assert_true(n > 40U);
      if (n != n_expected || memcmp(events, expected, n * sizeof(HostEvent))) {
        fail_msg("%s differs at block size %u", tmb_variants[v].uri, blocks[i]);
      }
      host_free(host);
    }
  }
  free(expected);
}

static void
stereo_hears_the_mean(void** const state)
{
  const Fixture* const self  = (const Fixture*)*state;
  const size_t         n     = self->sound.n;
  Host* const          mono  = busy_host(self, TMB_MONO_URI);
  Signal               loud  = signal_new((uint32_t)n);
  Signal               quiet = signal_new((uint32_t)n);
  for (size_t i = 0U; i < n; ++i) {
    loud.y[i] = 2.0f * self->sound.y[i];
  }
  fixture_play(self, mono, 512U);

  // Twice as loud in one channel and silent in the other
  for (unsigned side = 0U; side < 2U; ++side) {
    Host* const stereo = busy_host(self, TMB_STEREO_URI);
    host_connect(stereo, side ? "in_left" : "in_right", quiet.y);
    host_run_all(stereo, loud.y, self->out, n, 512U);

    size_t                 n_mono   = 0U;
    size_t                 n_stereo = 0U;
    const HostEvent* const expected = host_events(mono, &n_mono);
    const HostEvent* const events   = host_events(stereo, &n_stereo);
    assert_true(n_mono > 40U);
    assert_int_equal(n_stereo, n_mono);
    assert_memory_equal(events, expected, n_mono * sizeof(HostEvent));
    host_free(stereo);
  }
  signal_free(&quiet);
  signal_free(&loud);
  host_free(mono);
}

static void
stereo_passes_both_channels_through_any_buffers(void** const state)
{
  enum { LEFT, RIGHT, OTHER_LEFT, OTHER_RIGHT, N_BUFFERS };
  static const struct {
    const char* label;
    int         in[2];
    int         out[2];
  } rows[] = {
    { "buffers of their own", { LEFT, RIGHT }, { OTHER_LEFT, OTHER_RIGHT } },
    { "in place", { LEFT, RIGHT }, { LEFT, RIGHT } },
    { "in place, crossed", { LEFT, RIGHT }, { RIGHT, LEFT } },
    { "in place, left alone", { LEFT, RIGHT }, { LEFT, OTHER_RIGHT } },
    { "left goes to where right comes from",
      { LEFT, RIGHT },
      { RIGHT, OTHER_RIGHT } },
    { "one input", { LEFT, LEFT }, { OTHER_LEFT, OTHER_RIGHT } },
    { "one input, in place", { LEFT, LEFT }, { LEFT, OTHER_RIGHT } },
  };
  static const uint32_t lengths[] = { 1U, 7U, 64U, 512U, 8192U, 20000U };
  static const float    odd[] = { NAN, INFINITY, -0.0f, 1e-40f, -3.0f, 3e38f };

  // The right channel is the left one, backwards
  const Fixture* const self    = (const Fixture*)*state;
  const uint32_t       n       = 40000U;
  const size_t         n_bytes = n * sizeof(float);
  Signal               was[2];
  for (unsigned c = 0U; c < 2U; ++c) {
    was[c] = signal_new(n);
    for (uint32_t i = 0U; i < n; ++i) {
      was[c].y[i] = self->sound.y[c ? n - 1U - i : i];
    }
    memcpy(was[c].y + (c ? 5077U : 5000U), odd, sizeof(odd));
  }

  for (size_t k = 0U; k < sizeof(rows) / sizeof(rows[0]); ++k) {
    for (size_t i = 0U; i < sizeof(lengths) / sizeof(lengths[0]); ++i) {
      Host* const host = fixture_plugin(self, TMB_STEREO_URI, HOST_BARE);
      Signal      buffers[N_BUFFERS];
      for (unsigned b = 0U; b < N_BUFFERS; ++b) {
        buffers[b] = signal_new(n);
        memcpy(buffers[b].y, was[b % 2U].y, b < 2U ? n_bytes : 0U);
      }
      host_connect(host, "in_left", buffers[rows[k].in[0]].y);
      host_connect(host, "in_right", buffers[rows[k].in[1]].y);
      host_connect(host, "out_left", buffers[rows[k].out[0]].y);
      host_connect(host, "out_right", buffers[rows[k].out[1]].y);
      host_run_all(host, was[0].y, was[0].y, n, lengths[i]);

      for (unsigned c = 0U; c < 2U; ++c) {
        const void* const given  = was[rows[k].in[c]].y;
        const void* const passed = buffers[rows[k].out[c]].y;
        if (memcmp(passed, given, n_bytes) != 0) {
          fail_msg("%s, block size %u: channel %u differs",
                   rows[k].label,
                   lengths[i],
                   c);
        }
      }
      for (unsigned b = 0U; b < N_BUFFERS; ++b) {
        signal_free(&buffers[b]);
      }
      host_free(host);
    }
  }
  signal_free(&was[0]);
  signal_free(&was[1]);
}

static const char* const cv_symbols[] = { "cv_watched",
                                          "cv_confidence",
                                          "cv_onset",
                                          "cv_instrument" };
enum { CV_WATCHED, CV_CONFIDENCE, CV_ONSET, CV_INSTRUMENT, N_CV };

/// Connect the CV outputs to new buffers, each [sound.n].
static void
connect_cv(const Fixture* const self, Host* const host, Signal* const cv)
{
  for (unsigned k = 0U; k < N_CV; ++k) {
    cv[k] = signal_new(self->sound.n);
    host_connect(host, cv_symbols[k], cv[k].y);
  }
}

static void
free_cv(Signal* const cv)
{
  for (unsigned k = 0U; k < N_CV; ++k) {
    signal_free(&cv[k]);
  }
}

/// An instrument that the track is named after, to watch it.
static float
named_instrument(const Fixture* const self)
{
  for (size_t i = 0U; i < self->n_events; ++i) {
    if (self->events[i].type == TMB_EVENT_NOTE && self->events[i].track >= 0) {
      return (float)self->events[i].track;
    }
  }
  fail_msg("No note names an instrument");
  return 0.0f;
}

/// In blocks of one sample, control outputs tell what CV is at each sample.
static void
cv_is_what_the_controls_show(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Signal               cv[N_CV];
  Host* const          host = busy_host(self, TMB_CV_URI);
  host_set(host, "watch", named_instrument(self));
  connect_cv(self, host, cv);

  uint32_t since_onset = PULSE;
  unsigned n_open      = 0U;
  unsigned n_pulse     = 0U;
  for (uint32_t i = 0U; i < self->sound.n; ++i) {
    host_run(host, self->sound.y + i, self->out + i, 1U);
    since_onset = (host_get(host, "onset") > 0.0f) ? 0U : since_onset + 1U;

    const float instrument =
      10.0f * (host_get(host, "instrument") + 1.0f) / (float)BUNDLE_CLASSES;
    assert_true(cv[CV_WATCHED].y[i] == host_get(host, "watched"));
    assert_true(cv[CV_CONFIDENCE].y[i] == host_get(host, "watched_confidence"));
    assert_true(cv[CV_INSTRUMENT].y[i] == instrument);
    assert_true(cv[CV_ONSET].y[i] == (since_onset < PULSE ? 1.0f : 0.0f));
    n_open += cv[CV_WATCHED].y[i] > 0.0f;
    n_pulse += cv[CV_ONSET].y[i] > 0.0f;
  }
  assert_true(n_open > 0U && n_open < self->sound.n);
  assert_true(n_pulse >= 8U * PULSE && n_pulse % PULSE == 0U);
  assert_true(cv[CV_INSTRUMENT].y[self->sound.n - 1U] > 0.0f);
  free_cv(cv);
  host_free(host);
}

static void
cv_is_the_same_at_any_block_size(void** const state)
{
  const Fixture* const self    = (const Fixture*)*state;
  const size_t         n_bytes = self->sound.n * sizeof(float);
  Signal               cv[N_BLOCKS][N_CV];
  for (size_t i = 0U; i < N_BLOCKS; ++i) {
    Host* const host = busy_host(self, TMB_CV_URI);
    host_set(host, "watch", named_instrument(self));
    connect_cv(self, host, cv[i]);
    fixture_play(self, host, blocks[i]);
    for (unsigned k = 0U; k < N_CV; ++k) {
      if (memcmp(cv[i][k].y, cv[0][k].y, n_bytes) != 0) {
        fail_msg("%s differs at block size %u", cv_symbols[k], blocks[i]);
      }
    }
    host_free(host);
  }
  for (size_t i = 0U; i < N_BLOCKS; ++i) {
    free_cv(cv[i]);
  }
}

/// A host may write a CV output over the sound that it came from.
static void
cv_may_replace_the_input(void** const state)
{
  const Fixture* const self    = (const Fixture*)*state;
  const size_t         n_bytes = self->sound.n * sizeof(float);
  Host* const          apart   = busy_host(self, TMB_CV_URI);
  Host* const          over    = busy_host(self, TMB_CV_URI);
  Signal               cv[N_CV];
  connect_cv(self, apart, cv);
  fixture_play(self, apart, 1000U);

  Signal sound = signal_new(self->sound.n);
  memcpy(sound.y, self->sound.y, n_bytes);
  host_connect(over, "cv_instrument", sound.y);
  host_run_all(over, sound.y, self->out, sound.n, 1000U);
  assert_memory_equal(self->out, self->sound.y, n_bytes);
  assert_memory_equal(sound.y, cv[CV_INSTRUMENT].y, n_bytes);

  signal_free(&sound);
  free_cv(cv);
  host_free(over);
  host_free(apart);
}

static void
disabled_cv_is_zero(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = busy_host(self, TMB_CV_URI);
  Signal               cv[N_CV];
  host_set(host, "watch", named_instrument(self));
  fixture_play(self, host, 512U);
  host_set(host, "enabled", 0.0f);
  connect_cv(self, host, cv);
  for (unsigned k = 0U; k < N_CV; ++k) {
    cv[k].y[0]                  = NAN;
    cv[k].y[self->sound.n - 1U] = NAN;
  }
  fixture_play(self, host, 512U);
  for (unsigned k = 0U; k < N_CV; ++k) {
    for (size_t i = 0U; i < self->sound.n; ++i) {
      assert_true(cv[k].y[i] == 0.0f);
    }
  }
  free_cv(cv);
  host_free(host);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    TEST(all_hear_the_same_at_any_block_size),
    TEST(stereo_hears_the_mean),
    TEST(stereo_passes_both_channels_through_any_buffers),
    TEST(cv_is_what_the_controls_show),
    TEST(cv_is_the_same_at_any_block_size),
    TEST(cv_may_replace_the_input),
    TEST(disabled_cv_is_zero),
  };
  return cmocka_run_group_tests_name("plugins", tests, NULL, NULL);
}
