// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/fixture.h"

#include "plugin/ports.h"
#include "tests/support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint32_t fixture_blocks[FIXTURE_BLOCKS] = { 1U,    7U,    64U,
                                                  1000U, 4096U, 8192U };

void
fixture_expect(Fixture* const self, const TmbSettings* const settings)
{
  TmbModel*         model      = NULL;
  TmbRecogniser*    recogniser = NULL;
  const char* const path = folder_file(&self->bundle, "factory.safetensors");
  assert_int_equal(tmb_model_load(path, &model, NULL), TMB_OK);
  assert_int_equal(tmb_recogniser_new(model, BUNDLE_RATE, &recogniser), TMB_OK);
  tmb_recogniser_set(recogniser, settings);

  self->n_events = 0U;
  uint32_t taken = 0U;
  TmbEvent event = { .type = TMB_EVENT_NONE };
  do {
    taken += tmb_recogniser_push(
      recogniser, self->sound.y + taken, self->sound.n - taken, &event);
    if (event.type != TMB_EVENT_NONE) {
      assert_true(self->n_events < FIXTURE_EVENTS);
      memcpy(self->posterior[self->n_events],
             event.posterior,
             sizeof(self->posterior[0]));
      self->events[self->n_events++] = event;
    }
  } while (event.type != TMB_EVENT_NONE);

  tmb_recogniser_free(recogniser);
  tmb_model_free(model);
}

int
fixture_setup(void** const state)
{
  Fixture* const self = (Fixture*)calloc(1U, sizeof(Fixture));
  assert_non_null(self);
  self->bundle = bundle_new();
  self->sound  = bundle_sound();
  self->out    = (float*)calloc(self->sound.n, sizeof(float));
  assert_non_null(self->out);
  fixture_expect(self, &tmb_default_settings);
  *state = self;
  return 0;
}

int
fixture_teardown(void** const state)
{
  Fixture* const self = (Fixture*)*state;
  free(self->out);
  signal_free(&self->sound);
  folder_remove(&self->bundle);
  free(self);
  return 0;
}

Host*
fixture_host(const Fixture* const self, const HostKind kind)
{
  return fixture_plugin(self, TMB_MONO_URI, kind);
}

Host*
fixture_plugin(const Fixture* const self,
               const char* const    uri,
               const HostKind       kind)
{
  Host* const host = host_new_plugin(self->bundle.path, uri, kind, BUNDLE_RATE);
  assert_non_null(host);
  return host;
}

void
fixture_play(const Fixture* const self, Host* const host, const uint32_t block)
{
  host_run_all(host, self->sound.y, self->out, self->sound.n, block);
}

void
fixture_run_blocks(const Fixture* const self,
                   Host* const          host,
                   const unsigned       n)
{
  for (unsigned i = 0U; i < n; ++i) {
    host_run(host, self->sound.y, self->out, 64U);
  }
}

void
fixture_other_model(const Fixture* const self, char path[FIXTURE_PATH])
{
  (void)snprintf(
    path, FIXTURE_PATH, "%s", folder_file(&self->bundle, "other.safetensors"));
  bundle_write_model(path, 3U);
}

const HostEvent*
next_event(const Host* const host, const HostType type, size_t* const at)
{
  size_t                 n      = 0U;
  const HostEvent* const events = host_events(host, &n);
  while (*at < n) {
    const HostEvent* const event = &events[(*at)++];
    if (event->type == type) {
      return event;
    }
  }
  return NULL;
}

size_t
count_events(const Host* const host, const HostType type)
{
  size_t n  = 0U;
  size_t at = 0U;
  while (next_event(host, type, &at)) {
    ++n;
  }
  return n;
}
