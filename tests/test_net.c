// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/net.h"
#include "tests/support/cmocka.h"
#include "tests/support/model_parts.h"
#include "tests/support/realtime.h"
#include "tests/support/signals.h"
#include "trainer/net_plan.h"
#include "trainer/own_net.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  const char* label;
  const char* plan;
  TmbNetEnds  ends;
} PlanRow;

static const PlanRow plans[] = {
  { "the recipe",
    "idct conv 32x7 pool conv 48x5 pool conv 64x3 pool dense 128",
    { 961U, 80U, 27U } },
  { "pools that leave a rest",
    "conv 3x3 pool 3 conv 2x5 pool",
    { 17U, 0U, 3U } },
  { "one value under many taps", "conv 2x63 dense 2", { 1U, 0U, 2U } },
  { "as many inputs as can be", "pool 5 conv 2x3 pool 7", { 16384U, 0U, 2U } },
  { "as many values as can be", "conv 128x3 pool 2", { 128U, 0U, 2U } },
  { "coefficients alone", "idct", { 9U, 4U, 3U } },
  { "one coefficient", "idct conv 1x1", { 3U, 1U, 2U } },
};

/// A network with weights and biases of both signs.
static TmbOwnNet*
new_planned(const PlanRow* const row)
{
  TmbNetPlan plan   = { .activation = TMB_RELU };
  TmbMessage why    = { "" };
  TmbNet     shape  = { .n_layers = 0U };
  TmbOwnNet* net    = NULL;
  TmbRandom  random = { { 0U } };
  assert_int_equal(tmb_net_plan_read(row->plan, &plan, &why), TMB_OK);
  assert_int_equal(tmb_net_plan_fit(&plan, &row->ends, &shape, &why), TMB_OK);
  assert_int_equal(tmb_own_net_new(&shape, false, &net), TMB_OK);
  tmb_random_init(&random, 1U, 0U);
  tmb_own_net_draw(net, &random);
  for (uint32_t i = 0U; i < net->net.n_layers; ++i) {
    const TmbLayer* const layer = &net->net.layers[i];
    for (uint32_t o = 0U; layer->bias && o < layer->out_channels; ++o) {
      net->values[layer->bias - net->values + o] = (o % 2U) ? 0.1f : -0.1f;
    }
  }
  return net;
}

/// One output of a layer, by the definition.
static double
define_output(const TmbLayer* const layer,
              const double* const   x,
              const size_t          channel,
              const size_t          position)
{
  const size_t width    = layer->width;
  const size_t channels = layer->in_channels;
  const size_t length   = channels ? layer->n_in / channels : 0U;
  const double pi       = 3.141592653589793;
  double       y        = layer->bias ? (double)layer->bias[channel] : 0.0;
  switch (layer->kind) {
    case TMB_DENSE:
      for (size_t i = 0U; i < layer->n_in; ++i) {
        y += (double)layer->weight[(i * layer->n_out) + channel] * x[i];
      }
      break;
    case TMB_CONV:
      for (size_t t = 0U; t < channels * width; ++t) {
        const size_t at = position + (t % width) - (width / 2U);
        if (at < length) { // Before the first, it has wrapped around
          y += (double)layer->weight[(t * layer->out_channels) + channel] *
               x[((t / width) * length) + at];
        }
      }
      break;
    case TMB_POOL:
      y = -HUGE_VAL;
      for (size_t k = 0U; k < width; ++k) {
        y = fmax(y, x[(channel * length) + (position * width) + k]);
      }
      break;
    case TMB_IDCT:
      if (channel == channels) {
        return x[channel * width];
      }
      y = x[channel * width] / sqrt((double)width);
      for (size_t k = 1U; k < width; ++k) {
        y += sqrt(2.0 / (double)width) * x[(channel * width) + k] *
             cos(pi * (double)k * ((2.0 * (double)position) + 1.0) /
                 (2.0 * (double)width));
      }
      break;
  }
  return (layer->activation == TMB_RELU) ? fmax(y, 0.0) : y;
}

