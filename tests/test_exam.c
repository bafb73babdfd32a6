// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/exam.h"

#include "tests/support/cmocka.h"
#include "tests/support/model_parts.h"
#include "tests/support/peak_notes.h"

#include <math.h>
#include <string.h>

#define N_FEATURES 961U ///< Of the default front end
#define SHORT_NOTE 59U  ///< Of the class high
#define SHORT_FRAMES 12U

static const TmbClass classes[PEAK_CLASSES] = {
  { "low", "", -1 },
  { "high", "", -1 },
};

static const int truths[PEAK_CLASSES] = { PEAK_LOW, PEAK_HIGH };

/// An exam about notes of which one was cut short, and a network that takes a
/// note for a high one as soon as 0.65 of it was heard.
typedef struct {
  TmbCorpus    corpus;
  TmbRecording recordings[PEAK_SOURCES];
  TmbExam      exam;
  TmbNet       net;
  float        mean[N_FEATURES];
  float        scale[N_FEATURES];
  float        weight[N_FEATURES * PEAK_CLASSES];
  float        bias[PEAK_CLASSES];
} Setting;

static void
set_up(Setting* const self, PeakNotes* const notes)
{
  *self =
    (Setting){ .corpus = { .recordings   = self->recordings,
                           .n_recordings = PEAK_SOURCES,
                           .n_classes    = PEAK_CLASSES,
                           .n_sources    = PEAK_SOURCES },
               .exam   = { &self->corpus,
                           &notes->dataset,
                           truths,
                           .age       = 3U,
                           .n_threads = 1U },
               .net    = { .n_layers       = 1U,
                           .layers         = { TEST_DENSE(N_FEATURES,
                                               PEAK_CLASSES,
                                               TMB_IDENTITY,
                                               self->weight,
                                               self->bias) },
                           .mean           = self->mean,
                           .scale          = self->scale,
                           .n_temperatures = 5U,
                           .temperatures   = { 1.0f, 2.0f, 3.0f, 4.0f, 5.0f } } };
  for (uint32_t i = 0U; i < N_FEATURES; ++i) {
    self->scale[i] = 1.0f;
  }
  for (uint32_t i = 0U; i < PEAK_SOURCES; ++i) {
    self->recordings[i].class_index = (i < 2U) ? PEAK_LOW : PEAK_HIGH;
    self->recordings[i].source      = i;
  }
  self->weight[((N_FEATURES - 1U) * PEAK_CLASSES) + PEAK_HIGH] = 1.0f;
  self->bias[PEAK_HIGH]                                        = -0.65f;
  notes->notes[SHORT_NOTE].n_available                         = SHORT_FRAMES;
}

static void
a_note_that_was_cut_short_is_asked_about_as_it_was(void** const state)
{
  // Of 12 frames 6.5 segments of 12 are heard
  static const struct {
    double heard;
    double temperature;
    bool   is_reached;
  } ages[] = {
    { 4.0 / 12.0, 1.0, true },  { 6.0 / 12.0, 2.0, true },
    { 6.5 / 12.0, 2.0, false }, { 6.5 / 12.0, 2.0, false },
    { 6.5 / 12.0, 2.0, false },
  };

  static Setting setting;
  set_up(&setting, (PeakNotes*)*state);
  bool asked[PEAK_NOTES] = { false };
  asked[SHORT_NOTE]      = true;
  for (uint32_t i = 0U; i < sizeof(ages) / sizeof(*ages); ++i) {
    float posteriors[PEAK_NOTES][PEAK_CLASSES] = { { 0.0f } };
    setting.exam.age                           = i;
    assert_int_equal(
      tmb_exam_ask(&setting.exam, &setting.net, asked, posteriors[0]), TMB_OK);
    const double logit = (ages[i].heard - 0.65) / ages[i].temperature;
    const double high  = 1.0 / (1.0 + exp(-logit));
    assert_true(fabs((double)posteriors[SHORT_NOTE][PEAK_HIGH] - high) < 1e-6);
    assert_true(posteriors[0][0] == 0.0f); // Nothing was asked about it
    assert_int_equal(tmb_exam_reached(&setting.exam, SHORT_NOTE),
                     ages[i].is_reached);
  }
}

static void
a_temperature_makes_confidence_what_is_right(void** const state)
{
  static const int outsiders[PEAK_CLASSES] = { -1, -1 };
  static const struct {
    const char* label;
    const int*  truths;
    double      confidence; ///< In the class low, at temperature 1
    double      expected;
    unsigned    n_right; ///< Of four
  } rows[] = {
    { "too sure", truths, 0.9, 2.0, 3U }, // ln 9 / ln 3
    { "not sure enough", truths, 0.6, 0.36907, 3U },
    { "never wrong", truths, 0.9, 0.25, 4U },
    { "no instruments", outsiders, 0.9, 1.0, 0U },
  };

  static Setting   setting;
  PeakNotes* const notes = (PeakNotes*)*state;
  set_up(&setting, notes);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    float posteriors[PEAK_NOTES][PEAK_CLASSES];
    bool  asked[PEAK_NOTES] = { false };
    setting.exam.truths     = rows[i].truths;
    for (unsigned j = 0U, low = 0U, high = 0U; j < PEAK_NOTES; ++j) {
      const bool is_low        = notes->notes[j].class_index == PEAK_LOW;
      posteriors[j][PEAK_LOW]  = (float)rows[i].confidence;
      posteriors[j][PEAK_HIGH] = 1.0f - posteriors[j][PEAK_LOW];
      asked[j]                 = is_low ? low++ < 2U * rows[i].n_right
                                        : high++ < 8U - (2U * rows[i].n_right);
    }
    const double t =
      tmb_exam_temperature(&setting.exam, asked, posteriors[0], PEAK_CLASSES);
    if (!(fabs(t - rows[i].expected) < 0.002)) {
      fail_msg("%s: %g", rows[i].label, t);
    }
  }
}

