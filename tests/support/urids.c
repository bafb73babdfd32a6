// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/urids.h"

#include <stdlib.h>
#include <string.h>

static LV2_URID
map_uri(const LV2_URID_Map_Handle handle, const char* const uri)
{
  return urids_get((Urids*)handle, uri);
}

static const char*
unmap_uri(const LV2_URID_Unmap_Handle handle, const LV2_URID urid)
{
  Urids* const self = (Urids*)handle;
  return (urid && urid <= self->n) ? self->uris[urid - 1U] : NULL;
}

void
urids_init(Urids* const urids)
{
  memset(urids, 0, sizeof(*urids));
  urids->map.handle   = urids;
  urids->map.map      = map_uri;
  urids->unmap.handle = urids;
  urids->unmap.unmap  = unmap_uri;
  (void)pthread_mutex_init(&urids->lock, NULL);
}

void
urids_clear(Urids* const urids)
{
  for (uint32_t i = 0U; i < urids->n; ++i) {
    free(urids->uris[i]);
  }
  (void)pthread_mutex_destroy(&urids->lock);
}

LV2_URID
urids_get(Urids* const urids, const char* const uri)
{
  (void)pthread_mutex_lock(&urids->lock);
  uint32_t i = 0U;
  while (i < urids->n && strcmp(urids->uris[i], uri) != 0) {
    ++i;
  }
  if (i == urids->n && i < URIDS_MAX) {
    urids->uris[urids->n++] = strdup(uri);
  }
  (void)pthread_mutex_unlock(&urids->lock);
  return i < URIDS_MAX ? i + 1U : 0U;
}
