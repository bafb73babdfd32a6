// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/backprop.h"

#include "dsp/net.h"
#include "tests/support/alloc.h"
#include "tests/support/blas.h"
#include "tests/support/close.h"
#include "tests/support/cmocka.h"
#include "trainer/net_plan.h"
#include "trainer/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_COEFFS 8U
#define N_IN 17U ///< Two segments of coefficients, and what was heard
#define N_OUT 3U
#define N_ROWS 7U
#define MAX_LEARNT 512U
#define MAX_MOMENTS 32U

/// A batch of any numbers, with soft targets.
typedef struct {
  float x[N_ROWS * N_IN];
  float targets[N_ROWS * N_OUT];
} Batch;

static void
fill(Batch* const batch)
{
  TmbRandom random;
  tmb_random_init(&random, 3U, 0U);
  for (unsigned i = 0U; i < N_ROWS * N_IN; ++i) {
    batch->x[i] = (float)tmb_random_normal(&random);
  }
  for (unsigned i = 0U; i < N_ROWS; ++i) {
    const float share = (float)tmb_random_uniform(&random);

    float* const target = batch->targets + ((size_t)i * N_OUT);
    target[0]           = 0.0f;
    target[1]           = 0.0f;
    target[2]           = 0.0f;
    target[i % N_OUT] += share;
    target[(i + 1U) % N_OUT] += 1.0f - share;
  }
}

/// Work out a network's layers.
static TmbNet
fit_plan(const char* const text, const TmbActivation activation)
{
  const TmbNetEnds ends  = { N_IN, N_COEFFS, N_OUT };
  TmbNetPlan       plan  = { .activation = activation };
  TmbNet           shape = { .n_layers = 0U };
  TmbMessage       why   = { "" };
  if (tmb_net_plan_read(text, &plan, &why) ||
      tmb_net_plan_fit(&plan, &ends, &shape, &why)) {
    fail_msg("%s", why.text);
  }
  return shape;
}

static TmbOwnNet*
new_net(const char* const text, const TmbActivation activation)
{
  const TmbNet shape = fit_plan(text, activation);
  TmbOwnNet*   net   = NULL;
  TmbRandom    random;
  assert_int_equal(tmb_own_net_new(&shape, true, &net), TMB_OK);
  tmb_random_init(&random, 7U, 0U);
  tmb_own_net_draw(net, &random);
  assert_in_range(net->n_learnt, 1U, MAX_LEARNT);
  assert_in_range(tmb_own_net_moments(net), 0U, MAX_MOMENTS);
  for (size_t i = 0U; i < net->n_learnt; ++i) {
    net->values[i] += 0.01f * (float)tmb_random_normal(&random); // Biases, too
  }
  return net;
}

static TmbBackprop*
new_backprop(const TmbOwnNet* const net, const double dropout)
{
  TmbBackprop* backprop = NULL;
  assert_int_equal(tmb_backprop_new(&net->net, N_ROWS, dropout, &backprop),
                   TMB_OK);
  return backprop;
}

/// Some of the rows.
static TmbBatch
share_of(const Batch* const batch, const uint32_t first, const uint32_t n)
{
  return (TmbBatch){ .x       = batch->x + ((size_t)first * N_IN),
                     .targets = batch->targets + ((size_t)first * N_OUT),
                     .n_rows  = n,
                     .n_batch = N_ROWS,
                     .seed    = 9U,
                     .number  = 100U + first };
}

/// A pass in which always the same is dropped.
static TmbPass
pass(TmbBackprop* const     backprop,
     const TmbOwnNet* const net,
     const Batch* const     batch,
     float* const           gradient)
{
  const TmbBatch whole = share_of(batch, 0U, N_ROWS);
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
  float        unused[MAX_LEARNT];
  float* const value  = &net->values[parameter];
  const float  before = *value;
  *value              = before + step;
  const double up     = pass(backprop, net, batch, unused).loss;
  *value              = before - step;
  const double down   = pass(backprop, net, batch, unused).loss;
  *value              = before;
  return (up - down) / (2.0 * N_ROWS * (double)step);
}

