// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "plugin/ports.h"
#include "tests/support/bundle.h"
#include "tests/support/cmocka.h"
#include "tests/support/host.h"

#include <lilv/lilv.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PSET "http://lv2plug.in/ns/ext/presets#"
#define GATE_FOR "Gate for "

/// The built bundle as lilv sees it, with all that is said of presets.
typedef struct {
  LilvWorld* world;
  LilvNode*  preset; ///< Class; the others are properties
  LilvNode*  label;
  LilvNode*  comment;
  LilvNode*  port;
  LilvNode*  symbol;
  LilvNode*  value;
  LilvNodes* presets; ///< Of urn:timbrel:mono
} Described;

static LilvNodes*
presets_of(const Described* const self, const LilvPlugin* const plugin)
{
  LilvNodes* const presets = lilv_plugin_get_related(plugin, self->preset);
  LILV_FOREACH(nodes, i, presets)
  {
    assert_true(
      lilv_world_load_resource(self->world, lilv_nodes_get(presets, i)) >= 0);
  }
  return presets;
}

static int
setup(void** const state)
{
  Described* const self = (Described*)calloc(1U, sizeof(Described));
  assert_non_null(self);
  LilvWorld* const world = lilv_world_new();
  self->world            = world;
  self->preset           = lilv_new_uri(world, PSET "Preset");
  self->label            = lilv_new_uri(world, LILV_NS_RDFS "label");
  self->comment          = lilv_new_uri(world, LILV_NS_RDFS "comment");
  self->port             = lilv_new_uri(world, LILV_NS_LV2 "port");
  self->symbol           = lilv_new_uri(world, LILV_NS_LV2 "symbol");
  self->value            = lilv_new_uri(world, PSET "value");

  LilvNode* const uri = lilv_new_uri(world, "urn:timbrel:mono");
  LilvNode* const path =
    lilv_new_file_uri(world, NULL, bundle_built("timbrel.lv2/"));
  lilv_world_load_bundle(world, path);
  self->presets = presets_of(
    self, lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world), uri));
  lilv_node_free(path);
  lilv_node_free(uri);
  *state = self;
  return 0;
}

static int
teardown(void** const state)
{
  Described* const self = (Described*)*state;
  lilv_nodes_free(self->presets);
  lilv_node_free(self->preset);
  lilv_node_free(self->label);
  lilv_node_free(self->comment);
  lilv_node_free(self->port);
  lilv_node_free(self->symbol);
  lilv_node_free(self->value);
  lilv_world_free(self->world);
  free(self);
  return 0;
}

/// Something said of a preset or a port of it; freed by the caller.
static LilvNode*
get(const Described* const self,
    const LilvNode* const  subject,
    const LilvNode* const  property)
{
  LilvNode* const object = lilv_world_get(self->world, subject, property, NULL);
  assert_non_null(object);
  return object;
}

static void
every_plugin_has_them(void** const state)
{
  const Described* const   self    = (const Described*)*state;
  const LilvPlugins* const plugins = lilv_world_get_all_plugins(self->world);
  assert_true(lilv_nodes_size(self->presets) >= 8U);

  LILV_FOREACH(plugins, i, plugins)
  {
    const LilvPlugin* const plugin = lilv_plugins_get(plugins, i);
    print_message("%s\n", lilv_node_as_uri(lilv_plugin_get_uri(plugin)));
    LilvNodes* const presets = presets_of(self, plugin);
    assert_int_equal(lilv_nodes_size(presets), lilv_nodes_size(self->presets));
    lilv_nodes_free(presets);
  }
}

static void
each_has_a_name_of_its_own_and_says_what_it_is_for(void** const state)
{
  const Described* const self = (const Described*)*state;
  LILV_FOREACH(nodes, i, self->presets)
  {
    const LilvNode* const preset = lilv_nodes_get(self->presets, i);
    LilvNode* const       label  = get(self, preset, self->label);
    lilv_node_free(get(self, preset, self->comment));
    LilvNodes* const same =
      lilv_world_find_nodes(self->world, NULL, self->label, label);
    assert_int_equal(lilv_nodes_size(same), 1U);
    lilv_nodes_free(same);
    lilv_node_free(label);
  }
}

/// The row of a control input, or fail.
static TmbPort
input_of(const char* const symbol)
{
  int i = 0;
  while (i < (int)TMB_N_PORTS &&
         strcmp(tmb_port((TmbPortId)i).symbol, symbol)) {
    ++i;
  }
  assert_in_range(i, 0, TMB_N_PORTS - 1);

  const TmbPort port = tmb_port((TmbPortId)i);
  assert_int_equal(port.kind, TMB_KIND_CONTROL);
  assert_int_equal(port.flow, TMB_FLOW_INPUT);
  return port;
}

