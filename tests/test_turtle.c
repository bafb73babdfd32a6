// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "plugin/ports.h"
#include "tests/support/bundle.h"
#include "tests/support/cmocka.h"

#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/midi/midi.h>
#include <lv2/patch/patch.h>
#include <lv2/port-groups/port-groups.h>
#include <lv2/port-props/port-props.h>
#include <lv2/state/state.h>
#include <lv2/time/time.h>

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS "urn:timbrel:ns#"

/// The plugins as lilv sees the built bundle.
typedef struct {
  LilvWorld*        world;
  const LilvPlugin* plugins[TMB_N_VARIANTS];
} Described;

static int
setup(void** const state)
{
  Described* const self = (Described*)calloc(1U, sizeof(Described));
  assert_non_null(self);
  self->world = lilv_world_new();
  LilvNode* const path =
    lilv_new_file_uri(self->world, NULL, bundle_built("timbrel.lv2/"));
  lilv_world_load_bundle(self->world, path);
  lilv_node_free(path);

  const LilvPlugins* const all   = lilv_world_get_all_plugins(self->world);
  int                      error = 0;
  for (unsigned v = 0U; v < TMB_N_VARIANTS; ++v) {
    LilvNode* const uri = lilv_new_uri(self->world, tmb_variants[v].uri);
    self->plugins[v]    = lilv_plugins_get_by_uri(all, uri);
    error |= self->plugins[v] && lilv_plugin_verify(self->plugins[v]) ? 0 : -1;
    lilv_node_free(uri);
  }
  *state = self;
  return error;
}

static int
teardown(void** const state)
{
  Described* const self = (Described*)*state;
  lilv_world_free(self->world);
  free(self);
  return 0;
}

static bool
port_is_a(const Described* const  self,
          const LilvPlugin* const plugin,
          const LilvPort* const   port,
          const char* const       class_uri)
{
  LilvNode* const node = lilv_new_uri(self->world, class_uri);
  const bool      is_a = lilv_port_is_a(plugin, port, node);
  lilv_node_free(node);
  return is_a;
}

static void
compare_ports(const Described* const  self,
              const LilvPlugin* const plugin,
              const TmbVariant* const variant)
{
  static const char* const kinds[] = {
    [TMB_KIND_AUDIO]   = LV2_CORE__AudioPort,
    [TMB_KIND_ATOM]    = LV2_ATOM__AtomPort,
    [TMB_KIND_CONTROL] = LV2_CORE__ControlPort,
    [TMB_KIND_CV]      = LV2_CORE__CVPort,
  };
  static const char* const flows[] = {
    [TMB_FLOW_INPUT]  = LV2_CORE__InputPort,
    [TMB_FLOW_OUTPUT] = LV2_CORE__OutputPort,
  };

  float least[TMB_N_PORTS];
  float largest[TMB_N_PORTS];
  float usual[TMB_N_PORTS];
  assert_int_equal(lilv_plugin_get_num_ports(plugin), variant->n_ports);
  lilv_plugin_get_port_ranges_float(plugin, least, largest, usual);

  for (uint32_t i = 0U; i < variant->n_ports; ++i) {
    const TmbPort         row  = tmb_port(variant->ports[i]);
    const LilvPort* const port = lilv_plugin_get_port_by_index(plugin, i);
    print_message("%s %s\n", variant->uri, row.symbol);
    assert_string_equal(lilv_node_as_string(lilv_port_get_symbol(plugin, port)),
                        row.symbol);
    assert_true(port_is_a(self, plugin, port, kinds[row.kind]));
    assert_true(port_is_a(self, plugin, port, flows[row.flow]));
    if (row.kind == TMB_KIND_CONTROL || row.kind == TMB_KIND_CV) {
      assert_true(usual[i] == row.usual);
      assert_true(least[i] == row.least);
      assert_true(largest[i] == row.largest);
    } else {
      assert_true(isnan(usual[i]));
    }
  }
}

static void
the_turtle_repeats_the_port_tables(void** const state)
{
  const Described* const self = (const Described*)*state;
  for (unsigned v = 0U; v < TMB_N_VARIANTS; ++v) {
    compare_ports(self, self->plugins[v], &tmb_variants[v]);
  }
}

/// Ardour 7.3 refuses plugins that have any.
static void
only_one_plugin_has_cv(void** const state)
{
  const Described* const self = (const Described*)*state;
  LilvNode* const        cv   = lilv_new_uri(self->world, LV2_CORE__CVPort);
  for (unsigned v = 0U; v < TMB_N_VARIANTS; ++v) {
    assert_int_equal(
      lilv_plugin_get_num_ports_of_class(self->plugins[v], cv, NULL),
      v == TMB_CV ? 4U : 0U);
  }
  lilv_node_free(cv);
}

