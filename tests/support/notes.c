// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/notes.h"

#include "dsp/note.h"
#include "tests/support/cmocka.h"

#include <math.h>
#include <string.h>

/// Describe a note that is ready, and check that its frames are finite.
static void
describe(Note* const               note,
         const TmbExtractor* const extractor,
         const TmbFrontEnd* const  front_end,
         const TmbNoteEvent* const event)
{
  for (uint32_t i = 0U; i < event->n_available * front_end->n_bands; ++i) {
    assert_true(isfinite(event->frames[i]));
  }
  note->ready_time  = event->time;
  note->n_available = event->n_available;
  note->features    = signal_new(tmb_front_end_features(front_end));
  tmb_note_features(front_end,
                    tmb_extractor_mfcc(extractor),
                    event->frames,
                    event->n_available,
                    note->features.y);
}

/// Take down a stage; the stages of a note come in order.
static void
record(Notes* const              notes,
       TmbNoteStage* const       expected,
       const TmbExtractor* const extractor,
       const TmbFrontEnd* const  front_end,
       const TmbNoteEvent* const event)
{
  Note* const note = &notes->notes[notes->n];
  assert_int_equal(event->stage, *expected);
  if (event->stage == TMB_NOTE_ONSET) {
    assert_true(notes->n + 1U < MAX_NOTES);
    note->onset      = event->onset;
    note->onset_time = event->time;
    *expected        = TMB_NOTE_READY;
  } else if (event->stage == TMB_NOTE_READY) {
    // Only now is it known where the note starts; it never moves back
    assert_true(event->onset >= note->onset);
    note->onset = event->onset;
    describe(note, extractor, front_end, event);
    *expected = TMB_NOTE_END;
  } else {
    note->end_time = event->time;
    note->duration = event->duration;
    *expected      = TMB_NOTE_ONSET;
    ++notes->n;
  }
  assert_int_equal(event->onset, note->onset);
}

Notes
notes_collect(TmbExtractor* const      extractor,
              const TmbFrontEnd* const front_end,
              const Signal* const      signal,
              const uint32_t           n_block)
{
  Notes        notes    = { 0 };
  TmbNoteStage expected = TMB_NOTE_ONSET;
  uint32_t     time     = 0U;
  while (time < signal->n) {
    const uint32_t left = signal->n - time;
    const uint32_t end  = time + ((n_block < left) ? n_block : left);
    TmbNoteEvent   event;
    do {
      time +=
        tmb_extractor_push(extractor, signal->y + time, end - time, &event);
      if (event.stage != TMB_NOTE_NONE) {
        assert_int_equal(event.time, time);
        record(&notes, &expected, extractor, front_end, &event);
      }
    } while (event.stage != TMB_NOTE_NONE);
    assert_int_equal(time, end);
  }
  return notes;
}

void
notes_free(Notes* const notes)
{
  for (uint32_t i = 0U; i < MAX_NOTES; ++i) {
    signal_free(&notes->notes[i].features);
  }
}

Signal
signal_with_tail(const TmbExtractor* const extractor,
                 const Signal* const       signal)
{
  Signal self = signal_new(signal->n + tmb_extractor_tail(extractor));
  memcpy(self.y, signal->y, signal->n * sizeof(float));
  return self;
}
