// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "plugin/ports.h"
#include "tests/support/bundle.h"
#include "tests/support/cmocka.h"
#include "tests/support/host.h"
#include "tests/support/process.h"

#include <lilv/lilv.h>

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LV2 "http://lv2plug.in/ns/lv2core#"

/// The plugin as lilv sees the built bundle.
typedef struct {
  LilvWorld*        world;
  const LilvPlugin* plugin;
} Described;

static int
setup(void** const state)
{
  Described* const self = (Described*)calloc(1U, sizeof(Described));
  assert_non_null(self);
  self->world         = lilv_world_new();
  LilvNode* const uri = lilv_new_uri(self->world, "urn:timbrel:mono");
  LilvNode* const path =
    lilv_new_file_uri(self->world, NULL, bundle_built("timbrel.lv2/"));
  lilv_world_load_bundle(self->world, path);
  self->plugin =
    lilv_plugins_get_by_uri(lilv_world_get_all_plugins(self->world), uri);
  lilv_node_free(path);
  lilv_node_free(uri);
  *state = self;
  return self->plugin ? 0 : -1;
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
port_is_a(const Described* const self,
          const LilvPort* const  port,
          const char* const      class_uri)
{
  LilvNode* const node = lilv_new_uri(self->world, class_uri);
  const bool      is_a = lilv_port_is_a(self->plugin, port, node);
  lilv_node_free(node);
  return is_a;
}

static void
the_turtle_repeats_the_port_table(void** const state)
{
  static const char* const kinds[] = {
    [TMB_KIND_AUDIO]   = LV2 "AudioPort",
    [TMB_KIND_ATOM]    = "http://lv2plug.in/ns/ext/atom#AtomPort",
    [TMB_KIND_CONTROL] = LV2 "ControlPort",
  };
  static const char* const flows[] = {
    [TMB_FLOW_INPUT]  = LV2 "InputPort",
    [TMB_FLOW_OUTPUT] = LV2 "OutputPort",
  };

  const Described* const self = (const Described*)*state;
  float                  least[TMB_N_PORTS];
  float                  largest[TMB_N_PORTS];
  float                  usual[TMB_N_PORTS];
  assert_int_equal(lilv_plugin_get_num_ports(self->plugin), TMB_N_PORTS);
  lilv_plugin_get_port_ranges_float(self->plugin, least, largest, usual);

  for (uint32_t i = 0U; i < TMB_N_PORTS; ++i) {
    const TmbPort         row  = tmb_port((TmbPortIndex)i);
    const LilvPort* const port = lilv_plugin_get_port_by_index(self->plugin, i);
    print_message("%s\n", row.symbol);
    assert_string_equal(
      lilv_node_as_string(lilv_port_get_symbol(self->plugin, port)),
      row.symbol);
    assert_true(port_is_a(self, port, kinds[row.kind]));
    assert_true(port_is_a(self, port, flows[row.flow]));
    if (row.kind == TMB_KIND_CONTROL) {
      assert_true(usual[i] == row.usual);
      assert_true(least[i] == row.least);
      assert_true(largest[i] == row.largest);
    } else {
      assert_true(isnan(usual[i]));
    }
  }
}

static void
each_port_explains_itself(void** const state)
{
  const Described* const self = (const Described*)*state;
  LilvNode* const comment = lilv_new_uri(self->world, LILV_NS_RDFS "comment");
  for (uint32_t i = 0U; i < TMB_N_PORTS; ++i) {
    const LilvPort* const port = lilv_plugin_get_port_by_index(self->plugin, i);
    LilvNode* const       text = lilv_port_get(self->plugin, port, comment);
    LilvNode* const       name = lilv_port_get_name(self->plugin, port);
    assert_non_null(name);
    assert_non_null(text);
    lilv_node_free(name);
    lilv_node_free(text);
  }
  lilv_node_free(comment);
}

/// The label of a port's scale point, without capitals and spaces, or "".
static void
point_label(const Described* const self,
            const TmbPortIndex     index,
            const int              value,
            char                   label[64])
{
  const LilvPort* const port =
    lilv_plugin_get_port_by_index(self->plugin, index);
  LilvScalePoints* const points =
    lilv_port_get_scale_points(self->plugin, port);

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
count_points(const Described* const self, const TmbPortIndex index)
{
  const LilvPort* const port =
    lilv_plugin_get_port_by_index(self->plugin, index);
  LilvScalePoints* const points =
    lilv_port_get_scale_points(self->plugin, port);
  const unsigned n = lilv_scale_points_size(points);
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
  static const TmbPortIndex ports[] = { TMB_PORT_MIDI_MODE, TMB_PORT_STATUS };

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
the_bundle_is_valid(void** const state)
{
  (void)state;
  char manifest[512];
  (void)snprintf(
    manifest, sizeof(manifest), "%s", bundle_built("timbrel.lv2/manifest.ttl"));
  const char* const arguments[] = { "/usr/bin/env",
                                    "lv2_validate",
                                    manifest,
                                    bundle_built("timbrel.lv2/timbrel.ttl"),
                                    NULL };

  // A syntax error shows on stderr alone, in a status of 0
  Process process = process_run(arguments, NULL);
  if (process.status || strstr(process.err, "error") ||
      strstr(process.err, "warning")) {
    fail_msg("status %d: %s%s", process.status, process.out, process.err);
  }
  process_free(&process);
}

static void
the_binary_exports_only_its_descriptor(void** const state)
{
  (void)state;
  const char* const arguments[] = { "/usr/bin/env",
                                    "nm",
                                    "--dynamic",
                                    "--defined-only",
                                    "--format=posix",
                                    bundle_built("timbrel.lv2/timbrel.so"),
                                    NULL };

  Process process = process_run(arguments, NULL);
  assert_int_equal(process.status, 0);
  assert_int_equal(strncmp(process.out, "lv2_descriptor T ", 17U), 0);
  assert_ptr_equal(strchr(process.out, '\n') + 1,
                   process.out + strlen(process.out));
  process_free(&process);
}

static void
the_factory_model_is_ready(void** const state)
{
  (void)state;
  Host* const host = host_new(bundle_built("timbrel.lv2"), HOST_FULL, 48000.0);
  float       out[64] = { 0.0f };
  assert_non_null(host);
  host_run(host, out, out, 64U);
  assert_true(host_get(host, "status") == (float)TMB_STATE_READY);
  assert_string_equal(host_log(host), "");
  host_free(host);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
    TEST(the_turtle_repeats_the_port_table),
    TEST(each_port_explains_itself),
    TEST(scale_points_are_the_factory_classes),
    TEST(enumerations_name_every_value),
    TEST(the_bundle_is_valid),
    TEST(the_binary_exports_only_its_descriptor),
    TEST(the_factory_model_is_ready),
  };
  return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
