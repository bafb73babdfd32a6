// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/evaluation_json.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"

#include <stdlib.h>
#include <string.h>

#define N_CLASSES 4U

static const TmbClass classes[N_CLASSES] = {
  { "violin", "strings", 40 },
  { "viola", "strings", 41 },
  { "piano", "keys", 0 },
  { "theremin", "electronic", -1 },
};

static const float says_violin[N_CLASSES] = { 0.75f, 0.125f, 0.0625f, 0.0625f };

static json_t*
pack(const TmbMetrics* const  metrics,
     const char* const* const sources,
     const uint32_t           n_sources)
{
  json_t* const part =
    tmb_pack_metrics(metrics, 0.5, classes, N_CLASSES, sources, n_sources);
  assert_non_null(part);
  return part;
}

static TmbMetrics*
new_metrics(const uint32_t n_sources, const uint32_t n_recordings)
{
  TmbMetrics* metrics = NULL;
  assert_int_equal(
    tmb_metrics_new(classes, N_CLASSES, n_sources, n_recordings, &metrics),
    TMB_OK);
  return metrics;
}

/// Expect a member of an object to be this JSON.
static void
assert_member(const json_t* const object,
              const char* const   key,
              const char* const   expected)
{
  const json_t* const value = json_object_get(object, key);
  char* const         text =
    json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
  if (!text || strcmp(text, expected) != 0) {
    fail_msg("%s is %s, not %s", key, text ? text : "absent", expected);
  }
  free(text);
}

static void
rows_of_a_matrix_have_neither_cells_nor_recordings_nor_sources(
  void** const state)
{
  (void)state;
  TmbMetrics* const metrics = new_metrics(0U, 0U);
  for (unsigned i = 0U; i < 4U; ++i) {
    tmb_metrics_add_row(metrics, i ? 0U : 1U, says_violin);
  }
  json_t* const part = pack(metrics, NULL, 0U);
  assert_null(json_object_get(part, "cells"));
  assert_null(json_object_get(part, "cells_accuracy"));
  assert_null(json_object_get(part, "recordings"));
  assert_null(json_object_get(part, "recordings_accuracy"));
  assert_member(part, "by_source", "[]");
  assert_member(part, "examples", "4");
  assert_member(part, "accuracy", "0.75");
  assert_member(part, "top3", "1.0");
  assert_member(part, "log_loss", "0.735622");
  assert_member(part, "expected_calibration_error", "0.0");
  assert_member(part, "confusion", "[[3,0,0,0],[1,0,0,0],[0,0,0,0],[0,0,0,0]]");
  assert_member(
    part,
    "by_family",
    "[{\"name\":\"strings\",\"examples\":4,\"right\":4,\"accuracy\":1.0}]");
  json_decref(part);
  tmb_metrics_free(metrics);
}

static void
what_there_is_none_of_is_null(void** const state)
{
  static const char* const keys[] = {
    "accuracy", "top3", "log_loss", "expected_calibration_error"
  };

  (void)state;
  TmbMetrics* const metrics = new_metrics(0U, 0U);
  json_t*           part    = pack(metrics, NULL, 0U);
  for (size_t i = 0U; i < sizeof(keys) / sizeof(*keys); ++i) {
    assert_member(part, keys[i], "null");
  }
  assert_member(part, "by_family", "[]");
  json_decref(part);

  // Viola was asked for and never answered, theremin neither
  tmb_metrics_add_row(metrics, 1U, says_violin);
  part = pack(metrics, NULL, 0U);
  const json_t* const violin =
    json_array_get(json_object_get(part, "by_class"), 0U);
  const json_t* const viola =
    json_array_get(json_object_get(part, "by_class"), 1U);
  const json_t* const nothing =
    json_array_get(json_object_get(part, "by_class"), 3U);
  assert_member(violin, "precision", "0.0");
  assert_member(violin, "recall", "null");
  assert_member(violin, "f1", "0.0");
  assert_member(viola, "precision", "null");
  assert_member(viola, "recall", "0.0");
  assert_member(viola, "f1", "0.0");
  assert_member(nothing, "f1", "null");

  const json_t* const bins = json_object_get(part, "calibration");
  assert_int_equal(json_array_size(bins), TMB_N_BINS);
  assert_member(json_array_get(bins, 0U), "from", "0.0");
  assert_member(json_array_get(bins, 0U), "to", "0.1");
  assert_member(json_array_get(bins, 0U), "confidence", "null");
  assert_member(json_array_get(bins, 0U), "accuracy", "null");
  assert_member(json_array_get(bins, 7U), "confidence", "0.75");
  assert_member(json_array_get(bins, 7U), "accuracy", "0.0");
  assert_member(json_array_get(bins, 9U), "to", "1.0");
  json_decref(part);
  tmb_metrics_free(metrics);
}

static void
names_that_are_not_utf_8_are_written_as_what_is(void** const state)
{
  static const char* const sources[] = { "here", "bad \xFF name" };

  (void)state;
  TmbMetrics* const metrics = new_metrics(2U, 1U);
  tmb_metrics_add(metrics, 0U, 1U, 0U, says_violin);
  json_t* const part = pack(metrics, sources, 2U);
  assert_member(part,
                "by_source",
                "[{\"name\":\"bad \xEF\xBF\xBD name\",\"examples\":1,"
                "\"right\":1,\"accuracy\":1.0}]");
  json_decref(part);
  tmb_metrics_free(metrics);
}

static void
a_failed_allocation_gives_nothing(void** const state)
{
  static const char* const sources[] = { "one", "two" };

  (void)state;
  TmbMetrics* const metrics = new_metrics(2U, 1U);
  tmb_metrics_add(metrics, 0U, 0U, 0U, says_violin);
  tmb_metrics_add(metrics, 0U, 1U, 0U, says_violin);
  const TmbEvaluation evaluation = { .model     = "model",
                                     .data      = "corpus",
                                     .unit      = "notes",
                                     .n_classes = 0U,
                                     .sources   = sources,
                                     .n_sources = 2U,
                                     .all       = { .metrics = metrics } };

  bool failed = true;
  for (size_t n = 0U; failed; ++n) {
    alloc_fail_from(n);
    json_t* const document = tmb_pack_evaluation(&evaluation);
    failed                 = alloc_restore();
    assert_int_equal(!document, failed);
    json_decref(document);
  }
  tmb_metrics_free(metrics);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(
      rows_of_a_matrix_have_neither_cells_nor_recordings_nor_sources),
    cmocka_unit_test(what_there_is_none_of_is_null),
    cmocka_unit_test(names_that_are_not_utf_8_are_written_as_what_is),
    cmocka_unit_test(a_failed_allocation_gives_nothing),
  };
  return cmocka_run_group_tests_name("evaluation_json", tests, NULL, NULL);
}
