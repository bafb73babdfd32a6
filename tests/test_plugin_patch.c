// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/ports.h"
#include "tests/support/cmocka.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <string.h>

#define NS "urn:timbrel:ns#"
#define CLASSES "violin\npercussion\nflute\npiano\ntrumpet\nmarimba"

/// What a block's messages told.
typedef struct {
  size_t n_model;
  size_t n_others;
  size_t n_all;
  size_t n_changes;
} Told;

/// Run a few blocks and count what they tell.
static Told
listen(const Fixture* const self, Host* const host)
{
  host_forget(host);
  fixture_run_blocks(self, host, 4U);
  const Told told = { count_events(host, HOST_MODEL),
                      count_events(host, HOST_PROPERTY),
                      count_events(host, HOST_PROPERTIES),
                      count_events(host, HOST_STATE_CHANGED) };
  return told;
}

static void
expect_told(const char* const label, const Told told, const Told expected)
{
  if (memcmp(&told, &expected, sizeof(told)) != 0) {
    fail_msg("%s: %zu models, %zu other properties, %zu times all, %zu changes",
             label,
             told.n_model,
             told.n_others,
             told.n_all,
             told.n_changes);
  }
}

static void
each_get_is_answered(void** const state)
{
  static const struct {
    const char* label;
    const char* property;
    const char* subject;
    Told        told;
  } rows[] = {
    { "the model", NS "model", NULL, { 1U, 0U, 0U, 0U } },
    { "its name", NS "modelName", NULL, { 0U, 1U, 0U, 0U } },
    { "its classes", NS "classes", NULL, { 0U, 1U, 0U, 0U } },
    { "its notes", NS "notes", NULL, { 0U, 1U, 0U, 0U } },
    { "all", NULL, NULL, { 1U, 3U, 1U, 0U } },
    { "an unknown property", NS "onset", NULL, { 0U, 0U, 0U, 0U } },
    { "of another plugin", NULL, "urn:timbrel:none", { 0U, 0U, 0U, 0U } },
  };

  const Fixture* const self = (const Fixture*)*state;
  for (unsigned v = 0U; v < TMB_N_VARIANTS; ++v) {
    Host* const host = fixture_plugin(self, tmb_variants[v].uri, HOST_FULL);
    for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
      host_get_property(host, rows[i].property, rows[i].subject);
      expect_told(rows[i].label, listen(self, host), rows[i].told);
    }
    host_free(host);
  }
}

static void
properties_describe_the_model(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  host_get_property(host, NULL, NULL);
  (void)listen(self, host);
  assert_string_equal(host_model(host),
                      folder_file(&self->bundle, "factory.safetensors"));
  assert_string_equal(host_property(host, HOST_MODEL_NAME), "factory");
  assert_string_equal(host_property(host, HOST_CLASSES), CLASSES);
  assert_string_equal(host_property(host, HOST_NOTES), "0"); // It doesn't tell
  host_free(host);
}

static void
a_change_of_the_model_tells_all_about_it(void** const state)
{
  const Told           changed = { 1U, 3U, 0U, 1U };
  const Told           failed  = { 1U, 0U, 0U, 0U };
  const Fixture* const self    = (const Fixture*)*state;
  Host* const          host    = fixture_host(self, HOST_FULL);
  char                 other[FIXTURE_PATH];
  fixture_other_model(self, other);
  host_set_model(host, other);
  expect_told("a good model", listen(self, host), changed);
  assert_string_equal(host_model(host), other);
  assert_string_equal(host_property(host, HOST_MODEL_NAME), "other");
  assert_string_equal(host_property(host, HOST_CLASSES), CLASSES);

  host_set_model(host, "/nowhere/at/all.safetensors");
  expect_told("a bad model", listen(self, host), failed);
  assert_string_equal(host_model(host), other);
  host_free(host);
}

/// The host knows what it restores; it need not save that again.
static void
a_restored_model_is_no_change_of_state(void** const state)
{
  const Told           restored = { 1U, 3U, 0U, 0U };
  const Fixture* const self     = (const Fixture*)*state;
  const Folder         session  = folder_new();
  Host* const          host     = fixture_host(self, HOST_FULL);
  assert_true(host_save(host, session.path));
  assert_true(host_restore(host, session.path, true));
  expect_told("restored", listen(self, host), restored);
  host_free(host);
  folder_remove(&session);
}

static void
what_cannot_be_set_is_told_as_it_is(void** const state)
{
  static const struct {
    const char* label;
    const char* property;
    Told        told;
  } rows[] = {
    { "a model that is no path", NS "model", { 1U, 0U, 0U, 0U } },
    { "the classes", NS "classes", { 0U, 1U, 0U, 0U } },
    { "an unknown property", NS "onset", { 0U, 0U, 0U, 0U } },
  };

  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
    host_set_property(host, rows[i].property, "violin");
    expect_told(rows[i].label, listen(self, host), rows[i].told);
  }
  assert_string_equal(host_property(host, HOST_CLASSES), CLASSES);
  host_free(host);
}

static void
what_does_not_fit_is_told_later(void** const state)
{
  const Fixture* const self = (const Fixture*)*state;
  Host* const          host = fixture_host(self, HOST_FULL);
  const Told           all  = { 1U, 3U, 1U, 0U };
  const Told           none = { 0U, 0U, 0U, 0U };
  host_get_property(host, NULL, NULL);
  host_limit_events(host, 8U);
  expect_told("no room", listen(self, host), none);
  host_limit_events(host, 600U); // For the largest alone
  expect_told("some room", listen(self, host), all);
  assert_string_equal(host_property(host, HOST_CLASSES), CLASSES);
  host_free(host);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    TEST(each_get_is_answered),
    TEST(properties_describe_the_model),
    TEST(a_change_of_the_model_tells_all_about_it),
    TEST(a_restored_model_is_no_change_of_state),
    TEST(what_cannot_be_set_is_told_as_it_is),
    TEST(what_does_not_fit_is_told_later),
  };
  return cmocka_run_group_tests_name("plugin's properties", tests, NULL, NULL);
}
