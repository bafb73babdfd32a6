// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What a recogniser calls notes and tracks

#include "dsp/recogniser.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_parts.h"
#include "tests/support/signals.h"
#include "tests/support/tune.h"
#include "trainer/model_writer.h"

#include <math.h>
#include <stdbool.h>

static void
each_note_is_named_at_every_rate(void** const state)
{
  (void)state;
  static const double rates[] = { 22050.0, 44100.0, 48000.0,
                                  88200.0, 96000.0, 192000.0 };
  for (size_t r = 0U; r < sizeof(rates) / sizeof(rates[0]); ++r) {
    Signal        tune = tune_new(rates[r]);
    const Records records =
      tune_recognise(&tmb_default_settings, &tune, rates[r], 1024U);
    assert_int_equal(records.n, 3U * TUNE_NOTES);
    for (unsigned i = 0U; i < TUNE_NOTES; ++i) {
      const Record* const note = &records.records[(3U * i) + 1U];
      const Record* const end  = &records.records[(3U * i) + 2U];
      assert_int_equal(note->event.verdict.instrument, i / 2U);
      assert_true(note->event.verdict.confidence == note->posterior[i / 2U]);
      assert_int_equal(note->event.verdict.family,
                       i / 4U); // Two are clear, one dark
      assert_float_equal(note->event.verdict.family_confidence,
                         i < 4U ? note->posterior[0] + note->posterior[1]
                                : note->posterior[2],
                         1e-6f);
      assert_float_equal(note->posterior[0] + note->posterior[1] +
                           note->posterior[2],
                         1.0f,
                         1e-6f);
      assert_int_equal(end->event.verdict.instrument,
                       note->event.verdict.instrument);
      assert_int_equal(end->event.verdict.family, note->event.verdict.family);
      assert_memory_equal(
        end->posterior, note->posterior, sizeof(note->posterior));
      assert_true(end->event.duration > 0U);
    }
    signal_free(&tune);
  }
}

static void
below_the_threshold_a_note_is_unknown(void** const state)
{
  (void)state;
  TmbSettings settings = tmb_default_settings;
  Signal      tune     = tune_new(TUNE_RATE);
  settings.threshold   = 1.0f;
  const Records named =
    tune_recognise(&tmb_default_settings, &tune, TUNE_RATE, 1024U);
  const Records unknown = tune_recognise(&settings, &tune, TUNE_RATE, 1024U);
  assert_int_equal(named.n, unknown.n);
  for (uint32_t i = 1U; i < named.n; i += 3U) {
    const TmbEvent* const event = &unknown.records[i].event;
    assert_true(event->verdict.confidence < 1.0f);
    assert_int_equal(event->verdict.instrument, TMB_UNKNOWN);
    assert_int_equal(event->track, TMB_UNKNOWN);
    assert_true(event->track_confidence == 0.0f);
    assert_true(event->verdict.confidence ==
                named.records[i].event.verdict.confidence);
  }
  signal_free(&tune);
}

static void
what_is_none_of_the_classes_is_not_named_at_any_threshold(void** const state)
{
  (void)state;
  static const float biases[] = { 1000.0f, -1000.0f };

  const Folder folder = folder_new();
  Signal       tune   = tune_new(TUNE_RATE);
  for (unsigned i = 0U; i < 2U; ++i) {
    const bool     is_none    = biases[i] > 0.0f;
    TmbSettings    settings   = tmb_default_settings;
    TmbMessage     why        = { "" };
    TmbModel*      knows_none = NULL;
    TmbRecogniser* recogniser = NULL;
    TestConvModel  parts;
    test_conv_model_init(&parts);
    parts.bias2[TEST_CLASSES] = biases[i];
    settings.threshold        = 0.0f;

    const char* const path = folder_file(&folder, "model");
    assert_int_equal(tmb_model_write(path, &parts.parts, &why), TMB_OK);
    assert_int_equal(tmb_model_load(path, &knows_none, &why), TMB_OK);
    assert_int_equal(tmb_recogniser_new(knows_none, TUNE_RATE, &recogniser),
                     TMB_OK);
    tmb_recogniser_set(recogniser, &settings);

    const Records records = tune_push(recogniser, &tune, 1024U);
    assert_true(records.n > 0U);
    for (uint32_t r = 1U; r < records.n; r += 3U) {
      const TmbEvent* const event = &records.records[r].event;
      assert_int_equal(event->verdict.instrument < 0, is_none);
      assert_true(event->verdict.instrument < (int)TEST_CLASSES);
      assert_true(event->track < (int)TEST_CLASSES);
      assert_true(!is_none || (event->verdict.family < 0 && event->track < 0));
    }
    tmb_recogniser_free(recogniser);
    tmb_model_free(knows_none);
  }
  signal_free(&tune);
  folder_remove(&folder);
}

