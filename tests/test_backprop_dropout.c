// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What backpropagation leaves out by chance

#include "tests/support/blas.h"
#include "tests/support/close.h"
#include "tests/support/cmocka.h"
#include "tests/support/small_nets.h"
#include "trainer/backprop.h"
#include "trainer/net_plan.h"

#include <math.h>
#include <stdlib.h>

/// The loss with rows of other numbers, or another seed.
static double
loss_with(TmbBackprop* const     backprop,
          const TmbOwnNet* const net,
          const Batch* const     batch,
          const uint64_t         seed,
          const uint64_t         number)
{
  float    unused[SMALL_LEARNT];
  TmbBatch whole = batch_share(batch, 0U, BATCH_ROWS);
  whole.seed     = seed;
  whole.number   = number;
  return tmb_backprop_pass(backprop, net, &whole, unused).loss;
}

static void
what_is_dropped_depends_on_seed_and_number_alone(void** const state)
{
  (void)state;
  TmbOwnNet* const   net      = small_net("dense 8 dense 8", TMB_TANH);
  TmbBackprop* const backprop = small_backprop(net, 0.5);
  Batch              batch;
  batch_fill(&batch);
  const double first = loss_with(backprop, net, &batch, 9U, 100U);
  const double seed  = loss_with(backprop, net, &batch, 10U, 100U);
  const double later = loss_with(backprop, net, &batch, 9U, 107U);
  const double again = loss_with(backprop, net, &batch, 9U, 100U);
  assert_true(fabs(seed - first) > 1e-3);
  assert_true(fabs(later - first) > 1e-3);
  assert_close(again, first, 0.0);

  // Nothing is when a network is only asked
  TmbBackprop* const plain = small_backprop(net, 0.0);
  const TmbBatch     whole = batch_share(&batch, 0U, BATCH_ROWS);
  assert_close(tmb_backprop_check(backprop, net, &whole).loss,
               tmb_backprop_check(plain, net, &whole).loss,
               0.0);
  tmb_backprop_free(plain);
  tmb_backprop_free(backprop);
  tmb_own_net_free(net);
}

static void
all_inputs_of_dense_layers_but_the_networks_are_dropped(void** const state)
{
  static const struct {
    const char* plan;
    bool        drops;
  } rows[] = {
    { "", false },       { "conv 2x3", true }, { "idct conv 2x3 pool", true },
    { "dense 8", true }, { "pool", true },     { "idct", true },
  };

  (void)state;
  Batch batch;
  batch_fill(&batch);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbOwnNet* const   net      = small_net(rows[i].plan, TMB_TANH);
    TmbBackprop* const backprop = small_backprop(net, 0.5);
    const double       first    = loss_with(backprop, net, &batch, 9U, 100U);
    const double       seed     = loss_with(backprop, net, &batch, 10U, 100U);
    print_message("%s\n", rows[i].plan);
    assert_int_equal(fabs(seed - first) > 1e-3, rows[i].drops);
    tmb_backprop_free(backprop);
    tmb_own_net_free(net);
  }
}

static void
dropout_leaves_out_its_share_and_scales_up_the_rest(void** const state)
{
  // One input of 1, many hidden units of 1, each counting 1 / n: what comes out
  // is the mean of what dropout left, 1 on average
  enum { N_HIDDEN = 4000 };

  (void)state;
  const TmbNetPlan plan = { 1U, { { TMB_DENSE, N_HIDDEN, 0U } }, TMB_RELU };
  const TmbNetEnds ends = { 1U, 0U, 2U };
  TmbNet           shape;
  TmbMessage       why;
  const float      x[1]      = { 1.0f };
  const float      target[2] = { 1.0f, 0.0f };
  TmbOwnNet*       net       = NULL;
  TmbBackprop*     backprop  = NULL;
  const TmbBatch   batch     = {
          .x = x, .targets = target, .n_rows = 1U, .n_batch = 1U, .seed = 1U
  };
  assert_int_equal(tmb_net_plan_fit(&plan, &ends, &shape, &why), TMB_OK);
  assert_int_equal(tmb_own_net_new(&shape, true, &net), TMB_OK);
  assert_int_equal(tmb_backprop_new(&shape, 1U, 0.3, &backprop), TMB_OK);
  for (unsigned i = 0U; i < N_HIDDEN; ++i) {
    net->values[i]                          = 1.0f;
    net->values[(2U * N_HIDDEN) + (2U * i)] = 1.0f / N_HIDDEN;
  }

  float* const  gradient = (float*)calloc(net->n_learnt, sizeof(float));
  const TmbPass result   = tmb_backprop_pass(backprop, net, &batch, gradient);
  assert_close(result.loss, log(1.0 + exp(-1.0)), 0.01);

  unsigned n_dropped = 0U;
  for (unsigned i = 0U; i < N_HIDDEN; ++i) {
    n_dropped += fabsf(gradient[(2U * N_HIDDEN) + (2U * i)]) == 0.0f;
  }
  assert_in_range(n_dropped, 1100U, 1300U);
  free(gradient);
  tmb_backprop_free(backprop);
  tmb_own_net_free(net);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_dropped_depends_on_seed_and_number_alone),
    cmocka_unit_test(all_inputs_of_dense_layers_but_the_networks_are_dropped),
    cmocka_unit_test(dropout_leaves_out_its_share_and_scales_up_the_rest),
  };
  return cmocka_run_group_tests_name(
    "backprop_dropout", tests, blas_setup, NULL);
}
