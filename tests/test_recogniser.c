// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/extractor.h"
#include "dsp/recogniser.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_file.h"
#include "tests/support/model_parts.h"
#include "tests/support/notes.h"
#include "tests/support/signals.h"
#include "trainer/model_writer.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define RATE_HZ 44100.0
#define N_INSTRUMENTS 3U
#define N_TUNE 6U
#define MAX_EVENTS 64U

/// The instruments differ in how fast their harmonics fall, dB an octave.
static const double   tilts[N_INSTRUMENTS]   = { 0.0, 6.0, 12.0 };
static const TmbClass classes[N_INSTRUMENTS] = { { "bright", "clear", 1 },
                                                 { "medium", "clear", 2 },
                                                 { "dull", "dark", -1 } };

/// An event, with the posterior that it points to.
typedef struct {
  TmbEvent event;
  float    posterior[N_INSTRUMENTS];
} Record;

typedef struct {
  uint32_t n;
  Record   records[MAX_EVENTS];
} Records;

/// A model that names the nearest of three notes which it was shown.
static TmbModel* model;

/// Features of one note at 44.1 kHz.
static Signal
show(const double tilt_db)
{
  const TmbFrontEnd* const front_end = &tmb_default_front_end;
  TmbExtractor*            extractor = NULL;
  Signal                   signal    = signal_new(66150U);
  assert_int_equal(tmb_extractor_new(front_end, RATE_HZ, &extractor), TMB_OK);
  tmb_extractor_set(
    extractor, 0.5f, -60.0f, tmb_front_end_age(front_end, 250.0));
  signal_add_note(&signal, RATE_HZ, 0.2, 262.0, tilt_db, 0.08);

  Signal whole = signal_with_tail(extractor, &signal);
  Notes  notes = notes_collect(extractor, front_end, &whole, 4096U);
  assert_int_equal(notes.n, 1U);
  const Signal features = notes.notes[0].features;
  signal_free(&whole);
  signal_free(&signal);
  tmb_extractor_free(extractor);
  return features;
}

/**
   One linear layer can do it: -|x - t|^2 / 2 is t x - |t|^2 / 2, but for what
   is the same for all t.
*/
static int
make_model(void** const state)
{
  (void)state;
  const uint32_t n      = tmb_front_end_features(&tmb_default_front_end);
  const Folder   folder = folder_new();
  Signal         weight = signal_new(n * N_INSTRUMENTS);
  Signal         mean   = signal_new(n);
  Signal         scale  = signal_new(n);
  float          bias[N_INSTRUMENTS] = { 0.0f };
  TmbMessage     why                 = { "" };
  for (uint32_t k = 0U; k < N_INSTRUMENTS; ++k) {
    Signal features = show(tilts[k]);
    for (uint32_t i = 0U; i < n; ++i) {
      weight.y[(i * N_INSTRUMENTS) + k] = features.y[i];
      bias[k] -= 0.5f * features.y[i] * features.y[i];
      scale.y[i] = 1.0f;
    }
    signal_free(&features);
  }

  const TmbNet net = {
    1U,     { TEST_DENSE(n, N_INSTRUMENTS, TMB_IDENTITY, weight.y, bias) },
    mean.y, scale.y,
    1U,     { 10.0f }
  };
  const TmbModelParts parts = {
    &tmb_default_front_end, &net, classes, NULL, 0U
  };
  assert_int_equal(tmb_model_write(folder_file(&folder, "model"), &parts, &why),
                   TMB_OK);
  assert_int_equal(tmb_model_load(folder_file(&folder, "model"), &model, &why),
                   TMB_OK);
  signal_free(&scale);
  signal_free(&mean);
  signal_free(&weight);
  folder_remove(&folder);
  return 0;
}

static int
free_model(void** const state)
{
  (void)state;
  tmb_model_free(model);
  return 0;
}