static void
each_port_explains_itself(void** const state)
{
  const Described* const self = (const Described*)*state;
  LilvNode* const comment = lilv_new_uri(self->world, LILV_NS_RDFS "comment");
  for (unsigned v = 0U; v < TMB_N_VARIANTS; ++v) {
    for (uint32_t i = 0U; i < tmb_variants[v].n_ports; ++i) {
      const LilvPlugin* const plugin = self->plugins[v];
      const LilvPort* const   port   = lilv_plugin_get_port_by_index(plugin, i);
      LilvNode* const         text   = lilv_port_get(plugin, port, comment);
      LilvNode* const         name   = lilv_port_get_name(plugin, port);
      assert_non_null(name);
      assert_non_null(text);
      lilv_node_free(name);
      lilv_node_free(text);
    }
  }
  lilv_node_free(comment);
}

/// A port of urn:timbrel:mono, which has the same ones as the others but for
/// sound and CV, put together from the same files.
static const LilvPort*
mono_port(const Described* const self, const TmbPortId id)
{
  LilvNode* const symbol = lilv_new_string(self->world, tmb_port(id).symbol);
  const LilvPort* const port =
    lilv_plugin_get_port_by_symbol(self->plugins[TMB_MONO], symbol);
  lilv_node_free(symbol);
  return port;
}

static LilvScalePoints*
mono_points(const Described* const self, const TmbPortId id)
{
  return lilv_port_get_scale_points(self->plugins[TMB_MONO],
                                    mono_port(self, id));
}

/// The label of a port's scale point, without capitals and spaces, or "".
static void
point_label(const Described* const self,
            const TmbPortId        id,
            const int              value,
            char                   label[64])
{
  LilvScalePoints* const points = mono_points(self, id);

  label[0] = '\0';
  LILV_FOREACH(scale_points, i, points)
  {
    const LilvScalePoint* const point = lilv_scale_points_get(points, i);
    if (lilv_node_as_int(lilv_scale_point_get_value(point)) == value) {
      assert_string_equal(label, ""); // One name for one value
      (void)snprintf(label,
                     64U,
                     "%s",
                     lilv_node_as_string(lilv_scale_point_get_label(point)));
    }
  }
  lilv_scale_points_free(points);

  for (char* c = label; *c; ++c) {
    *c = (*c == ' ') ? '_' : (char)tolower((unsigned char)*c);
  }
}

static unsigned
count_points(const Described* const self, const TmbPortId id)
{
  LilvScalePoints* const points = mono_points(self, id);
  const unsigned         n      = lilv_scale_points_size(points);
  lilv_scale_points_free(points);
  return n;
}

static void
scale_points_are_the_factory_classes(void** const state)
{
  const Described* const self  = (const Described*)*state;
  TmbModel*              model = NULL;
  TmbMessage             why   = { "" };
  char                   label[64];
  if (tmb_model_load(
        bundle_built("timbrel.lv2/factory.safetensors"), &model, &why)) {
    fail_msg("%s", why.text);
  }

  const uint32_t n = tmb_model_n_classes(model);
  for (uint32_t i = 0U; i < n; ++i) {
    point_label(self, TMB_PORT_WATCH, (int)i, label);
    assert_string_equal(label, tmb_model_class(model, i)->name);
    point_label(self, TMB_PORT_INSTRUMENT, (int)i, label);
    assert_string_equal(label, tmb_model_class(model, i)->name);
  }
  point_label(self, TMB_PORT_INSTRUMENT, TMB_UNKNOWN, label);
  assert_string_equal(label, "unknown");
  assert_int_equal(count_points(self, TMB_PORT_WATCH), n);
  assert_int_equal(count_points(self, TMB_PORT_INSTRUMENT), n + 1U);
  tmb_model_free(model);
}

static void
enumerations_name_every_value(void** const state)
{
  static const TmbPortId ports[] = { TMB_PORT_MIDI_MODE, TMB_PORT_STATUS };

  const Described* const self = (const Described*)*state;
  char                   label[64];
  for (size_t i = 0U; i < sizeof(ports) / sizeof(ports[0]); ++i) {
    const TmbPort port = tmb_port(ports[i]);
    for (int value = (int)port.least; value <= (int)port.largest; ++value) {
      point_label(self, ports[i], value, label);
      assert_string_not_equal(label, "");
    }
  }

  // Of the factory model's front end
  const TmbFrontEnd* const front_end = &tmb_default_front_end;
  assert_int_equal(count_points(self, TMB_PORT_DECISION), front_end->n_ages);
  for (uint32_t i = 0U; i < front_end->n_ages; ++i) {
    point_label(self, TMB_PORT_DECISION, (int)front_end->ages[i].ms, label);
    assert_string_not_equal(label, "");
  }
}

