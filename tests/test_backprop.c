// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/backprop.h"

#include "dsp/net.h"
#include "tests/support/alloc.h"
#include "tests/support/blas.h"
#include "tests/support/close.h"
#include "tests/support/cmocka.h"
#include "tests/support/small_nets.h"
#include "trainer/optimizer.h"

#include <math.h>
#include <string.h>

/// A pass in which always the same is dropped.
static TmbPass
pass(TmbBackprop* const     backprop,
     const TmbOwnNet* const net,
     const Batch* const     batch,
     float* const           gradient)
{
  const TmbBatch whole = batch_share(batch, 0U, BATCH_ROWS);
  return tmb_backprop_pass(backprop, net, &whole, gradient);
}

// clang-format off
static const struct {
  const char*   name;
  const char*   plan;
  TmbActivation activation;
  double        dropout;
} nets[] = {
  { "softmax alone",        "",                TMB_RELU,    0.0 },
  { "one sigmoid layer",    "dense 6",         TMB_SIGMOID, 0.0 },
  { "one ReLU layer",       "dense 6",         TMB_RELU,    0.0 },
  { "two sigmoid layers",   "dense 6 dense 4", TMB_SIGMOID, 0.0 },
  { "two ReLU layers",      "dense 6 dense 4", TMB_RELU,    0.0 },
  { "one tanh layer",       "dense 6",         TMB_TANH,    0.0 },
  { "two tanh layers",      "dense 6 dense 4", TMB_TANH,    0.0 },
  { "sigmoid with dropout", "dense 8 dense 8", TMB_SIGMOID, 0.4 },
  { "ReLU with dropout",    "dense 8 dense 8", TMB_RELU,    0.4 },
  { "tanh with dropout",    "dense 8 dense 8", TMB_TANH,    0.4 },
  { "convolution",          "conv 2x5",        TMB_TANH,    0.0 },
  { "of one channel",       "conv 1x1",        TMB_TANH,    0.0 },
  { "wider than its input", "pool 6 conv 3x9", TMB_TANH,    0.0 },
  { "with dropout",         "conv 2x3",        TMB_TANH,    0.4 },
  { "two convolutions",     "pool 5 conv 3x3 conv 2x5", TMB_TANH, 0.0 },
  { "pool",                 "pool",            TMB_TANH,    0.0 },
  { "pool of three",        "conv 2x3 pool 3", TMB_TANH,    0.0 },
  { "two pools",            "conv 2x3 pool pool 3 dense 4", TMB_TANH, 0.4 },
  { "inverse DCT",          "idct",            TMB_TANH,    0.0 },
  { "inverse DCT, dropout", "idct dense 4",    TMB_TANH,    0.4 },
  { "pooled bands",         "idct pool conv 2x3 dense 4",   TMB_TANH, 0.0 },
  { "the recipe in small",  "idct conv 3x5 pool conv 4x3 pool conv 5x3 dense 6",
                                               TMB_TANH,    0.0 },
  { "the same, dropout",    "idct conv 3x5 pool conv 4x3 pool conv 5x3 dense 6",
                                               TMB_RELU,    0.3 },
};
// clang-format on
enum { N_NETS = sizeof(nets) / sizeof(*nets) };

/// The central difference of the mean loss for a parameter.
static double
slope_of(TmbBackprop* const     backprop,
         const TmbOwnNet* const net,
         const size_t           parameter,
         const float            step,
         const Batch* const     batch)
{
  float        unused[SMALL_LEARNT];
  float* const value  = &net->values[parameter];
  const float  before = *value;
  *value              = before + step;
  const double up     = pass(backprop, net, batch, unused).loss;
  *value              = before - step;
  const double down   = pass(backprop, net, batch, unused).loss;
  *value              = before;
  return (up - down) / (2.0 * BATCH_ROWS * (double)step);
}

