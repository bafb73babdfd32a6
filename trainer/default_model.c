// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/default_model.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FACTORY_MODEL "/timbrel.lv2/factory.safetensors"

/// A copy of a path; null if memory is out.
static TmbStatus
copy(const char* const path, char** const copied, TmbMessage* const why)
{
  *copied = strdup(path);
  return *copied ? TMB_OK
                 : tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
}

TmbStatus
tmb_default_model_find(char** const found, TmbMessage* const why)
{
  const char* const chosen = getenv("TIMBREL_MODEL");
  if (chosen && *chosen) {
    return copy(chosen, found, why);
  }

  static const char* const places[] = { FACTORY_MODEL,
                                        "/../lib/lv2" FACTORY_MODEL };

  char          path[PATH_MAX + 64] = "";
  const ssize_t n     = readlink("/proc/self/exe", path, PATH_MAX - 1U);
  char* const   slash = n > 0 ? strrchr(path, '/') : NULL;
  for (size_t i = 0U; slash && i < 2U; ++i) {
    memcpy(slash, places[i], strlen(places[i]) + 1U);
    if (!access(path, F_OK)) {
      return copy(path, found, why);
    }
  }

  static const char installed[] = TMB_LV2DIR FACTORY_MODEL;
  if (!access(installed, F_OK)) {
    return copy(installed, found, why);
  }

  *found = NULL;
  return tmb_fail(TMB_NO_FILE,
                  why,
                  "%s: there is no factory model here nor beside the command, "
                  "name one with --model",
                  installed);
}

TmbStatus
tmb_default_model_load(TmbModel** const model, TmbMessage* const why)
{
  char*     path   = NULL;
  TmbStatus status = tmb_default_model_find(&path, why);
  *model           = NULL;
  if (!status) {
    status = tmb_model_load(path, model, why);
  }
  free(path);
  return status;
}
