// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/ordeal.h"

#include "tests/support/cmocka.h"
#include "tests/support/host_worker.h"

#include <math.h>
#include <string.h>

#define NOTE_S 0.25
#define TWO_PI 6.28318530717958648

const uint32_t ordeal_blocks[ORDEAL_BLOCKS] = { 0U,  1U,    7U,
                                                64U, 8192U, ORDEAL_ANY };

typedef enum {
  SOUND_MUSIC,
  SOUND_SILENCE,
  SOUND_DENORMAL,
  SOUND_HUGE,
  SOUND_INFINITE,
  SOUND_NO_NUMBER,
  N_SOUNDS
} Sound;

void
ordeal_init(Ordeal* const     self,
            const char* const models[2],
            const uint64_t    seed)
{
  memset(self, 0, sizeof(*self));
  tmb_random_init(&self->random, seed, 0U);
  self->models[0] = models[0];
  self->models[1] = models[1];
  self->hz        = 220.0;
}

static bool
happens(Ordeal* const self, const uint32_t once_in)
{
  return !tmb_random_below(&self->random, once_in);
}

/// A note of some harmonics after the other, each at once there.
static double
music(Ordeal* const self, const double rate_hz)
{
  const double age_s = (double)(self->time - self->onset) / rate_hz;
  if (age_s > NOTE_S) {
    self->onset = self->time;
    self->hz    = 110.0 * (1.0 + (7.0 * tmb_random_uniform(&self->random)));
  }

  double sum = 0.0;
  self->phase += TWO_PI * self->hz / rate_hz;
  for (unsigned i = 1U; i <= 4U; ++i) {
    sum += sin((double)i * self->phase) / (double)i;
  }
  return 0.3 * sum * exp(-10.0 * age_s);
}

static float
sample(Ordeal* const self, const double rate_hz)
{
  const float noise = (float)tmb_random_uniform(&self->random) - 0.5f;
  switch ((Sound)self->sound) {
    case SOUND_SILENCE:
      return 0.0f;
    case SOUND_DENORMAL:
      return 1e-39f * noise;
    case SOUND_HUGE:
      return 3e38f * noise;
    case SOUND_INFINITE:
      return happens(self, 100U) ? copysignf(INFINITY, noise) : noise;
    case SOUND_NO_NUMBER:
      return happens(self, 100U) ? NAN : noise;
    case SOUND_MUSIC:
    case N_SOUNDS:
      break;
  }
  return (float)music(self, rate_hz);
}

/// Half of the time music, long enough for notes to be named.
static void
change_sound(Ordeal* const self, const double rate_hz)
{
  const bool     is_music = self->sound != SOUND_MUSIC;
  const unsigned other    = 1U + tmb_random_below(&self->random, N_SOUNDS - 1U);
  self->sound             = is_music ? SOUND_MUSIC : other;
  self->change =
    self->time + (uint64_t)(rate_hz * (is_music ? 4.0 * NOTE_S : 0.1));
}

/// What a host, or its automation, may write to a control.
static float
turn(Ordeal* const self, const RigPort* const port)
{
  const float span = port->largest - port->least;
  switch (tmb_random_below(&self->random, 16U)) {
    case 0U:
      return NAN;
    case 1U:
      return INFINITY;
    case 2U:
      return -INFINITY;
    case 3U:
      return 1e30f;
    case 4U:
      return -1e30f;
    case 5U:
      return 1e-40f;
    case 6U:
      return port->least;
    case 7U:
      return port->largest;
    case 8U:
      return port->usual;
    default:
      return port->least + (span * (float)tmb_random_uniform(&self->random));
  }
}

static void
turn_all(Ordeal* const self, Rig* const rig)
{
  for (uint32_t i = 0U; i < rig->n_ports; ++i) {
    const RigPort* const port  = &rig->ports[i];
    const float          value = turn(self, port);
    if (port->type == RIG_CONTROL_IN) {
      rig->controls[i] = value;
    } else if (port->type == RIG_ENABLED) {
      // Seldom off, or there would be nothing to hear
      rig->controls[i] = (value > 0.0f || happens(self, 512U)) ? value : 1.0f;
    }
  }
}

