// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/evidence.h"

#include "tests/support/cmocka.h"

#define N_CLASSES 3U
#define MAX_NOTES 4U

typedef struct {
  const char* what;
  uint32_t    n_notes;
  float       posteriors[MAX_NOTES][N_CLASSES];
  uint32_t    best;
  float       posterior[N_CLASSES];
} Recording;

static void
a_recording_is_the_geometric_mean_of_its_notes(void** const state)
{
  (void)state;
  static const Recording recordings[] = {
    { "one note speaks for itself",
      1U,
      { { 0.2f, 0.7f, 0.1f } },
      1U,
      { 0.2f, 0.7f, 0.1f } },
    { "notes that agree are as sure as one",
      3U,
      { { 0.2f, 0.7f, 0.1f }, { 0.2f, 0.7f, 0.1f }, { 0.2f, 0.7f, 0.1f } },
      1U,
      { 0.2f, 0.7f, 0.1f } },
    { "sqrt(.8 * .4) to sqrt(.1 * .5) twice",
      2U,
      { { 0.8f, 0.1f, 0.1f }, { 0.4f, 0.5f, 0.1f } },
      0U,
      { 0.6361f, 0.2514f, 0.1124f } },
    { "a note that rules a class out does not settle it",
      4U,
      { { 0.0f, 0.5f, 0.5f },
        { 1.0f, 0.0f, 0.0f },
        { 1.0f, 0.0f, 0.0f },
        { 1.0f, 0.0f, 0.0f } },
      0U,
      { 0.9999f, 0.0f, 0.0f } },
  };
  for (size_t i = 0U; i < sizeof(recordings) / sizeof(*recordings); ++i) {
    const Recording* const recording           = &recordings[i];
    double                 evidence[N_CLASSES] = { 0.0 };
    print_message("%s\n", recording->what);
    for (uint32_t j = 0U; j < recording->n_notes; ++j) {
      tmb_evidence_add(evidence, recording->posteriors[j], N_CLASSES);
    }

    double         confidence = 0.0;
    const uint32_t best =
      tmb_evidence_best(evidence, N_CLASSES, recording->n_notes, &confidence);
    assert_int_equal(best, recording->best);

    float posterior[N_CLASSES];
    tmb_evidence_posterior(evidence, N_CLASSES, recording->n_notes, posterior);
    for (uint32_t k = 0U; k < N_CLASSES; ++k) {
      assert_float_equal(posterior[k], recording->posterior[k], 1e-3f);
    }
    assert_true((float)confidence == posterior[best]);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_recording_is_the_geometric_mean_of_its_notes),
  };
  return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
