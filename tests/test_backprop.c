// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/backprop.h"

#include "dsp/net.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "trainer/blas.h"
#include "trainer/optimizer.h"

#include <math.h>
#include <stdlib.h>

#define N_IN 5U
#define N_OUT 3U
#define N_ROWS 7U
#define MAX_LEARNT 256U

/// A batch of any numbers, with soft targets.
typedef struct {
  float x[N_ROWS * N_IN];
  float targets[N_ROWS * N_OUT];
} Batch;

/// cmocka's own compares as float.
static void
assert_close(const double value, const double expected, const double tolerance)
{
  if (!(fabs(value - expected) <= tolerance)) {
    fail_msg("%.9g is not %.9g", value, expected);
  }
}

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

static TmbOwnNet*
new_net(const uint32_t      hidden[2],
        const uint32_t      n_hidden,
        const TmbActivation activation)
{
  uint32_t widths[4]    = { N_IN, hidden[0], hidden[1], 0U };
  widths[n_hidden + 1U] = N_OUT;

  TmbOwnNet* net = NULL;
  TmbRandom  random;
  assert_int_equal(tmb_own_net_new(widths, n_hidden + 1U, activation, &net),
                   TMB_OK);
  tmb_random_init(&random, 7U, 0U);
  tmb_own_net_draw(net, &random);
  assert_in_range(net->n_learnt, 1U, MAX_LEARNT);
  for (size_t i = 0U; i < net->n_learnt; ++i) {
    net->values[i] += 0.01f * (float)tmb_random_normal(&random); // Biases, too
  }
  return net;
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
pass(TmbBackprop* const backprop,
     const Batch* const batch,
     float* const       gradient)
{
  const TmbBatch whole = share_of(batch, 0U, N_ROWS);
  return tmb_backprop_pass(backprop, &whole, gradient);
}

static const struct {
  const char*   name;
  uint32_t      hidden[2];
  uint32_t      n_hidden;
  TmbActivation activation;
  double        dropout;
} nets[] = {
  { "softmax alone", { 0U, 0U }, 0U, TMB_RELU, 0.0 },
  { "one sigmoid layer", { 6U, 0U }, 1U, TMB_SIGMOID, 0.0 },
  { "one ReLU layer", { 6U, 0U }, 1U, TMB_RELU, 0.0 },
  { "two sigmoid layers", { 6U, 4U }, 2U, TMB_SIGMOID, 0.0 },
  { "two ReLU layers", { 6U, 4U }, 2U, TMB_RELU, 0.0 },
  { "one tanh layer", { 6U, 0U }, 1U, TMB_TANH, 0.0 },
  { "two tanh layers", { 6U, 4U }, 2U, TMB_TANH, 0.0 },
  { "sigmoid with dropout", { 8U, 8U }, 2U, TMB_SIGMOID, 0.4 },
  { "ReLU with dropout", { 8U, 8U }, 2U, TMB_RELU, 0.4 },
  { "tanh with dropout", { 8U, 8U }, 2U, TMB_TANH, 0.4 },
};

static void
gradients_agree_with_central_differences(void** const state)
{
  // With these seeds no ReLU has its kink within a step
  const float step = 1.0f / 1024.0f;

  (void)state;
  Batch batch;
  fill(&batch);
  for (size_t i = 0U; i < sizeof(nets) / sizeof(*nets); ++i) {
    float            gradient[MAX_LEARNT];
    float            unused[MAX_LEARNT];
    TmbBackprop*     backprop = NULL;
    TmbOwnNet* const net =
      new_net(nets[i].hidden, nets[i].n_hidden, nets[i].activation);
    assert_int_equal(tmb_backprop_new(net, N_ROWS, nets[i].dropout, &backprop),
                     TMB_OK);
    (void)pass(backprop, &batch, gradient);

    for (size_t j = 0U; j < net->n_learnt; ++j) {
      const float value = net->values[j];
      net->values[j]    = value + step;
      const double up   = pass(backprop, &batch, unused).loss;
      net->values[j]    = value - step;
      const double down = pass(backprop, &batch, unused).loss;
      net->values[j]    = value;

      const double slope = (up - down) / (2.0 * N_ROWS * (double)step);
      if (fabs(slope - (double)gradient[j]) > 2e-4) {
        fail_msg("%s: parameter %zu has the gradient %g, not %g",
                 nets[i].name,
                 j,
                 slope,
                 (double)gradient[j]);
      }
    }
    tmb_backprop_free(backprop);
    tmb_own_net_free(net);
  }
}

static void
the_loss_is_that_of_the_forward_pass_that_ships(void** const state)
{
  (void)state;
  Batch batch;
  fill(&batch);
  for (size_t i = 0U; i < sizeof(nets) / sizeof(*nets); ++i) {
    if (nets[i].dropout > 0.0) {
      continue;
    }

    float            gradient[MAX_LEARNT];
    float            scratch[64];
    TmbBackprop*     backprop = NULL;
    TmbOwnNet* const net =
      new_net(nets[i].hidden, nets[i].n_hidden, nets[i].activation);
    assert_int_equal(tmb_backprop_new(net, N_ROWS, 0.0, &backprop), TMB_OK);
    assert_in_range(tmb_net_scratch(&net->net), 1U, 64U);

    double loss = 0.0;
    for (unsigned row = 0U; row < N_ROWS; ++row) {
      float posterior[N_OUT];
      tmb_net_forward(
        &net->net, batch.x + ((size_t)row * N_IN), 0U, scratch, posterior);
      for (unsigned o = 0U; o < N_OUT; ++o) {
        loss -=
          (double)batch.targets[(row * N_OUT) + o] * log((double)posterior[o]);
      }
    }
    print_message("%s\n", nets[i].name);
    const TmbBatch whole   = share_of(&batch, 0U, N_ROWS);
    const TmbPass  learnt  = pass(backprop, &batch, gradient);
    const TmbPass  checked = tmb_backprop_check(backprop, &whole);
    assert_close(learnt.loss, loss, 5e-5);
    assert_close(checked.loss, learnt.loss, 0.0);
    assert_int_equal(checked.n_right, learnt.n_right);
    tmb_backprop_free(backprop);
    tmb_own_net_free(net);
  }
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

  float            gradient[MAX_LEARNT];
  const uint32_t   hidden[2] = { 16U, 0U };
  TmbBackprop*     backprop  = NULL;
  TmbOptimizer     optimizer;
  TmbOwnNet* const net = new_net(hidden, 1U, TMB_RELU);
  assert_int_equal(tmb_backprop_new(net, N_ROWS, 0.0, &backprop), TMB_OK);
  assert_int_equal(tmb_optimizer_init(&optimizer, TMB_ADAM, net->n_learnt),
                   TMB_OK);

  const TmbPass first = pass(backprop, &batch, gradient);
  TmbPass       last  = first;
  for (uint64_t i = 1U; i <= 300U; ++i) {
    const TmbStep step = { .number = i, .rate = 0.02 };
    last               = pass(backprop, &batch, gradient);
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
  for (size_t i = 0U; i < sizeof(nets) / sizeof(*nets); ++i) {
    float            whole[MAX_LEARNT];
    float            parts[2][MAX_LEARNT];
    TmbBackprop*     backprop = NULL;
    TmbOwnNet* const net =
      new_net(nets[i].hidden, nets[i].n_hidden, nets[i].activation);
    assert_int_equal(tmb_backprop_new(net, N_ROWS, nets[i].dropout, &backprop),
                     TMB_OK);

    const TmbBatch shares[2] = { share_of(&batch, 0U, 3U),
                                 share_of(&batch, 3U, N_ROWS - 3U) };
    const TmbPass  all       = pass(backprop, &batch, whole);
    const TmbPass  first = tmb_backprop_pass(backprop, &shares[0], parts[0]);
    const TmbPass  rest  = tmb_backprop_pass(backprop, &shares[1], parts[1]);
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
loss_with(TmbBackprop* const backprop,
          const Batch* const batch,
          const uint64_t     seed,
          const uint64_t     number)
{
  float    unused[MAX_LEARNT];
  TmbBatch whole = share_of(batch, 0U, N_ROWS);
  whole.seed     = seed;
  whole.number   = number;
  return tmb_backprop_pass(backprop, &whole, unused).loss;
}

static void
what_is_dropped_depends_on_seed_and_number_alone(void** const state)
{
  (void)state;
  const uint32_t   hidden[2] = { 8U, 8U };
  TmbBackprop*     backprop  = NULL;
  TmbOwnNet* const net       = new_net(hidden, 2U, TMB_TANH);
  Batch            batch;
  fill(&batch);
  assert_int_equal(tmb_backprop_new(net, N_ROWS, 0.5, &backprop), TMB_OK);
  const double first = loss_with(backprop, &batch, 9U, 100U);
  const double seed  = loss_with(backprop, &batch, 10U, 100U);
  const double later = loss_with(backprop, &batch, 9U, 107U);
  const double again = loss_with(backprop, &batch, 9U, 100U);
  assert_true(fabs(seed - first) > 1e-3);
  assert_true(fabs(later - first) > 1e-3);
  assert_close(again, first, 0.0);

  // Nothing is when a network is only asked
  TmbBackprop*   plain = NULL;
  const TmbBatch whole = share_of(&batch, 0U, N_ROWS);
  assert_int_equal(tmb_backprop_new(net, N_ROWS, 0.0, &plain), TMB_OK);
  assert_close(tmb_backprop_check(backprop, &whole).loss,
               tmb_backprop_check(plain, &whole).loss,
               0.0);
  tmb_backprop_free(plain);
  tmb_backprop_free(backprop);
  tmb_own_net_free(net);
}

static void
dropout_leaves_out_its_share_and_scales_up_the_rest(void** const state)
{
  // One input of 1, many hidden units of 1, each counting 1 / n: what comes out
  // is the mean of what dropout left, 1 on average
  enum { N_HIDDEN = 4000 };

  (void)state;
  const uint32_t widths[3] = { 1U, N_HIDDEN, 2U };
  const float    x[1]      = { 1.0f };
  const float    target[2] = { 1.0f, 0.0f };
  TmbOwnNet*     net       = NULL;
  TmbBackprop*   backprop  = NULL;
  const TmbBatch batch     = {
        .x = x, .targets = target, .n_rows = 1U, .n_batch = 1U, .seed = 1U
  };
  assert_int_equal(tmb_own_net_new(widths, 2U, TMB_RELU, &net), TMB_OK);
  assert_int_equal(tmb_backprop_new(net, 1U, 0.3, &backprop), TMB_OK);
  for (unsigned i = 0U; i < N_HIDDEN; ++i) {
    net->values[i]                          = 1.0f;
    net->values[(2U * N_HIDDEN) + (2U * i)] = 1.0f / N_HIDDEN;
  }

  float* const  gradient = (float*)calloc(net->n_learnt, sizeof(float));
  const TmbPass result   = tmb_backprop_pass(backprop, &batch, gradient);
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

static void
a_net_of_no_or_too_many_layers_or_widths_is_refused(void** const state)
{
  static const uint32_t none[2]                   = { 0U, 2U };
  static const uint32_t wide[2]                   = { 2U, TMB_MAX_WIDTH + 1U };
  static const uint32_t deep[TMB_MAX_LAYERS + 2U] = { 1U, 1U, 1U, 1U, 1U,
                                                      1U, 1U, 1U, 1U, 1U };

  (void)state;
  TmbOwnNet* net = NULL;
  assert_int_equal(tmb_own_net_new(none, 1U, TMB_RELU, &net), TMB_BAD_ARG);
  assert_int_equal(tmb_own_net_new(wide, 1U, TMB_RELU, &net), TMB_BAD_ARG);
  assert_int_equal(tmb_own_net_new(deep, 0U, TMB_RELU, &net), TMB_BAD_ARG);
  assert_int_equal(tmb_own_net_new(deep, TMB_MAX_LAYERS + 1U, TMB_RELU, &net),
                   TMB_BAD_ARG);
  assert_null(net);
}

static TmbStatus
build_all(void)
{
  static const uint32_t widths[3] = { 2U, 3U, 2U };

  TmbOwnNet*   net      = NULL;
  TmbBackprop* backprop = NULL;
  TmbStatus    status   = tmb_own_net_new(widths, 2U, TMB_RELU, &net);
  if (!status) {
    status = tmb_backprop_new(net, 2U, 0.5, &backprop);
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

static int
load_blas(void** const state)
{
  (void)state;
  TmbMessage why = { "" };
  assert_int_equal(tmb_blas_load(&why), TMB_OK);
  return 0;
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(gradients_agree_with_central_differences),
    cmocka_unit_test(the_loss_is_that_of_the_forward_pass_that_ships),
    cmocka_unit_test(the_loss_falls_until_all_examples_are_known),
    cmocka_unit_test(shares_of_a_batch_sum_to_the_whole),
    cmocka_unit_test(what_is_dropped_depends_on_seed_and_number_alone),
    cmocka_unit_test(dropout_leaves_out_its_share_and_scales_up_the_rest),
    cmocka_unit_test(a_net_of_no_or_too_many_layers_or_widths_is_refused),
    cmocka_unit_test(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("backprop", tests, load_blas, NULL);
}