static void
gradients_agree_with_central_differences(void** const state)
{
  // A rectifier's kink, or another value that becomes a pool's largest, may lie
  // within one step, but not within all
  static const float steps[] = { 0x1p-10f, 0x1p-12f, 0x1p-8f };

  (void)state;
  Batch batch;
  batch_fill(&batch);
  for (size_t i = 0U; i < N_NETS; ++i) {
    float              gradient[SMALL_LEARNT];
    TmbOwnNet* const   net      = small_net(nets[i].plan, nets[i].activation);
    TmbBackprop* const backprop = small_backprop(net, nets[i].dropout);
    (void)pass(backprop, net, &batch, gradient);
    print_message("%s\n", nets[i].name);
    for (size_t j = 0U; j < net->n_learnt; ++j) {
      double slope = 0.0;
      size_t k     = 0U;
      do {
        slope = slope_of(backprop, net, j, steps[k], &batch);
      } while (fabs(slope - (double)gradient[j]) > 3e-4 && ++k < 3U);
      if (k == 3U) {
        fail_msg("parameter %zu has the gradient %g, not %g",
                 j,
                 slope,
                 (double)gradient[j]);
      }
    }
    tmb_backprop_free(backprop);
    tmb_own_net_free(net);
  }
}

/// Fold a network with the moments of one batch.
static TmbOwnNet*
fold(TmbBackprop* const     backprop,
     const TmbOwnNet* const net,
     const TmbBatch* const  batch)
{
  double     moments[SMALL_MOMENTS] = { 0.0 };
  TmbOwnNet* folded                 = NULL;
  tmb_backprop_measure(backprop, net, batch, moments);
  for (size_t i = 0U; i < tmb_own_net_moments(net); ++i) {
    moments[i] /= batch->n_rows;
  }
  assert_int_equal(tmb_own_net_new(&net->net, false, &folded), TMB_OK);
  tmb_own_net_fold(net, moments, folded);
  return folded;
}

static void
the_loss_is_that_of_the_forward_pass_that_ships(void** const state)
{
  (void)state;
  Batch batch;
  batch_fill(&batch);
  for (size_t i = 0U; i < N_NETS; ++i) {
    if (nets[i].dropout > 0.0) {
      continue;
    }

    float              gradient[SMALL_LEARNT];
    float              scratch[256];
    TmbOwnNet* const   net      = small_net(nets[i].plan, nets[i].activation);
    TmbBackprop* const backprop = small_backprop(net, 0.0);
    const TmbBatch     whole    = batch_share(&batch, 0U, BATCH_ROWS);
    TmbOwnNet* const   folded   = fold(backprop, net, &whole);
    assert_in_range(tmb_net_scratch(&folded->net), 1U, 256U);

    double loss = 0.0;
    for (unsigned row = 0U; row < BATCH_ROWS; ++row) {
      float posterior[BATCH_CLASSES];
      tmb_net_forward(&folded->net,
                      batch.x + ((size_t)row * BATCH_INPUTS),
                      0U,
                      scratch,
                      posterior);
      for (unsigned o = 0U; o < BATCH_CLASSES; ++o) {
        loss -= (double)batch.targets[(row * BATCH_CLASSES) + o] *
                log((double)posterior[o]);
      }
    }
    print_message("%s\n", nets[i].name);
    const TmbPass learnt  = pass(backprop, net, &batch, gradient);
    const TmbPass checked = tmb_backprop_check(backprop, folded, &whole);
    assert_close(learnt.loss, loss, 5e-5);
    assert_close(checked.loss, loss, 5e-5);
    assert_int_equal(checked.n_right, learnt.n_right);
    tmb_own_net_free(folded);
    tmb_backprop_free(backprop);
    tmb_own_net_free(net);
  }
}

static void
what_is_normalised_has_mean_0_and_variance_1(void** const state)
{
  // Whatever the weights' size: gains alone set that of the outputs
  (void)state;
  Batch batch;
  batch_fill(&batch);
  TmbOwnNet* const   net      = small_net("conv 4x3 pool dense 4", TMB_TANH);
  TmbBackprop* const backprop = small_backprop(net, 0.0);
  const TmbBatch     whole    = batch_share(&batch, 0U, BATCH_ROWS);
  const double       before   = tmb_backprop_check(backprop, net, &whole).loss;
  double             moments[2][SMALL_MOMENTS] = { { 0.0 } };
  tmb_backprop_measure(backprop, net, &whole, moments[0]);
  for (size_t i = 0U; i < tmb_layer_weights(&net->net.layers[0]); ++i) {
    net->values[i] *= 100.0f;
  }
  tmb_backprop_measure(backprop, net, &whole, moments[1]);
  for (size_t i = 0U; i < 4U; ++i) {
    assert_close(moments[1][i], 100.0 * moments[0][i], 1e-3);
    assert_close(moments[1][4U + i], 1e4 * moments[0][4U + i], 1.0);
    assert_true(moments[0][4U + i] > 0.1);
  }
  assert_close(tmb_backprop_check(backprop, net, &whole).loss, before, 1e-3);
  tmb_backprop_free(backprop);
  tmb_own_net_free(net);
}

