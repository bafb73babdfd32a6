// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_HEARD_H
#define TMB_HEARD_H

#include "dsp/status.h"
#include "trainer/file_digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A note that was heard.
typedef struct {
  double   onset_s;  ///< In its recording
  uint32_t n_frames; ///< Available
} TmbHeardNote;

/// What was heard in one recording, whatever the corpus says of it.  All zero
/// is nothing.
typedef struct {
  TmbStatus     status;
  TmbMessage    why;
  TmbHeardNote* notes; ///< [n_notes] Owned
  uint32_t      n_notes;
  int16_t*      levels; ///< [n_levels] All notes' frames, in hundredths of dB;
                        ///< owned
  size_t  n_levels;
  uint8_t digest[TMB_DIGEST_BYTES]; ///< Of the file, if there is a cache
  bool    is_new;                   ///< Not from the cache
} TmbHeard;

#endif // TMB_HEARD_H
