// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/host_impl.h"

#include <lv2/patch/patch.h>
#include <lv2/state/state.h>
#include <lv2/time/time.h>

#include <stdio.h>
#include <string.h>

#define STATE_FILE "state.ttl"

/// Write the head of a patch message about the model at the block's start.
static void
begin_message(Host* const                 self,
              LV2_Atom_Forge_Frame* const object,
              const char* const           type)
{
  lv2_atom_forge_frame_time(&self->forge, 0);
  lv2_atom_forge_object(&self->forge, object, 0U, host_urid(self, type));
  lv2_atom_forge_key(&self->forge, host_urid(self, LV2_PATCH__property));
  lv2_atom_forge_urid(&self->forge, host_urid(self, NS "model"));
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
  lv2_atom_forge_key(&self->forge, host_urid(self, LV2_PATCH__value));
  lv2_atom_forge_path(&self->forge, path, n);
  lv2_atom_forge_pop(&self->forge, &object);
}

void
host_get_model(Host* const self)
{
  LV2_Atom_Forge_Frame object;
  begin_message(self, &object, LV2_PATCH__Get);
  lv2_atom_forge_key(&self->forge, host_urid(self, LV2_PATCH__subject));
  lv2_atom_forge_urid(
    &self->forge,
    host_urid(self, lilv_node_as_uri(lilv_plugin_get_uri(self->plugin))));
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

static const void*
get_value(const char* const symbol,
          void* const       data,
          uint32_t* const   size,
          uint32_t* const   type)
{
  Host* const self = (Host*)data;
  *size            = sizeof(float);
  *type            = self->forge.Float;
  return &self->controls[host_port(self, symbol)];
}

static void
set_value(const char* const symbol,
          void* const       data,
          const void* const value,
          const uint32_t    size,
          const uint32_t    type)
{
  Host* const self = (Host*)data;
  if (type == self->forge.Float && size == sizeof(float)) {
    memcpy(&self->controls[host_port(self, symbol)], value, size);
  }
}

bool
host_save(Host* const self, const char* const folder)
{
  // Without a folder for links, lilv deletes the files that it should link to
  LilvState* const state = lilv_state_new_from_instance(self->plugin,
                                                        self->instance,
                                                        &self->urids.map,
                                                        NULL,
                                                        folder,
                                                        folder,
                                                        folder,
                                                        get_value,
                                                        self,
                                                        LV2_STATE_IS_POD,
                                                        NULL);
  const bool       saved = state && !lilv_state_save(self->world,
                                               &self->urids.map,
                                               &self->urids.unmap,
                                               state,
                                               NULL,
                                               folder,
                                               STATE_FILE);
  lilv_state_free(state);
  return saved;
}

bool
host_restore(Host* const self, const char* const folder, const bool controls)
{
  char path[4096];
  (void)snprintf(path, sizeof(path), "%s/" STATE_FILE, folder);
  LilvState* const state =
    lilv_state_new_from_file(self->world, &self->urids.map, NULL, path);
  if (state) {
    lilv_state_restore(
      state, self->instance, controls ? set_value : NULL, self, 0U, NULL);
  }
  lilv_state_free(state);
  return state;
}