static void
gradients_agree_with_central_differences(void** const state)
{
  // A rectifier's kink, or another value that becomes a pool's largest, may lie
  // within one step, but not within all
  static const float steps[] = { 0x1p-10f, 0x1p-12f, 0x1p-8f };

  (void)state;
  Batch batch;
  fill(&batch);
  for (size_t i = 0U; i < N_NETS; ++i) {
    float              gradient[MAX_LEARNT];
    TmbOwnNet* const   net      = new_net(nets[i].plan, nets[i].activation);
    TmbBackprop* const backprop = new_backprop(net, nets[i].dropout);
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
  double     moments[MAX_MOMENTS] = { 0.0 };
  TmbOwnNet* folded               = NULL;
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
  fill(&batch);
  for (size_t i = 0U; i < N_NETS; ++i) {
    if (nets[i].dropout > 0.0) {
      continue;
    }

    float              gradient[MAX_LEARNT];
    float              scratch[256];
    TmbOwnNet* const   net      = new_net(nets[i].plan, nets[i].activation);
    TmbBackprop* const backprop = new_backprop(net, 0.0);
    const TmbBatch     whole    = share_of(&batch, 0U, N_ROWS);
    TmbOwnNet* const   folded   = fold(backprop, net, &whole);
    assert_in_range(tmb_net_scratch(&folded->net), 1U, 256U);

    double loss = 0.0;
    for (unsigned row = 0U; row < N_ROWS; ++row) {
      float posterior[N_OUT];
      tmb_net_forward(
        &folded->net, batch.x + ((size_t)row * N_IN), 0U, scratch, posterior);
      for (unsigned o = 0U; o < N_OUT; ++o) {
        loss -=
          (double)batch.targets[(row * N_OUT) + o] * log((double)posterior[o]);
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
  fill(&batch);
  TmbOwnNet* const   net      = new_net("conv 4x3 pool dense 4", TMB_TANH);
  TmbBackprop* const backprop = new_backprop(net, 0.0);
  const TmbBatch     whole    = share_of(&batch, 0U, N_ROWS);
  const double       before   = tmb_backprop_check(backprop, net, &whole).loss;
  double             moments[2][MAX_MOMENTS] = { { 0.0 } };
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
  fill(&batch);
  for (unsigned i = 0U; i < N_ROWS * N_OUT; ++i) {
    batch.targets[i] = (i % N_OUT == (i / N_OUT) % N_OUT) ? 1.0f : 0.0f;
  }

  float              gradient[MAX_LEARNT];
  TmbOptimizer       optimizer;
  TmbOwnNet* const   net      = new_net("dense 16", TMB_RELU);
  TmbBackprop* const backprop = new_backprop(net, 0.0);
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
  assert_true(first.loss > 0.5 * N_ROWS);
  assert_true(last.loss < 0.01 * N_ROWS);
  assert_int_equal(last.n_right, N_ROWS);
  tmb_optimizer_clear(&optimizer);
  tmb_backprop_free(backprop);
  tmb_own_net_free(net);
}

static void
shares_of_a_batch_sum_to_the_whole(void** const state)
{
  (void)state;
  Batch batch;
  fill(&batch);
  for (size_t i = 0U; i < N_NETS; ++i) {
    if (strstr(nets[i].plan, "conv")) {
      continue; // Each share is normalised for itself
    }

    float              whole[MAX_LEARNT];
    float              parts[2][MAX_LEARNT];
    TmbOwnNet* const   net      = new_net(nets[i].plan, nets[i].activation);
    TmbBackprop* const backprop = new_backprop(net, nets[i].dropout);

    const TmbBatch shares[2] = { share_of(&batch, 0U, 3U),
                                 share_of(&batch, 3U, N_ROWS - 3U) };
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

/// The loss with rows of other numbers, or another seed.
static double
loss_with(TmbBackprop* const     backprop,
          const TmbOwnNet* const net,
          const Batch* const     batch,
          const uint64_t         seed,
          const uint64_t         number)
{
  float    unused[MAX_LEARNT];
  TmbBatch whole = share_of(batch, 0U, N_ROWS);
  whole.seed     = seed;
  whole.number   = number;
  return tmb_backprop_pass(backprop, net, &whole, unused).loss;
}

static void
what_is_dropped_depends_on_seed_and_number_alone(void** const state)
{
  (void)state;
  TmbOwnNet* const   net      = new_net("dense 8 dense 8", TMB_TANH);
  TmbBackprop* const backprop = new_backprop(net, 0.5);
  Batch              batch;
  fill(&batch);
  const double first = loss_with(backprop, net, &batch, 9U, 100U);
  const double seed  = loss_with(backprop, net, &batch, 10U, 100U);
  const double later = loss_with(backprop, net, &batch, 9U, 107U);
  const double again = loss_with(backprop, net, &batch, 9U, 100U);
  assert_true(fabs(seed - first) > 1e-3);
  assert_true(fabs(later - first) > 1e-3);
  assert_close(again, first, 0.0);

  // Nothing is when a network is only asked
  TmbBackprop* const plain = new_backprop(net, 0.0);
  const TmbBatch     whole = share_of(&batch, 0U, N_ROWS);
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
  fill(&batch);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbOwnNet* const   net      = new_net(rows[i].plan, TMB_TANH);
    TmbBackprop* const backprop = new_backprop(net, 0.5);
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

static TmbStatus
build_all(void)
{
  const TmbNet shape    = fit_plan("idct conv 2x3 pool dense 3", TMB_RELU);
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
    cmocka_unit_test(what_is_dropped_depends_on_seed_and_number_alone),
    cmocka_unit_test(all_inputs_of_dense_layers_but_the_networks_are_dropped),
    cmocka_unit_test(dropout_leaves_out_its_share_and_scales_up_the_rest),
    cmocka_unit_test(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("backprop", tests, blas_setup, NULL);
}
