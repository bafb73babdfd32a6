// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/midi_note.h"
#include "trainer/row_format.h"
#include "trainer/spool.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
  A Standard MIDI File 1.0 of format 0.  Debian's libsmf has had no maintainer
  since 2020, writes only to files that it opens by name, and ends the process
  when memory is out; the part of the format that is needed here is small.

  The track waits aside until its length is known.
*/

#define TICKS_PER_S 1000
#define TICKS_PER_QUARTER 500 ///< At the usual 120 quarters a minute
#define MAX_DELTA 0x0FFFFFFFU ///< Four bytes of 7 bits
#define MAX_S 1e9             ///< More than any recording has

#define NOTE_OFF 0x80
#define NOTE_ON 0x90
#define PROGRAM 0xC0
#define META 0xFF
#define META_TEXT 0x01
#define META_TRACK_NAME 0x03
#define DRUMS 9 ///< Channel 10, counted from 0

/// Write a number, 7 bits a byte, the highest first, all but the last marked.
static void
put_number(FILE* const track, const uint32_t value)
{
  for (unsigned shift = 21U; shift; shift -= 7U) {
    if (value >> shift) {
      (void)fputc((int)(0x80U | ((value >> shift) & 0x7FU)), track);
    }
  }
  (void)fputc((int)(value & 0x7FU), track);
}

static void
put_text(FILE* const track, const int type, const char* const text)
{
  const size_t n = strlen(text);
  (void)fprintf(track, "%c%c", META, type);
  put_number(track, (uint32_t)n);
  (void)fwrite(text, 1U, n, track);
}

/// Write the time of what follows, which is never before what was written.
static void
put_time(TmbRows* const rows, const uint64_t tick)
{
  uint64_t delta = tick > rows->tick ? tick - rows->tick : 0U;
  rows->tick += delta;
  for (; delta > MAX_DELTA; delta -= MAX_DELTA) {
    put_number(rows->aside, MAX_DELTA);
    put_text(rows->aside, META_TEXT, "");
  }
  put_number(rows->aside, (uint32_t)delta);
}

static uint64_t
ticks(const double seconds)
{
  return (seconds > 0.0 && seconds < MAX_S)
           ? (uint64_t)llround(seconds * TICKS_PER_S)
           : 0U;
}

static bool
midi_open(TmbRows* const rows, const char* const path)
{
  static const char tempo[] =
    "\xFF\x51\x03\x07\xA1\x20"; // 500,000 us a quarter

  const char* const slash = strrchr(path, '/');
  put_time(rows, rows->tick);
  put_text(rows->aside, META_TRACK_NAME, slash ? slash + 1 : path);
  put_time(rows, rows->tick);
  (void)fwrite(tempo, 1U, sizeof(tempo) - 1U, rows->aside);
  return true;
}

static bool
midi_note(TmbRows* const          rows,
          const char* const       path,
          const TmbNoteRow* const note)
{
  (void)path;
  FILE* const           track      = rows->aside;
  const TmbClass* const instrument = note->guess.instrument;
  put_time(rows, ticks(note->onset_s));
  put_text(track, META_TEXT, tmb_guess_label(&note->guess));
  if (!instrument) {
    return true;
  }

  const int key     = tmb_midi_key(note->class_index);
  const int channel = instrument->program < 0 ? DRUMS : 0;
  if (instrument->program >= 0) {
    put_time(rows, rows->tick);
    (void)fprintf(track, "%c%c", PROGRAM | channel, instrument->program);
  }
  if (key >= 0) {
    const uint64_t end      = ticks(tmb_note_end(note));
    const int      velocity = tmb_midi_velocity((float)note->guess.confidence);
    put_time(rows, rows->tick);
    (void)fprintf(track, "%c%c%c", NOTE_ON | channel, key, velocity);
    put_time(rows, end > rows->tick ? end : rows->tick + 1U);
    (void)fprintf(track, "%c%c%c", NOTE_OFF | channel, key, 0);
  }
  return true;
}

/// Write a big-endian number of `n` bytes.
static void
put_integer(FILE* const out, const uint32_t value, unsigned n)
{
  while (n--) {
    (void)fputc((int)((value >> (8U * n)) & 0xFFU), out);
  }
}

static bool
midi_file(TmbRows* const          rows,
          const char* const       path,
          const TmbFileRow* const file)
{
  static const char end_of_track[] = "\xFF\x2F"; // With its 0, the length

  (void)path;
  FILE* const out = rows->out;
  put_time(rows, ticks(file->seconds));
  (void)fwrite(end_of_track, 1U, sizeof(end_of_track), rows->aside);

  (void)fputs("MThd", out);
  put_integer(out, 6U, 4U);
  put_integer(out, 0U, 2U); // Format
  put_integer(out, 1U, 2U); // Tracks
  put_integer(out, TICKS_PER_QUARTER, 2U);
  (void)fputs("MTrk", out);
  put_integer(out, (uint32_t)ftello(rows->aside), 4U);
  return tmb_spool_pour(rows->aside, out);
}

const TmbRowFormat tmb_midi_rows = {
  .name      = "midi",
  .extension = ".mid",
  .open      = midi_open,
  .note      = midi_note,
  .file      = midi_file,
};
