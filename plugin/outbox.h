// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_OUTBOX_H
#define TMB_OUTBOX_H

#include "dsp/attributes.h"
#include "plugin/engine.h"
#include "plugin/forge.h"
#include "plugin/uris.h"

#include <lv2/atom/atom.h>
#include <lv2/urid/urid.h>

#include <stdbool.h>
#include <stdint.h>

/// All properties of a model and the objects around them.
#define TMB_MESSAGE_BYTES \
  (TMB_MAX_PATH + TMB_MAX_MODEL_NAME + TMB_MAX_CLASS_LIST + 512U)

/**
   Writes to the `events` port.

   A message is built aside and then appended whole, since a sequence with half
   a message at its end can't be read.  Nothing here allocates.
*/
typedef struct {
  const TmbUris*     uris;
  LV2_Atom_Forge     forge;
  LV2_Atom_Sequence* port; ///< Null if unconnected, or too small for anything
  uint32_t           n_capacity; ///< Bytes, a multiple of 8
  union {
    LV2_Atom_Event event;
    uint8_t        bytes[TMB_MESSAGE_BYTES];
  } message;
} TmbOutbox;

/// What an instrument is called: in a note, or as the track's from now on.
typedef struct {
  int         instrument; ///< Class index or #TMB_UNKNOWN
  const char* label;
  const char* family;  ///< If it is unknown, perhaps a guess, or ""
  int         program; ///< General MIDI, from 0, or -1
  float       confidence;
} TmbNaming;

/// A property of the plugin.
typedef struct {
  LV2_URID    key;
  LV2_URID    type;   ///< The forge's Path, String or Int
  const char* text;   ///< Path, String
  int         number; ///< Int
} TmbProperty;

void
tmb_outbox_init(TmbOutbox* outbox, const TmbUris* uris, LV2_URID_Map* map);

/// Start a block with an empty sequence.
TMB_REALTIME void
tmb_outbox_begin(TmbOutbox* outbox, LV2_Atom_Sequence* port);

/*
  Send something at a frame of the block; frames must not fall.  All return
  false if the host's buffer is full, and true if nobody is connected.
*/

/// @param bytes [n] A MIDI message of at most 3 bytes.
TMB_REALTIME bool
tmb_outbox_midi(TmbOutbox*     outbox,
                uint32_t       frame,
                const uint8_t* bytes,
                uint32_t       n);

/// @param onset Where the note began, in samples since activation.
/// @param family_confidence Of the naming's family, 0 if there is none.
TMB_REALTIME bool
tmb_outbox_note(TmbOutbox*       outbox,
                uint32_t         frame,
                uint64_t         onset,
                const TmbNaming* naming,
                float            family_confidence);

TMB_REALTIME bool
tmb_outbox_instrument(TmbOutbox*       outbox,
                      uint32_t         frame,
                      const TmbNaming* naming);

/// A patch:Set of a property.
TMB_REALTIME bool
tmb_outbox_set(TmbOutbox* outbox, uint32_t frame, const TmbProperty* property);

/// A patch:Put of [n] properties.
TMB_REALTIME bool
tmb_outbox_put(TmbOutbox*         outbox,
               uint32_t           frame,
               const TmbProperty* properties,
               uint32_t           n);

/// A state:StateChanged.
TMB_REALTIME bool
tmb_outbox_state_changed(TmbOutbox* outbox, uint32_t frame);

#endif // TMB_OUTBOX_H
