// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/views.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"
#include "trainer/augment_steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_BANDS 80U
#define N_SEGMENTS 12U
#define N_CLASSES 3U
#define SEMITONES 2.5

static TmbOwnNet*
new_net(void)
{
  const TmbNetEnds ends = { tmb_front_end_features(&tmb_default_front_end),
                            N_BANDS,
                            N_CLASSES };
  TmbNetPlan       plan;
  TmbNet           shape;
  TmbMessage       why = { "" };
  TmbOwnNet*       net = NULL;
  TmbRandom        random;
  assert_int_equal(tmb_net_plan_read("idct conv 4x5 pool dense 6", &plan, &why),
                   TMB_OK);
  assert_int_equal(tmb_net_plan_fit(&plan, &ends, &shape, &why), TMB_OK);
  assert_int_equal(tmb_own_net_new(&shape, false, &net), TMB_OK);
  tmb_random_init(&random, 1U, 0U);
  tmb_own_net_draw(net, &random);
  for (uint32_t i = 0U; i < ends.n_in; ++i) {
    net->mean[i]  = 0.01f * (float)(i % 7U);
    net->scale[i] = 0.05f;
  }
  return net;
}

static void
ask(const TmbOwnNet* const net, const Signal* const features, float* const p)
{
  Signal scratch = signal_new(tmb_net_scratch(&net->net));
  tmb_net_forward(&net->net, features->y, 0U, scratch.y, p);
  signal_free(&scratch);
}

/// What enters the network, as if played at another speed: out of its bands,
/// which are moved, back to coefficients.
static Signal
warp(const TmbOwnNet* const net,
     const Signal* const    features,
     const double           semitones)
{
  const float* const table                       = net->net.layers[0].weight;
  Signal             moved                       = signal_new(features->n);
  float              bands[N_SEGMENTS * N_BANDS] = { 0.0f };
  TmbBandGrid        grid;
  const TmbPatch     patch = { .frames   = bands,
                               .n_frames = N_SEGMENTS,
                               .n_bands  = N_BANDS };
  for (uint32_t i = 0U; i < N_SEGMENTS * N_BANDS; ++i) {
    const float x = (features->y[i] - net->mean[i]) * net->scale[i];
    for (uint32_t b = 0U; b < N_BANDS; ++b) {
      bands[(i / N_BANDS * N_BANDS) + b] +=
        x * table[((size_t)(i % N_BANDS) * N_BANDS) + b];
    }
  }
  tmb_band_grid_init(&grid, &tmb_default_front_end);
  tmb_warp_frequency(&patch, &grid, exp2(semitones / 12.0));

  for (uint32_t i = 0U; i < N_SEGMENTS * N_BANDS; ++i) {
    float x = 0.0f;
    for (uint32_t b = 0U; b < N_BANDS; ++b) {
      x += bands[(i / N_BANDS * N_BANDS) + b] *
           table[((size_t)(i % N_BANDS) * N_BANDS) + b];
    }
    moved.y[i] = (x / net->scale[i]) + net->mean[i];
  }
  moved.y[features->n - 1U] = features->y[features->n - 1U];
  return moved;
}

static void
a_note_is_seen_as_it_is_and_moved_down_and_up(void** const state)
{
  static const double semitones[TMB_VIEWS] = { 0.0, -SEMITONES, SEMITONES };

  (void)state;
  TmbOwnNet* net                = new_net();
  Signal     features           = signal_new(tmb_net_inputs(&net->net));
  double     product[N_CLASSES] = { 1.0, 1.0, 1.0 };
  double     sum                = 0.0;
  float      p[N_CLASSES];
  float      plain[N_CLASSES];
  signal_fill_noise(&features);
  for (uint32_t i = 0U; i < features.n; ++i) {
    features.y[i] *= 40.0f;
  }
  ask(net, &features, plain);
  for (uint32_t v = 0U; v < TMB_VIEWS; ++v) {
    Signal moved = warp(net, &features, semitones[v]);
    ask(net, &moved, p);
    for (uint32_t o = 0U; o < N_CLASSES; ++o) {
      product[o] *= (double)p[o];
    }
    signal_free(&moved);
  }
  for (uint32_t o = 0U; o < N_CLASSES; ++o) {
    product[o] = cbrt(product[o]);
    sum += product[o];
  }

  assert_int_equal(tmb_add_views(&tmb_default_front_end, SEMITONES, &net),
                   TMB_OK);
  assert_int_equal(tmb_net_views(&net->net), TMB_VIEWS);
  ask(net, &features, p);
  for (uint32_t o = 0U; o < N_CLASSES; ++o) {
    assert_float_equal(p[o], (float)(product[o] / sum), 1e-4f);
  }
  assert_true(fabsf(p[0] - plain[0]) > 1e-3f);
  signal_free(&features);
  tmb_own_net_free(net);
}

static void
each_failed_allocation_leaves_the_network(void** const state)
{
  (void)state;
  TmbOwnNet* net    = new_net();
  TmbStatus  status = TMB_NO_MEMORY;
  for (size_t n = 0U; status; ++n) {
    alloc_fail_from(n);
    status            = tmb_add_views(&tmb_default_front_end, SEMITONES, &net);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_int_equal(tmb_net_views(&net->net), failed ? 1U : TMB_VIEWS);
  }
  tmb_own_net_free(net);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_note_is_seen_as_it_is_and_moved_down_and_up),
    cmocka_unit_test(each_failed_allocation_leaves_the_network),
  };
  return cmocka_run_group_tests_name("views", tests, NULL, NULL);
}
