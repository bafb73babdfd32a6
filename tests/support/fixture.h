// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_FIXTURE_H
#define TMB_TEST_FIXTURE_H

#include "dsp/recogniser.h"
#include "tests/support/bundle.h"
#include "tests/support/host.h"

#define FIXTURE_EVENTS 256U
#define FIXTURE_BLOCKS 6U
#define FIXTURE_PATH 512U ///< Longest path, with its end

/// Block sizes that hosts use, and some that they don't.
extern const uint32_t fixture_blocks[FIXTURE_BLOCKS];

/// What the plugin's tests start from: a bundle, a sound, and what is to be
/// heard in it.
typedef struct {
  Folder   bundle;
  Signal   sound;
  float*   out; ///< [sound.n]
  size_t   n_events;
  TmbEvent events[FIXTURE_EVENTS];
  float    posterior[FIXTURE_EVENTS][BUNDLE_CLASSES]; ///< At each event
} Fixture;

/// As cmocka's setup and teardown.
int
fixture_setup(void** state);

int
fixture_teardown(void** state);

/// Ask the recogniser itself, without a plugin around it, to fill `events`.
void
fixture_expect(Fixture* fixture, const TmbSettings* settings);

/// A host of BUNDLE_RATE for the bundle, or fail the test.
Host*
fixture_host(const Fixture* fixture, HostKind kind);

/// The same for one of the plugins.
Host*
fixture_plugin(const Fixture* fixture, const char* uri, HostKind kind);

/// Play the whole sound.
void
fixture_play(const Fixture* fixture, Host* host, uint32_t block);

/// Play `n` short blocks, all from the beginning of the sound.
void
fixture_run_blocks(const Fixture* fixture, Host* host, unsigned n);

/// Write a model with other labels than the bundle's, in the bundle's folder.
void
fixture_other_model(const Fixture* fixture, char path[FIXTURE_PATH]);

/// The next event of a kind from index `*at` on, or null.
const HostEvent*
next_event(const Host* host, HostType type, size_t* at);

size_t
count_events(const Host* host, HostType type);

#endif // TMB_TEST_FIXTURE_H