static void
wish(Ordeal* const self, Rig* const rig)
{
  static const char gone[]    = "/nowhere/at/all.safetensors";
  static const char no_file[] = "/dev/null";
  static const char endless[] = "/no/end";

  const char* const good = self->models[tmb_random_below(&self->random, 2U)];
  switch (tmb_random_below(&self->random, 8U)) {
    case 0U:
      rig_set_model(rig, gone, sizeof(gone));
      break;
    case 1U:
      rig_set_model(rig, no_file, sizeof(no_file));
      break;
    case 2U:
      rig_set_model(rig, endless, sizeof(endless) - 1U);
      break;
    case 3U:
      rig_set_model(rig, "", 0U);
      break;
    default:
      rig_set_model(rig, good, (uint32_t)strlen(good) + 1U);
      break;
  }
}

uint32_t
ordeal_prepare(Ordeal* const self, Rig* const rig, const uint32_t block)
{
  const double   rate_hz = rig->setup.rate_hz;
  const uint32_t n =
    (block == ORDEAL_ANY)
      ? ordeal_blocks[tmb_random_below(&self->random, ORDEAL_BLOCKS - 1U)]
      : block;
  for (uint32_t i = 0U; i < n; ++i, ++self->time) {
    if (self->time >= self->change) {
      change_sound(self, rate_hz);
    }
    const float y = sample(self, rate_hz);
    for (uint32_t c = 0U; c < rig->n_channels; ++c) {
      rig->in[c][i] = (c % 2U) ? -0.5f * y : y;
    }
  }

  turn_all(self, rig);
  rig->n_event_bytes = happens(self, 4U)
                         ? tmb_random_below(&self->random, 200U)
                         : RIG_EVENT_BYTES - (uint32_t)sizeof(LV2_Atom);
  // As often in seconds, whatever the block, and at least now and then
  if (happens(self, n ? 1U + (16384U / n) : 16U)) {
    wish(self, rig);
  }
  if (happens(self, 16U)) {
    rig_get_model(rig);
  }
  if (happens(self, 16U)) {
    rig_send_midi(rig);
  }
  return n;
}

static void
respond(void* const data)
{
  host_worker_respond((HostWorker*)data);
}

RigHeard
ordeal_play(const RigSetup* const setup,
            const char* const     models[2],
            const unsigned        index,
            const uint32_t        block,
            const uint32_t        n_blocks)
{
  HostWorker worker;
  host_worker_init(&worker);
  RigSetup with_worker = *setup;
  with_worker.schedule = &worker.schedule;

  Rig* const rig = rig_new(&with_worker, index);
  assert_non_null(rig);
  worker.plugin    = rig->plugin;
  worker.interface = rig->worker;

  Ordeal ordeal;
  ordeal_init(&ordeal, models, block);
  for (uint32_t i = 0U; i < n_blocks; ++i) {
    const uint32_t n     = ordeal_prepare(&ordeal, rig, block);
    const bool     there = happens(&ordeal, 2U);
    worker.n_refused     = happens(&ordeal, 8U) ? 1U : 0U;

    const char* const fault = rig_run(rig, n, there, respond, &worker);
    if (fault) {
      fail_msg("%s, %g Hz, block %u (of %u): %s",
               rig->descriptor->URI,
               setup->rate_hz,
               i,
               n,
               fault);
    }
    if (happens(&ordeal, 4U)) {
      host_worker_work(&worker);
    }
  }

  const RigHeard heard = rig->heard;
  rig_free(rig);
  return heard;
}

void
ordeal_play_all(const RigSetup* const setup, const char* const models[2])
{
  static const uint32_t n_blocks[ORDEAL_BLOCKS] = { 200U,  50000U, 10000U,
                                                    2000U, 40U,    300U };

  const LV2_Descriptor* descriptor = rig_descriptor(setup->bundle, 0U);
  for (unsigned i = 0U; descriptor; ++i) {
    RigHeard sum = { 0U, 0U, 0U };
    for (size_t k = 0U; k < ORDEAL_BLOCKS; ++k) {
      const RigHeard heard =
        ordeal_play(setup, models, i, ordeal_blocks[k], n_blocks[k]);
      sum.n_midi += heard.n_midi;
      sum.n_notes += heard.n_notes;
      sum.n_models += heard.n_models;
    }
    print_message("%s, %g Hz: %u notes, %u MIDI messages, %u models\n",
                  descriptor->URI,
                  setup->rate_hz,
                  sum.n_notes,
                  sum.n_midi,
                  sum.n_models);
    assert_true(sum.n_notes && sum.n_midi && sum.n_models);
    descriptor = rig_descriptor(setup->bundle, i + 1U);
  }
}