/// Two notes of each instrument, at pitches that the model was not shown.
static Signal
new_tune(const double rate_hz)
{
  static const double pitches[N_TUNE] = { 277.2, 246.9, 293.7,
                                          246.9, 277.2, 233.1 };
  Signal              signal          = signal_new((uint32_t)(3.5 * rate_hz));
  for (unsigned i = 0U; i < N_TUNE; ++i) {
    signal_add_note(&signal,
                    rate_hz,
                    0.2 + (0.4 * (double)i),
                    pitches[i],
                    tilts[i / 2U],
                    0.08);
  }
  return signal;
}

/// Push a signal and its tail in blocks; each note's events come in order.
static Records
recognise(TmbRecogniser* const recogniser,
          const Signal* const  signal,
          const uint32_t       n_block)
{
  Records  records = { 0 };
  uint32_t time    = 0U;
  Signal   whole   = signal_new(signal->n + tmb_recogniser_tail(recogniser));
  memcpy(whole.y, signal->y, signal->n * sizeof(float));
  while (time < whole.n) {
    const uint32_t left = whole.n - time;
    const uint32_t end  = time + ((n_block < left) ? n_block : left);
    Record         r;
    do {
      time +=
        tmb_recogniser_push(recogniser, whole.y + time, end - time, &r.event);
      if (r.event.type != TMB_EVENT_NONE) {
        assert_int_equal(r.event.type, TMB_EVENT_ONSET + (records.n % 3U));
        assert_true(records.n < MAX_EVENTS);
        memcpy(r.posterior, r.event.posterior, sizeof(r.posterior));
        records.records[records.n++] = r;
      }
    } while (r.event.type != TMB_EVENT_NONE);
    assert_int_equal(time, end);
  }
  signal_free(&whole);
  return records;
}

static Records
recognise_with(const TmbSettings* const settings,
               const Signal* const      signal,
               const double             rate_hz,
               const uint32_t           n_block)
{
  TmbRecogniser* recogniser = NULL;
  assert_int_equal(tmb_recogniser_new(model, rate_hz, &recogniser), TMB_OK);
  tmb_recogniser_set(recogniser, settings);
  const Records records = recognise(recogniser, signal, n_block);
  tmb_recogniser_free(recogniser);
  return records;
}

static void
expect_same(const Records* const a, const Records* const b)
{
  assert_int_equal(a->n, b->n);
  for (uint32_t i = 0U; i < a->n; ++i) {
    const TmbEvent* const x = &a->records[i].event;
    const TmbEvent* const y = &b->records[i].event;
    assert_int_equal(x->type, y->type);
    assert_int_equal(x->time, y->time);
    assert_int_equal(x->onset, y->onset);
    if (x->type == TMB_EVENT_ONSET) {
      continue; // It has no name yet
    }
    assert_int_equal(x->duration, y->duration);
    assert_int_equal(x->verdict.instrument, y->verdict.instrument);
    assert_true(x->verdict.confidence == y->verdict.confidence);
    assert_int_equal(x->verdict.family, y->verdict.family);
    assert_true(x->verdict.family_confidence == y->verdict.family_confidence);
    assert_int_equal(x->track, y->track);
    assert_true(x->track_confidence == y->track_confidence);
    assert_memory_equal(a->records[i].posterior,
                        b->records[i].posterior,
                        sizeof(a->records[i].posterior));
  }
}

