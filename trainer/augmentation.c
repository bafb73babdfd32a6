// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/augmentation.h"

#include "trainer/fit_options.h"
#include "trainer/options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/// One of the numbers.
typedef struct {
  const char* name;
  size_t      offset;
  double      value; ///< The default
  double      most;
  const char* about;
} Field;

#define FIELD(name, value, most, about) \
  { #name, offsetof(TmbAugmentation, name), value, most, about },

static const Field fields[] = { TMB_AUGMENTATION(FIELD) };

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

static double
value_of(const TmbAugmentation* const augmentation, const Field* const field)
{
  double value = 0.0;
  memcpy(&value, (const char*)augmentation + field->offset, sizeof(value));
  return value;
}

void
tmb_print_augmentation_help(void)
{
  for (size_t i = 0U; i < N_FIELDS; ++i) {
    (void)printf(
      "    %-20s %s [%g]\n", fields[i].name, fields[i].about, fields[i].value);
  }
}

static bool
refuse_name(const char* const command, const char* const name)
{
  char   names[256] = "";
  size_t n          = 0U;
  for (size_t i = 0U; i < N_FIELDS && n < sizeof(names); ++i) {
    n += (size_t)snprintf(
      names + n, sizeof(names) - n, "%s%s", i ? ", " : "", fields[i].name);
  }
  (void)tmb_usage_error(command,
                        "--augment takes NAME=VALUE, not \"%s\"; there are %s",
                        name,
                        names);
  return false;
}

bool
tmb_read_augmentation(const char* const      command,
                      char*                  text,
                      TmbAugmentation* const augmentation)
{
  for (char* item = NULL; (item = tmb_next_item(',', &text));) {
    char*             value = item;
    const char* const name  = tmb_next_item('=', &value);
    size_t            i     = 0U;
    while (i < N_FIELDS && strcmp(fields[i].name, name) != 0) {
      ++i;
    }
    if (i == N_FIELDS || !value) {
      return refuse_name(command, name);
    }

    double number     = 0.0;
    char   option[64] = "";
    (void)snprintf(option, sizeof(option), "--augment %s", name);
    if (!tmb_number_option(
          command, option, value, 0.0, fields[i].most, &number)) {
      return false;
    }
    memcpy((char*)augmentation + fields[i].offset, &number, sizeof(number));
  }
  return true;
}

bool
tmb_augmentation_is_changed(const TmbAugmentation* const augmentation)
{
  bool is_changed = false;
  for (size_t i = 0U; i < N_FIELDS; ++i) {
    is_changed =
      is_changed || value_of(augmentation, &fields[i]) != fields[i].value;
  }
  return is_changed;
}

static json_t*
pack(const TmbAugmentation* const augmentation, const bool all)
{
  json_t* object = json_object();
  for (size_t i = 0U; object && i < N_FIELDS; ++i) {
    const double value = value_of(augmentation, &fields[i]);
    if ((all || value != fields[i].value) &&
        json_object_set_new(object, fields[i].name, json_real(value))) {
      json_decref(object);
      object = NULL;
    }
  }
  return object;
}

json_t*
tmb_pack_augmentation(const TmbAugmentation* const augmentation)
{
  return pack(augmentation, true);
}

json_t*
tmb_pack_augmentation_changes(const TmbAugmentation* const augmentation)
{
  return pack(augmentation, false);
}
