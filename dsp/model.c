// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"

#include "dsp/families.h"
#include "dsp/model_metadata.h"
#include "dsp/model_network.h"
#include "dsp/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST_SHOWN 150U ///< Bytes of a path in a sentence

_Static_assert(TMB_MAX_TEMPERATURES == TMB_MAX_AGES,
               "each age may have a temperature");

struct TmbModelImpl {
  json_t*     metadata; ///< All values are strings
  TmbClass*   classes;
  uint32_t    n_classes; ///< Instruments
  uint32_t    n_outputs; ///< Classes, also what is none of the instruments
  TmbFamilies families;
  int         format;
  bool        has_front_end;
  TmbFrontEnd front_end;
  TmbNet      net;
  float*      values; ///< All that net points to
};

/// All of the metadata but the tensors' part of the network.
static TmbStatus
read_metadata(TmbModel* const self, json_t* const header, TmbMessage* const why)
{
  json_t* const metadata = json_object_get(header, "__metadata__");
  if (!json_is_object(metadata)) {
    return tmb_fail(TMB_BAD_FILE, why, "the header lacks __metadata__");
  }

  const char* key   = NULL;
  json_t*     value = NULL;
  json_object_foreach (metadata, key, value) {
    if (!json_is_string(value)) {
      return tmb_fail(TMB_BAD_FILE, why, "the metadata's %s is no string", key);
    }
  }

  self->metadata = json_incref(metadata);
  TmbStatus st   = tmb_read_format(metadata, &self->format, why);
  if (!st) {
    st = tmb_read_classes(
      metadata, self->format, &self->classes, &self->n_outputs, why);
  }
  if (!st) {
    const TmbClass* const last = &self->classes[self->n_outputs - 1U];
    self->n_classes = self->n_outputs - (tmb_class_is_unknown(last) ? 1U : 0U);
    st = tmb_families_find(self->classes, self->n_classes, &self->families);
  }
  if (!st) {
    st =
      tmb_read_front_end(metadata, &self->front_end, &self->has_front_end, why);
  }
  return st ? st : tmb_read_layers(metadata, self->format, &self->net, why);
}

TmbStatus
tmb_check_live(const TmbNet* const net, TmbMessage* const why)
{
  return (tmb_net_work(net) > TMB_MAX_LIVE_WORK)
           ? tmb_fail(TMB_BAD_FILE,
                      why,
                      "the network takes the time of more than %u "
                      "multiplications, too many to be live",
                      TMB_MAX_LIVE_WORK)
           : TMB_OK;
}

/// Whether network and front end belong together.
static TmbStatus
check_front_end(const TmbModel* const self, TmbMessage* const why)
{
  const TmbFrontEnd* const front_end  = &self->front_end;
  const TmbLayer* const    first      = &self->net.layers[0];
  const uint32_t           n_features = tmb_front_end_features(front_end);
  if (first->n_in != n_features) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the network takes %u features, but the front end gives "
                    "%u",
                    first->n_in,
                    n_features);
  }
  if (first->kind == TMB_IDCT && first->width != front_end->n_coeffs) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the idct layer takes %u coefficients, but the front end "
                    "gives %u",
                    first->width,
                    front_end->n_coeffs);
  }
  return tmb_check_live(&self->net, why);
}

/// What no single part can tell.
static TmbStatus
check_whole(const TmbModel* const       self,
            const TmbSafetensors* const file,
            TmbMessage* const           why)
{
  const uint32_t n_out = tmb_net_outputs(&self->net);
  if (n_out != self->n_outputs) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the network has %u outputs for %u classes",
                    n_out,
                    self->n_outputs);
  }

  const TmbStatus st =
    self->has_front_end ? check_front_end(self, why) : TMB_OK;
  if (st) {
    return st;
  }

  const uint32_t n_ages = self->has_front_end ? self->front_end.n_ages : 1U;
  const uint32_t n      = self->net.n_temperatures;
  if (n != 1U && (self->format < 2 || n != n_ages)) {
    return tmb_fail(
      TMB_BAD_FILE, why, "there are %u temperatures, not one or one an age", n);
  }
  for (uint32_t i = 0U; i < file->n_tensors; ++i) {
    if (!file->tensors[i].taken) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "the tensor %s has no place in the network",
                      file->tensors[i].name);
    }
  }
  return TMB_OK;
}

/// Fill a model that is all zero; what was filled is freed by the caller.
static TmbStatus
read_model(TmbModel* const       self,
           TmbSafetensors* const file,
           TmbMessage* const     why)
{
  TmbStatus st = read_metadata(self, file->header, why);
  st           = st ? st : tmb_safetensors_list(file, why);
  if (st) {
    return st;
  }

  // All tensors are floats and cover the data, so this holds them all, and is
  // not empty if there are none
  const size_t n_bytes =
    file->n_data + ((tmb_table_values(&self->net) + 1U) * sizeof(float));
  self->values = (float*)malloc(n_bytes);
  if (!self->values) {
    return TMB_NO_MEMORY;
  }
  st = tmb_read_tensors(file, &self->net, self->values, why);
  return st ? st : check_whole(self, file, why);
}

