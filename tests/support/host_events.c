// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/host_impl.h"

#include <lv2/atom/util.h>
#include <lv2/patch/patch.h>

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

static void
read_object(Host* const                  self,
            const uint64_t               frame,
            const LV2_Atom_Object* const object)
{
  const LV2_Atom *onset = NULL, *label = NULL, *family = NULL, *program = NULL;
  const LV2_Atom *confidence = NULL, *instrument = NULL, *value = NULL;
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
                      host_urid(self, LV2_PATCH__value), &value,
                      0);
  // clang-format on
  if (object->body.otype == host_urid(self, LV2_PATCH__Set)) {
    copy_string(self->model, sizeof(self->model), value);
    new_event(self, HOST_MODEL, frame);
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
  return self->model;
}
