// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/plugin.h"

#include <lv2/core/lv2_util.h>

#include <stdlib.h>
#include <string.h>

#define FACTORY "factory" ///< A string in place of a path: the bundle's model
#define STATE_FLAGS (LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE)

/// Free a path that the host made.
static void
free_path(const LV2_Feature* const* const features, char* const path)
{
  const LV2_State_Free_Path* const feature =
    (const LV2_State_Free_Path*)lv2_features_data(features,
                                                  LV2_STATE__freePath);
  if (feature) {
    feature->free_path(feature->handle, path);
  } else {
    free(path);
  }
}

/// A copy of the path of the model to save, or null.
static char*
copy_path(TmbPlugin* const self)
{
  pthread_mutex_lock(&self->lock);
  char* const path = strdup(self->path);
  pthread_mutex_unlock(&self->lock);
  return path;
}

/// Store a model's path as the host wants to find it again.
static LV2_State_Status
store_path(const TmbPlugin* const          self,
           const LV2_State_Store_Function  store,
           const LV2_State_Handle          handle,
           const LV2_Feature* const* const features,
           const char* const               path)
{
  LV2_State_Map_Path* const map =
    (LV2_State_Map_Path*)lv2_features_data(features, LV2_STATE__mapPath);
  if (!map) {
    return LV2_STATE_ERR_NO_FEATURE;
  }

  char* const mapped = map->abstract_path(map->handle, path);
  if (!mapped) {
    return LV2_STATE_ERR_UNKNOWN;
  }

  const LV2_State_Status status = store(handle,
                                        self->uris.ns_model,
                                        mapped,
                                        strlen(mapped) + 1U,
                                        self->uris.atom_Path,
                                        STATE_FLAGS);
  free_path(features, mapped);
  return status;
}

static LV2_State_Status
save(const LV2_Handle                instance,
     const LV2_State_Store_Function  store,
     const LV2_State_Handle          handle,
     const uint32_t                  flags,
     const LV2_Feature* const* const features)
{
  (void)flags;
  TmbPlugin* const self = (TmbPlugin*)instance;
  char* const      path = copy_path(self);
  if (!path) {
    return LV2_STATE_ERR_UNKNOWN;
  }

  // The bundle's own model goes by name: a session may move to a machine where
  // the bundle lies elsewhere
  const LV2_State_Status status =
    strcmp(path, self->factory)
      ? store_path(self, store, handle, features, path)
      : store(handle,
              self->uris.ns_model,
              FACTORY,
              sizeof(FACTORY),
              self->uris.atom_String,
              STATE_FLAGS);
  free(path);
  return status;
}

/**
   The model is loaded here and now, since the host calls this outside of the
   real-time thread, and `run` may go on meanwhile: it takes up the model like
   one from the worker.  A state without a model, such as a preset of controls
   alone, leaves the model as it is.  A model that can't be loaded is still the
   one to save again: it may only be gone for now, as with its drive.
*/
static LV2_State_Status
restore(const LV2_Handle                  instance,
        const LV2_State_Retrieve_Function retrieve,
        const LV2_State_Handle            handle,
        const uint32_t                    flags,
        const LV2_Feature* const* const   features)
{
  (void)flags;
  TmbPlugin* const  self = (TmbPlugin*)instance;
  size_t            size = 0U;
  uint32_t          type = 0U;
  uint32_t          pod  = 0U;
  const char* const value =
    (const char*)retrieve(handle, self->uris.ns_model, &size, &type, &pod);
  if (!value) {
    return LV2_STATE_SUCCESS;
  }
  if (!size || value[size - 1U]) {
    return LV2_STATE_ERR_BAD_TYPE;
  }
  if (type == self->uris.atom_String && !strcmp(value, FACTORY)) {
    tmb_models_load(self, self->factory, true);
    return LV2_STATE_SUCCESS;
  }
  if (type != self->uris.atom_Path) {
    return LV2_STATE_ERR_BAD_TYPE;
  }

  LV2_State_Map_Path* const map =
    (LV2_State_Map_Path*)lv2_features_data(features, LV2_STATE__mapPath);
  if (!map) {
    return LV2_STATE_ERR_NO_FEATURE;
  }

  char* const path = map->absolute_path(map->handle, value);
  if (!path) {
    return LV2_STATE_ERR_UNKNOWN;
  }

  tmb_models_load(self, path, true);
  free_path(features, path);
  return LV2_STATE_SUCCESS;
}

const LV2_State_Interface tmb_state_interface = { save, restore };
