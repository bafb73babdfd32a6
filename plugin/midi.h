// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MIDI_H
#define TMB_MIDI_H

#include "dsp/attributes.h"
#include "plugin/outbox.h"
#include "plugin/ports.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  TmbMidiMode mode;
  int         channel; ///< 0 to 15
  int         cc;      ///< Controller of the watched confidence; the next two
                       ///< are the instrument's and the onset's
} TmbMidiSettings;

/// Values that stay until they change, -1 where there is none yet.
typedef struct {
  int program;
  int instrument; ///< Controller value
  int watched;    ///< Controller value
  int onset;      ///< Controller value: 127 for 10 ms from an onset on, else 0
} TmbMidiValues;

/**
   Turns what is heard into MIDI, and remembers what was sent, so that nothing
   is sent twice and nothing hangs.  Whatever can't be sent because the host's
   buffer is full is sent in the next block; only a note that could not begin
   is left out, and an onset that is over by then.
*/
typedef struct {
  TmbMidiSettings settings;
  TmbMidiValues   due;        ///< What the receiver should have
  TmbMidiValues   sent;       ///< What it has
  int             note;       ///< Sounding note, or -1
  bool            end_waits;  ///< The note is over
  bool            stop_waits; ///< All must fall silent
} TmbMidi;

void
tmb_midi_init(TmbMidi* midi);

/// At the next block, end the note, set the watched confidence and the onset to
/// 0, and forget what was sent.
TMB_REALTIME void
tmb_midi_stop(TmbMidi* midi);

/// Start a block: stop what has to, also if these settings are new.
TMB_REALTIME void
tmb_midi_begin(TmbMidi*               midi,
               TmbOutbox*             outbox,
               const TmbMidiSettings* settings);

/// The track's instrument is `naming` from now on.
TMB_REALTIME void
tmb_midi_track(TmbMidi*         midi,
               TmbOutbox*       outbox,
               uint32_t         frame,
               const TmbNaming* naming);

/// A note was named; it plays until tmb_midi_end().
TMB_REALTIME void
tmb_midi_note(TmbMidi*         midi,
              TmbOutbox*       outbox,
              uint32_t         frame,
              const TmbNaming* naming);

/// The note ended.
TMB_REALTIME void
tmb_midi_end(TmbMidi* midi, TmbOutbox* outbox, uint32_t frame);

/// @param confidence Of the watched instrument, 0 to 1.
TMB_REALTIME void
tmb_midi_watched(TmbMidi*   midi,
                 TmbOutbox* outbox,
                 uint32_t   frame,
                 float      confidence);

/// @param begins A note was found to begin; false when its pulse is over.
TMB_REALTIME void
tmb_midi_onset(TmbMidi* midi, TmbOutbox* outbox, uint32_t frame, bool begins);

#endif // TMB_MIDI_H