static void
dense_layer_is_activation_of_wx_plus_b(void** const state)
{
  (void)state;
  // Logits W x + b of x = (1, -2): 1 - 6 + 10, 2 + 8 - 3, 0 + 10 - 5
  static const float weight[] = { 1.0f, 2.0f, 0.0f, 3.0f, -4.0f, -5.0f };
  static const float bias[]   = { 10.0f, -3.0f, -5.0f };
  static const float mean[]   = { 0.0f, 0.0f };
  static const float scale[]  = { 1.0f, 1.0f };
  static const float x[]      = { 1.0f, -2.0f };
  static const struct {
    TmbActivation activation;
    double        logits[3];
  } rows[] = {
    { TMB_IDENTITY, { 5.0, 7.0, 5.0 } },
    { TMB_RELU, { 5.0, 7.0, 5.0 } },
    { TMB_SIGMOID, { 0.99330714907572, 0.99908894880560, 0.99330714907572 } },
    { TMB_TANH, { 0.99990920426260, 0.99999833694395, 0.99990920426260 } },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const TmbNet net = {
      1U,   { TEST_DENSE(2U, 3U, rows[r].activation, weight, bias) },
      mean, scale,
      1U,   { 1.0f }
    };
    float        scratch[8];
    float        posterior[3];
    const double sum =
      exp(rows[r].logits[0]) + exp(rows[r].logits[1]) + exp(rows[r].logits[2]);
    assert_int_equal(tmb_net_scratch(&net), 8U);
    tmb_net_forward(&net, x, 0U, scratch, posterior);
    for (unsigned k = 0U; k < 3U; ++k) {
      const float exact = (float)(exp(rows[r].logits[k]) / sum);
      assert_float_equal(posterior[k], exact, 1e-6f);
    }
  }
}

static void
relu_cuts_and_the_others_saturate(void** const state)
{
  (void)state;
  // One input, two hidden units of opposite sign, read out one by one
  static const float in[]    = { 1.0f, -1.0f };
  static const float out[]   = { 1.0f, 0.0f, 0.0f, 1.0f };
  static const float zeros[] = { 0.0f, 0.0f };
  static const float one[]   = { 1.0f };
  static const float x[]     = { -1000.0f };
  static const struct {
    TmbActivation activation;
    float         difference; ///< Of the logits
  } rows[] = { { TMB_RELU, -1000.0f },
               { TMB_SIGMOID, -1.0f },
               { TMB_TANH, -2.0f } };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const TmbNet net = { 2U,
                         { TEST_DENSE(1U, 2U, rows[r].activation, in, zeros),
                           TEST_DENSE(2U, 2U, TMB_IDENTITY, out, zeros) },
                         zeros,
                         one,
                         1U,
                         { 1.0f } };
    float        scratch[5];
    float        posterior[2];
    tmb_net_forward(&net, x, 0U, scratch, posterior);
    const float exact = 1.0f / (1.0f + expf(-rows[r].difference));
    assert_float_equal(posterior[0], exact, 1e-6f);
  }
}

static void
features_are_standardised(void** const state)
{
  (void)state;
  static const float weight[] = { 1.0f, 0.0f };
  static const float bias[]   = { 0.0f, 0.0f };
  static const float mean[]   = { 7.0f };
  static const float scale[]  = { 0.5f };
  static const float x[]      = { 11.0f };
  const TmbNet net = { 1U,   { TEST_DENSE(1U, 2U, TMB_IDENTITY, weight, bias) },
                       mean, scale,
                       1U,   { 1.0f } };
  float        scratch[5];
  float        posterior[2];
  tmb_net_forward(&net, x, 0U, scratch, posterior);
  assert_float_equal(posterior[0], 0.880797f, 1e-6f); // Logits 2 and 0
}