static void
answers_do_not_depend_on_the_number_of_threads(void** const state)
{
  static Setting setting;
  set_up(&setting, (PeakNotes*)*state);
  for (size_t i = 0U; i < N_FEATURES; ++i) {
    setting.weight[i * PEAK_CLASSES] = (i % 3U) ? 0.01f : -0.02f;
  }
  float posteriors[2][PEAK_NOTES * PEAK_CLASSES];
  bool  asked[PEAK_NOTES];
  memset(asked, true, sizeof(asked));
  for (uint32_t i = 0U; i < 2U; ++i) {
    setting.exam.n_threads = i ? 3U : 1U;
    assert_int_equal(
      tmb_exam_ask(&setting.exam, &setting.net, asked, posteriors[i]), TMB_OK);
  }
  assert_memory_equal(posteriors[0], posteriors[1], sizeof(posteriors[0]));
}

static void
an_examination_tells_of_each_age(void** const state)
{
  // 40 of 60 are low, and the short note is taken for one to its end
  static const struct {
    uint32_t ms;
    uint32_t n_reached;
    double   n_right;
  } rows[] = {
    { 50U, 60U, 40.0 },  { 100U, 60U, 40.0 }, { 150U, 59U, 40.0 },
    { 250U, 59U, 19.0 }, { 500U, 59U, 19.0 },
  };

  static Setting setting;
  set_up(&setting, (PeakNotes*)*state);
  TmbExamined examined;
  assert_int_equal(
    tmb_examine(&setting.exam, &setting.net, classes, NULL, 0.5, &examined),
    TMB_OK);
  assert_int_equal(examined.n_ages, sizeof(rows) / sizeof(*rows));
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const TmbAgeScores* const age = &examined.ages[i];
    assert_int_equal(age->ms, rows[i].ms);
    assert_int_equal(age->n_reached, rows[i].n_reached);
    assert_int_equal(age->scores.n_notes, PEAK_NOTES);
    assert_true(fabs(age->scores.notes - (rows[i].n_right / 60.0)) < 1e-12);
  }

  const TmbScores scores = tmb_metrics_scores(examined.metrics, 0.5);
  assert_true(scores.notes == examined.ages[3].scores.notes);
  assert_true(scores.log_loss == examined.ages[3].scores.log_loss);
  assert_true(scores.log_loss != examined.ages[4].scores.log_loss);
  assert_int_equal(scores.n_recordings, PEAK_SOURCES);
  tmb_examined_clear(&examined);
}

static void
what_is_none_of_the_classes_is_counted_apart(void** const state)
{
  static const int      apart[PEAK_CLASSES]   = { PEAK_LOW, TMB_NO_CLASS };
  static const TmbClass outputs[PEAK_CLASSES] = {
    { "low", "", -1 }, { TMB_UNKNOWN_LABEL, "", -1 }
  };

  // The last recording has high notes, and a fourth has none
  static Setting      setting;
  static TmbRecording recordings[PEAK_SOURCES + 1U];

  PeakNotes* const notes                     = (PeakNotes*)*state;
  bool             silent[PEAK_SOURCES + 1U] = { false, false, false, true };
  set_up(&setting, notes);
  memcpy(recordings, setting.recordings, sizeof(setting.recordings));
  recordings[PEAK_SOURCES]    = recordings[PEAK_SOURCES - 1U];
  setting.corpus.recordings   = recordings;
  setting.corpus.n_recordings = PEAK_SOURCES + 1U;
  setting.exam.truths         = apart;
  notes->dataset.is_silent    = silent;

  TmbExamined examined;
  assert_int_equal(
    tmb_examine(&setting.exam, &setting.net, outputs, NULL, 0.5, &examined),
    TMB_OK);
  const TmbOutsiders* const outsiders = &examined.outsiders[PEAK_SOURCES - 1U];
  assert_int_equal(outsiders->n_notes, 20U);
  assert_int_equal(outsiders->n_unknown, 19U); // The short one is named
  assert_int_equal(outsiders->n_silent, 1U);
  assert_true(fabs(tmb_outsiders_unknown(outsiders) - 20.0 / 21.0) < 1e-12);
  const TmbOutsiders all = tmb_outsiders_sum(examined.outsiders, PEAK_SOURCES);
  assert_memory_equal(&all, outsiders, sizeof(all));

  // Of the others each is the only class, but "unknown" is likelier
  const TmbScores scores = tmb_metrics_scores(examined.metrics, 0.5);
  assert_int_equal(scores.n_notes, 40U);
  assert_true(scores.notes == 1.0);
  assert_true(tmb_coverage_from(tmb_metrics_confidences(examined.metrics), 0.0)
                .coverage == 0.0);
  assert_int_equal(scores.n_recordings, 2U);
  tmb_examined_clear(&examined);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(
      a_note_that_was_cut_short_is_asked_about_as_it_was,
      peak_notes_setup,
      peak_notes_teardown),
    cmocka_unit_test_setup_teardown(
      a_temperature_makes_confidence_what_is_right,
      peak_notes_setup,
      peak_notes_teardown),
    cmocka_unit_test_setup_teardown(
      answers_do_not_depend_on_the_number_of_threads,
      peak_notes_setup,
      peak_notes_teardown),
    cmocka_unit_test_setup_teardown(
      an_examination_tells_of_each_age, peak_notes_setup, peak_notes_teardown),
    cmocka_unit_test_setup_teardown(
      what_is_none_of_the_classes_is_counted_apart,
      peak_notes_setup,
      peak_notes_teardown),
  };
  return cmocka_run_group_tests_name("exam", tests, NULL, NULL);
}