static void
each_note_is_named_at_every_rate(void** const state)
{
  (void)state;
  static const double rates[] = { 22050.0, 44100.0, 48000.0,
                                  88200.0, 96000.0, 192000.0 };
  for (size_t r = 0U; r < sizeof(rates) / sizeof(rates[0]); ++r) {
    Signal        tune = new_tune(rates[r]);
    const Records records =
      recognise_with(&tmb_default_settings, &tune, rates[r], 1024U);
    assert_int_equal(records.n, 3U * N_TUNE);
    for (unsigned i = 0U; i < N_TUNE; ++i) {
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
blocks_of_any_size_give_the_same_events(void** const state)
{
  (void)state;
  static const uint32_t blocks[] = { 1U, 64U, 1000U, 65536U };
  Signal                tune     = new_tune(RATE_HZ);
  const Records         whole =
    recognise_with(&tmb_default_settings, &tune, RATE_HZ, UINT32_MAX);
  for (size_t b = 0U; b < sizeof(blocks) / sizeof(blocks[0]); ++b) {
    const Records records =
      recognise_with(&tmb_default_settings, &tune, RATE_HZ, blocks[b]);
    expect_same(&whole, &records);
  }
  signal_free(&tune);
}

static void
below_the_threshold_a_note_is_unknown(void** const state)
{
  (void)state;
  TmbSettings settings = tmb_default_settings;
  Signal      tune     = new_tune(RATE_HZ);
  settings.threshold   = 1.0f;
  const Records named =
    recognise_with(&tmb_default_settings, &tune, RATE_HZ, 1024U);
  const Records unknown = recognise_with(&settings, &tune, RATE_HZ, 1024U);
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
  Signal       tune   = new_tune(RATE_HZ);
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
    assert_int_equal(tmb_recogniser_new(knows_none, RATE_HZ, &recogniser),
                     TMB_OK);
    tmb_recogniser_set(recogniser, &settings);

    const Records records = recognise(recogniser, &tune, 1024U);
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
  Signal        tune     = new_tune(RATE_HZ);
  const Records sure =
    recognise_with(&tmb_default_settings, &tune, RATE_HZ, 1024U);
  for (unsigned i = 0U; i < N_TUNE; ++i) {
    // Between the confidences of the class and of the family
    const TmbEvent* const named = &sure.records[(3U * i) + 1U].event;
    settings.threshold =
      0.5f * (named->verdict.confidence + named->verdict.family_confidence);

    const Records doubted = recognise_with(&settings, &tune, RATE_HZ, 1024U);
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
  Signal      tune      = new_tune(RATE_HZ);
  settings.hold_ms      = 0.0f;
  const Records records = recognise_with(&settings, &tune, RATE_HZ, 1024U);
  assert_int_equal(records.n, 3U * N_TUNE);

  // After two notes of an instrument the track is that instrument's
  for (unsigned i = 1U; i < N_TUNE; i += 2U) {
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
  signal_add_note(&signal, RATE_HZ, 0.3, 262.0, 6.0, 0.5);
  for (size_t a = 0U; a < sizeof(ages_ms) / sizeof(ages_ms[0]); ++a) {
    TmbSettings settings  = tmb_default_settings;
    settings.decision_ms  = ages_ms[a];
    const Records records = recognise_with(&settings, &signal, RATE_HZ, 64U);
    assert_true(records.n >= 3U);

    const TmbEvent* const note = &records.records[1].event;
    const double wait_ms = 1e3 * (double)(note->time - note->onset) / RATE_HZ;
    assert_true(fabs(wait_ms - (double)ages_ms[a]) <= 35.0);
  }
  signal_free(&signal);
}

static void
settings_out_of_range_are_mended(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    TmbSettings wrong;
    TmbSettings right;
  } rows[] = {
    { "not numbers",
      { NAN, NAN, NAN, NAN, NAN },
      { 0.5f, -60.0f, 0.4f, 250.0f, 500.0f } },
    { "too small",
      { -1.0f, -500.0f, -1.0f, -1.0f, -1.0f },
      { 0.0f, -120.0f, 0.0f, 0.0f, 0.0f } },
    { "too large",
      { 2.0f, -60.0f, 2.0f, INFINITY, INFINITY },
      { 1.0f, -60.0f, 1.0f, 60000.0f, 60000.0f } },
  };
  Signal tune = new_tune(RATE_HZ);
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const Records wrong = recognise_with(&rows[r].wrong, &tune, RATE_HZ, 4096U);
    const Records right = recognise_with(&rows[r].right, &tune, RATE_HZ, 4096U);
    expect_same(&wrong, &right);
  }
  signal_free(&tune);
}

static void
what_is_no_sound_is_survived(void** const state)
{
  (void)state;
  TmbRecogniser* recogniser = NULL;
  Signal         tune       = new_tune(RATE_HZ);
  Signal         poison     = signal_new(44100U);
  for (uint32_t i = 0U; i < poison.n; ++i) {
    poison.y[i] = (i % 2U) ? NAN : INFINITY;
  }
  assert_int_equal(tmb_recogniser_new(model, RATE_HZ, &recogniser), TMB_OK);
  const Records before = recognise(recogniser, &tune, 512U);
  const Records during = recognise(recogniser, &poison, 512U);
  const Records after  = recognise(recogniser, &tune, 512U);
  assert_int_equal(during.n, 0U);
  assert_int_equal(after.n, before.n);
  for (uint32_t i = 1U; i < before.n; i += 3U) {
    assert_int_equal(before.records[i].event.verdict.instrument,
                     after.records[i].event.verdict.instrument);
  }
  tmb_recogniser_free(recogniser);
  signal_free(&poison);
  signal_free(&tune);
}

static void
begin_forgets_the_signal_and_the_track(void** const state)
{
  (void)state;
  TmbRecogniser* recogniser = NULL;
  Signal         tune       = new_tune(RATE_HZ);
  assert_int_equal(tmb_recogniser_new(model, RATE_HZ, &recogniser), TMB_OK);
  const Records first = recognise(recogniser, &tune, 300U);
  tmb_recogniser_begin(recogniser, 0U);
  assert_float_equal(tmb_recogniser_level(recogniser), -120.0f, 0.0f);
  const Records again = recognise(recogniser, &tune, 300U);
  expect_same(&first, &again);
  tmb_recogniser_free(recogniser);
  signal_free(&tune);
}

static void
external_features_are_refused(void** const state)
{
  (void)state;
  TmbModel*      external   = NULL;
  TmbRecogniser* recogniser = NULL;
  Bytes          file =
    edit_header(MODEL_FILE, "external", "\"timbrel.front_end\"", "\"x\"", 0U);
  assert_int_equal(tmb_model_read(file.bytes, file.n, &external, NULL), TMB_OK);
  assert_int_equal(tmb_recogniser_new(external, RATE_HZ, &recogniser),
                   TMB_EXTERNAL_FEATURES);
  assert_null(recogniser);
  tmb_model_free(external);
  bytes_free(&file);
}

static void
new_checks_its_rate(void** const state)
{
  (void)state;
  static const double rates[]    = { 0.0, 7999.0, 384001.0, (double)NAN };
  TmbRecogniser*      recogniser = NULL;
  for (size_t r = 0U; r < sizeof(rates) / sizeof(rates[0]); ++r) {
    assert_int_equal(tmb_recogniser_new(model, rates[r], &recogniser),
                     TMB_BAD_ARG);
    assert_null(recogniser);
  }
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  size_t n = 0U;
  for (bool failed = true; failed; ++n) {
    TmbRecogniser* recogniser = NULL;
    alloc_fail_from(n);
    const TmbStatus status = tmb_recogniser_new(model, RATE_HZ, &recogniser);
    failed                 = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_int_equal(recogniser != NULL, !failed);
    tmb_recogniser_free(recogniser);
  }
  assert_true(n > 15U);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_note_is_named_at_every_rate),
    cmocka_unit_test(blocks_of_any_size_give_the_same_events),
    cmocka_unit_test(below_the_threshold_a_note_is_unknown),
    cmocka_unit_test(what_is_none_of_the_classes_is_not_named_at_any_threshold),
    cmocka_unit_test(a_note_of_an_unsure_class_has_its_family),
    cmocka_unit_test(the_track_follows_the_notes),
    cmocka_unit_test(a_note_is_named_at_the_age_that_is_set),
    cmocka_unit_test(settings_out_of_range_are_mended),
    cmocka_unit_test(what_is_no_sound_is_survived),
    cmocka_unit_test(begin_forgets_the_signal_and_the_track),
    cmocka_unit_test(external_features_are_refused),
    cmocka_unit_test(new_checks_its_rate),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name(
    "recogniser", tests, make_model, free_model);
}