static void
programs_have_the_names_of_general_midi(void** const state)
{
  static const struct {
    int         program;
    const char* name;
  } rows[] = {
    { -1, "none" },       { 0, "acoustic_grand_piano" },
    { 6, "harpsichord" }, { 19, "church_organ" },
    { 40, "violin" },     { 56, "trumpet" },
    { 57, "trombone" },   { 68, "oboe" },
    { 73, "flute" },      { 105, "banjo" },
    { 127, "gunshot" },
  };

  const Described* const self = (const Described*)*state;
  char                   label[64];
  assert_int_equal(count_points(self, TMB_PORT_PROGRAM), 129U);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    point_label(self, TMB_PORT_PROGRAM, rows[i].program, label);
    assert_string_equal(label, rows[i].name);
  }
}

/// Whether a port of mono has a value, such as a property.
static bool
port_has(const Described* const self,
         const TmbPortId        id,
         const char* const      predicate,
         const char* const      object)
{
  LilvNode* const  key   = lilv_new_uri(self->world, predicate);
  LilvNode* const  value = lilv_new_uri(self->world, object);
  LilvNodes* const values =
    lilv_port_get_value(self->plugins[TMB_MONO], mono_port(self, id), key);
  const bool has = lilv_nodes_contains(values, value);
  lilv_nodes_free(values);
  lilv_node_free(value);
  lilv_node_free(key);
  return has;
}

static void
hosts_know_what_ports_are_for(void** const state)
{
  static const struct {
    TmbPortId   id;
    const char* predicate;
    const char* object;
  } rows[] = {
    { TMB_PORT_IN, LV2_CORE__designation, LV2_PORT_GROUPS__center },
    { TMB_PORT_CONTROL, LV2_CORE__designation, LV2_CORE__control },
    { TMB_PORT_EVENTS, LV2_CORE__designation, LV2_CORE__control },
    { TMB_PORT_ENABLED, LV2_CORE__designation, LV2_CORE__enabled },
    { TMB_PORT_LATENCY, LV2_CORE__designation, LV2_CORE__latency },
    { TMB_PORT_LATENCY, LV2_CORE__portProperty, LV2_CORE__reportsLatency },
    { TMB_PORT_ENABLED, LV2_CORE__portProperty, LV2_CORE__toggled },
    { TMB_PORT_WATCHED, LV2_CORE__portProperty, LV2_CORE__toggled },
    { TMB_PORT_ONSET, LV2_CORE__portProperty, LV2_PORT_PROPS__trigger },
    { TMB_PORT_CC, LV2_CORE__portProperty, LV2_PORT_PROPS__notAutomatic },
    { TMB_PORT_WATCH, LV2_CORE__portProperty, LV2_CORE__enumeration },
    { TMB_PORT_MIDI_MODE, LV2_CORE__portProperty, LV2_CORE__enumeration },
  };

  const Described* const self = (const Described*)*state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    if (!port_has(self, rows[i].id, rows[i].predicate, rows[i].object)) {
      fail_msg("%s is no %s", tmb_port(rows[i].id).symbol, rows[i].object);
    }
  }
}

/// A group that is not described, as with a typing error, has no name.
static void
groups_have_symbols_and_names(void** const state)
{
  const Described* const self = (const Described*)*state;
  LilvNode* const group     = lilv_new_uri(self->world, LV2_PORT_GROUPS__group);
  LilvNode* const symbol    = lilv_new_uri(self->world, LV2_CORE__symbol);
  LilvNode* const name      = lilv_new_uri(self->world, LV2_CORE__name);
  unsigned        n_grouped = 0U;
  for (unsigned v = 0U; v < TMB_N_VARIANTS; ++v) {
    for (uint32_t i = 0U; i < tmb_variants[v].n_ports; ++i) {
      const LilvPort* const port =
        lilv_plugin_get_port_by_index(self->plugins[v], i);
      LilvNode* const of = lilv_port_get(self->plugins[v], port, group);
      if (of) {
        assert_true(lilv_world_ask(self->world, of, symbol, NULL));
        assert_true(lilv_world_ask(self->world, of, name, NULL));
        ++n_grouped;
      }
      lilv_node_free(of);
    }
  }
  assert_true(n_grouped >= 50U);
  lilv_node_free(name);
  lilv_node_free(symbol);
  lilv_node_free(group);
}

