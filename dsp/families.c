// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/families.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Index of a family, which is new if none has this name yet.
static int
find_or_add(TmbFamilies* const self, const char* const name)
{
  for (uint32_t i = 0U; i < self->n_families; ++i) {
    if (!strcmp(self->families[i].name, name)) {
      return (int)i;
    }
  }

  TmbFamily* const family = &self->families[self->n_families];
  (void)snprintf(family->name, sizeof(family->name), "%s", name);
  (void)snprintf(family->guess, sizeof(family->guess), "%s?", name);
  return (int)self->n_families++;
}

TmbStatus
tmb_families_find(const TmbClass* const classes,
                  const uint32_t        n_classes,
                  TmbFamilies* const    families)
{
  // No class has more than one family
  families->n_classes  = n_classes;
  families->n_families = 0U;
  families->families   = (TmbFamily*)calloc(n_classes, sizeof(TmbFamily));
  families->of_class   = (int*)calloc(n_classes, sizeof(int));
  if (!families->families || !families->of_class) {
    return TMB_NO_MEMORY;
  }

  for (uint32_t i = 0U; i < n_classes; ++i) {
    const char* const name = classes[i].family;
    families->of_class[i]  = name[0] ? find_or_add(families, name) : -1;
  }
  return TMB_OK;
}

void
tmb_families_clear(TmbFamilies* const families)
{
  free(families->of_class);
  free(families->families);
}
