// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  Feeds bytes to the model reader, and runs what it accepts, since a model that
  loads must also run: `make fuzz`.
*/

#include "dsp/model.h"
#include "dsp/recogniser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_BYTES 8U

int
LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t n);

size_t
LLVMFuzzerCustomMutator(uint8_t* bytes, size_t n, size_t max_n, unsigned seed);

size_t
LLVMFuzzerMutate(uint8_t* bytes, size_t n, size_t max_n);

/// Stop if these are no probabilities.
static void
check_posterior(const float* const posterior, const uint32_t n)
{
  double sum = 0.0;
  for (uint32_t k = 0U; k < n; ++k) {
    if (!(posterior[k] >= 0.0f)) {
      abort();
    }
    sum += (double)posterior[k];
  }
  if (!(fabs(sum - 1.0) < 1e-3)) {
    abort();
  }
}

static void
run_net(const TmbNet* const net)
{
  static const float values[] = { 0.0f, 1.0f, -1e6f };
  const uint32_t     n_in     = tmb_net_inputs(net);
  const uint32_t     n_out    = tmb_net_outputs(net);
  float* const       features = (float*)malloc(n_in * sizeof(float));
  float* const scratch   = (float*)malloc(tmb_net_scratch(net) * sizeof(float));
  float* const posterior = (float*)malloc(n_out * sizeof(float));
  for (unsigned v = 0U; features && scratch && posterior && v < 3U; ++v) {
    for (uint32_t i = 0U; i < n_in; ++i) {
      features[i] = values[v];
    }
    tmb_net_forward(net, features, v, scratch, posterior);
    check_posterior(posterior, n_out);
  }
  free(posterior);
  free(scratch);
  free(features);
}

/// A note of noise, then silence.
static void
run_recogniser(const TmbModel* const model)
{
  float          samples[1024];
  TmbEvent       event;
  TmbRecogniser* recogniser = NULL;
  if (tmb_recogniser_new(model, 8000.0, &recogniser)) {
    return;
  }
  for (uint32_t block = 0U; block < 16U; ++block) {
    for (uint32_t i = 0U; i < 1024U; ++i) {
      samples[i] = (block < 8U) ? (float)((i * 7919U) % 101U) / 101.0f : 0.0f;
    }
    uint32_t n_taken = 0U;
    do {
      n_taken += tmb_recogniser_push(
        recogniser, samples + n_taken, 1024U - n_taken, &event);
      if (event.type == TMB_EVENT_NOTE) {
        check_posterior(event.posterior, tmb_model_n_outputs(model));
      }
    } while (event.type != TMB_EVENT_NONE);
  }
  tmb_recogniser_free(recogniser);
}

int
LLVMFuzzerTestOneInput(const uint8_t* const bytes, const size_t n)
{
  TmbMessage why   = { "" };
  TmbModel*  model = NULL;
  if (tmb_model_read(bytes, n, &model, &why)) {
    if (model || !why.text[0]) {
      abort();
    }
    return 0;
  }

  run_net(tmb_model_net(model));
  if (tmb_model_front_end(model)) {
    run_recogniser(model);
  }
  tmb_model_free(model);
  return 0;
}

/// Change the header or the data, and mostly keep the header's length right.
size_t
LLVMFuzzerCustomMutator(uint8_t* const bytes,
                        const size_t   n,
                        const size_t   max_n,
                        const unsigned seed)
{
  uint64_t n_header = 0U;
  if (n > LENGTH_BYTES) {
    memcpy(&n_header, bytes, sizeof(n_header));
  }
  if (!(seed % 16U) || n <= LENGTH_BYTES || n_header > n - LENGTH_BYTES) {
    return LLVMFuzzerMutate(bytes, n, max_n);
  }

  uint8_t* const data   = bytes + LENGTH_BYTES + n_header;
  const size_t   n_data = n - LENGTH_BYTES - (size_t)n_header;
  if (!(seed % 4U)) {
    return n - n_data + LLVMFuzzerMutate(data, n_data, max_n - n + n_data);
  }

  // The data make room for a header that grows
  uint8_t* const copy = (uint8_t*)malloc(n_data + 1U);
  if (!copy) {
    return n;
  }
  memcpy(copy, data, n_data);
  n_header = LLVMFuzzerMutate(
    bytes + LENGTH_BYTES, (size_t)n_header, max_n - LENGTH_BYTES - n_data);
  memcpy(bytes, &n_header, sizeof(n_header));
  memcpy(bytes + LENGTH_BYTES + n_header, copy, n_data);
  free(copy);
  return LENGTH_BYTES + (size_t)n_header + n_data;
}
