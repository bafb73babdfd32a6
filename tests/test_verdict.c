// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/families.h"
#include "dsp/verdict.h"
#include "tests/support/cmocka.h"

#include <math.h>

#define N_CLASSES 5U
#define N_OUTPUTS (N_CLASSES + 1U)

enum { BRASS, STRINGS };

static const TmbClass classes[N_CLASSES] = {
  { "trumpet", "brass", 56 },  { "trombone", "brass", 57 },
  { "violin", "strings", 40 }, { "viola", "strings", 41 },
  { "siren", "", -1 },
};

typedef struct {
  const char* label;
  float       posterior[N_OUTPUTS]; ///< The last one is "none of these"
  float       threshold;
  uint32_t    n_outputs;
  TmbVerdict  verdict;
} Row;

static void
check(const Row* const row, const TmbVerdict* const verdict)
{
  const TmbVerdict* const expected = &row->verdict;
  if (verdict->instrument != expected->instrument ||
      verdict->confidence != expected->confidence ||
      verdict->family != expected->family ||
      fabsf(verdict->family_confidence - expected->family_confidence) > 1e-6f) {
    fail_msg("%s: instrument %d, %g, family %d, %g",
             row->label,
             verdict->instrument,
             (double)verdict->confidence,
             verdict->family,
             (double)verdict->family_confidence);
  }
}

static void
a_posterior_names_a_class_or_a_family_or_nothing(void** const state)
{
  // clang-format off
  static const Row rows[] = {
    { "a sure class has its own family",
      { 0.7f, 0.2f, 0.05f, 0.05f, 0.0f, 0.0f }, 0.4f, N_CLASSES,
      { 0, 0.7f, BRASS, 0.9f } },
    { "the threshold itself is enough",
      { 0.25f, 0.0f, 0.5f, 0.0f, 0.25f, 0.0f }, 0.5f, N_CLASSES,
      { 2, 0.5f, STRINGS, 0.5f } },
    { "a class is named before a likelier family",
      { 0.3f, 0.3f, 0.4f, 0.0f, 0.0f, 0.0f }, 0.4f, N_CLASSES,
      { 2, 0.4f, STRINGS, 0.4f } },
    { "a class without a family has none",
      { 0.1f, 0.1f, 0.1f, 0.1f, 0.6f, 0.0f }, 0.4f, N_CLASSES,
      { 4, 0.6f, TMB_UNKNOWN, 0.0f } },
    { "which brass is unsure, but brass it is",
      { 0.35f, 0.3f, 0.15f, 0.1f, 0.1f, 0.0f }, 0.4f, N_CLASSES,
      { TMB_UNKNOWN, 0.35f, BRASS, 0.65f } },
    { "a family may win without the likeliest class",
      { 0.3f, 0.0f, 0.25f, 0.25f, 0.2f, 0.0f }, 0.45f, N_CLASSES,
      { TMB_UNKNOWN, 0.3f, STRINGS, 0.5f } },
    { "no family reaches the threshold either",
      { 0.25f, 0.2f, 0.2f, 0.2f, 0.15f, 0.0f }, 0.5f, N_CLASSES,
      { TMB_UNKNOWN, 0.25f, TMB_UNKNOWN, 0.0f } },
    { "none of these, but less than a class",
      { 0.5f, 0.1f, 0.0f, 0.0f, 0.0f, 0.4f }, 0.4f, N_OUTPUTS,
      { 0, 0.5f, BRASS, 0.6f } },
    { "none of these beats a class above the threshold",
      { 0.45f, 0.0f, 0.0f, 0.0f, 0.0f, 0.55f }, 0.4f, N_OUTPUTS,
      { TMB_UNKNOWN, 0.45f, TMB_UNKNOWN, 0.0f } },
    { "none of these beats any threshold",
      { 0.2f, 0.1f, 0.1f, 0.1f, 0.1f, 0.4f }, 0.0f, N_OUTPUTS,
      { TMB_UNKNOWN, 0.2f, TMB_UNKNOWN, 0.0f } },
    { "none of these beats a likelier family",
      { 0.3f, 0.3f, 0.0f, 0.0f, 0.0f, 0.4f }, 0.5f, N_OUTPUTS,
      { TMB_UNKNOWN, 0.3f, TMB_UNKNOWN, 0.0f } },
    { "a family beside a little of none of these",
      { 0.3f, 0.3f, 0.1f, 0.0f, 0.05f, 0.25f }, 0.5f, N_OUTPUTS,
      { TMB_UNKNOWN, 0.3f, BRASS, 0.6f } },
  };
  // clang-format on

  (void)state;
  TmbFamilies families;
  float       scratch[N_CLASSES];
  assert_int_equal(tmb_families_find(classes, N_CLASSES, &families), TMB_OK);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const TmbVerdict verdict = tmb_judge(&families,
                                         rows[i].posterior,
                                         rows[i].n_outputs,
                                         rows[i].threshold,
                                         scratch);
    check(&rows[i], &verdict);
  }
  tmb_families_clear(&families);
}

static void
classes_without_families_are_named(void** const state)
{
  static const Row rows[] = {
    { "sure", { 1.0f }, 0.4f, 1U, { 0, 1.0f, TMB_UNKNOWN, 0.0f } },
    { "unsure", { 0.3f }, 0.4f, 1U, { TMB_UNKNOWN, 0.3f, TMB_UNKNOWN, 0.0f } },
  };

  (void)state;
  TmbFamilies families;
  float       scratch[1];
  assert_int_equal(tmb_families_find(&classes[4], 1U, &families), TMB_OK);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const TmbVerdict verdict =
      tmb_judge(&families, rows[i].posterior, 1U, rows[i].threshold, scratch);
    check(&rows[i], &verdict);
  }
  tmb_families_clear(&families);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_posterior_names_a_class_or_a_family_or_nothing),
    cmocka_unit_test(classes_without_families_are_named),
  };
  return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
