// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ONSET_FINDERS_H
#define TMB_ONSET_FINDERS_H

#include "trainer/marks.h"

/// What the product's own detector is set to.
typedef struct {
  float sensitivity; ///< 0 to 1
  float gate_db;     ///< dBFS
} TmbOnsetSettings;

/**
   Find the onsets of a recording.

   @param settings The product's; its peers have their own defaults.
   @param[in,out] marks An empty list, to be freed with tmb_marks_free() after
   an error too.
   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK; #TMB_BAD_ARG if this finder is not there at all; or why the
   recording can't be read.
*/
typedef TmbStatus (*TmbOnsetFinder)(const char*             path,
                                    const TmbOnsetSettings* settings,
                                    TmbMarks*               marks,
                                    TmbMessage*             why);

/// The product's: the extractor that `label` and the plugin use, streaming.
TMB_NODISCARD TmbStatus
tmb_onsets_find(const char*             path,
                const TmbOnsetSettings* settings,
                TmbMarks*               marks,
                TmbMessage*             why);

/// The program aubioonset as it comes, if it is in the PATH.
TMB_NODISCARD TmbStatus
tmb_onsets_find_aubio(const char*             path,
                      const TmbOnsetSettings* settings,
                      TmbMarks*               marks,
                      TmbMessage*             why);

/**
   The method of librosa.onset.onset_detect with its defaults, whose windows of
   2048 and hops of 512 samples at 22,050 Hz are kept in seconds at all rates.
*/
TMB_NODISCARD TmbStatus
tmb_onsets_find_librosa(const char*             path,
                        const TmbOnsetSettings* settings,
                        TmbMarks*               marks,
                        TmbMessage*             why);

#endif // TMB_ONSET_FINDERS_H