static void
the_loss_falls_until_all_examples_are_known(void** const state)
{
  (void)state;
  Batch batch;
  batch_fill(&batch);
  for (unsigned i = 0U; i < BATCH_ROWS * BATCH_CLASSES; ++i) {
    batch.targets[i] =
      (i % BATCH_CLASSES == (i / BATCH_CLASSES) % BATCH_CLASSES) ? 1.0f : 0.0f;
  }

  float              gradient[SMALL_LEARNT];
  TmbOptimizer       optimizer;
  TmbOwnNet* const   net      = small_net("dense 16", TMB_RELU);
  TmbBackprop* const backprop = small_backprop(net, 0.0);
  assert_int_equal(tmb_optimizer_init(&optimizer, TMB_ADAM, net->n_learnt),
                   TMB_OK);

  const TmbPass first = pass(backprop, net, &batch, gradient);
  TmbPass       last  = first;
  for (uint64_t i = 1U; i <= 300U; ++i) {
    const TmbStep step = { .number = i, .rate = 0.02 };
    last               = pass(backprop, net, &batch, gradient);
    tmb_optimizer_step(
      &optimizer, &step, 0U, net->n_learnt, net->values, gradient);
  }
  assert_true(first.loss > 0.5 * BATCH_ROWS);
  assert_true(last.loss < 0.01 * BATCH_ROWS);
  assert_int_equal(last.n_right, BATCH_ROWS);
  tmb_optimizer_clear(&optimizer);
  tmb_backprop_free(backprop);
  tmb_own_net_free(net);
}

static void
shares_of_a_batch_sum_to_the_whole(void** const state)
{
  (void)state;
  Batch batch;
  batch_fill(&batch);
  for (size_t i = 0U; i < N_NETS; ++i) {
    if (strstr(nets[i].plan, "conv")) {
      continue; // Each share is normalised for itself
    }

    float              whole[SMALL_LEARNT];
    float              parts[2][SMALL_LEARNT];
    TmbOwnNet* const   net      = small_net(nets[i].plan, nets[i].activation);
    TmbBackprop* const backprop = small_backprop(net, nets[i].dropout);

    const TmbBatch shares[2] = { batch_share(&batch, 0U, 3U),
                                 batch_share(&batch, 3U, BATCH_ROWS - 3U) };
    const TmbPass  all       = pass(backprop, net, &batch, whole);
    const TmbPass  first =
      tmb_backprop_pass(backprop, net, &shares[0], parts[0]);
    const TmbPass rest = tmb_backprop_pass(backprop, net, &shares[1], parts[1]);
    print_message("%s\n", nets[i].name);
    assert_close(first.loss + rest.loss, all.loss, 1e-5);
    assert_int_equal(first.n_right + rest.n_right, all.n_right);
    for (size_t j = 0U; j < net->n_learnt; ++j) {
      assert_close((double)(parts[0][j] + parts[1][j]), (double)whole[j], 1e-6);
    }
    tmb_backprop_free(backprop);
    tmb_own_net_free(net);
  }
}

static TmbStatus
build_all(void)
{
  const TmbNet shape    = small_shape("idct conv 2x3 pool dense 3", TMB_RELU);
  TmbOwnNet*   net      = NULL;
  TmbBackprop* backprop = NULL;
  TmbStatus    status   = tmb_own_net_new(&shape, true, &net);
  if (!status) {
    status = tmb_backprop_new(&shape, 2U, 0.5, &backprop);
  }
  tmb_backprop_free(backprop);
  tmb_own_net_free(net);
  return status;
}

static void
a_failed_allocation_is_reported(void** const state)
{
  (void)state;
  TmbStatus status = TMB_NO_MEMORY;
  for (size_t n = 0U; status; ++n) {
    alloc_fail_from(n);
    status            = build_all();
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(gradients_agree_with_central_differences),
    cmocka_unit_test(the_loss_is_that_of_the_forward_pass_that_ships),
    cmocka_unit_test(what_is_normalised_has_mean_0_and_variance_1),
    cmocka_unit_test(the_loss_falls_until_all_examples_are_known),
    cmocka_unit_test(shares_of_a_batch_sum_to_the_whole),
    cmocka_unit_test(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("backprop", tests, blas_setup, NULL);
}
