// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/net_plan.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_SIZE 24U ///< Longer words mean nothing
#define USUAL_POOL 2U

/// Take a word off a text; false at its end.
static bool
take_word(const char** const text, char word[WORD_SIZE])
{
  const char* const begin  = *text + strspn(*text, " ");
  const size_t      n      = strcspn(begin, " ");
  const size_t      n_kept = (n < WORD_SIZE) ? n : WORD_SIZE - 1U;
  memcpy(word, begin, n_kept);
  word[n_kept] = '\0';
  *text        = begin + n;
  return n;
}

/// Take digits off a text: a number from 1 to `most`.
static bool
take_count(const char** const text, const uint32_t most, uint32_t* const count)
{
  char*               end       = NULL;
  const bool          is_number = isdigit((unsigned char)**text);
  const unsigned long value     = is_number ? strtoul(*text, &end, 10) : 0UL;
  if (!value || value > most) {
    return false;
  }
  *count = (uint32_t)value;
  *text  = end;
  return true;
}

static TmbStatus
read_conv(const char** const     text,
          TmbPlannedLayer* const layer,
          TmbMessage* const      why)
{
  char        word[WORD_SIZE];
  const char* rest = word;
  (void)take_word(text, word);
  if (!take_count(&rest, TMB_MAX_WIDTH, &layer->n) || *rest++ != 'x' ||
      !take_count(&rest, TMB_MAX_TAPS, &layer->width) || *rest ||
      layer->width % 2U == 0U) {
    return tmb_fail(TMB_BAD_ARG,
                    why,
                    "conv takes CHANNELSxTAPS, such as 32x7, the taps an odd "
                    "number up to %u, not \"%s\"",
                    TMB_MAX_TAPS,
                    word);
  }
  return TMB_OK;
}

static TmbStatus
read_count(const char* const      name,
           const char** const     text,
           TmbPlannedLayer* const layer,
           TmbMessage* const      why)
{
  char        word[WORD_SIZE];
  const char* rest = word;
  (void)take_word(text, word);
  if (!take_count(&rest, TMB_MAX_WIDTH, &layer->n) || *rest) {
    return tmb_fail(TMB_BAD_ARG,
                    why,
                    "%s takes a number from 1 to %u, not \"%s\"",
                    name,
                    TMB_MAX_WIDTH,
                    word);
  }
  return TMB_OK;
}

static TmbStatus
read_layer(const char* const      name,
           const char** const     text,
           TmbPlannedLayer* const layer,
           TmbMessage* const      why)
{
  *layer = (TmbPlannedLayer){ .kind = TMB_DENSE };
  if (!strcmp(name, "dense")) {
    return read_count(name, text, layer, why);
  }
  if (!strcmp(name, "conv")) {
    layer->kind = TMB_CONV;
    return read_conv(text, layer, why);
  }
  if (!strcmp(name, "pool")) {
    layer->kind = TMB_POOL;
    layer->n    = USUAL_POOL;
    return isdigit((unsigned char)(*text)[strspn(*text, " ")])
             ? read_count(name, text, layer, why)
             : TMB_OK;
  }
  if (!strcmp(name, "idct")) {
    layer->kind = TMB_IDCT;
    return TMB_OK;
  }
  return tmb_fail(TMB_BAD_ARG,
                  why,
                  "a layer is idct, conv CHANNELSxTAPS, pool, pool N or "
                  "dense N, not \"%s\"",
                  name);
}

/// Whether a layer may come behind those before it.
static TmbStatus
check_order(const TmbNetPlan* const      plan,
            const TmbPlannedLayer* const layer,
            TmbMessage* const            why)
{
  if (plan->n_layers == TMB_MAX_PLANNED) {
    return tmb_fail(
      TMB_BAD_ARG, why, "there can be at most %u layers", TMB_MAX_PLANNED);
  }
  if (layer->kind == TMB_IDCT && plan->n_layers) {
    return tmb_fail(TMB_BAD_ARG, why, "idct can only come first");
  }
  if (layer->kind != TMB_DENSE && plan->n_layers &&
      plan->layers[plan->n_layers - 1U].kind == TMB_DENSE) {
    return tmb_fail(
      TMB_BAD_ARG, why, "behind a dense layer there can only be dense layers");
  }
  return TMB_OK;
}

TmbStatus
tmb_net_plan_read(const char* const text,
                  TmbNetPlan* const plan,
                  TmbMessage* const why)
{
  char        name[WORD_SIZE];
  const char* rest   = text;
  TmbStatus   status = TMB_OK;
  plan->n_layers     = 0U;
  while (!status && take_word(&rest, name)) {
    TmbPlannedLayer layer;
    status = read_layer(name, &rest, &layer, why);
    if (!status) {
      status = check_order(plan, &layer, why);
    }
    if (!status) {
      plan->layers[plan->n_layers++] = layer;
    }
  }
  return status;
}

