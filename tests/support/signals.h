// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_SIGNALS_H
#define TMB_TEST_SIGNALS_H

#include "dsp/mel.h"

#include <stdbool.h>
#include <stdint.h>

/// Samples that a test owns.
typedef struct {
  uint32_t n;
  float*   y; ///< [n]
} Signal;

Signal
signal_new(uint32_t n);

void
signal_free(Signal* signal);

/// Uniform noise in -0.5..0.5, the same each time.
void
signal_fill_noise(Signal* signal);

/// Have samples `first` to `end` - 1 be zero.
void
signal_silence(const Signal* signal, uint32_t first, uint32_t end);

/// Add a sine of constant amplitude from sample `start` on.
void
signal_add_sine(Signal* signal,
                double  rate_hz,
                double  start,
                double  hz,
                double  amplitude);

/**
   Add a note of ten harmonics that fall by `tilt_db` an octave.

   @param start_s Where it begins, in seconds; it lasts to the end.
   @param decay_s Time in which it falls to 1 / e; infinite for a steady note.
*/
void
signal_add_note(Signal* signal,
                double  rate_hz,
                double  start_s,
                double  hz,
                double  tilt_db,
                double  decay_s);

/// The same, but it swells from nothing in `attack_s`, not in 5 ms.
void
signal_add_swell(Signal* signal,
                 double  rate_hz,
                 double  start_s,
                 double  hz,
                 double  tilt_db,
                 double  attack_s,
                 double  decay_s);

/// Add noise that is there at once, in -0.25..0.25, and falls to 1 / e in
/// `decay_s`.
void
signal_add_hit(Signal* signal, double rate_hz, double start_s, double decay_s);

/// The signal that the golden arrays of this name were computed from, bit by
/// bit; see tests/golden/README.md.
Signal
signal_golden(const char* name);

/**
   Power spectrogram: Hann window, windows centred on multiples of the hop,
   silence on both sides.

   @param is_exact Whether as for whole recordings, or as for streams.
   @param[out] n_frames 1 + n / n_hop.
   @return [n_frames][n_fft / 2 + 1], released by the caller with free().
*/
float*
spectrogram(const Signal* signal,
            uint32_t      n_fft,
            uint32_t      n_hop,
            bool          is_exact,
            uint32_t*     n_frames);

/// The same in bands: [n_frames][n_bands], released with free().
float*
mel_spectrogram(const Signal*       signal,
                uint32_t            n_hop,
                bool                is_exact,
                const TmbMelConfig* config,
                uint32_t*           n_frames);

#endif // TMB_TEST_SIGNALS_H
