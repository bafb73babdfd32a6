// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/default_model.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FACTORY_MODEL "/timbrel.lv2/factory.safetensors"

TmbStatus
tmb_default_model_load(TmbModel** const model, TmbMessage* const why)
{
  const char* const chosen = getenv("TIMBREL_MODEL");
  if (chosen && *chosen) {
    return tmb_model_load(chosen, model, why);
  }

  static const char* const places[] = { FACTORY_MODEL,
                                        "/../lib/lv2" FACTORY_MODEL };

  char          path[PATH_MAX + 64] = "";
  const ssize_t n     = readlink("/proc/self/exe", path, PATH_MAX - 1U);
  char* const   slash = n > 0 ? strrchr(path, '/') : NULL;
  for (size_t i = 0U; slash && i < 2U; ++i) {
    memcpy(slash, places[i], strlen(places[i]) + 1U);
    if (!access(path, F_OK)) {
      return tmb_model_load(path, model, why);
    }
  }

  static const char installed[] = TMB_LV2DIR FACTORY_MODEL;
  if (!access(installed, F_OK)) {
    return tmb_model_load(installed, model, why);
  }

  *model = NULL;
  return tmb_fail(TMB_NO_FILE,
                  why,
                  "%s: there is no factory model here nor beside the command, "
                  "name one with --model",
                  installed);
}
