// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/settings.h"

#include "dsp/model.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/// All but the augmentation.
static json_t*
pack_fit(const TmbFitSettings* const settings)
{
  char network[TMB_PLAN_TEXT];
  tmb_net_plan_write(&settings->plan, network, sizeof(network));

  // clang-format off
  return json_pack(
    "{s:s, s:s, s:I, s:I, s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:I, s:f, s:f,"
    " s:I, s:s}",
    "network",         network,
    "activation",      tmb_activation_names[settings->plan.activation],
    "epochs",          (json_int_t)settings->n_epochs,
    "batch",           (json_int_t)settings->n_batch,
    "optimizer",       tmb_method_names[settings->method],
    "schedule",        tmb_schedule_names[settings->schedule],
    "learning_rate",   settings->learning_rate,
    "dropout",         settings->dropout,
    "weight_decay",    settings->weight_decay,
    "label_smoothing", settings->label_smoothing,
    "mixup",           settings->mixup,
    "averaged",        (json_int_t)settings->n_averaged,
    "views",           settings->views,
    "target_accuracy", settings->target_accuracy,
    "patience",        (json_int_t)settings->patience,
    "keep",            settings->keeps_best ? "best" : "last");
  // clang-format on
}

json_t*
tmb_pack_settings(const TmbFitSettings* const settings)
{
  json_t* const object = pack_fit(settings);
  if (tmb_augmentation_is_changed(&settings->augmentation) &&
      json_object_set_new(
        object,
        "augment",
        tmb_pack_augmentation_changes(&settings->augmentation))) {
    json_decref(object);
    return NULL;
  }
  return object;
}

/// Whether no step depends on how many there will be.
static bool
can_be_prolonged(const TmbFitSettings* const settings)
{
  return settings->schedule == TMB_CONSTANT && !settings->n_averaged;
}

char*
tmb_settings_text(const TmbFitSettings* const settings)
{
  // Epochs come last, so that what makes them count is named first
  json_t* const object = pack_fit(settings);
  char*         text   = NULL;
  (void)json_object_del(object, "epochs");
  if (!can_be_prolonged(settings)) {
    (void)json_object_set_new(
      object, "epochs", json_integer((json_int_t)settings->n_epochs));
  }
  if (!json_object_set_new(
        object, "augment", tmb_pack_augmentation(&settings->augmentation)) &&
      !json_object_set_new(
        object, "seed", json_integer((json_int_t)settings->seed))) {
    text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));
  }
  json_decref(object);
  return text;
}

/// The first of two settings that differs, for people.
static const char*
find_difference(json_t* const ours, const json_t* const theirs)
{
  const char* key   = NULL;
  json_t*     value = NULL;
  json_object_foreach (ours, key, value) {
    if (!json_equal(value, json_object_get(theirs, key))) {
      return key;
    }
  }
  return "something";
}

TmbStatus
tmb_check_settings(const TmbFitSettings* const settings,
                   const char* const           text,
                   TmbMessage* const           why)
{
  char* const own    = tmb_settings_text(settings);
  TmbStatus   status = own ? TMB_OK : TMB_NO_MEMORY;
  if (own && strcmp(own, text) != 0) {
    json_t* const ours   = json_loads(own, 0, NULL);
    json_t* const theirs = json_loads(text, 0, NULL);
    status               = tmb_fail(TMB_BAD_FILE,
                      why,
                      "it is a checkpoint of other settings: %s differs",
                      find_difference(ours, theirs));
    json_decref(theirs);
    json_decref(ours);
  }
  free(own);
  return status;
}