static void
a_note_of_an_unsure_class_has_its_family(void** const state)
{
  (void)state;
  TmbSettings   settings = tmb_default_settings;
  Signal        tune     = tune_new(TUNE_RATE);
  const Records sure =
    tune_recognise(&tmb_default_settings, &tune, TUNE_RATE, 1024U);
  for (unsigned i = 0U; i < TUNE_NOTES; ++i) {
    // Between the confidences of the class and of the family
    const TmbEvent* const named = &sure.records[(3U * i) + 1U].event;
    settings.threshold =
      0.5f * (named->verdict.confidence + named->verdict.family_confidence);

    const Records doubted = tune_recognise(&settings, &tune, TUNE_RATE, 1024U);
    const TmbEvent* const event    = &doubted.records[(3U * i) + 1U].event;
    const bool            is_alone = i / 2U == 2U; // The only dark instrument
    assert_int_equal(event->verdict.instrument, is_alone ? 2 : TMB_UNKNOWN);
    assert_int_equal(event->verdict.family, is_alone ? 1 : 0);
    assert_true(event->verdict.confidence == named->verdict.confidence);
    assert_true(event->verdict.family_confidence ==
                named->verdict.family_confidence);
  }
  signal_free(&tune);
}

static void
the_track_follows_the_notes(void** const state)
{
  (void)state;
  TmbSettings settings  = tmb_default_settings;
  Signal      tune      = tune_new(TUNE_RATE);
  settings.hold_ms      = 0.0f;
  const Records records = tune_recognise(&settings, &tune, TUNE_RATE, 1024U);
  assert_int_equal(records.n, 3U * TUNE_NOTES);

  // After two notes of an instrument the track is that instrument's
  for (unsigned i = 1U; i < TUNE_NOTES; i += 2U) {
    const TmbEvent* const event = &records.records[(3U * i) + 1U].event;
    assert_int_equal(event->track, i / 2U);
    assert_true(event->track_confidence > settings.threshold);
  }
  signal_free(&tune);
}

static void
a_note_is_named_at_the_age_that_is_set(void** const state)
{
  (void)state;
  static const float ages_ms[] = { 50.0f, 100.0f, 150.0f, 250.0f, 500.0f };
  Signal             signal    = signal_new(88200U);
  signal_add_note(&signal, TUNE_RATE, 0.3, 262.0, 6.0, 0.5);
  for (size_t a = 0U; a < sizeof(ages_ms) / sizeof(ages_ms[0]); ++a) {
    TmbSettings settings  = tmb_default_settings;
    settings.decision_ms  = ages_ms[a];
    const Records records = tune_recognise(&settings, &signal, TUNE_RATE, 64U);
    assert_true(records.n >= 3U);

    const TmbEvent* const note = &records.records[1].event;
    const double wait_ms = 1e3 * (double)(note->time - note->onset) / TUNE_RATE;
    assert_true(fabs(wait_ms - (double)ages_ms[a]) <= 35.0);
  }
  signal_free(&signal);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_note_is_named_at_every_rate),
    cmocka_unit_test(below_the_threshold_a_note_is_unknown),
    cmocka_unit_test(what_is_none_of_the_classes_is_not_named_at_any_threshold),
    cmocka_unit_test(a_note_of_an_unsure_class_has_its_family),
    cmocka_unit_test(the_track_follows_the_notes),
    cmocka_unit_test(a_note_is_named_at_the_age_that_is_set),
  };
  return cmocka_run_group_tests_name(
    "recogniser_names", tests, tune_setup, tune_teardown);
}
