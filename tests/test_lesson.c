// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/lesson.h"

#include "tests/support/alloc.h"
#include "tests/support/blas.h"
#include "tests/support/cmocka.h"
#include "tests/support/peak_notes.h"
#include "trainer/fit.h"

#include <math.h>
#include <string.h>

#define AGE 4U ///< At which notes that are held out are described
#define MAX_FEATURES 1024U

/// Sources that are recordings, some of them held out.
typedef struct {
  TmbCorpus    corpus;
  TmbRecording recordings[PEAK_SOURCES];
  uint32_t     of_source[PEAK_SOURCES];
  TmbFolds     folds;
  TmbExam      exam;
  TmbHeldOut   held_out;
  bool         held[PEAK_NOTES];
} Sources;

/// @param fold Of each source; those in fold 0 are held out.
static void
deal(Sources* const         self,
     const PeakNotes* const notes,
     const uint32_t         fold[PEAK_SOURCES])
{
  *self = (Sources){ .corpus = { .recordings   = self->recordings,
                                 .n_recordings = PEAK_SOURCES,
                                 .classes      = notes->corpus.classes,
                                 .n_classes    = PEAK_CLASSES,
                                 .n_sources    = PEAK_SOURCES } };
  for (uint32_t i = 0U; i < PEAK_SOURCES; ++i) {
    self->recordings[i].class_index = (i < 2U) ? PEAK_LOW : PEAK_HIGH;
    self->recordings[i].source      = i;
    self->of_source[i]              = fold[i];
  }
  for (uint32_t i = 0U; i < PEAK_NOTES; ++i) {
    self->held[i] = fold[notes->notes[i].source] == 0U;
  }
  self->folds =
    (TmbFolds){ .of_source = self->of_source, .n_source_folds = 2U };
  self->held_out = (TmbHeldOut){ &self->folds, TMB_SPLIT_SOURCES, 0U };
  self->exam     = (TmbExam){ .corpus  = &self->corpus,
                              .dataset = &notes->dataset,
                              .age     = AGE };
}

static TmbFitSettings
small_settings(void)
{
  TmbFitSettings settings = tmb_default_fit;
  settings.plan     = (TmbNetPlan){ 1U, { { TMB_DENSE, 8U, 0U } }, TMB_RELU };
  settings.n_epochs = 30U;
  settings.n_batch  = 16U;
  settings.dropout  = 0.0;
  settings.mixup    = 0.0;
  return settings;
}

static void
prepare(TmbLesson* const            lesson,
        const Sources* const        sources,
        const TmbFitSettings* const settings)
{
  assert_int_equal(
    tmb_lesson_init(
      lesson, &sources->exam, &sources->held_out, sources->held, settings),
    TMB_OK);
}

static void
what_is_held_out_is_checked_and_not_learnt(void** const state)
{
  // All that is high is held out: so what is drawn is low
  static const uint32_t fold[PEAK_SOURCES] = { 1U, 1U, 0U };

  const PeakNotes* const notes    = (const PeakNotes*)*state;
  const TmbFitSettings   settings = small_settings();
  Sources                sources;
  TmbLesson              lesson;
  TmbRandom              random;
  float                  drawn[MAX_FEATURES];
  float                  features[MAX_FEATURES];
  float                  frames[PEAK_FRAMES * PEAK_BANDS];
  deal(&sources, notes, fold);
  prepare(&lesson, &sources, &settings);
  tmb_random_init(&random, 1U, 0U);

  const TmbExamples* const training   = &lesson.training;
  const TmbExamples* const validation = &lesson.validation;
  assert_in_range(training->n_in, 1U, MAX_FEATURES);
  assert_int_equal(training->n_classes, PEAK_CLASSES);
  assert_false(training->is_fixed);
  assert_int_equal(training->n, 16U * 16U); // So few notes are drawn more often
  for (uint32_t i = 0U; i < 100U; ++i) {
    assert_int_equal(training->draw(training->source, i, &random, drawn),
                     PEAK_LOW);
  }

  assert_true(validation->is_fixed);
  assert_int_equal(validation->n, 20U);
  for (uint32_t i = 0U; i < 20U; ++i) {
    assert_int_equal(validation->draw(validation->source, i, NULL, drawn),
                     PEAK_HIGH);
    tmb_dataset_frames(&notes->dataset, 40U + i, frames);
    tmb_dataset_describe(&notes->dataset, 40U + i, AGE, frames, features);
    assert_memory_equal(drawn, features, training->n_in * sizeof(float));
  }
  tmb_lesson_clear(&lesson);
}

static void
a_lesson_without_notes_is_refused(void** const state)
{
  static const uint32_t fold[PEAK_SOURCES] = { 0U, 0U, 0U };

  const TmbFitSettings settings = small_settings();
  Sources              sources;
  TmbLesson            lesson;
  deal(&sources, (const PeakNotes*)*state, fold);
  assert_int_equal(
    tmb_lesson_init(
      &lesson, &sources.exam, &sources.held_out, sources.held, &settings),
    TMB_BAD_ARG);
  tmb_lesson_clear(&lesson);
}

