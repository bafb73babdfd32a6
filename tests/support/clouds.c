// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/clouds.h"

#include "tests/support/cmocka.h"

#include <stdlib.h>
#include <string.h>

static const float centres[CLOUD_CLASSES][CLOUD_INPUTS] = {
  { 1.0f, 0.0f, 11.0f, 0.5f },
  { -1.0f, 1.0f, 10.0f, -0.5f },
  { 0.0f, -1.0f, 9.0f, 0.0f },
};

/// The draw() of examples.
static uint32_t
look_up(void* const      source,
        const uint32_t   index,
        TmbRandom* const random,
        float* const     features)
{
  const Clouds* const self = (const Clouds*)source;
  (void)random;
  memcpy(features,
         self->x + ((size_t)index * CLOUD_INPUTS),
         CLOUD_INPUTS * sizeof(float));
  return self->classes[index];
}

/// The draw() of examples that are not fixed.
static uint32_t
draw_any(void* const      source,
         const uint32_t   index,
         TmbRandom* const random,
         float* const     features)
{
  const Clouds* const self = (const Clouds*)source;
  (void)index;
  return look_up(
    source, tmb_random_below(random, self->examples.n), random, features);
}

Clouds*
clouds_new(const uint32_t n, const double spread, const uint64_t seed)
{
  Clouds* const self = (Clouds*)calloc(1U, sizeof(Clouds));
  assert_non_null(self);
  self->x = (float*)calloc((n + (size_t)1U) * CLOUD_INPUTS, sizeof(float));
  self->classes = (uint32_t*)calloc(n + (size_t)1U, sizeof(uint32_t));
  assert_non_null(self->x);
  assert_non_null(self->classes);

  TmbRandom random;
  tmb_random_init(&random, seed, 0U);
  for (uint32_t i = 0U; i < n; ++i) {
    self->classes[i] = i % CLOUD_CLASSES;
    for (uint32_t j = 0U; j < CLOUD_INPUTS; ++j) {
      self->x[(i * CLOUD_INPUTS) + j] =
        centres[self->classes[i]][j] +
        (float)(spread * tmb_random_normal(&random));
    }
  }
  for (uint32_t j = 0U; j < CLOUD_INPUTS; ++j) {
    self->mean[j]  = (j == 2U) ? 10.0f : 0.0f;
    self->scale[j] = 1.0f - (0.1f * (float)j);
  }
  self->examples = (TmbExamples){ .n_in      = CLOUD_INPUTS,
                                  .n_classes = CLOUD_CLASSES,
                                  .n         = n,
                                  .mean      = self->mean,
                                  .scale     = self->scale,
                                  .is_fixed  = true,
                                  .draw      = look_up,
                                  .source    = self };
  return self;
}

void
clouds_free(Clouds* const clouds)
{
  free(clouds->classes);
  free(clouds->x);
  free(clouds);
}

void
clouds_draw_by_chance(Clouds* const clouds)
{
  clouds->examples.is_fixed = false;
  clouds->examples.draw     = draw_any;
}
