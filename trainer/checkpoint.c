// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/checkpoint.h"

#include "dsp/model.h"
#include "dsp/safetensors.h"
#include "trainer/regular_file.h"
#include "trainer/safetensors_writer.h"
#include "trainer/settings.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_FORMAT "timbrel.checkpoint"
#define KEY_SETTINGS "timbrel.settings"
#define KEY_DATA "timbrel.data"
#define KEY_STEPS "timbrel.steps"
#define FORMAT "2"
#define MAX_TENSORS 6U
#define HISTORY_COLUMNS 6U

/// Where an epoch's numbers are, in the order of the history tensor.
static void
list_numbers(TmbHistoryRow* const row, double* numbers[HISTORY_COLUMNS])
{
  numbers[0] = &row->learning_rate;
  numbers[1] = &row->loss;
  numbers[2] = &row->accuracy;
  numbers[3] = &row->validation_loss;
  numbers[4] = &row->validation_accuracy;
  numbers[5] = &row->seconds;
}

/// The history as a tensor, which the caller frees; or null.
static float*
history_values(const TmbHistory* const history)
{
  float* const values =
    (float*)calloc((size_t)history->n_rows * HISTORY_COLUMNS, sizeof(float));
  for (uint32_t i = 0U; values && i < history->n_rows; ++i) {
    TmbHistoryRow row = history->rows[i];
    double*       numbers[HISTORY_COLUMNS];
    list_numbers(&row, numbers);
    for (uint32_t j = 0U; j < HISTORY_COLUMNS; ++j) {
      values[(i * HISTORY_COLUMNS) + j] = (float)*numbers[j];
    }
  }
  return values;
}

/// A tensor of all parameters, with its place in memory.
typedef struct {
  const char* name;
  float*      values; ///< [n_learnt] Null if there is none
} Vector;

static void
list_vectors(const TmbCheckpoint* const checkpoint,
             Vector                     vectors[MAX_TENSORS - 1U])
{
  const TmbLearnt* const state       = checkpoint->state;
  const bool             is_averaged = state->answer != state->net;
  vectors[0] = (Vector){ "weights", state->net->values };
  vectors[1] =
    (Vector){ "average", is_averaged ? state->answer->values : NULL };
  vectors[2] = (Vector){ "gradient", state->optimizer.mean };
  vectors[3] = (Vector){ "square", state->optimizer.square };
  vectors[4] = (Vector){ "best", checkpoint->best };
}

static TmbStatus
make_image(const TmbCheckpoint* const checkpoint,
           const char* const          settings,
           const float* const         history,
           TmbTensorFile* const       image,
           TmbMessage* const          why)
{
  const TmbLearnt* const state = checkpoint->state;
  Vector                 vectors[MAX_TENSORS - 1U];
  TmbTensorToWrite       tensors[MAX_TENSORS];
  uint32_t               n_tensors = 0U;
  list_vectors(checkpoint, vectors);
  for (uint32_t i = 0U; i < MAX_TENSORS - 1U; ++i) {
    if (vectors[i].values) {
      TmbTensorToWrite* const tensor = &tensors[n_tensors++];
      *tensor = (TmbTensorToWrite){ .n_columns = (uint32_t)state->net->n_learnt,
                                    .values    = vectors[i].values };
      (void)snprintf(tensor->name, sizeof(tensor->name), "%s", vectors[i].name);
    }
  }
  tensors[n_tensors++] =
    (TmbTensorToWrite){ .name      = "history",
                        .n_rows    = checkpoint->history->n_rows,
                        .n_columns = HISTORY_COLUMNS,
                        .values    = history };

  char steps[32];
  (void)snprintf(steps, sizeof(steps), "%" PRIu64, state->n_steps);
  return tmb_tensor_file_new(json_pack("{s:s, s:s, s:s, s:s}",
                                       KEY_FORMAT,
                                       FORMAT,
                                       KEY_SETTINGS,
                                       settings,
                                       KEY_DATA,
                                       checkpoint->data,
                                       KEY_STEPS,
                                       steps),
                             tensors,
                             n_tensors,
                             image,
                             why);
}

TmbStatus
tmb_checkpoint_write(const char* const          path,
                     const TmbCheckpoint* const checkpoint,
                     TmbMessage* const          why)
{
  char* const   settings = tmb_settings_text(checkpoint->settings);
  float* const  history  = history_values(checkpoint->history);
  TmbMessage    reason   = { "out of memory" };
  TmbTensorFile image    = { NULL, 0U };
  TmbStatus     status   = TMB_NO_MEMORY;
  if (settings && history) {
    status = make_image(checkpoint, settings, history, &image, &reason);
  }
  status = status ? tmb_fail(status, why, "%s: %s", path, reason.text)
                  : tmb_tensor_file_write(path, &image, why);
  tmb_tensor_file_clear(&image);
  free(history);
  free(settings);
  return status;
}

/// Whether a file is of this training.
static TmbStatus
check_identity(const TmbCheckpoint* const checkpoint,
               const json_t* const        metadata,
               TmbMessage* const          why)
{
  const char* const format =
    json_string_value(json_object_get(metadata, KEY_FORMAT));
  const char* const data =
    json_string_value(json_object_get(metadata, KEY_DATA));
  const char* const text =
    json_string_value(json_object_get(metadata, KEY_SETTINGS));
  if (!format || strcmp(format, FORMAT) != 0 || !data || !text) {
    return tmb_fail(
      TMB_BAD_FILE, why, "it is no checkpoint that this version can read");
  }
  if (strcmp(data, checkpoint->data) != 0) {
    return tmb_fail(TMB_BAD_FILE, why, "it is a checkpoint of other data");
  }

  return tmb_check_settings(checkpoint->settings, text, why);
}

