// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/about.h"

#include <jansson.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define ENDING ".safetensors"
#define AND_MORE "..."

static void
set_name(TmbAbout* const self, const char* const path)
{
  const char* const slash = strrchr(path, '/');
  (void)snprintf(
    self->name, sizeof(self->name), "%s", slash ? slash + 1 : path);

  const size_t n       = strlen(self->name);
  const size_t n_stem  = n - (sizeof(ENDING) - 1U);
  const bool   is_long = n > sizeof(ENDING) - 1U;
  if (is_long && !strcmp(self->name + n_stem, ENDING)) {
    self->name[n_stem] = '\0';
  }
}

static void
list_classes(TmbAbout* const self, const TmbModel* const model)
{
  // Room for the end is kept for as long as more classes come
  const size_t   n_room    = sizeof(self->classes) - sizeof("\n" AND_MORE);
  const uint32_t n_classes = tmb_model_n_classes(model);
  size_t         n         = 0U;
  self->classes[0]         = '\0';
  for (uint32_t i = 0U; i < n_classes; ++i) {
    const char* const name   = tmb_model_class(model, i)->name;
    const bool        is_out = n + strlen(name) + 1U > n_room;
    n += (size_t)snprintf(self->classes + n,
                          sizeof(self->classes) - n,
                          "%s%s",
                          i ? "\n" : "",
                          is_out ? AND_MORE : name);
    if (is_out) {
      break;
    }
  }
}

/// The count in timbrel.training, which is any text, if it is what `timbrel
/// train` writes.
static int
count_notes(const TmbModel* const model)
{
  const char* const text = tmb_model_metadata(model, TMB_KEY_TRAINING);
  json_t* const     root = text ? json_loads(text, 0U, NULL) : NULL;
  const json_int_t  n    = json_integer_value(json_object_get(root, "notes"));
  json_decref(root);
  return (n > 0 && n <= INT_MAX) ? (int)n : 0;
}

void
tmb_about_model(const char* const     path,
                const TmbModel* const model,
                TmbAbout* const       about)
{
  set_name(about, path);
  list_classes(about, model);
  about->n_notes = count_notes(model);
}
