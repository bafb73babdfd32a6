// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/host_impl.h"

#include <lv2/state/state.h>

#include <stdio.h>
#include <string.h>

#define STATE_FILE "state.ttl"

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

bool
host_preset(Host* const self, const char* const uri)
{
  LilvNode* const node = lilv_new_uri(self->world, uri);
  lilv_world_load_resource(self->world, node);
  LilvState* const state =
    lilv_state_new_from_world(self->world, &self->urids.map, node);
  if (state) {
    lilv_state_restore(state, self->instance, set_value, self, 0U, NULL);
  }
  lilv_state_free(state);
  lilv_node_free(node);
  return state;
}
