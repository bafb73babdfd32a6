// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_HOST_IMPL_H
#define TMB_TEST_HOST_IMPL_H

#include "tests/support/host.h"
#include "tests/support/host_worker.h"
#include "tests/support/urids.h"

#include <lilv/lilv.h>
#include <lv2/atom/forge.h>
#include <lv2/log/log.h>
#include <lv2/options/options.h>

// What the host's own files share

#define NS "urn:timbrel:ns#"
#define MAX_BLOCK 8192
#define MAX_PORTS 64U
#define BUFFER_BYTES 65536U

/// A port of sound or CV.
typedef struct {
  uint32_t index;
  bool     is_input;
  bool     is_cv;
  float*   samples; ///< Where host_connect() wants it, or null
} SamplePort;

/// As far apart as atoms have to be.
typedef union {
  LV2_Atom_Sequence sequence;
  _Alignas(8) uint8_t bytes[BUFFER_BYTES];
} Buffer;

struct HostImpl {
  Urids             urids;
  LilvWorld*        world;
  const LilvPlugin* plugin;
  LilvInstance*     instance;
  HostWorker        worker;
  bool              is_eager;
  void (*guard)(bool);
  void (*count)(const char*);

  // Features
  LV2_Log_Log        log;
  int32_t            max_block;
  LV2_Options_Option options[2];
  LV2_Feature        features[4];
  const LV2_Feature* offered[5]; ///< Ends with a null

  // Looked up once, since some tests run millions of blocks
  SamplePort samples[MAX_PORTS];
  uint32_t   n_samples;
  LV2_URID   midi_event;
  LV2_URID   chunk;

  // Ports
  float                controls[MAX_PORTS]; ///< By port index
  Buffer               control;
  Buffer               events;
  LV2_Atom_Forge       forge;    ///< Into `control`, for the next block
  LV2_Atom_Forge_Frame sequence; ///< All of `control`
  uint32_t             n_event_bytes;
  float                nowhere[MAX_BLOCK]; ///< Sound that is thrown away

  // What was heard
  uint64_t   time;
  HostEvent* heard;
  size_t     n_heard;
  size_t     n_room;
  char       properties[HOST_N_PROPERTIES][16384]; ///< As text
  char       logged[512];
};

LV2_URID
host_urid(Host* host, const char* uri);

/// Index of a port; a wrong symbol ends the program.
uint32_t
host_port(const Host* host, const char* symbol);

/// Keep what the plugin sent in the block that has just run.
void
host_read_events(Host* host);

#endif // TMB_TEST_HOST_IMPL_H
