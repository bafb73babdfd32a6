// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/host_impl.h"

#include <lv2/atom/util.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static HostEvent*
new_event(Host* const self, const HostType type, const uint64_t frame)
{
  if (self->n_heard == self->n_room) {
    self->n_room = (self->n_room * 2U) + 64U;
    self->heard =
      (HostEvent*)realloc(self->heard, self->n_room * sizeof(HostEvent));
    if (!self->heard) {
      abort();
    }
  }

  HostEvent* const event = &self->heard[self->n_heard++];
  memset(event, 0, sizeof(*event));
  event->type  = type;
  event->frame = frame;
  return event;
}

static void
copy_string(char* const to, const size_t n, const LV2_Atom* const atom)
{
  (void)snprintf(
    to, n, "%s", atom ? (const char*)LV2_ATOM_BODY_CONST(atom) : "(missing)");
}

/// A number of the type that the Turtle names, or NaN.
static double
number(const Host* const self, const LV2_Atom* const atom)
{
  if (atom && atom->type == self->forge.Int) {
    return ((const LV2_Atom_Int*)atom)->body;
  }
  if (atom && atom->type == self->forge.Long) {
    return (double)((const LV2_Atom_Long*)atom)->body;
  }
  if (atom && atom->type == self->forge.Float) {
    return (double)((const LV2_Atom_Float*)atom)->body;
  }
  return (double)NAN;
}

static const char* const properties[HOST_N_PROPERTIES] = {
  [HOST_MODEL_PATH] = NS "model",
  [HOST_MODEL_NAME] = NS "modelName",
  [HOST_CLASSES]    = NS "classes",
  [HOST_NOTES]      = NS "notes",
};

/// Keep a property's value, which must have the type that the Turtle names.
static void
read_property(Host* const self, const LV2_URID key, const LV2_Atom* const value)
{
  const LV2_URID types[HOST_N_PROPERTIES] = {
    self->forge.Path, self->forge.String, self->forge.String, self->forge.Int
  };
  for (unsigned i = 0U; i < HOST_N_PROPERTIES; ++i) {
    if (key == host_urid(self, properties[i]) && value->type == types[i]) {
      char* const to = self->properties[i];
      if (i == HOST_NOTES) {
        (void)snprintf(to,
                       sizeof(self->properties[i]),
                       "%d",
                       ((const LV2_Atom_Int*)value)->body);
      } else {
        copy_string(to, sizeof(self->properties[i]), value);
      }
    }
  }
}

/// Read a patch message; false if the object is none.
static bool
read_patch(Host* const                  self,
           const uint64_t               frame,
           const LV2_Atom_Object* const object)
{
  const LV2_Atom *property = NULL, *value = NULL, *body = NULL, *subject = NULL;
  // clang-format off
  lv2_atom_object_get(object,
                      host_urid(self, LV2_PATCH__subject), &subject,
                      host_urid(self, LV2_PATCH__property), &property,
                      host_urid(self, LV2_PATCH__value), &value,
                      host_urid(self, LV2_PATCH__body), &body,
                      0);
  // clang-format on
  const LV2_URID type = object->body.otype;
  const LV2_URID plugin =
    host_urid(self, lilv_node_as_uri(lilv_plugin_get_uri(self->plugin)));
  const bool is_about =
    subject && ((const LV2_Atom_URID*)subject)->body == plugin;
  if (type == host_urid(self, LV2_PATCH__Set) && is_about) {
    const LV2_URID key = ((const LV2_Atom_URID*)property)->body;
    new_event(self,
              key == host_urid(self, NS "model") ? HOST_MODEL : HOST_PROPERTY,
              frame);
    read_property(self, key, value);
    return true;
  }
  if (type == host_urid(self, LV2_PATCH__Put) && is_about) {
    new_event(self, HOST_PROPERTIES, frame);
    LV2_ATOM_OBJECT_FOREACH((const LV2_Atom_Object*)body, part)
    {
      read_property(self, part->key, &part->value);
    }
    return true;
  }
  return false;
}

static void
read_object(Host* const                  self,
            const uint64_t               frame,
            const LV2_Atom_Object* const object)
{
  const LV2_Atom *onset = NULL, *label = NULL, *family = NULL, *program = NULL;
  const LV2_Atom *confidence = NULL, *instrument = NULL;
  const LV2_Atom* family_confidence = NULL;

  // clang-format off
  lv2_atom_object_get(object,
                      host_urid(self, NS "onset"), &onset,
                      host_urid(self, NS "label"), &label,
                      host_urid(self, NS "family"), &family,
                      host_urid(self, NS "program"), &program,
                      host_urid(self, NS "confidence"), &confidence,
                      host_urid(self, NS "familyConfidence"), &family_confidence,
                      host_urid(self, NS "instrument"), &instrument,
                      0);
  // clang-format on
  if (object->body.otype == host_urid(self, LV2_STATE__StateChanged)) {
    new_event(self, HOST_STATE_CHANGED, frame);
    return;
  }
  if (read_patch(self, frame, object)) {
    return;
  }

  const bool       is_note = object->body.otype == host_urid(self, NS "Note");
  HostEvent* const event =
    new_event(self, is_note ? HOST_NOTE : HOST_INSTRUMENT, frame);
  event->onset      = is_note ? (int64_t)number(self, onset) : 0;
  event->instrument = (int)number(self, instrument);
  event->program    = (int)number(self, program);
  event->confidence = (float)number(self, confidence);
  event->family_confidence =
    is_note ? (float)number(self, family_confidence) : 0.0f;
  copy_string(event->label, sizeof(event->label), label);
  copy_string(event->family, sizeof(event->family), family);
}

void
host_read_events(Host* const self)
{
  if (self->events.sequence.atom.type != self->forge.Sequence) {
    return; // Unconnected, so nothing was written
  }
  LV2_ATOM_SEQUENCE_FOREACH(&self->events.sequence, ev)
  {
    const uint64_t frame = self->time + (uint64_t)ev->time.frames;
    if (ev->body.type == self->midi_event) {
      HostEvent* const event = new_event(self, HOST_MIDI, frame);
      event->n_midi          = (ev->body.size < 3U) ? ev->body.size : 3U;
      memcpy(event->midi, ev + 1, event->n_midi);
    } else {
      read_object(self, frame, (const LV2_Atom_Object*)&ev->body);
    }
  }
}

const HostEvent*
host_events(const Host* const self, size_t* const n)
{
  *n = self->n_heard;
  return self->heard;
}

void
host_forget(Host* const self)
{
  self->n_heard = 0U;
}

const char*
host_model(const Host* const self)
{
  return host_property(self, HOST_MODEL_PATH);
}

const char*
host_property(const Host* const self, const HostProperty property)
{
  return self->properties[property];
}