TmbStatus
tmb_model_read(const void* const bytes,
               const size_t      n,
               TmbModel** const  model,
               TmbMessage* const why)
{
  *model = NULL;
  if (n > TMB_MAX_MODEL_BYTES) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the file is larger than %u MiB",
                    TMB_MAX_MODEL_BYTES >> 20U);
  }

  TmbModel* const self = (TmbModel*)calloc(1U, sizeof(TmbModel));
  TmbStatus       st   = self ? TMB_OK : TMB_NO_MEMORY;
  if (!st) {
    TmbSafetensors file;
    st = tmb_safetensors_open(bytes, n, &file, why);
    st = st ? st : read_model(self, &file, why);
    tmb_safetensors_close(&file);
  }
  if (st) {
    tmb_model_free(self);
  }
  *model = st ? NULL : self;
  return (st == TMB_NO_MEMORY) ? tmb_fail(st, why, "out of memory") : st;
}

/// A regular file of a sane size: a pipe could block, a device never end.
static TmbStatus
check_file(const struct stat* const info, TmbMessage* const why)
{
  if (!S_ISREG(info->st_mode)) {
    return tmb_fail(TMB_NO_FILE, why, "this is not a regular file");
  }
  if (info->st_size < 1) {
    return tmb_fail(TMB_BAD_FILE, why, "the file is empty");
  }
  if (info->st_size > (off_t)TMB_MAX_MODEL_BYTES) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the file is larger than %u MiB",
                    TMB_MAX_MODEL_BYTES >> 20U);
  }
  return TMB_OK;
}

/// @param[out] bytes [n] Released by the caller with free(), also on error.
static TmbStatus
read_file(const char* const path,
          void** const      bytes,
          size_t* const     n,
          TmbMessage* const why)
{
  const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    return tmb_fail(TMB_NO_FILE, why, "%s", strerror(errno));
  }

  struct stat info;
  TmbStatus   st   = fstat(fd, &info)
                       ? tmb_fail(TMB_NO_FILE, why, "%s", strerror(errno))
                       : check_file(&info, why);
  FILE* const file = st ? NULL : fdopen(fd, "rb");
  if (!file) {
    (void)close(fd);
    return st ? st : TMB_NO_MEMORY;
  }

  *n     = (size_t)info.st_size;
  *bytes = malloc(*n);
  if (!*bytes) {
    st = TMB_NO_MEMORY;
  } else if (fread(*bytes, 1U, *n, file) != *n) {
    st = tmb_fail(TMB_NO_FILE,
                  why,
                  "%s",
                  ferror(file) ? strerror(errno)
                               : "the file became shorter while it was read");
  }
  (void)fclose(file);
  return st;
}

TmbStatus
tmb_model_load(const char* const path,
               TmbModel** const  model,
               TmbMessage* const why)
{
  TmbMessage reason = { "out of memory" };
  void*      bytes  = NULL;
  size_t     n      = 0U;
  TmbStatus  st     = read_file(path, &bytes, &n, &reason);

  *model = NULL;
  st     = st ? st : tmb_model_read(bytes, n, model, &reason);
  free(bytes);
  if (!st) {
    return TMB_OK;
  }

  // Of a long path the end tells more, and the reason must have room
  const size_t length = strlen(path);
  const size_t excess = (length > LONGEST_SHOWN) ? length - LONGEST_SHOWN : 0U;
  return tmb_fail(
    st, why, "%s%s: %s", excess ? "..." : "", path + excess, reason.text);
}

void
tmb_model_free(TmbModel* const model)
{
  if (model) {
    json_decref(model->metadata);
    tmb_families_clear(&model->families);
    free(model->classes);
    free(model->values);
    free(model);
  }
}

uint32_t
tmb_model_n_classes(const TmbModel* const model)
{
  return model->n_classes;
}

uint32_t
tmb_model_n_outputs(const TmbModel* const model)
{
  return model->n_outputs;
}

const TmbClass*
tmb_model_class(const TmbModel* const model, const uint32_t i)
{
  return &model->classes[i];
}

const TmbFamilies*
tmb_model_families(const TmbModel* const model)
{
  return &model->families;
}

const TmbFrontEnd*
tmb_model_front_end(const TmbModel* const model)
{
  return model->has_front_end ? &model->front_end : NULL;
}

const TmbNet*
tmb_model_net(const TmbModel* const model)
{
  return &model->net;
}

const char*
tmb_model_metadata(const TmbModel* const model, const char* const key)
{
  return json_string_value(json_object_get(model->metadata, key));
}
