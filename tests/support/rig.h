// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_RIG_H
#define TMB_TEST_RIG_H

#include "tests/support/urids.h"

#include <lv2/atom/forge.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/state/state.h>
#include <lv2/worker/worker.h>

#include <stdbool.h>
#include <stdint.h>

#define RIG_BLOCK 8192U ///< Largest
#define RIG_CHANNELS 4U
#define RIG_PORTS 64U
#define RIG_EVENT_BYTES 65536U

/*
  A host to mistreat plugins in.  It takes all of them from the binary itself,
  and knows no port but by its class, so that what is tested of one is tested
  of every one.  Unlike tests/support/host.h, it leaves threads to the test, and
  does not understand what it hears.
*/

typedef enum {
  RIG_AUDIO_IN,
  RIG_AUDIO_OUT, ///< The n-th copies the n-th of RIG_AUDIO_IN
  RIG_CV_OUT,
  RIG_CONTROL_IN,
  RIG_ENABLED, ///< The one of RIG_CONTROL_IN that switches the plugin off
  RIG_CONTROL_OUT,
  RIG_ATOM_IN,
  RIG_ATOM_OUT
} RigPortType;

typedef struct {
  RigPortType type;
  uint32_t    channel; ///< Of audio and CV: among those of its type
  float       usual;   ///< Of controls, as are these:
  float       least;
  float       largest;
} RigPort;

/// What the plugin sent.
typedef struct {
  unsigned n_midi;
  unsigned n_notes;
  unsigned n_models; ///< Others than before
} RigHeard;

/// What is between host and plugin.
typedef struct {
  const char*          bundle;
  double               rate_hz;
  LV2_Worker_Schedule* schedule; ///< Or null
  void (*guard)(bool is_inside); ///< Called around `run` and its like
  void (*count)(
    const char* function); ///< Called with "log" by the plugin's log
} RigSetup;

typedef union {
  LV2_Atom_Sequence sequence;
  uint8_t           bytes[RIG_EVENT_BYTES];
} RigEvents;

typedef struct {
  RigSetup                    setup;
  const LV2_Descriptor*       descriptor;
  const LV2_Worker_Interface* worker;
  const LV2_State_Interface*  state;
  LV2_Handle                  plugin;
  Urids                       urids;
  LV2_Log_Log                 log;

  uint32_t n_ports;
  RigPort  ports[RIG_PORTS];
  float    controls[RIG_PORTS]; ///< By port index

  uint32_t n_channels;                   ///< Audio inputs
  float    in[RIG_CHANNELS][RIG_BLOCK];  ///< What the next block is
  float    out[RIG_CHANNELS][RIG_BLOCK]; ///< What came out; in place: and in
  float    cv[RIG_CHANNELS][RIG_BLOCK];

  RigEvents            control;  ///< Messages for the next block
  LV2_Atom_Forge       forge;    ///< Into `control`
  LV2_Atom_Forge_Frame sequence; ///< All of `control`
  RigEvents            events;
  uint32_t             n_event_bytes; ///< Offered for the next block's events
  RigHeard             heard;
  char                 model[512]; ///< Path that it told last
} Rig;

/// The descriptor that the bundle's binary gives for this number, or null.
const LV2_Descriptor*
rig_descriptor(const char* bundle, unsigned index);

/**
   Instantiate and activate the bundle's plugin number `index`, with controls at
   the defaults that the Turtle names.

   @return Freed with rig_free(); null if there are not so many.  A plugin that
   is there and can't be had fails the test.
*/
Rig*
rig_new(const RigSetup* setup, unsigned index);

void
rig_free(Rig* rig);

/// In the next block, send patch:Set of the model: `n` bytes that should be a
/// path.
void
rig_set_model(Rig* rig, const char* path, uint32_t n);

/// In the next block, send patch:Get of the model.
void
rig_get_model(Rig* rig);

/// In the next block, send MIDI, which the plugin does not want.
void
rig_send_midi(Rig* rig);

/**
   Connect all ports and run a block of `in`.

   @param in_place Whether each audio output is the input's own buffer.
   @param respond Called as a part of `run`, or null.
   @param data For `respond`.
   @return Null, or one sentence on what was wrong: the sound was changed, a
   control output is out of range, a CV is no number.
*/
const char*
rig_run(Rig*     rig,
        uint32_t n,
        bool     in_place,
        void (*respond)(void*),
        void* data);

#endif // TMB_TEST_RIG_H