static void
forward_agrees_with_double_precision(void** const state)
{
  (void)state;
  TestModel model;
  Signal    features = signal_new(TEST_INPUTS);
  float     scratch[3U * TEST_INPUTS];
  float     posterior[TEST_CLASSES];
  double    hidden[TEST_HIDDEN];
  double    logits[TEST_CLASSES];
  double    sum = 0.0;
  test_model_init(&model);
  signal_fill_noise(&features);
  assert_int_equal(tmb_net_inputs(&model.net), TEST_INPUTS);
  assert_int_equal(tmb_net_outputs(&model.net), TEST_CLASSES);
  assert_int_equal(tmb_net_scratch(&model.net), 3U * TEST_INPUTS);
  tmb_net_forward(&model.net, features.y, 0U, scratch, posterior);

  for (unsigned o = 0U; o < TEST_HIDDEN; ++o) {
    double y = (double)model.bias0[o];
    for (unsigned i = 0U; i < TEST_INPUTS; ++i) {
      y += ((double)features.y[i] - (double)model.mean[i]) *
           (double)model.scale[i] *
           (double)model.weight0[(i * TEST_HIDDEN) + o];
    }
    hidden[o] = 1.0 / (1.0 + exp(-y));
  }
  for (unsigned o = 0U; o < TEST_CLASSES; ++o) {
    logits[o] = (double)model.bias1[o];
    for (unsigned i = 0U; i < TEST_HIDDEN; ++i) {
      logits[o] += hidden[i] * (double)model.weight1[(i * TEST_CLASSES) + o];
    }
    logits[o] = exp(logits[o] / (double)model.net.temperatures[0]);
    sum += logits[o];
  }
  for (unsigned o = 0U; o < TEST_CLASSES; ++o) {
    const float exact = (float)(logits[o] / sum);
    assert_float_equal(posterior[o], exact, 1e-6f);
  }
  signal_free(&features);
}

/// The posterior of a network, whose calls are counted.
static Signal
ask(const TmbNet* const net, const Signal* const features)
{
  Signal scratch   = signal_new(tmb_net_scratch(net));
  Signal posterior = signal_new(tmb_net_outputs(net));
  realtime_forget();
  realtime_guard(true);
  tmb_net_forward(net, features->y, 0U, scratch.y, posterior.y);
  realtime_guard(false);
  signal_free(&scratch);
  return posterior;
}

/// Its logits, by the definition.
static Signal
define_logits(const TmbNet* const net, const Signal* const features)
{
  double* x      = (double*)calloc(TMB_MAX_WIDTH, sizeof(double));
  double* y      = (double*)calloc(TMB_MAX_WIDTH, sizeof(double));
  Signal  logits = signal_new(tmb_net_outputs(net));
  assert_true(x && y);
  for (uint32_t i = 0U; i < features->n; ++i) {
    x[i] = (double)features->y[i];
  }
  for (uint32_t l = 0U; l < net->n_layers; ++l) {
    const TmbLayer* const layer  = &net->layers[l];
    const uint32_t        length = layer->n_out / layer->out_channels;
    for (uint32_t i = 0U; i < layer->n_out; ++i) {
      y[i] = define_output(layer, x, i / length, i % length);
    }
    double* const output = y;
    y                    = x;
    x                    = output;
  }
  for (uint32_t o = 0U; o < logits.n; ++o) {
    logits.y[o] = (float)x[o];
  }
  free(y);
  free(x);
  return logits;
}

static void
layers_of_any_kind_agree_with_double_precision(void** const state)
{
  (void)state;
  for (size_t r = 0U; r < sizeof(plans) / sizeof(plans[0]); ++r) {
    TmbOwnNet* const own      = new_planned(&plans[r]);
    Signal           features = signal_new(tmb_net_inputs(&own->net));
    signal_fill_noise(&features);

    Signal posterior = ask(&own->net, &features);
    Signal exact     = define_logits(&own->net, &features);
    tmb_softmax(exact.y, exact.n, 1.0f);
    for (uint32_t o = 0U; o < exact.n; ++o) {
      if (!(fabsf(posterior.y[o] - exact.y[o]) <= 2e-6f)) {
        fail_msg("%s: class %u has the probability %g, not %g",
                 plans[r].label,
                 o,
                 (double)posterior.y[o],
                 (double)exact.y[o]);
      }
    }
    signal_free(&exact);
    signal_free(&posterior);
    signal_free(&features);
    tmb_own_net_free(own);
  }
}