static TmbStatus
read_steps(TmbLearnt* const    state,
           const json_t* const metadata,
           TmbMessage* const   why)
{
  const char* const text =
    json_string_value(json_object_get(metadata, KEY_STEPS));
  char* end = NULL;
  if (text) {
    state->n_steps = strtoull(text, &end, 10);
  }
  return (text && end > text && !*end)
           ? TMB_OK
           : tmb_fail(TMB_BAD_FILE, why, "its metadata are incomplete");
}

static TmbStatus
read_vectors(const TmbCheckpoint* const checkpoint,
             TmbSafetensors* const      file,
             TmbMessage* const          why)
{
  const size_t n      = checkpoint->state->net->n_learnt;
  TmbStatus    status = TMB_OK;
  Vector       vectors[MAX_TENSORS - 1U];
  list_vectors(checkpoint, vectors);
  for (uint32_t i = 0U; !status && i < MAX_TENSORS - 1U; ++i) {
    const TmbTensor* tensor = NULL;
    if (!vectors[i].values) {
      continue;
    }
    status = tmb_safetensors_take(file, vectors[i].name, 1U, &tensor, why);
    if (!status && tensor->n_values != n) {
      status = tmb_fail(
        TMB_BAD_FILE, why, "its %s are of another network", vectors[i].name);
    }
    for (size_t j = 0U; !status && j < n; ++j) {
      vectors[i].values[j] = tmb_tensor_value(tensor, j);
    }
  }
  return status;
}

static TmbStatus
read_history(TmbHistory* const     history,
             TmbSafetensors* const file,
             TmbMessage* const     why)
{
  const TmbTensor* tensor = NULL;
  TmbStatus status = tmb_safetensors_take(file, "history", 2U, &tensor, why);
  if (!status && tensor->shape[1] != HISTORY_COLUMNS) {
    status = tmb_fail(TMB_BAD_FILE, why, "its history has another form");
  }
  for (uint32_t i = 0U; !status && i < tensor->shape[0]; ++i) {
    TmbHistoryRow row = { .epoch = i + 1U };
    double*       numbers[HISTORY_COLUMNS];
    list_numbers(&row, numbers);
    for (size_t j = 0U; j < HISTORY_COLUMNS; ++j) {
      *numbers[j] =
        (double)tmb_tensor_value(tensor, ((size_t)i * HISTORY_COLUMNS) + j);
    }
    status = tmb_history_add(history, &row);
    if (status == TMB_BAD_ARG) {
      status = tmb_fail(TMB_BAD_FILE, why, "its history is too long");
    }
  }
  return status;
}

static TmbStatus
read_image(const TmbCheckpoint* const checkpoint,
           const TmbTensorFile* const image,
           TmbMessage* const          why)
{
  TmbSafetensors file;
  TmbStatus status = tmb_safetensors_open(image->bytes, image->n, &file, why);
  const json_t* const metadata = json_object_get(file.header, "__metadata__");
  if (!status) {
    status = check_identity(checkpoint, metadata, why);
  }
  if (!status) {
    status = tmb_safetensors_list(&file, why);
  }
  if (!status) {
    status = read_steps(checkpoint->state, metadata, why);
  }
  if (!status) {
    status = read_vectors(checkpoint, &file, why);
  }
  if (!status) {
    status = read_history(checkpoint->history, &file, why);
  }
  tmb_safetensors_close(&file);
  return status;
}

static TmbStatus
load_bytes(FILE* const          in,
           const uint64_t       size,
           TmbTensorFile* const image,
           TmbMessage* const    why)
{
  if (size > TMB_MAX_TENSOR_FILE) {
    return tmb_fail(TMB_BAD_FILE, why, "it is too large for a checkpoint");
  }

  image->n     = (size_t)size;
  image->bytes = (uint8_t*)malloc(image->n + 1U);
  if (!image->bytes) {
    return TMB_NO_MEMORY;
  }
  return fread(image->bytes, 1U, image->n, in) == image->n
           ? TMB_OK
           : tmb_fail(TMB_BAD_FILE, why, "it can't be read");
}

/// Read a whole file.
static TmbStatus
load(const char* const path, TmbTensorFile* const image, TmbMessage* const why)
{
  int       fd     = -1;
  uint64_t  size   = 0U;
  TmbStatus status = tmb_open_regular(path, &fd, &size, why);
  if (status) {
    return status;
  }

  FILE* const in = fdopen(fd, "rb");
  if (!in) {
    (void)close(fd);
    return TMB_NO_MEMORY;
  }
  status = load_bytes(in, size, image, why);
  (void)fclose(in);
  return status;
}

TmbStatus
tmb_checkpoint_read(const char* const    path,
                    TmbCheckpoint* const checkpoint,
                    TmbMessage* const    why)
{
  if (access(path, F_OK)) {
    return TMB_NO_FILE;
  }

  TmbMessage    reason = { "out of memory" };
  TmbTensorFile image  = { NULL, 0U };
  TmbStatus     status = load(path, &image, &reason);
  if (!status) {
    status = read_image(checkpoint, &image, &reason);
  } else if (status == TMB_NO_FILE) {
    status = TMB_BAD_FILE; // It is there, but can't be read
  }
  tmb_tensor_file_clear(&image);
  return status ? tmb_fail(status, why, "%s: %s", path, reason.text) : TMB_OK;
}