/// A layer as it is read.
static void
write_layer(const TmbPlannedLayer* const layer,
            char* const                  text,
            const size_t                 size)
{
  switch (layer->kind) {
    case TMB_DENSE:
      (void)snprintf(text, size, "dense %u", layer->n);
      break;
    case TMB_CONV:
      (void)snprintf(text, size, "conv %ux%u", layer->n, layer->width);
      break;
    case TMB_POOL:
      if (layer->n == USUAL_POOL) {
        (void)snprintf(text, size, "pool");
      } else {
        (void)snprintf(text, size, "pool %u", layer->n);
      }
      break;
    case TMB_IDCT:
      (void)snprintf(text, size, "idct");
      break;
  }
}

void
tmb_net_plan_write(const TmbNetPlan* const plan,
                   char* const             text,
                   const size_t            size)
{
  size_t at = 0U;
  text[0]   = '\0';
  for (uint32_t i = 0U; i < plan->n_layers && at < size; ++i) {
    char word[WORD_SIZE];
    write_layer(&plan->layers[i], word, sizeof(word));
    at += (size_t)snprintf(text + at, size - at, "%s%s", i ? " " : "", word);
  }
}

bool
tmb_net_plan_is_dense(const TmbNetPlan* const plan)
{
  bool is_dense = true;
  for (uint32_t i = 0U; i < plan->n_layers; ++i) {
    is_dense = is_dense && plan->layers[i].kind == TMB_DENSE;
  }
  return is_dense;
}

bool
tmb_net_plan_has_idct(const TmbNetPlan* const plan)
{
  return plan->n_layers && plan->layers[0].kind == TMB_IDCT;
}

/// What comes out of the layers up to now.
typedef struct {
  uint32_t channels;
  uint32_t length;
} Shape;

static TmbStatus
fail_for_shape(const TmbPlannedLayer* const planned,
               const char* const            reason,
               TmbMessage* const            why)
{
  char word[WORD_SIZE];
  write_layer(planned, word, sizeof(word));
  return tmb_fail(TMB_BAD_ARG, why, "%s does not fit: %s", word, reason);
}

/// Set a layer's shape, and what comes out of it.
static TmbStatus
fit_layer(const TmbPlannedLayer* const planned,
          const TmbNetPlan* const      plan,
          const TmbNetEnds* const      ends,
          Shape* const                 shape,
          TmbLayer* const              layer,
          TmbMessage* const            why)
{
  *layer = (TmbLayer){ .kind        = planned->kind,
                       .n_in        = shape->channels * shape->length,
                       .in_channels = shape->channels };
  switch (planned->kind) {
    case TMB_DENSE:
      layer->activation  = plan->activation;
      layer->in_channels = 0U;
      *shape             = (Shape){ planned->n, 1U };
      break;
    case TMB_CONV:
      layer->activation = TMB_RELU;
      layer->width      = planned->width;
      shape->channels   = planned->n;
      break;
    case TMB_POOL:
      if (shape->length < planned->n) {
        return fail_for_shape(planned, "too few values are left", why);
      }
      layer->width = planned->n;
      shape->length /= planned->n;
      break;
    case TMB_IDCT:
      if (!ends->n_coeffs || ends->n_in <= ends->n_coeffs ||
          (ends->n_in - 1U) % ends->n_coeffs) {
        return fail_for_shape(
          planned, "the inputs are no cosine coefficients of notes", why);
      }
      layer->width       = ends->n_coeffs;
      layer->n_views     = 1U;
      layer->in_channels = (ends->n_in - 1U) / ends->n_coeffs;
      *shape             = (Shape){ layer->in_channels + 1U, ends->n_coeffs };
      break;
  }
  if ((uint64_t)shape->channels * shape->length > TMB_MAX_WIDTH) {
    return fail_for_shape(planned, "it would have too many outputs", why);
  }
  layer->out_channels = shape->channels;
  layer->n_out        = shape->channels * shape->length;
  return TMB_OK;
}

TmbStatus
tmb_net_plan_fit(const TmbNetPlan* const plan,
                 const TmbNetEnds* const ends,
                 TmbNet* const           net,
                 TmbMessage* const       why)
{
  if (!ends->n_in || ends->n_in > TMB_MAX_WIDTH) {
    return tmb_fail(TMB_BAD_ARG,
                    why,
                    "a network has 1 to %u inputs, not %u",
                    TMB_MAX_WIDTH,
                    ends->n_in);
  }

  const TmbPlannedLayer last   = { .kind = TMB_DENSE, .n = ends->n_classes };
  Shape                 shape  = { 1U, ends->n_in };
  TmbStatus             status = TMB_OK;
  net->n_layers                = plan->n_layers + 1U;
  for (uint32_t i = 0U; !status && i < plan->n_layers; ++i) {
    status =
      fit_layer(&plan->layers[i], plan, ends, &shape, &net->layers[i], why);
  }
  if (!status) {
    TmbLayer* const layer = &net->layers[plan->n_layers];
    status                = fit_layer(&last, plan, ends, &shape, layer, why);
    layer->activation     = TMB_IDENTITY;
  }
  return status;
}
