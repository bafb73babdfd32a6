// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/uris.h"

#define MAP_URI(name, uri) uris->name = map->map(map->handle, uri);

void
tmb_uris_map(TmbUris* const            uris,
             const LV2_URID_Map* const map,
             const char* const         plugin)
{
  TMB_URIS(MAP_URI)
  uris->plugin = map->map(map->handle, plugin);
}
