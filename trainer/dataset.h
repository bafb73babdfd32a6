// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_DATASET_H
#define TMB_DATASET_H

#include "dsp/front_end.h"
#include "dsp/mfcc.h"
#include "dsp/status.h"
#include "trainer/corpus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How far from where a note begins it may be found, in seconds: what onset
/// detectors are scored by.
#define TMB_ONSET_TOLERANCE_S 0.05

/// A note that the onset detector found.
typedef struct {
  uint32_t recording;   ///< Index into the corpus
  uint32_t number;      ///< Of the note in its recording, from 0
  uint32_t class_index; ///< Of the corpus
  uint32_t source;      ///< Of the corpus
  uint32_t n_available; ///< Frames, up to those of the last age
  size_t   start;       ///< Of its frames, in levels
} TmbNote;

/**
   The notes of a corpus as log mel frames, so that a note can be described at
   any age, and altered before it is.

   Levels are kept in steps of .01 dB in 16 bits: 7 kB a note of half a second.
   Plain, but filled by tmb_dataset_new() only; only read afterwards, so threads
   may share it.
*/
typedef struct {
  TmbFrontEnd front_end;
  TmbMfcc*    mfcc;
  TmbNote*    notes; ///< [n_notes] By recording, then number
  uint32_t    n_notes;
  int16_t*    levels;       ///< All notes' frames, [n_available][n_bands] each
  uint32_t    n_unreadable; ///< Recordings that could not be read to the end
  bool*       is_silent;    ///< [n_recordings] No note was found in it, though
                            ///< it could be read
  uint32_t n_silent;        ///< ... and the corpus does not say where one is
  uint32_t n_missed;        ///< ... none where the corpus says that it begins
} TmbDataset;

/**
   Listen to all recordings with the extractor that the plugin has, and collect
   their notes.

   A recording whose onset the corpus tells gives one note at most: that which
   was found nearest to it, within #TMB_ONSET_TOLERANCE_S.  Recordings that
   can't be read are reported on stderr, in their order, and give no notes.  The
   result does not depend on the number of threads, nor on a cache.

   @param front_end Copied.
   @param cache_path File of a TmbNoteCache to read and write, or null; that it
   can't be is told on stderr.
   @param n_threads At least 1.
   @param[out] dataset Owned by the caller, freed with tmb_dataset_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_dataset_new(const TmbCorpus*   corpus,
                const TmbFrontEnd* front_end,
                const char*        cache_path,
                uint32_t           n_threads,
                TmbDataset**       dataset);

void
tmb_dataset_free(TmbDataset* dataset);

/**
   Ages at which a note can be described, at least 1: those that it reached and,
   if it was cut short by the next, the one at which that was known.
*/
uint32_t
tmb_dataset_ages(const TmbDataset* dataset, uint32_t note);

/**
   A note's frames in dB.

   @param[out] frames [n_available][n_bands]
*/
void
tmb_dataset_frames(const TmbDataset* dataset, uint32_t note, float* frames);

/**
   Describe a note as it is at an age, see tmb_note_features().

   @param age Index into the front end's ages; one past those that the note
   reached gives all of the note.
   @param frames [tmb_front_end_note_frames()][n_bands] From
   tmb_dataset_frames(), altered or not.
   @param[out] features [tmb_front_end_features()]
*/
void
tmb_dataset_describe(const TmbDataset* dataset,
                     uint32_t          note,
                     uint32_t          age,
                     const float*      frames,
                     float*            features);

#endif // TMB_DATASET_H
