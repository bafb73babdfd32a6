// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/plugin.h"

#include <lv2/atom/util.h>

#include <string.h>

#define N_PROPERTIES 4U ///< As many as bits in #TMB_TELL_PROPERTIES

/// What listeners can read, in the order of the bits; only the first can be
/// set.
static void
describe(const TmbPlugin* const self, TmbProperty* const properties)
{
  const TmbUris* const        uris              = &self->uris;
  const LV2_Atom_Forge* const forge             = &self->outbox.forge;
  const TmbEngine* const      engine            = self->engine;
  const TmbAbout* const       about             = &engine->about;
  const TmbProperty           all[N_PROPERTIES] = {
              { uris->ns_model, forge->Path, engine->path, 0 },
              { uris->ns_modelName, forge->String, about->name, 0 },
              { uris->ns_classes, forge->String, about->classes, 0 },
              { uris->ns_notes, forge->Int, NULL, about->n_notes },
  };
  memcpy(properties, all, sizeof(all));
}

/// The number that an atom holds, 0 if it is none or of another type.
static LV2_URID
urid_value(const TmbPlugin* const self, const LV2_Atom* const atom)
{
  return (atom && atom->type == self->outbox.forge.URID)
           ? ((const LV2_Atom_URID*)atom)->body
           : 0U;
}

/// The bit of a property, 0 if it is unknown.
static unsigned
property_bit(const TmbPlugin* const self, const LV2_URID key)
{
  TmbProperty properties[N_PROPERTIES];
  describe(self, properties);
  for (unsigned i = 0U; i < N_PROPERTIES; ++i) {
    if (properties[i].key == key) {
      return 1U << i;
    }
  }
  return 0U;
}

/// Remember the model to ask the worker for; the newest wish counts.
static bool
want_model(TmbPlugin* const self, const LV2_Atom* const value)
{
  const char* const path = (const char*)LV2_ATOM_BODY_CONST(value);
  const uint32_t    n    = value->size;
  const bool is_path     = value->type == self->outbox.forge.Path && n > 1U &&
                       n <= TMB_MAX_PATH && path[0] && !path[n - 1U];
  if (self->schedule && is_path) {
    memcpy(self->wanted, path, n);
    self->is_wanted = true;
    return true;
  }
  return false;
}

/// A patch:Get or patch:Set.  What is about other subjects, or properties that
/// the plugin doesn't have, is not its business.
static void
handle_patch(TmbPlugin* const self, const LV2_Atom_Object* const object)
{
  const LV2_Atom* subject  = NULL;
  const LV2_Atom* property = NULL;
  const LV2_Atom* value    = NULL;
  lv2_atom_object_get(object,
                      self->uris.patch_subject,
                      &subject,
                      self->uris.patch_property,
                      &property,
                      self->uris.patch_value,
                      &value,
                      0);
  if (subject && urid_value(self, subject) != self->uris.plugin) {
    return;
  }

  const unsigned bit = property_bit(self, urid_value(self, property));
  if (object->body.otype == self->uris.patch_Set && value) {
    if (bit != TMB_TELL_MODEL || !want_model(self, value)) {
      self->telling |= bit; // Refused: say what stays
    }
  } else if (object->body.otype == self->uris.patch_Get) {
    // The specification asks for a patch:Put; but hosts that ask for all may
    // read only patch:Set
    self->telling |= property ? bit : TMB_TELL_ALL | TMB_TELL_PROPERTIES;
  }
}

/// Heed the transport; `frame` is of the block.
static void
handle_position(TmbPlugin* const             self,
                const LV2_Atom_Object* const object,
                const int64_t                frame)
{
  const LV2_Atom* speed = NULL;
  lv2_atom_object_get(object, self->uris.time_speed, &speed, 0);
  if (speed && speed->type == self->outbox.forge.Float) {
    const bool rolls = ((const LV2_Atom_Float*)speed)->body != 0.0f;
    if (self->rolls && !rolls) {
      tmb_listen_stop(self, frame > 0 ? (uint32_t)frame : 0U);
    }
    self->rolls = rolls;
  }
}

void
tmb_patch_handle(TmbPlugin* const self)
{
  const LV2_Atom_Sequence* const port =
    (const LV2_Atom_Sequence*)self->ports[TMB_PORT_CONTROL];
  if (port) {
    LV2_ATOM_SEQUENCE_FOREACH(port, event)
    {
      if (lv2_atom_forge_is_object_type(&self->outbox.forge,
                                        event->body.type)) {
        const LV2_Atom_Object* const object =
          (const LV2_Atom_Object*)&event->body;
        if (object->body.otype == self->uris.time_Position) {
          handle_position(self, object, event->time.frames);
        } else {
          handle_patch(self, object);
        }
      }
    }
  }
}

void
tmb_patch_notify(TmbPlugin* const self)
{
  if (!self->telling) {
    return;
  }

  // What does not fit now waits for the next block
  TmbOutbox* const outbox = &self->outbox;
  TmbProperty      properties[N_PROPERTIES];
  describe(self, properties);
  if (self->telling & TMB_TELL_CHANGE && tmb_outbox_state_changed(outbox, 0U)) {
    self->telling &= ~(unsigned)TMB_TELL_CHANGE;
  }
  if (self->telling & TMB_TELL_ALL &&
      tmb_outbox_put(outbox, 0U, properties, N_PROPERTIES)) {
    self->telling &= ~(unsigned)TMB_TELL_ALL;
  }
  for (unsigned i = 0U; i < N_PROPERTIES; ++i) {
    const unsigned bit = 1U << i;
    if (self->telling & bit && tmb_outbox_set(outbox, 0U, &properties[i])) {
      self->telling &= ~bit;
    }
  }
}
