// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/small_nets.h"

#include "tests/support/cmocka.h"
#include "trainer/net_plan.h"
#include "trainer/random.h"

void
batch_fill(Batch* const batch)
{
  TmbRandom random;
  tmb_random_init(&random, 3U, 0U);
  for (unsigned i = 0U; i < BATCH_ROWS * BATCH_INPUTS; ++i) {
    batch->x[i] = (float)tmb_random_normal(&random);
  }
  for (unsigned i = 0U; i < BATCH_ROWS; ++i) {
    const float share = (float)tmb_random_uniform(&random);

    float* const target = batch->targets + ((size_t)i * BATCH_CLASSES);
    target[0]           = 0.0f;
    target[1]           = 0.0f;
    target[2]           = 0.0f;
    target[i % BATCH_CLASSES] += share;
    target[(i + 1U) % BATCH_CLASSES] += 1.0f - share;
  }
}

TmbBatch
batch_share(const Batch* const batch, const uint32_t first, const uint32_t n)
{
  return (TmbBatch){ .x = batch->x + ((size_t)first * BATCH_INPUTS),
                     .targets =
                       batch->targets + ((size_t)first * BATCH_CLASSES),
                     .n_rows  = n,
                     .n_batch = BATCH_ROWS,
                     .seed    = 9U,
                     .number  = 100U + first };
}

TmbNet
small_shape(const char* const text, const TmbActivation activation)
{
  const TmbNetEnds ends  = { BATCH_INPUTS, BATCH_COEFFS, BATCH_CLASSES };
  TmbNetPlan       plan  = { .activation = activation };
  TmbNet           shape = { .n_layers = 0U };
  TmbMessage       why   = { "" };
  if (tmb_net_plan_read(text, &plan, &why) ||
      tmb_net_plan_fit(&plan, &ends, &shape, &why)) {
    fail_msg("%s", why.text);
  }
  return shape;
}

TmbOwnNet*
small_net(const char* const text, const TmbActivation activation)
{
  const TmbNet shape = small_shape(text, activation);
  TmbOwnNet*   net   = NULL;
  TmbRandom    random;
  assert_int_equal(tmb_own_net_new(&shape, true, &net), TMB_OK);
  tmb_random_init(&random, 7U, 0U);
  tmb_own_net_draw(net, &random);
  assert_in_range(net->n_learnt, 1U, SMALL_LEARNT);
  assert_in_range(tmb_own_net_moments(net), 0U, SMALL_MOMENTS);
  for (size_t i = 0U; i < net->n_learnt; ++i) {
    net->values[i] += 0.01f * (float)tmb_random_normal(&random); // Biases, too
  }
  return net;
}

TmbBackprop*
small_backprop(const TmbOwnNet* const net, const double dropout)
{
  TmbBackprop* backprop = NULL;
  assert_int_equal(tmb_backprop_new(&net->net, BATCH_ROWS, dropout, &backprop),
                   TMB_OK);
  return backprop;
}
