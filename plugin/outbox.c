// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/outbox.h"

#include <lv2/atom/util.h>

#include <string.h>

void
tmb_outbox_init(TmbOutbox* const     self,
                const TmbUris* const uris,
                LV2_URID_Map* const  map)
{
  memset(self, 0, sizeof(*self));
  self->uris = uris;
  lv2_atom_forge_init(&self->forge, map);
}

void
tmb_outbox_begin(TmbOutbox* const self, LV2_Atom_Sequence* const port)
{
  // Until now, atom.size is the capacity that the host offers.  Events are
  // padded to 8 bytes, and the padding of the last one must fit, too.
  self->n_capacity = port ? port->atom.size & ~7U : 0U;
  self->port =
    (self->n_capacity < sizeof(LV2_Atom_Sequence_Body)) ? NULL : port;
  if (self->port) {
    port->atom.type = self->forge.Sequence;
    port->body.unit = 0U;
    port->body.pad  = 0U;
    lv2_atom_sequence_clear(port);
  }
}

static bool
send(TmbOutbox* const self, const uint32_t frame)
{
  self->message.event.time.frames = (int64_t)frame;
  return lv2_atom_sequence_append_event(
    self->port, self->n_capacity, &self->message.event);
}

bool
tmb_outbox_midi(TmbOutbox* const     self,
                const uint32_t       frame,
                const uint8_t* const bytes,
                const uint32_t       n)
{
  if (!self->port) {
    return true;
  }

  self->message.event.body.size = n;
  self->message.event.body.type = self->uris->midi_MidiEvent;
  memcpy(&self->message.event + 1, bytes, n);
  return send(self, frame);
}

static void
begin_object(TmbOutbox* const            self,
             LV2_Atom_Forge_Frame* const object,
             const LV2_URID              type)
{
  uint8_t* const body = (uint8_t*)&self->message.event.body;
  lv2_atom_forge_set_buffer(
    &self->forge,
    body,
    (size_t)(self->message.bytes + TMB_MESSAGE_BYTES - body));
  lv2_atom_forge_object(&self->forge, object, 0U, type);
}

static void
add_naming(TmbOutbox* const self, const TmbNaming* const naming)
{
  LV2_Atom_Forge* const forge = &self->forge;
  const TmbUris* const  uris  = self->uris;
  lv2_atom_forge_key(forge, uris->ns_label);
  lv2_atom_forge_string(forge, naming->label, (uint32_t)strlen(naming->label));
  lv2_atom_forge_key(forge, uris->ns_family);
  lv2_atom_forge_string(
    forge, naming->family, (uint32_t)strlen(naming->family));
  lv2_atom_forge_key(forge, uris->ns_program);
  lv2_atom_forge_int(forge, naming->program);
  lv2_atom_forge_key(forge, uris->ns_confidence);
  lv2_atom_forge_float(forge, naming->confidence);
  lv2_atom_forge_key(forge, uris->ns_instrument);
  lv2_atom_forge_int(forge, naming->instrument);
}

bool
tmb_outbox_note(TmbOutbox* const       self,
                const uint32_t         frame,
                const uint64_t         onset,
                const TmbNaming* const naming,
                const float            family_confidence)
{
  if (!self->port) {
    return true;
  }

  LV2_Atom_Forge_Frame object;
  begin_object(self, &object, self->uris->ns_Note);
  lv2_atom_forge_key(&self->forge, self->uris->ns_onset);
  lv2_atom_forge_long(&self->forge, (int64_t)onset);
  add_naming(self, naming);
  lv2_atom_forge_key(&self->forge, self->uris->ns_familyConfidence);
  lv2_atom_forge_float(&self->forge, family_confidence);
  lv2_atom_forge_pop(&self->forge, &object);
  return send(self, frame);
}

bool
tmb_outbox_instrument(TmbOutbox* const       self,
                      const uint32_t         frame,
                      const TmbNaming* const naming)
{
  if (!self->port) {
    return true;
  }

  LV2_Atom_Forge_Frame object;
  begin_object(self, &object, self->uris->ns_Instrument);
  add_naming(self, naming);
  lv2_atom_forge_pop(&self->forge, &object);
  return send(self, frame);
}

static void
add_value(TmbOutbox* const self, const TmbProperty* const property)
{
  LV2_Atom_Forge* const forge = &self->forge;
  if (property->type == forge->Int) {
    lv2_atom_forge_int(forge, property->number);
  } else if (property->type == forge->Path) {
    lv2_atom_forge_path(
      forge, property->text, (uint32_t)strlen(property->text));
  } else {
    lv2_atom_forge_string(
      forge, property->text, (uint32_t)strlen(property->text));
  }
}

/// Begin a message about the plugin.
static void
begin_patch(TmbOutbox* const            self,
            LV2_Atom_Forge_Frame* const object,
            const LV2_URID              type)
{
  begin_object(self, object, type);
  lv2_atom_forge_key(&self->forge, self->uris->patch_subject);
  lv2_atom_forge_urid(&self->forge, self->uris->plugin);
}

bool
tmb_outbox_set(TmbOutbox* const         self,
               const uint32_t           frame,
               const TmbProperty* const property)
{
  if (!self->port) {
    return true;
  }

  LV2_Atom_Forge_Frame object;
  begin_patch(self, &object, self->uris->patch_Set);
  lv2_atom_forge_key(&self->forge, self->uris->patch_property);
  lv2_atom_forge_urid(&self->forge, property->key);
  lv2_atom_forge_key(&self->forge, self->uris->patch_value);
  add_value(self, property);
  lv2_atom_forge_pop(&self->forge, &object);
  return send(self, frame);
}

bool
tmb_outbox_put(TmbOutbox* const         self,
               const uint32_t           frame,
               const TmbProperty* const properties,
               const uint32_t           n)
{
  if (!self->port) {
    return true;
  }

  LV2_Atom_Forge_Frame object;
  LV2_Atom_Forge_Frame body;
  begin_patch(self, &object, self->uris->patch_Put);
  lv2_atom_forge_key(&self->forge, self->uris->patch_body);
  lv2_atom_forge_object(&self->forge, &body, 0U, 0U);
  for (uint32_t i = 0U; i < n; ++i) {
    lv2_atom_forge_key(&self->forge, properties[i].key);
    add_value(self, &properties[i]);
  }
  lv2_atom_forge_pop(&self->forge, &body);
  lv2_atom_forge_pop(&self->forge, &object);
  return send(self, frame);
}

bool
tmb_outbox_state_changed(TmbOutbox* const self, const uint32_t frame)
{
  if (!self->port) {
    return true;
  }

  LV2_Atom_Forge_Frame object;
  begin_object(self, &object, self->uris->state_StateChanged);
  lv2_atom_forge_pop(&self->forge, &object);
  return send(self, frame);
}