static void
properties_are_described(void** const state)
{
  static const struct {
    const char* predicate;
    const char* property;
    const char* range;
  } rows[] = {
    { LV2_PATCH__writable, NS "model", LV2_ATOM__Path },
    { LV2_PATCH__readable, NS "model", LV2_ATOM__Path },
    { LV2_PATCH__readable, NS "modelName", LV2_ATOM__String },
    { LV2_PATCH__readable, NS "classes", LV2_ATOM__String },
    { LV2_PATCH__readable, NS "notes", LV2_ATOM__Int },
  };

  const Described* const self = (const Described*)*state;
  LilvNode* const ranges      = lilv_new_uri(self->world, LILV_NS_RDFS "range");
  LilvNode* const label       = lilv_new_uri(self->world, LILV_NS_RDFS "label");
  for (unsigned v = 0U; v < TMB_N_VARIANTS; ++v) {
    const LilvNode* const plugin = lilv_plugin_get_uri(self->plugins[v]);
    for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
      LilvNode* const predicate = lilv_new_uri(self->world, rows[i].predicate);
      LilvNode* const property  = lilv_new_uri(self->world, rows[i].property);
      LilvNode* const range     = lilv_new_uri(self->world, rows[i].range);
      assert_true(lilv_world_ask(self->world, plugin, predicate, property));
      assert_true(lilv_world_ask(self->world, property, ranges, range));
      assert_true(lilv_world_ask(self->world, property, label, NULL));
      lilv_node_free(range);
      lilv_node_free(property);
      lilv_node_free(predicate);
    }
  }
  lilv_node_free(label);
  lilv_node_free(ranges);
}

static void
ports_say_which_messages_they_take(void** const state)
{
  static const struct {
    TmbPortId   id;
    const char* type;
  } rows[] = {
    { TMB_PORT_CONTROL, LV2_PATCH__Message },
    { TMB_PORT_CONTROL, LV2_TIME__Position },
    { TMB_PORT_EVENTS, LV2_PATCH__Message },
    { TMB_PORT_EVENTS, LV2_MIDI__MidiEvent },
    { TMB_PORT_EVENTS, LV2_STATE__StateChanged },
    { TMB_PORT_EVENTS, NS "Note" },
    { TMB_PORT_EVENTS, NS "Instrument" },
  };

  const Described* const self = (const Described*)*state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    assert_true(port_has(self, rows[i].id, LV2_ATOM__supports, rows[i].type));
  }
}

static int
plugin_number(const Described* const  self,
              const LilvPlugin* const plugin,
              const char* const       predicate)
{
  LilvNode* const  key    = lilv_new_uri(self->world, predicate);
  LilvNodes* const values = lilv_plugin_get_value(plugin, key);
  assert_int_equal(lilv_nodes_size(values), 1U);
  const int number = lilv_node_as_int(lilv_nodes_get_first(values));
  lilv_nodes_free(values);
  lilv_node_free(key);
  return number;
}

static void
plugins_have_the_version_and_a_project(void** const state)
{
  const Described* const self = (const Described*)*state;
  char*                  rest = NULL;
  const long      minor       = strtol(strchr(TMB_VERSION, '.') + 1, &rest, 10);
  const long      micro       = strtol(rest + 1, &rest, 10);
  LilvNode* const type        = lilv_new_uri(self->world, LILV_NS_RDF "type");
  LilvNode* const analyser =
    lilv_new_uri(self->world, LV2_CORE__AnalyserPlugin);
  assert_int_equal(*rest, '\0');
  for (unsigned v = 0U; v < TMB_N_VARIANTS; ++v) {
    const LilvPlugin* const plugin = self->plugins[v];
    assert_int_equal(plugin_number(self, plugin, LV2_CORE__minorVersion),
                     minor);
    assert_int_equal(plugin_number(self, plugin, LV2_CORE__microVersion),
                     micro);
    assert_true(
      lilv_world_ask(self->world, lilv_plugin_get_uri(plugin), type, analyser));
    LilvNode* const author = lilv_plugin_get_author_name(plugin);
    assert_string_equal(lilv_node_as_string(author), "The Timbrel authors");
    lilv_node_free(author);
  }
  lilv_node_free(analyser);
  lilv_node_free(type);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
    TEST(the_turtle_repeats_the_port_tables),
    TEST(only_one_plugin_has_cv),
    TEST(each_port_explains_itself),
    TEST(scale_points_are_the_factory_classes),
    TEST(enumerations_name_every_value),
    TEST(programs_have_the_names_of_general_midi),
    TEST(hosts_know_what_ports_are_for),
    TEST(groups_have_symbols_and_names),
    TEST(properties_are_described),
    TEST(ports_say_which_messages_they_take),
    TEST(plugins_have_the_version_and_a_project),
  };
  return cmocka_run_group_tests_name("turtle", tests, NULL, NULL);
}
