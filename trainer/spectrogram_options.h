// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SPECTROGRAM_OPTIONS_H
#define TMB_SPECTROGRAM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/// What `timbrel spectrogram` was asked for; texts are argv's.
typedef struct {
  const char* recording;
  const char* picture;
  const char* model;     ///< Null for the default
  double      threshold; ///< Least confidence of a named note
  double      start_s;
  double      end_s; ///< Infinite for the recording's
  uint32_t    width;
  uint32_t    height;
  uint32_t    n_bands;
  bool        is_svg;
} TmbSpectrogramOptions;

/**
   Read the command line.

   @param[out] exit_status What to return if it returns false.
   @return Whether to go on; if not, help or a usage error has been printed.
*/
bool
tmb_read_spectrogram_options(int                    argc,
                             char**                 argv,
                             TmbSpectrogramOptions* options,
                             int*                   exit_status);

#endif // TMB_SPECTROGRAM_OPTIONS_H
