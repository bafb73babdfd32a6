// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model_metadata.h"

#include "dsp/model_json.h"

#include <stdlib.h>
#include <string.h>

const char* const tmb_scale_names[] = { "htk", "slaney", NULL };
const char* const tmb_norm_names[]  = { "peak", "area", "mean", NULL };

TmbStatus
tmb_read_format(const json_t* const metadata,
                int* const          format,
                TmbMessage* const   why)
{
  const char* const text =
    json_string_value(json_object_get(metadata, TMB_KEY_FORMAT));
  const size_t n = text ? strlen(text) : 0U;
  if (n < 1U || n > 9U || strspn(text, "0123456789") != n) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the metadata lack a valid " TMB_KEY_FORMAT
                    ", so it is no model of Timbrel's");
  }

  *format = (int)strtol(text, NULL, 10);
  if (*format > TMB_MODEL_FORMAT) {
    return tmb_fail(TMB_TOO_NEW,
                    why,
                    "the model has format %d, but this program knows only "
                    "up to %d",
                    *format,
                    TMB_MODEL_FORMAT);
  }
  return (*format < 1)
           ? tmb_fail(TMB_BAD_FILE, why, TMB_KEY_FORMAT " is less than 1")
           : TMB_OK;
}

bool
tmb_class_is_unknown(const TmbClass* const self)
{
  return !strcmp(self->name, TMB_UNKNOWN_LABEL);
}

/// Copy a name that people will read, and terminals and tables will show.
static bool
copy_name(char* const name, const char* const text)
{
  const size_t n = strlen(text);
  for (size_t i = 0U; i < n; ++i) {
    const unsigned char byte = (unsigned char)text[i];
    const unsigned char next = (unsigned char)text[i + 1U];

    // The second kind are U+0080 to U+009F in UTF-8
    if (byte < 0x20U || byte == 0x7FU || (byte == 0xC2U && next < 0xA0U)) {
      return false;
    }
  }
  if (n >= TMB_MAX_NAME) {
    return false;
  }
  memcpy(name, text, n + 1U);
  return true;
}

/// Class `i` of `classes`, those before it being there already.
static TmbStatus
read_class(TmbClass* const   classes,
           const uint32_t    i,
           json_t* const     item,
           TmbMessage* const why)
{
  json_error_t error   = { 0 };
  const char*  name    = NULL;
  const char*  family  = NULL;
  json_int_t   program = 0;
  if (json_unpack_ex(item,
                     &error,
                     JSON_STRICT,
                     "{s:s, s:I, s:s}",
                     "name",
                     &name,
                     "program",
                     &program,
                     "family",
                     &family)) {
    return tmb_unpack_failed(&error, "a class of " TMB_KEY_CLASSES, why);
  }

  TmbClass* const self = &classes[i];
  if (!copy_name(self->name, name) || !name[0] ||
      !copy_name(self->family, family)) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the name or family of class %u is empty, longer than %u "
                    "bytes or not printable",
                    i,
                    TMB_MAX_NAME - 1U);
  }
  if (program < -1 || program > 127) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the program of the class %s is not -1 to 127",
                    self->name);
  }
  for (uint32_t j = 0U; j < i; ++j) {
    if (!strcmp(classes[j].name, self->name)) {
      return tmb_fail(
        TMB_BAD_FILE, why, "the class %s stands there twice", self->name);
    }
  }
  self->program = (int)program;
  return TMB_OK;
}

/// "unknown", what is none of the instruments, can only be the last.
static TmbStatus
check_unknown(const TmbClass* const classes,
              const uint32_t        n_classes,
              const int             format,
              TmbMessage* const     why)
{
  for (uint32_t i = 0U; i < n_classes; ++i) {
    const bool may_be = format >= 2 && i && i + 1U == n_classes &&
                        classes[i].program < 0 && !classes[i].family[0];
    if (tmb_class_is_unknown(&classes[i]) && !may_be) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "class %u is \"" TMB_UNKNOWN_LABEL
                      "\": in format 2 the last of "
                      "several classes may be, without program and family",
                      i);
    }
  }
  return TMB_OK;
}

static TmbStatus
read_class_list(const json_t* const list,
                const int           format,
                TmbClass** const    classes,
                uint32_t* const     n_classes,
                TmbMessage* const   why)
{
  const size_t n = json_array_size(list);
  if (n < 1U || n > TMB_MAX_CLASSES) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    TMB_KEY_CLASSES " is no list of 1 to %u classes",
                    TMB_MAX_CLASSES);
  }

  *classes   = (TmbClass*)calloc(n, sizeof(TmbClass));
  *n_classes = (uint32_t)n;
  if (!*classes) {
    return TMB_NO_MEMORY;
  }
  for (uint32_t i = 0U; i < n; ++i) {
    const TmbStatus st = read_class(*classes, i, json_array_get(list, i), why);
    if (st) {
      return st;
    }
  }
  return check_unknown(*classes, *n_classes, format, why);
}

TmbStatus
tmb_read_classes(const json_t* const metadata,
                 const int           format,
                 TmbClass** const    classes,
                 uint32_t* const     n_classes,
                 TmbMessage* const   why)
{
  json_t*   list = NULL;
  TmbStatus st   = tmb_read_value(metadata, TMB_KEY_CLASSES, &list, why);
  st = st ? st : read_class_list(list, format, classes, n_classes, why);
  json_decref(list);
  return st;
}

