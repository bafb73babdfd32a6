// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/augmentation.h"

#include "tests/support/cmocka.h"

#include <stdio.h>

static const TmbAugmentation defaults = TMB_DEFAULT_AUGMENTATION;

static bool
read_text(const char* const text, TmbAugmentation* const augmentation)
{
  char copy[256];
  (void)snprintf(copy, sizeof(copy), "%s", text);
  return tmb_read_augmentation("train", copy, augmentation);
}

static void
numbers_are_changed_by_their_names(void** const state)
{
  (void)state;
  TmbAugmentation augmentation = defaults;
  assert_false(tmb_augmentation_is_changed(&augmentation));
  assert_true(read_text("warp=1.5,several=.25", &augmentation));
  assert_true(read_text("altered=0", &augmentation));
  assert_true(augmentation.warp == 1.5 && augmentation.several == 0.25);
  assert_true(augmentation.altered == 0.0);
  assert_true(tmb_augmentation_is_changed(&augmentation));

  char text[128];
  (void)snprintf(text,
                 sizeof(text),
                 "warp=%.17g,several=%.17g,altered=%.17g",
                 defaults.warp,
                 defaults.several,
                 defaults.altered);
  assert_true(read_text(text, &augmentation));
  assert_memory_equal(&augmentation, &defaults, sizeof(defaults));
}

static void
what_is_no_number_or_name_is_refused(void** const state)
{
  static const char* const rows[] = {
    "",        "warp",        "warp=",    "warp=x",        "warp=nan",
    "warp=-1", "altered=1.1", "warp=1,",  "warp=1,tone=2", "=1",
    "Warp=1",  "warp=1=2",    "warp = 1",
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbAugmentation augmentation = defaults;
    if (read_text(rows[i], &augmentation)) {
      fail_msg("\"%s\" is taken", rows[i]);
    }
  }
}

static void
they_are_told_by_their_names(void** const state)
{
  (void)state;
  TmbAugmentation augmentation = defaults;
  augmentation.tail            = 0.125;

  json_t* const all     = tmb_pack_augmentation(&augmentation);
  json_t* const changes = tmb_pack_augmentation_changes(&augmentation);
  assert_int_equal(json_object_size(all),
                   sizeof(TmbAugmentation) / sizeof(double));
  assert_true(json_real_value(json_object_get(all, "warp")) == 3.0);
  assert_int_equal(json_object_size(changes), 1U);
  assert_true(json_real_value(json_object_get(changes, "tail")) == 0.125);
  json_decref(changes);
  json_decref(all);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(numbers_are_changed_by_their_names),
    cmocka_unit_test(what_is_no_number_or_name_is_refused),
    cmocka_unit_test(they_are_told_by_their_names),
  };
  return cmocka_run_group_tests_name("augmentation", tests, NULL, NULL);
}