static void
a_constant_feature_is_ignored(void** const state)
{
  // All notes are as old as the one age: so all of each is there
  static const uint32_t fold[PEAK_SOURCES] = { 1U, 1U, 1U };

  PeakNotes* const     notes    = (PeakNotes*)*state;
  TmbFrontEnd* const   front    = &notes->dataset.front_end;
  const TmbFitSettings settings = small_settings();
  Sources              sources;
  TmbLesson            lesson;
  front->ages[0] = front->ages[front->n_ages - 1U];
  front->n_ages  = 1U;
  deal(&sources, notes, fold);
  prepare(&lesson, &sources, &settings);

  const TmbExamples* const training = &lesson.training;
  const uint32_t           last     = training->n_in - 1U;
  assert_true(fabsf(training->mean[last] - 1.0f) < 1e-6f);
  assert_true(training->scale[last] <= 0.0f && training->scale[0] > 0.0f);
  assert_int_equal(lesson.validation.n, 0U);
  tmb_lesson_clear(&lesson);
}

static void
bands_are_not_standardised(void** const state)
{
  static const uint32_t fold[PEAK_SOURCES] = { 1U, 1U, 1U };

  const PeakNotes* const notes    = (const PeakNotes*)*state;
  TmbFitSettings         settings = small_settings();
  Sources                sources;
  TmbLesson              lesson;
  settings.plan.layers[0] = (TmbPlannedLayer){ .kind = TMB_IDCT };
  deal(&sources, notes, fold);
  prepare(&lesson, &sources, &settings);

  const TmbExamples* const training = &lesson.training;
  assert_int_equal(training->n_coeffs, notes->dataset.front_end.n_coeffs);
  for (uint32_t i = 0U; i < training->n_in; ++i) {
    assert_true(fabsf(training->mean[i]) <= 0.0f);
    assert_true(fabsf(training->scale[i] - 1.0f) <= 0.0f);
  }
  tmb_lesson_clear(&lesson);
}

static void
the_loss_falls_and_the_network_names_the_notes(void** const state)
{
  static const uint32_t fold[PEAK_SOURCES] = { 1U, 1U, 1U };

  const PeakNotes* const notes    = (const PeakNotes*)*state;
  const TmbFitSettings   settings = small_settings();
  Sources                sources;
  TmbLesson              lesson;
  TmbFitted              fitted;
  TmbMessage             why = { "" };
  deal(&sources, notes, fold);
  prepare(&lesson, &sources, &settings);
  const TmbFitJob job = { .settings   = &settings,
                          .training   = &lesson.training,
                          .validation = &lesson.validation,
                          .n_threads  = 1U };
  assert_int_equal(tmb_fit(&job, &fitted, &why), TMB_OK);

  const TmbHistory* const history = &fitted.history;
  assert_int_equal(history->n_rows, 30U);
  assert_true(history->rows[29].loss < 0.5 * history->rows[0].loss);
  for (uint32_t i = 0U; i < PEAK_NOTES; ++i) {
    float frames[PEAK_FRAMES * PEAK_BANDS];
    float features[MAX_FEATURES];
    float scratch[2U * MAX_FEATURES];
    float posterior[PEAK_CLASSES];
    tmb_dataset_frames(&notes->dataset, i, frames);
    tmb_dataset_describe(&notes->dataset, i, AGE, frames, features);
    tmb_net_forward(&fitted.net->net, features, 0U, scratch, posterior);
    assert_true(posterior[notes->notes[i].class_index] > 0.8f);
  }
  tmb_fitted_clear(&fitted);
  tmb_lesson_clear(&lesson);
}

static void
a_failed_allocation_is_reported(void** const state)
{
  static const uint32_t fold[PEAK_SOURCES] = { 1U, 0U, 1U };

  const TmbFitSettings settings = small_settings();
  TmbStatus            status   = TMB_NO_MEMORY;
  Sources              sources;
  deal(&sources, (const PeakNotes*)*state, fold);
  for (size_t n = 0U; status; ++n) {
    TmbLesson lesson;
    alloc_fail_from(n);
    status = tmb_lesson_init(
      &lesson, &sources.exam, &sources.held_out, sources.held, &settings);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    tmb_lesson_clear(&lesson);
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, peak_notes_setup, peak_notes_teardown)
  const struct CMUnitTest tests[] = {
    TEST(what_is_held_out_is_checked_and_not_learnt),
    TEST(a_lesson_without_notes_is_refused),
    TEST(a_constant_feature_is_ignored),
    TEST(bands_are_not_standardised),
    TEST(the_loss_falls_and_the_network_names_the_notes),
    TEST(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("lesson", tests, blas_setup, NULL);
}