static TmbStatus
read_edges(TmbFrontEnd* const  self,
           const json_t* const edges,
           TmbMessage* const   why)
{
  const size_t n = json_array_size(edges);
  if (n < 2U || n > TMB_MAX_SEGMENTS + 1U) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "edges in " TMB_KEY_FRONT_END " is no list of 2 to %u "
                    "numbers",
                    TMB_MAX_SEGMENTS + 1U);
  }

  self->n_segments = (uint32_t)n - 1U;
  for (uint32_t i = 0U; i < n; ++i) {
    const json_t* const edge = json_array_get(edges, i);
    if (!json_is_integer(edge) ||
        !tmb_to_u32(json_integer_value(edge), &self->edges[i])) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "an edge in " TMB_KEY_FRONT_END " is no whole number");
    }
  }
  return TMB_OK;
}

static TmbStatus
read_ages(TmbFrontEnd* const  self,
          const json_t* const ages,
          TmbMessage* const   why)
{
  const size_t n = json_array_size(ages);
  if (n < 1U || n > TMB_MAX_AGES) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "ages in " TMB_KEY_FRONT_END " is no list of 1 to %u ages",
                    TMB_MAX_AGES);
  }

  self->n_ages = (uint32_t)n;
  for (uint32_t i = 0U; i < n; ++i) {
    json_error_t error    = { 0 };
    json_int_t   ms       = 0;
    json_int_t   n_frames = 0;
    if (json_unpack_ex(json_array_get(ages, i),
                       &error,
                       JSON_STRICT,
                       "{s:I, s:I}",
                       "ms",
                       &ms,
                       "n_frames",
                       &n_frames)) {
      return tmb_unpack_failed(&error, "an age in " TMB_KEY_FRONT_END, why);
    }
    if (!tmb_to_u32(ms, &self->ages[i].ms) ||
        !tmb_to_u32(n_frames, &self->ages[i].n_frames)) {
      return tmb_fail(
        TMB_BAD_FILE, why, "an age in " TMB_KEY_FRONT_END " is out of range");
    }
  }
  return TMB_OK;
}

static TmbStatus
read_front_end_fields(TmbFrontEnd* const self,
                      json_t* const      fields,
                      TmbMessage* const  why)
{
  json_error_t error    = { 0 };
  json_int_t   n_bands  = 0;
  json_int_t   n_coeffs = 0;
  json_int_t   n_before = 0;
  const char*  scale    = NULL;
  const char*  norm     = NULL;
  json_t*      edges    = NULL;
  json_t*      ages     = NULL;
  // clang-format off
  if (json_unpack_ex(fields, &error, JSON_STRICT,
                     "{s:F, s:F, s:F, s:I, s:F, s:F, s:s, s:s,"
                     " s:I, s:F, s:I, s:o, s:o}",
                     "rate_hz",  &self->rate_hz,
                     "window_s", &self->window_s,
                     "hop_s",    &self->hop_s,
                     "n_bands",  &n_bands,
                     "fmin_hz",  &self->fmin_hz,
                     "fmax_hz",  &self->fmax_hz,
                     "scale",    &scale,
                     "norm",     &norm,
                     "n_coeffs", &n_coeffs,
                     "floor_db", &self->floor_db,
                     "n_before", &n_before,
                     "edges",    &edges,
                     "ages",     &ages)) {
    return tmb_unpack_failed(&error, TMB_KEY_FRONT_END, why);
  }
  // clang-format on

  const int scale_index = tmb_find_name(tmb_scale_names, scale);
  const int norm_index  = tmb_find_name(tmb_norm_names, norm);
  if (scale_index < 0 || norm_index < 0) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s in " TMB_KEY_FRONT_END " is unknown: %s",
                    scale_index < 0 ? "scale" : "norm",
                    scale_index < 0 ? scale : norm);
  }
  if (!tmb_to_u32(n_bands, &self->n_bands) ||
      !tmb_to_u32(n_coeffs, &self->n_coeffs) ||
      !tmb_to_u32(n_before, &self->n_before)) {
    return tmb_fail(
      TMB_BAD_FILE, why, "a count in " TMB_KEY_FRONT_END " is out of range");
  }

  self->scale  = (TmbMelScale)scale_index;
  self->norm   = (TmbMelNorm)norm_index;
  TmbStatus st = read_edges(self, edges, why);
  st           = st ? st : read_ages(self, ages, why);
  return st;
}

TmbStatus
tmb_read_front_end(const json_t* const metadata,
                   TmbFrontEnd* const  front_end,
                   bool* const         present,
                   TmbMessage* const   why)
{
  *present = json_object_get(metadata, TMB_KEY_FRONT_END);
  if (!*present) {
    return TMB_OK;
  }

  json_t*   fields = NULL;
  TmbStatus st     = tmb_read_value(metadata, TMB_KEY_FRONT_END, &fields, why);
  st               = st ? st : read_front_end_fields(front_end, fields, why);
  json_decref(fields);

  return (!st && tmb_front_end_check(front_end, why)) ? TMB_BAD_FILE : st;
}