static void
the_mean_of_the_views_logits_counts(void** const state)
{
  (void)state;
  enum { N = TEST_COEFFS * TEST_COEFFS };
  TestConvModel model;
  float         tables[2U * N];
  Signal        features = signal_new(TEST_INPUTS);
  test_conv_model_init(&model);
  signal_fill_noise(&features);
  for (uint32_t i = 0U; i < N; ++i) {
    tables[i]     = model.table[i];
    tables[N + i] = model.table[N - 1U - i];
  }

  TmbNet net           = model.net;
  net.layers[0].weight = tables;
  Signal first         = ask(&net, &features);
  net.layers[0].weight = tables + N;
  Signal second        = ask(&net, &features);
  net.layers[0].weight = tables;

  const uint64_t n_work     = tmb_net_work(&net);
  const uint64_t n_products = tmb_net_products(&net);
  net.layers[0].n_views     = 2U;
  Signal both               = ask(&net, &features);
  assert_int_equal(realtime_calls(), 0U);
  assert_int_equal(tmb_net_work(&net), 2U * n_work);
  assert_int_equal(tmb_net_products(&net), 2U * n_products);

  double sum = 0.0;
  for (uint32_t o = 0U; o < TEST_OUTPUTS; ++o) {
    sum += sqrt((double)first.y[o] * (double)second.y[o]);
  }
  for (uint32_t o = 0U; o < TEST_OUTPUTS; ++o) {
    const double exact = sqrt((double)first.y[o] * (double)second.y[o]) / sum;
    assert_float_equal(both.y[o], (float)exact, 1e-6f);
  }
  assert_true(fabsf(first.y[0] - second.y[0]) > 1e-3f);
  signal_free(&both);
  signal_free(&second);
  signal_free(&first);
  signal_free(&features);
}

static void
forward_makes_no_call_that_can_block(void** const state)
{
  (void)state;
  for (size_t r = 0U; r < sizeof(plans) / sizeof(plans[0]); ++r) {
    TmbOwnNet* const own       = new_planned(&plans[r]);
    Signal           features  = signal_new(tmb_net_inputs(&own->net));
    Signal           posterior = ask(&own->net, &features);
    if (realtime_calls()) {
      fail_msg("%s: %s() was called", plans[r].label, realtime_first());
    }
    signal_free(&posterior);
    signal_free(&features);
    tmb_own_net_free(own);
  }
}

static void
softmax_has_known_answers(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    float       logits[3];
    float       temperature;
    float       exact[3];
  } rows[] = {
    { "equal", { 5.0f, 5.0f, 5.0f }, 1.0f, { 1.0f / 3, 1.0f / 3, 1.0f / 3 } },
    { "odds of e",
      { 1.0f, 0.0f, 0.0f },
      1.0f,
      { .576117f, .211942f, .211942f } },
    { "hot", { 2.0f, 0.0f, 0.0f }, 2.0f, { .576117f, .211942f, .211942f } },
    { "cold", { 0.1f, 0.0f, 0.0f }, 0.1f, { .576117f, .211942f, .211942f } },
    { "large", { 3e38f, -3e38f, 0.0f }, 1.0f, { 1.0f, 0.0f, 0.0f } },
    { "shifted",
      { -9999.0f, -10000.0f, -10000.0f },
      1.0f,
      { .576117f, .211942f, .211942f } },
    { "impossible", { 0.0f, -INFINITY, 0.0f }, 1.0f, { 0.5f, 0.0f, 0.5f } },
    { "overflown",
      { INFINITY, 1.0f, 2.0f },
      1.0f,
      { 1.0f / 3, 1.0f / 3, 1.0f / 3 } },
    { "not a number",
      { 1.0f, NAN, 2.0f },
      1.0f,
      { 1.0f / 3, 1.0f / 3, 1.0f / 3 } },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    float p[3];
    for (unsigned k = 0U; k < 3U; ++k) {
      p[k] = rows[r].logits[k];
    }
    tmb_softmax(p, 3U, rows[r].temperature);
    for (unsigned k = 0U; k < 3U; ++k) {
      if (!(fabsf(p[k] - rows[r].exact[k]) <= 1e-6f)) {
        fail_msg("%s: class %u is %g", rows[r].label, k, (double)p[k]);
      }
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(dense_layer_is_activation_of_wx_plus_b),
    cmocka_unit_test(relu_cuts_and_the_others_saturate),
    cmocka_unit_test(features_are_standardised),
    cmocka_unit_test(forward_agrees_with_double_precision),
    cmocka_unit_test(layers_of_any_kind_agree_with_double_precision),
    cmocka_unit_test(the_mean_of_the_views_logits_counts),
    cmocka_unit_test(forward_makes_no_call_that_can_block),
    cmocka_unit_test(softmax_has_known_answers),
  };
  return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
