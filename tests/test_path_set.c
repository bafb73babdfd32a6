// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "trainer/path_hash.h"
#include "trainer/path_set.h"

#include <stdio.h>

#define N_PATHS 5000U // Grows a few times

static uint64_t
hash(const unsigned i)
{
  char path[32];
  (void)snprintf(path, sizeof(path), "folder/%u.wav", i);
  return tmb_path_hash(path);
}

static void
what_was_added_is_there_and_nothing_else(void** const state)
{
  (void)state;
  TmbPathSet* const set = tmb_path_set_new();
  assert_non_null(set);
  assert_false(tmb_path_set_has(set, 0U));
  for (unsigned i = 0U; i < N_PATHS; ++i) {
    assert_false(tmb_path_set_has(set, hash(i)));
    assert_int_equal(tmb_path_set_add(set, hash(i)), TMB_OK);
    assert_int_equal(tmb_path_set_add(set, hash(i)), TMB_OK);
  }
  for (unsigned i = 0U; i < 2U * N_PATHS; ++i) {
    assert_int_equal(tmb_path_set_has(set, hash(i)), i < N_PATHS);
  }
  tmb_path_set_free(set);
}

static void
without_memory_it_keeps_what_it_has(void** const state)
{
  (void)state;
  alloc_fail_from(0U);
  assert_null(tmb_path_set_new());
  (void)alloc_restore();
  alloc_fail_from(1U);
  assert_null(tmb_path_set_new());
  (void)alloc_restore();

  TmbPathSet* const set    = tmb_path_set_new();
  TmbStatus         status = TMB_OK;
  unsigned          n      = 0U;
  assert_non_null(set);
  alloc_fail_from(0U);
  while (!(status = tmb_path_set_add(set, hash(n)))) {
    ++n;
  }
  assert_true(alloc_restore());
  assert_int_equal(status, TMB_NO_MEMORY);
  for (unsigned i = 0U; i <= n; ++i) {
    assert_int_equal(tmb_path_set_has(set, hash(i)), i < n);
  }
  assert_int_equal(tmb_path_set_add(set, hash(n)), TMB_OK);
  assert_true(tmb_path_set_has(set, hash(n)));
  tmb_path_set_free(set);
  tmb_path_set_free(NULL);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_was_added_is_there_and_nothing_else),
    cmocka_unit_test(without_memory_it_keeps_what_it_has),
  };
  return cmocka_run_group_tests_name("path_set", tests, NULL, NULL);
}
