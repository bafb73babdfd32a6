// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/tune.h"

#include "dsp/extractor.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_parts.h"
#include "tests/support/notes.h"
#include "trainer/model_writer.h"

#include <string.h>

/// The instruments differ in how fast their harmonics fall, dB an octave.
static const double   tilts[TUNE_INSTRUMENTS]   = { 0.0, 6.0, 12.0 };
static const TmbClass classes[TUNE_INSTRUMENTS] = { { "bright", "clear", 1 },
                                                    { "medium", "clear", 2 },
                                                    { "dull", "dark", -1 } };

static TmbModel* model;

/// Features of one note at 44.1 kHz.
static Signal
show(const double tilt_db)
{
  const TmbFrontEnd* const front_end = &tmb_default_front_end;
  TmbExtractor*            extractor = NULL;
  Signal                   signal    = signal_new(66150U);
  assert_int_equal(tmb_extractor_new(front_end, TUNE_RATE, &extractor), TMB_OK);
  tmb_extractor_set(
    extractor, 0.5f, -60.0f, tmb_front_end_age(front_end, 250.0));
  signal_add_note(&signal, TUNE_RATE, 0.2, 262.0, tilt_db, 0.08);

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
int
tune_setup(void** const state)
{
  (void)state;
  const uint32_t n      = tmb_front_end_features(&tmb_default_front_end);
  const Folder   folder = folder_new();
  Signal         weight = signal_new(n * TUNE_INSTRUMENTS);
  Signal         mean   = signal_new(n);
  Signal         scale  = signal_new(n);
  float          bias[TUNE_INSTRUMENTS] = { 0.0f };
  TmbMessage     why                    = { "" };
  for (uint32_t k = 0U; k < TUNE_INSTRUMENTS; ++k) {
    Signal features = show(tilts[k]);
    for (uint32_t i = 0U; i < n; ++i) {
      weight.y[(i * TUNE_INSTRUMENTS) + k] = features.y[i];
      bias[k] -= 0.5f * features.y[i] * features.y[i];
      scale.y[i] = 1.0f;
    }
    signal_free(&features);
  }

  const TmbNet net = {
    1U,     { TEST_DENSE(n, TUNE_INSTRUMENTS, TMB_IDENTITY, weight.y, bias) },
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

int
tune_teardown(void** const state)
{
  (void)state;
  tmb_model_free(model);
  return 0;
}

const TmbModel*
tune_model(void)
{
  return model;
}

Signal
tune_new(const double rate_hz)
{
  static const double pitches[TUNE_NOTES] = { 277.2, 246.9, 293.7,
                                              246.9, 277.2, 233.1 };
  Signal              signal = signal_new((uint32_t)(3.5 * rate_hz));
  for (unsigned i = 0U; i < TUNE_NOTES; ++i) {
    signal_add_note(&signal,
                    rate_hz,
                    0.2 + (0.4 * (double)i),
                    pitches[i],
                    tilts[i / 2U],
                    0.08);
  }
  return signal;
}

Records
tune_push(TmbRecogniser* const recogniser,
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
        assert_true(records.n < TUNE_MAX_EVENTS);
        memcpy(r.posterior, r.event.posterior, sizeof(r.posterior));
        records.records[records.n++] = r;
      }
    } while (r.event.type != TMB_EVENT_NONE);
    assert_int_equal(time, end);
  }
  signal_free(&whole);
  return records;
}

Records
tune_recognise(const TmbSettings* const settings,
               const Signal* const      signal,
               const double             rate_hz,
               const uint32_t           n_block)
{
  TmbRecogniser* recogniser = NULL;
  assert_int_equal(tmb_recogniser_new(model, rate_hz, &recogniser), TMB_OK);
  tmb_recogniser_set(recogniser, settings);
  const Records records = tune_push(recogniser, signal, n_block);
  tmb_recogniser_free(recogniser);
  return records;
}

void
records_expect_same(const Records* const a, const Records* const b)
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
