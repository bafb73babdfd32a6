// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/host_impl.h"

#include <lv2/patch/patch.h>
#include <lv2/time/time.h>

#include <string.h>

static void
add_urid(Host* const self, const char* const key, const char* const value)
{
  lv2_atom_forge_key(&self->forge, host_urid(self, key));
  lv2_atom_forge_urid(&self->forge, host_urid(self, value));
}

/// Write the head of a patch message at the block's start.
static void
begin_message(Host* const                 self,
              LV2_Atom_Forge_Frame* const object,
              const char* const           type)
{
  lv2_atom_forge_frame_time(&self->forge, 0);
  lv2_atom_forge_object(&self->forge, object, 0U, host_urid(self, type));
}

void
host_set_model(Host* const self, const char* const path)
{
  host_set_model_bytes(self, path, (uint32_t)strlen(path));
}

void
host_set_model_bytes(Host* const self, const char* const path, const uint32_t n)
{
  LV2_Atom_Forge_Frame object;
  begin_message(self, &object, LV2_PATCH__Set);
  add_urid(self, LV2_PATCH__property, NS "model");
  lv2_atom_forge_key(&self->forge, host_urid(self, LV2_PATCH__value));
  lv2_atom_forge_path(&self->forge, path, n);
  lv2_atom_forge_pop(&self->forge, &object);
}

void
host_set_property(Host* const       self,
                  const char* const property,
                  const char* const text)
{
  LV2_Atom_Forge_Frame object;
  begin_message(self, &object, LV2_PATCH__Set);
  add_urid(self, LV2_PATCH__property, property);
  lv2_atom_forge_key(&self->forge, host_urid(self, LV2_PATCH__value));
  lv2_atom_forge_string(&self->forge, text, (uint32_t)strlen(text));
  lv2_atom_forge_pop(&self->forge, &object);
}

void
host_get_model(Host* const self)
{
  host_get_property(self, NS "model", NULL);
}

void
host_get_property(Host* const       self,
                  const char* const property,
                  const char* const subject)
{
  LV2_Atom_Forge_Frame object;
  begin_message(self, &object, LV2_PATCH__Get);
  if (property) {
    add_urid(self, LV2_PATCH__property, property);
  }
  add_urid(self,
           LV2_PATCH__subject,
           subject ? subject
                   : lilv_node_as_uri(lilv_plugin_get_uri(self->plugin)));
  lv2_atom_forge_pop(&self->forge, &object);
}

void
host_set_speed(Host* const self, const float speed, const uint32_t frame)
{
  LV2_Atom_Forge_Frame object;
  lv2_atom_forge_frame_time(&self->forge, (int64_t)frame);
  lv2_atom_forge_object(
    &self->forge, &object, 0U, host_urid(self, LV2_TIME__Position));
  lv2_atom_forge_key(&self->forge, host_urid(self, LV2_TIME__speed));
  lv2_atom_forge_float(&self->forge, speed);
  lv2_atom_forge_pop(&self->forge, &object);
}
