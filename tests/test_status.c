// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/status.h"
#include "tests/support/cmocka.h"

#include <string.h>

static void
each_status_has_its_own_phrase(void** const state)
{
  (void)state;
  for (int i = TMB_OK; i <= TMB_WRITE_FAILED; ++i) {
    const char* const phrase = tmb_strstatus((TmbStatus)i);
    assert_true(strlen(phrase) > 5U);
    assert_string_not_equal(phrase, "unknown status");
    for (int j = TMB_OK; j < i; ++j) {
      assert_string_not_equal(phrase, tmb_strstatus((TmbStatus)j));
    }
  }
}

static void
a_reason_is_cut_to_fit(void** const state)
{
  (void)state;
  TmbMessage why = { "" };
  assert_int_equal(tmb_fail(TMB_BAD_ARG, &why, "%0300d", 7), TMB_BAD_ARG);
  assert_int_equal(strlen(why.text), sizeof(why.text) - 1U);
  assert_int_equal(tmb_fail(TMB_NO_FILE, NULL, "%d", 7), TMB_NO_FILE);
}

static void
a_reason_can_not_steer_a_terminal(void** const state)
{
  (void)state;
  TmbMessage why = { "" };
  (void)tmb_fail(TMB_BAD_FILE, &why, "\033[2J is \"%s\"\n", "na\177me é");
  assert_string_equal(why.text, "?[2J is \"na?me é\"?");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_status_has_its_own_phrase),
    cmocka_unit_test(a_reason_is_cut_to_fit),
    cmocka_unit_test(a_reason_can_not_steer_a_terminal),
  };
  return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
