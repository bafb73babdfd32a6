// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"

#include "dsp/families.h"
#include "dsp/model_metadata.h"
#include "dsp/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST_SHOWN 150U ///< Bytes of a path in a sentence

struct TmbModelImpl {
  json_t*     metadata; ///< All values are strings
  TmbClass*   classes;
  uint32_t    n_classes;
  TmbFamilies families;
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
  TmbStatus st   = tmb_check_format(metadata, why);
  st =
    st ? st : tmb_read_classes(metadata, &self->classes, &self->n_classes, why);
  st = st ? st
          : tmb_families_find(self->classes, self->n_classes, &self->families);
  st = st ? st
          : tmb_read_front_end(
              metadata, &self->front_end, &self->has_front_end, why);
  st = st ? st : tmb_read_layers(metadata, &self->net, why);
  return st;
}

/// Look up a tensor of `n` values in a row.
static TmbStatus
take_row(TmbSafetensors* const   file,
         const char* const       name,
         const uint32_t          n,
         const TmbTensor** const tensor,
         TmbMessage* const       why)
{
  const TmbStatus st = tmb_safetensors_take(file, name, 1U, tensor, why);
  return (st || (*tensor)->shape[0] == n)
           ? st
           : tmb_fail(TMB_BAD_FILE,
                      why,
                      "the tensor %s has %u values, not %u",
                      name,
                      (*tensor)->shape[0],
                      n);
}

/**
   Copy a tensor to the end of the model's values.

   @param n_rows The tensor is [n_rows][n_columns], the copy is transposed; 1
   leaves it as it is.
*/
static TmbStatus
copy_values(const TmbTensor* const tensor,
            const uint32_t         n_rows,
            float** const          end,
            const float** const    copy,
            TmbMessage* const      why)
{
  float* const values    = *end;
  const size_t n_columns = tensor->n_values / n_rows;
  for (size_t r = 0U; r < n_rows; ++r) {
    for (size_t c = 0U; c < n_columns; ++c) {
      const float value = tmb_tensor_value(tensor, (r * n_columns) + c);
      if (!isfinite(value)) {
        return tmb_fail(TMB_BAD_FILE,
                        why,
                        "the tensor %s has a value that is not finite",
                        tensor->name);
      }
      values[(c * n_rows) + r] = value;
    }
  }
  *copy = values;
  *end += tensor->n_values;
  return TMB_OK;
}

/// @param n_in Outputs of the layer before, or 0 for the first layer.
static TmbStatus
read_layer(TmbLayer* const       self,
           const uint32_t        i,
           const uint32_t        n_in,
           TmbSafetensors* const file,
           float** const         end,
           TmbMessage* const     why)
{
  char             name[32] = "";
  const TmbTensor* weight   = NULL;
  const TmbTensor* bias     = NULL;
  (void)snprintf(name, sizeof(name), "layer.%u.weight", i);
  TmbStatus st = tmb_safetensors_take(file, name, 2U, &weight, why);
  if (st) {
    return st;
  }

  self->n_out        = weight->shape[0];
  self->n_in         = weight->shape[1];
  self->out_channels = self->n_out;
  if (self->n_out > TMB_MAX_WIDTH || self->n_in > TMB_MAX_WIDTH) {
    return tmb_fail(
      TMB_BAD_FILE, why, "the tensor %s is wider than %u", name, TMB_MAX_WIDTH);
  }
  if (n_in && self->n_in != n_in) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the tensor %s takes %u values, but the layer before gives "
                    "%u",
                    name,
                    self->n_in,
                    n_in);
  }

  (void)snprintf(name, sizeof(name), "layer.%u.bias", i);
  st = take_row(file, name, self->n_out, &bias, why);
  st = st ? st : copy_values(weight, self->n_out, end, &self->weight, why);
  st = st ? st : copy_values(bias, 1U, end, &self->bias, why);
  return st;
}

static TmbStatus
read_tensors(TmbModel* const       self,
             TmbSafetensors* const file,
             TmbMessage* const     why)
{
  TmbNet* const    net  = &self->net;
  const TmbTensor* row  = NULL;
  float*           end  = self->values;
  uint32_t         n_in = 0U;
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    const TmbStatus st = read_layer(&net->layers[i], i, n_in, file, &end, why);
    if (st) {
      return st;
    }
    n_in = net->layers[i].n_out;
  }

  n_in         = tmb_net_inputs(net);
  TmbStatus st = take_row(file, "mean", n_in, &row, why);
  st           = st ? st : copy_values(row, 1U, &end, &net->mean, why);
  st           = st ? st : take_row(file, "scale", n_in, &row, why);
  st           = st ? st : copy_values(row, 1U, &end, &net->scale, why);
  st           = st ? st : take_row(file, "temperature", 1U, &row, why);
  if (!st) {
    net->n_temperatures  = 1U;
    net->temperatures[0] = tmb_tensor_value(row, 0U);
  }
  return st;
}

/// Multiplications of a forward pass.
static size_t
count_weights(const TmbNet* const net)
{
  size_t n = 0U;
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    n += (size_t)net->layers[i].n_in * net->layers[i].n_out;
  }
  return n;
}

/// What no single part can tell.
static TmbStatus
check_whole(const TmbModel* const       self,
            const TmbSafetensors* const file,
            TmbMessage* const           why)
{
  const uint32_t n_in  = tmb_net_inputs(&self->net);
  const uint32_t n_out = tmb_net_outputs(&self->net);
  if (!(self->net.temperatures[0] > 0.0f &&
        self->net.temperatures[0] <= FLT_MAX)) {
    return tmb_fail(
      TMB_BAD_FILE, why, "the temperature is no number above zero");
  }
  if (n_out != self->n_classes) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the network has %u outputs for %u classes",
                    n_out,
                    self->n_classes);
  }
  if (self->has_front_end && n_in != tmb_front_end_features(&self->front_end)) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the network takes %u features, but the front end gives "
                    "%u",
                    n_in,
                    tmb_front_end_features(&self->front_end));
  }
  if (self->has_front_end && count_weights(&self->net) > TMB_MAX_LIVE_WEIGHTS) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the network has more than %u weights, too many to be live",
                    TMB_MAX_LIVE_WEIGHTS);
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
  self->values = (float*)malloc(file->n_data + sizeof(float));
  if (!self->values) {
    return TMB_NO_MEMORY;
  }
  st = read_tensors(self, file, why);
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

const TmbClass*
tmb_model_class(const TmbModel* const model, const uint32_t i)
{
  return &model->classes[i];
}

uint32_t
tmb_model_n_outputs(const TmbModel* const model)
{
  return tmb_net_outputs(&model->net);
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