/// A preset's value for a control that it must set.
static float
value_of(const Described* const self,
         const LilvNode* const  preset,
         const char* const      symbol)
{
  float            found = 0.0f;
  unsigned         n     = 0U;
  LilvNodes* const ports =
    lilv_world_find_nodes(self->world, preset, self->port, NULL);
  LILV_FOREACH(nodes, i, ports)
  {
    const LilvNode* const port = lilv_nodes_get(ports, i);
    LilvNode* const       name = get(self, port, self->symbol);
    LilvNode* const       node = get(self, port, self->value);
    if (!strcmp(lilv_node_as_string(name), symbol)) {
      found = lilv_node_as_float(node);
      ++n;
    }
    lilv_node_free(node);
    lilv_node_free(name);
  }
  lilv_nodes_free(ports);
  assert_int_equal(n, 1U);
  return found;
}

/// A control holds what the preset says.
static void
check_port(const Described* const self,
           const LilvNode* const  port,
           const Host* const      host,
           bool* const            differs)
{
  LilvNode* const symbol = get(self, port, self->symbol);
  LilvNode* const node   = get(self, port, self->value);
  const TmbPort   row    = input_of(lilv_node_as_string(symbol));
  const float     value  = lilv_node_as_float(node);
  print_message("  %s %g\n", row.symbol, (double)value);
  assert_true(lilv_node_is_float(node)); // Ardour passes over integers
  assert_true(value >= row.least);
  assert_true(value <= row.largest);
  assert_true(host_get(host, row.symbol) == value);
  *differs = *differs || value != row.usual;
  lilv_node_free(node);
  lilv_node_free(symbol);
}

/// A preset, applied to a plugin, sets what it says.
static void
check_preset(const Described* const self,
             const LilvNode* const  preset,
             const char* const      plugin)
{
  bool        differs     = false;
  float       silence[64] = { 0.0f };
  Host* const host =
    host_new_plugin(bundle_built("timbrel.lv2"), plugin, HOST_FULL, 48000.0);
  print_message("%s, %s\n", plugin, lilv_node_as_uri(preset));
  assert_non_null(host);
  assert_true(host_preset(host, lilv_node_as_uri(preset)));
  host_run(host, silence, silence, 64U);
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);

  LilvNodes* const ports =
    lilv_world_find_nodes(self->world, preset, self->port, NULL);
  LILV_FOREACH(nodes, i, ports)
  {
    check_port(self, lilv_nodes_get(ports, i), host, &differs);
  }
  assert_true(differs);
  lilv_nodes_free(ports);
  host_free(host);
}

static void
each_sets_what_it_says(void** const state)
{
  const Described* const   self    = (const Described*)*state;
  const LilvPlugins* const plugins = lilv_world_get_all_plugins(self->world);
  LILV_FOREACH(nodes, i, self->presets)
  {
    LILV_FOREACH(plugins, p, plugins)
    {
      const LilvPlugin* const plugin = lilv_plugins_get(plugins, p);
      check_preset(self,
                   lilv_nodes_get(self->presets, i),
                   lilv_node_as_uri(lilv_plugin_get_uri(plugin)));
    }
  }
}

static void
gates_watch_the_instrument_of_their_name(void** const state)
{
  const Described* const self  = (const Described*)*state;
  TmbModel*              model = NULL;
  unsigned               n     = 0U;
  assert_int_equal(
    tmb_model_load(
      bundle_built("timbrel.lv2/factory.safetensors"), &model, NULL),
    TMB_OK);

  LILV_FOREACH(nodes, i, self->presets)
  {
    const LilvNode* const preset = lilv_nodes_get(self->presets, i);
    LilvNode* const       label  = get(self, preset, self->label);
    const char* const     name   = lilv_node_as_string(label);
    if (!strncmp(name, GATE_FOR, strlen(GATE_FOR))) {
      const uint32_t watch = (uint32_t)value_of(self, preset, "watch");
      assert_true(watch < tmb_model_n_classes(model));
      assert_string_equal(tmb_model_class(model, watch)->name,
                          name + strlen(GATE_FOR));
      ++n;
    }
    lilv_node_free(label);
  }
  assert_true(n > 0U);
  tmb_model_free(model);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
    TEST(every_plugin_has_them),
    TEST(each_has_a_name_of_its_own_and_says_what_it_is_for),
    TEST(each_sets_what_it_says),
    TEST(gates_watch_the_instrument_of_their_name),
  };
  return cmocka_run_group_tests_name("presets", tests, NULL, NULL);
}
