// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/families.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_file.h"
#include "tests/support/model_parts.h"

#include <string.h>

static void
families_stand_in_order_of_their_first_classes(void** const state)
{
  (void)state;
  static const TmbClass classes[] = {
    { "trumpet", "brass", 56 },  { "violin", "strings", 40 },
    { "siren", "", -1 },         { "tuba", "brass", 58 },
    { "flute", "woodwind", 73 }, { "viola", "strings", 41 },
  };
  static const int         of_class[] = { 0, 1, -1, 0, 2, 1 };
  static const char* const names[]    = { "brass", "strings", "woodwind" };
  static const char* const guesses[]  = { "brass?", "strings?", "woodwind?" };

  TmbFamilies families;
  assert_int_equal(tmb_families_find(classes, 6U, &families), TMB_OK);
  assert_int_equal(families.n_classes, 6);
  assert_int_equal(families.n_families, 3);
  assert_memory_equal(families.of_class, of_class, sizeof(of_class));
  for (unsigned i = 0U; i < 3U; ++i) {
    assert_string_equal(families.families[i].name, names[i]);
    assert_string_equal(families.families[i].guess, guesses[i]);
  }
  tmb_families_clear(&families);
}

static void
the_longest_name_has_room_for_its_mark(void** const state)
{
  (void)state;
  TmbClass    only = { "x", "", -1 };
  TmbFamilies families;
  memset(only.family, 'f', TMB_MAX_NAME - 1U);
  assert_int_equal(tmb_families_find(&only, 1U, &families), TMB_OK);
  assert_string_equal(families.families[0].name, only.family);
  assert_int_equal(strlen(families.families[0].guess), TMB_MAX_NAME);
  assert_int_equal(families.families[0].guess[TMB_MAX_NAME - 1U], '?');
  tmb_families_clear(&families);
}

static void
a_model_knows_its_families(void** const state)
{
  (void)state;
  TmbModel* model = NULL;
  Bytes     file  = bytes_load(MODEL_FILE);
  assert_int_equal(tmb_model_read(file.bytes, file.n, &model, NULL), TMB_OK);

  // The third of the test's classes has none
  const TmbFamilies* const families = tmb_model_families(model);
  assert_int_equal(families->n_classes, TEST_CLASSES);
  assert_int_equal(families->n_families, 2);
  assert_string_equal(families->families[0].name, test_classes[0].family);
  assert_string_equal(families->families[1].name, test_classes[1].family);
  assert_int_equal(families->of_class[2], -1);
  assert_int_equal(tmb_model_n_outputs(model), TEST_CLASSES);
  tmb_model_free(model);
  bytes_free(&file);
}

static void
find_reports_each_failed_allocation(void** const state)
{
  (void)state;
  for (size_t n = 0U; n < 2U; ++n) {
    TmbFamilies families;
    alloc_fail_from(n);
    const TmbStatus status =
      tmb_families_find(test_classes, TEST_CLASSES, &families);
    assert_true(alloc_restore());
    assert_int_equal(status, TMB_NO_MEMORY);
    tmb_families_clear(&families);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(families_stand_in_order_of_their_first_classes),
    cmocka_unit_test(the_longest_name_has_room_for_its_mark),
    cmocka_unit_test(a_model_knows_its_families),
    cmocka_unit_test(find_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("families", tests, NULL, NULL);
}
