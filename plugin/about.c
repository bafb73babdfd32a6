// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/about.h"

#include <jansson.h>

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ENDING ".safetensors"
#define AND_MORE "..."
#define N_LINE (TMB_MAX_NAME + 16U) ///< Bytes of a class's line, with its end

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

/// A number in the model's metadata that is a count, or 0.
static int
to_count(const json_t* const number)
{
  const json_int_t n = json_integer_value(number);
  return (n > 0 && n <= INT_MAX) ? (int)n : 0;
}

/// A class's line without its line feed.
static void
write_class(const char* const   name,
            const json_t* const counts,
            char                line[N_LINE])
{
  const int n = to_count(json_object_get(counts, name));
  if (n) {
    (void)snprintf(line, N_LINE, "%s\t%d", name, n);
  } else {
    (void)snprintf(line, N_LINE, "%s", name);
  }
}

static void
list_classes(TmbAbout* const       self,
             const TmbModel* const model,
             const json_t* const   counts)
{
  // Room for the end is kept for as long as more classes come
  const size_t   n_room    = sizeof(self->classes) - sizeof("\n" AND_MORE);
  const uint32_t n_classes = tmb_model_n_classes(model);
  size_t         n         = 0U;
  self->classes[0]         = '\0';
  for (uint32_t i = 0U; i < n_classes; ++i) {
    char line[N_LINE];
    write_class(tmb_model_class(model, i)->name, counts, line);
    const bool is_out = n + strlen(line) + 1U > n_room;
    n += (size_t)snprintf(self->classes + n,
                          sizeof(self->classes) - n,
                          "%s%s",
                          i ? "\n" : "",
                          is_out ? AND_MORE : line);
    if (is_out) {
      break;
    }
  }
}

void
tmb_about_model(const char* const     path,
                const TmbModel* const model,
                TmbAbout* const       about)
{
  // Any text; numbers only if it is what `timbrel train` writes
  const char* const text     = tmb_model_metadata(model, TMB_KEY_TRAINING);
  json_t* const     training = text ? json_loads(text, 0U, NULL) : NULL;
  set_name(about, path);
  list_classes(about, model, json_object_get(training, "notes_by_class"));
  about->n_notes = to_count(json_object_get(training, "notes"));
  json_decref(training);
}
