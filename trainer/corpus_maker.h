// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_CORPUS_MAKER_H
#define TMB_CORPUS_MAKER_H

#include "dsp/status.h"
#include "trainer/new_folder.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/// A sound that becomes a recording; texts are borrowed.
typedef struct {
  const char*  name; ///< Of the file, without its ending
  const char*  class_name;
  const char*  detail; ///< What of the class it is
  const char*  source;
  const char*  licence;
  double       onset_s; ///< Of its only note, or negative if it has none
  const float* mono;    ///< [n_samples] Full scale is 1
  uint32_t     n_samples;
  uint32_t     rate_hz;
} TmbSound;

/**
   A corpus in the making: a folder of FLAC files with a manifest.csv, which is
   there when it is whole and not before.

   Opened, closed, or discarded at any point.
*/
typedef struct {
  TmbNewFolder folder;
  FILE*        manifest;
  uint32_t     n_sounds;
} TmbCorpusMaker;

/**
   @param[out] maker Released with tmb_corpus_maker_discard(), also after an
   error.
   @param[out] why One sentence that names the folder and the reason.
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_corpus_maker_open(const char*     folder,
                      TmbCorpusMaker* maker,
                      TmbMessage*     why);

/// Whether a sound is too soft to be one: below -80 dBFS throughout.
bool
tmb_is_silence(const float* mono, uint32_t n);

TMB_NODISCARD TmbStatus
tmb_corpus_maker_add(TmbCorpusMaker* maker,
                     const TmbSound* sound,
                     TmbMessage*     why);

/// Put the folder in its place.
TMB_NODISCARD TmbStatus
tmb_corpus_maker_close(TmbCorpusMaker* maker, TmbMessage* why);

/// Remove what was not closed, and release what is held.
void
tmb_corpus_maker_discard(TmbCorpusMaker* maker);

#endif // TMB_CORPUS_MAKER_H
