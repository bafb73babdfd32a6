// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/net_plan.h"

#include "tests/support/cmocka.h"

#include <stdio.h>
#include <string.h>

static TmbNetPlan
read_plan(const char* const text)
{
  TmbNetPlan plan = { .activation = TMB_TANH };
  TmbMessage why  = { "" };
  if (tmb_net_plan_read(text, &plan, &why)) {
    fail_msg("%s: %s", text, why.text);
  }
  assert_int_equal(plan.activation, TMB_TANH);
  return plan;
}

static void
what_is_read_is_written(void** const state)
{
  static const struct {
    const char* read;
    const char* written;
  } rows[] = {
    { "", "" },
    { "dense 256", "dense 256" },
    { " dense  512   dense 256 ", "dense 512 dense 256" },
    { "idct conv 32x7 pool conv 48x5 pool conv 64x3 pool dense 128",
      "idct conv 32x7 pool conv 48x5 pool conv 64x3 pool dense 128" },
    { "pool 2 conv 1x1 pool 3", "pool conv 1x1 pool 3" },
    { "conv 16384x63 dense 16384", "conv 16384x63 dense 16384" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const TmbNetPlan plan = read_plan(rows[i].read);
    char             text[TMB_PLAN_TEXT];
    tmb_net_plan_write(&plan, text, sizeof(text));
    assert_string_equal(text, rows[i].written);
  }
}

static void
the_longest_plan_has_room(void** const state)
{
  (void)state;
  char   longest[TMB_PLAN_TEXT] = "";
  size_t at                     = 0U;
  for (unsigned i = 0U; i < TMB_MAX_PLANNED; ++i) {
    at += (size_t)snprintf(
      longest + at, sizeof(longest) - at, "%sconv 16384x63", i ? " " : "");
  }
  const TmbNetPlan plan = read_plan(longest);
  char             text[TMB_PLAN_TEXT];
  tmb_net_plan_write(&plan, text, sizeof(text));
  assert_string_equal(text, longest);
}

static void
nonsense_is_refused(void** const state)
{
  static const struct {
    const char* text;
    const char* reason;
  } rows[] = {
    { "lstm 3", "not \"lstm\"" },
    { "dense", "dense takes a number from 1 to 16384, not \"\"" },
    { "dense 0", "not \"0\"" },
    { "dense -1", "not \"-1\"" },
    { "dense 16385", "not \"16385\"" },
    { "dense 99999999999999999999999", "dense takes" },
    { "dense 8x", "not \"8x\"" },
    { "512,256", "not \"512,256\"" },
    { "conv 8", "not \"8\"" },
    { "conv 8x", "not \"8x\"" },
    { "conv 8x4", "an odd number up to 63, not \"8x4\"" },
    { "conv 8x65", "not \"8x65\"" },
    { "conv 8x3x1", "not \"8x3x1\"" },
    { "conv 0x3", "not \"0x3\"" },
    { "pool 0", "pool takes" },
    { "pool x", "not \"x\"" },
    { "conv 8x3 idct", "idct can only come first" },
    { "idct idct", "idct can only come first" },
    { "dense 3 pool", "only be dense layers" },
    { "pool pool pool pool pool pool pool pool pool pool pool pool pool pool "
      "pool pool",
      "at most 15 layers" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbNetPlan plan = { 0U };
    TmbMessage why  = { "" };
    print_message("%s\n", rows[i].text);
    assert_int_equal(tmb_net_plan_read(rows[i].text, &plan, &why), TMB_BAD_ARG);
    if (!strstr(why.text, rows[i].reason)) {
      fail_msg("\"%s\" does not say \"%s\"", why.text, rows[i].reason);
    }
  }
}

static void
plans_tell_whether_they_are_dense(void** const state)
{
  (void)state;
  const TmbNetPlan none  = read_plan("");
  const TmbNetPlan dense = read_plan("dense 4 dense 3");
  const TmbNetPlan pool  = read_plan("pool dense 3");
  assert_true(tmb_net_plan_is_dense(&none));
  assert_true(tmb_net_plan_is_dense(&dense));
  assert_false(tmb_net_plan_is_dense(&pool));
}

static void
shapes_follow_from_what_comes_in(void** const state)
{
  // That of the notes' recipe: 12 segments of 80 coefficients
  static const struct {
    TmbLayerKind  kind;
    TmbActivation activation;
    uint32_t      n_in;
    uint32_t      n_out;
    uint32_t      in_channels;
    uint32_t      out_channels;
    uint32_t      width;
  } expected[] = {
    { TMB_IDCT, TMB_IDENTITY, 961U, 1040U, 12U, 13U, 80U },
    { TMB_CONV, TMB_RELU, 1040U, 2560U, 13U, 32U, 7U },
    { TMB_POOL, TMB_IDENTITY, 2560U, 1280U, 32U, 32U, 2U },
    { TMB_CONV, TMB_RELU, 1280U, 1920U, 32U, 48U, 5U },
    { TMB_POOL, TMB_IDENTITY, 1920U, 624U, 48U, 48U, 3U },
    { TMB_DENSE, TMB_TANH, 624U, 128U, 0U, 128U, 0U },
    { TMB_DENSE, TMB_IDENTITY, 128U, 26U, 0U, 26U, 0U },
  };
  enum { N = sizeof(expected) / sizeof(*expected) };

  (void)state;
  const TmbNetPlan plan =
    read_plan("idct conv 32x7 pool conv 48x5 pool 3 dense 128");
  const TmbNetEnds ends = { 961U, 80U, 26U };
  TmbNet           net;
  TmbMessage       why = { "" };
  assert_int_equal(tmb_net_plan_fit(&plan, &ends, &net, &why), TMB_OK);
  assert_int_equal(net.n_layers, N);
  for (unsigned i = 0U; i < N; ++i) {
    const TmbLayer* const layer = &net.layers[i];
    print_message("layer %u\n", i);
    assert_int_equal(layer->kind, expected[i].kind);
    assert_int_equal(layer->activation, expected[i].activation);
    assert_int_equal(layer->n_in, expected[i].n_in);
    assert_int_equal(layer->n_out, expected[i].n_out);
    assert_int_equal(layer->in_channels, expected[i].in_channels);
    assert_int_equal(layer->out_channels, expected[i].out_channels);
    assert_int_equal(layer->width, expected[i].width);
    assert_null(layer->weight);
    assert_null(layer->bias);
  }
}

static void
inputs_of_any_kind_are_one_channel(void** const state)
{
  (void)state;
  const TmbNetPlan plan = read_plan("conv 4x3");
  const TmbNetEnds ends = { 10U, 0U, 3U };
  TmbNet           net;
  TmbMessage       why = { "" };
  assert_int_equal(tmb_net_plan_fit(&plan, &ends, &net, &why), TMB_OK);
  assert_int_equal(net.layers[0].in_channels, 1U);
  assert_int_equal(net.layers[0].n_out, 40U);
  assert_int_equal(net.layers[1].n_in, 40U);
}

static void
layers_that_do_not_fit_are_named(void** const state)
{
  static const struct {
    const char* text;
    TmbNetEnds  ends;
    const char* reason;
  } rows[] = {
    { "", { 0U, 0U, 2U }, "a network has 1 to 16384 inputs, not 0" },
    { "", { 16385U, 0U, 2U }, "not 16385" },
    { "", { 4U, 0U, 16385U }, "dense 16385 does not fit" },
    { "idct", { 12U, 0U, 2U }, "idct does not fit: the inputs are no cosine" },
    { "idct", { 12U, 4U, 2U }, "idct does not fit" },
    { "conv 2x3 pool pool pool 3",
      { 9U, 0U, 2U },
      "pool 3 does not fit: too few values are left" },
    { "conv 2000x3",
      { 9U, 0U, 2U },
      "conv 2000x3 does not fit: it would have" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const TmbNetPlan plan = read_plan(rows[i].text);
    TmbNet           net;
    TmbMessage       why = { "" };
    print_message("%s\n", rows[i].text);
    assert_int_equal(tmb_net_plan_fit(&plan, &rows[i].ends, &net, &why),
                     TMB_BAD_ARG);
    if (!strstr(why.text, rows[i].reason)) {
      fail_msg("\"%s\" does not say \"%s\"", why.text, rows[i].reason);
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_read_is_written),
    cmocka_unit_test(the_longest_plan_has_room),
    cmocka_unit_test(nonsense_is_refused),
    cmocka_unit_test(plans_tell_whether_they_are_dense),
    cmocka_unit_test(shapes_follow_from_what_comes_in),
    cmocka_unit_test(inputs_of_any_kind_are_one_channel),
    cmocka_unit_test(layers_that_do_not_fit_are_named),
  };
  return cmocka_run_group_tests_name("net_plan", tests, NULL, NULL);
}
