// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/about.h"
#include "plugin/outbox.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// What is said of a model that is made of parts.
static TmbAbout
describe(const TmbModelParts* const parts, const char* const name)
{
  const Folder folder = folder_new();
  TmbModel*    model  = NULL;
  TmbMessage   why    = { "" };
  TmbAbout     about;
  char         path[512];
  (void)snprintf(
    path, sizeof(path), "%s", folder_file(&folder, "model.safetensors"));
  if (tmb_model_write(path, parts, &why) ||
      tmb_model_load(path, &model, &why)) {
    fail_msg("%s", why.text);
  }

  memset(&about, 0xA5, sizeof(about));
  tmb_about_model(name ? name : path, model, &about);
  tmb_model_free(model);
  folder_remove(&folder);
  return about;
}

static void
the_name_is_the_files(void** const state)
{
  static const struct {
    const char* label;
    const char* path;
    const char* name;
  } rows[] = {
    { "a path", "/home/me/my strings.safetensors", "my strings" },
    { "no folder", "strings.safetensors", "strings" },
    { "no ending", "/home/strings", "strings" },
    { "another ending", "/home/strings.v2", "strings.v2" },
    { "only the ending", "/home/.safetensors", ".safetensors" },
    { "a short one", "/x", "x" },
  };

  (void)state;
  TestModel model;
  test_model_init(&model);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    const TmbAbout about = describe(&model.parts, rows[i].path);
    print_message("%s\n", rows[i].label);
    assert_string_equal(about.name, rows[i].name);
  }
}

static void
classes_are_lines(void** const state)
{
  (void)state;
  TestModel model;
  test_model_init(&model);
  assert_string_equal(describe(&model.parts, NULL).classes,
                      "violin\npercussion\nOrgel \"groß\"");

  // What is none of the classes is no class
  TestConvModel conv;
  test_conv_model_init(&conv);
  assert_string_equal(describe(&conv.parts, NULL).classes,
                      "violin\npercussion\nOrgel \"groß\"");
}

static void
a_long_list_of_classes_is_cut_between_lines(void** const state)
{
  (void)state;
  enum { N = TMB_MAX_CLASSES, N_NAME = TMB_MAX_NAME - 1U };
  TmbClass* const classes = (TmbClass*)calloc(N, sizeof(TmbClass));
  float* const    weights = (float*)calloc(N, TEST_INPUTS * sizeof(float));
  float* const    bias    = (float*)calloc(N, sizeof(float));
  assert_true(classes && weights && bias);
  for (unsigned i = 0U; i < N; ++i) {
    (void)snprintf(classes[i].name, TMB_MAX_NAME, "%0*u", (int)N_NAME, i);
    classes[i].program = -1;
  }

  TestModel model;
  test_model_init(&model);
  model.parts.classes = classes;
  model.net.n_layers  = 1U;
  model.net.layers[0] =
    (TmbLayer)TEST_DENSE(TEST_INPUTS, N, TMB_IDENTITY, weights, bias);
  const TmbAbout about = describe(&model.parts, NULL);
  const size_t   n     = strlen(about.classes);
  assert_true(n < TMB_MAX_CLASS_LIST);
  assert_true(n > TMB_MAX_CLASS_LIST - 2U * TMB_MAX_NAME);
  assert_int_equal(n % TMB_MAX_NAME, 3U);
  assert_string_equal(about.classes + n - 4U, "\n...");
  free(bias);
  free(weights);
  free(classes);
}

static void
notes_are_counted_if_the_model_tells(void** const state)
{
  static const struct {
    const char* label;
    const char* training;
    int         n_notes;
  } rows[] = {
    { "of timbrel train", "{\"notes\":24254,\"recordings\":3}", 24254 },
    { "of rows", "{\"rows\":12}", 0 },
    { "a text", "by hand", 0 },
    { "a list", "[24254]", 0 },
    { "no number", "{\"notes\":\"many\"}", 0 },
    { "negative", "{\"notes\":-1}", 0 },
    { "too many", "{\"notes\":2147483648}", 0 },
    { "not told", NULL, 0 },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    const TmbNoteOfModel note = { TMB_KEY_TRAINING, rows[i].training };
    TestModel            model;
    test_model_init(&model);
    model.parts.notes   = &note;
    model.parts.n_notes = rows[i].training ? 1U : 0U;
    print_message("%s\n", rows[i].label);
    assert_int_equal(describe(&model.parts, NULL).n_notes, rows[i].n_notes);
  }
}

static void
notes_are_counted_by_class_if_the_model_tells(void** const state)
{
  static const struct {
    const char* label;
    const char* training;
    const char* classes;
  } rows[] = {
    { "of timbrel train",
      "{\"notes_by_class\":{\"percussion\":7,\"violin\":812,\"unknown\":1}}",
      "violin\t812\npercussion\t7\nOrgel \"groß\"" },
    { "no numbers",
      "{\"notes_by_class\":{\"percussion\":\"7\",\"violin\":-1}}",
      "violin\npercussion\nOrgel \"groß\"" },
    { "no object",
      "{\"notes_by_class\":[1,2,3]}",
      "violin\npercussion\nOrgel \"groß\"" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    const TmbNoteOfModel note = { TMB_KEY_TRAINING, rows[i].training };
    TestModel            model;
    test_model_init(&model);
    model.parts.notes   = &note;
    model.parts.n_notes = 1U;
    print_message("%s\n", rows[i].label);
    assert_string_equal(describe(&model.parts, NULL).classes, rows[i].classes);
  }
}

/// Events, which all of it is one of, have rsz:minimumSize 16384.
static void
all_of_it_fits_into_what_hosts_offer(void** const state)
{
  (void)state;
  const size_t n = sizeof(LV2_Atom_Sequence_Body) + TMB_MESSAGE_BYTES;
  assert_true(n <= 16384U);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_name_is_the_files),
    cmocka_unit_test(classes_are_lines),
    cmocka_unit_test(a_long_list_of_classes_is_cut_between_lines),
    cmocka_unit_test(notes_are_counted_if_the_model_tells),
    cmocka_unit_test(notes_are_counted_by_class_if_the_model_tells),
    cmocka_unit_test(all_of_it_fits_into_what_hosts_offer),
  };
  return cmocka_run_group_tests_name("about", tests, NULL, NULL);
}
