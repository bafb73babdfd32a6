// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/plugin.h"

#include <lv2/atom/util.h>

#include <string.h>

/// Whether an atom is `urid`, or absent, which stands for it.
static bool
is_or_absent(const TmbPlugin* const self,
             const LV2_Atom* const  atom,
             const LV2_URID         urid)
{
  return !atom || (atom->type == self->outbox.forge.URID &&
                   ((const LV2_Atom_URID*)atom)->body == urid);
}

/// Remember the model to ask the worker for; the newest wish counts.
static void
want_model(TmbPlugin* const self, const LV2_Atom* const value)
{
  const char* const path = (const char*)LV2_ATOM_BODY_CONST(value);
  const uint32_t    n    = value->size;
  if (self->schedule && n > 1U && n <= TMB_MAX_PATH && path[0] &&
      !path[n - 1U]) {
    memcpy(self->wanted, path, n);
    self->is_wanted = true;
  } else {
    self->tell_model = true; // Refused: say what stays
  }
}

static void
handle_object(TmbPlugin* const self, const LV2_Atom_Object* const object)
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
  if (!is_or_absent(self, subject, self->uris.plugin) ||
      !is_or_absent(self, property, self->uris.ns_model)) {
    return;
  }

  if (object->body.otype == self->uris.patch_Get) {
    self->tell_model = true;
  } else if (object->body.otype == self->uris.patch_Set && property && value &&
             value->type == self->uris.atom_Path) {
    want_model(self, value);
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
          handle_object(self, object);
        }
      }
    }
  }
}

void
tmb_patch_notify(TmbPlugin* const self)
{
  if (self->tell_model) {
    self->tell_model = !tmb_outbox_model(&self->outbox, 0U, self->engine->path);
  }
}
