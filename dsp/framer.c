// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/framer.h"

#include "dsp/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_SAMPLE 1e6f    ///< Beyond it is no sound, but a fault
#define SMALLEST_SAMPLE 1e-15f ///< Below it arithmetic would turn denormal

struct TmbFramerImpl {
  uint32_t n_window;
  double   hop;     ///< In samples
  uint64_t next;    ///< Number of the window that comes next
  uint64_t due;     ///< Samples taken when it is complete
  uint32_t place;   ///< Of the next sample in the ring, below n_window
  uint64_t n_taken; ///< Samples of the stream
  float*   ring;    ///< [2][n_window] Both the same, see keep()
};

TmbStatus
tmb_framer_new(const uint32_t    n_window,
               const double      hop,
               TmbFramer** const framer)
{
  *framer = NULL;
  if (!n_window || n_window > TMB_MAX_FFT || !(hop >= 1.0) ||
      hop > (double)n_window) {
    return TMB_BAD_ARG;
  }

  TmbFramer* const self = (TmbFramer*)calloc(1U, sizeof(TmbFramer));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->n_window = n_window;
  self->hop      = hop;
  self->ring     = (float*)calloc((size_t)2U * n_window, sizeof(float));
  if (!self->ring) {
    tmb_framer_free(self);
    return TMB_NO_MEMORY;
  }

  tmb_framer_begin(self, 0U);
  *framer = self;
  return TMB_OK;
}

void
tmb_framer_free(TmbFramer* const framer)
{
  if (framer) {
    free(framer->ring);
    free(framer);
  }
}

/// The sample that window `index` is centred on.
static uint64_t
middle_of(const TmbFramer* const framer, const uint64_t index)
{
  return (uint64_t)(((double)index * framer->hop) + 0.5);
}

/// Samples taken when window `index` is complete: its second half is there.
static uint64_t
end_of(const TmbFramer* const framer, const uint64_t index)
{
  return middle_of(framer, index) + framer->n_window - (framer->n_window / 2U);
}

/// Number of the first window that is not complete after `n_taken` samples.
static uint64_t
first_after(const TmbFramer* const framer, const uint64_t n_taken)
{
  const uint64_t n_half = end_of(framer, 0U);
  uint64_t       index  = (n_taken > n_half)
                            ? (uint64_t)((double)(n_taken - n_half) / framer->hop)
                            : 0U;

  // That may be off by one, and once more by rounding
  while (index && end_of(framer, index - 1U) > n_taken) {
    --index;
  }
  while (end_of(framer, index) <= n_taken) {
    ++index;
  }
  return index;
}

void
tmb_framer_begin(TmbFramer* const framer, const uint64_t first)
{
  memset(framer->ring, 0, (size_t)2U * framer->n_window * sizeof(float));
  framer->place   = 0U;
  framer->n_taken = first;
  framer->next    = first_after(framer, first);
  framer->due     = end_of(framer, framer->next);
}

uint64_t
tmb_framer_middle(const TmbFramer* const framer)
{
  return middle_of(framer, framer->next - 1U);
}

uint64_t
tmb_framer_next(const TmbFramer* const framer)
{
  return framer->next;
}

uint64_t
tmb_framer_taken(const TmbFramer* const framer)
{
  return framer->n_taken;
}

/// Copy what can be sound, else zero; written so that it vectorises.
TMB_WIDE static void
copy_clean(float* const out, const float* const in, const uint32_t n)
{
  for (uint32_t i = 0U; i < n; ++i) {
    const float size = fabsf(in[i]);

    out[i] = (size >= SMALLEST_SAMPLE && size <= LARGEST_SAMPLE) ? in[i] : 0.0f;
  }
}

/**
   Add samples to both copies of the ring, n at most n_window.

   From `place` on, the two copies then hold the newest n_window samples as one
   array, oldest first.
*/
static void
keep(TmbFramer* const framer, const float* const samples, const uint32_t n)
{
  for (uint32_t n_done = 0U; n_done < n;) {
    const uint32_t n_room = framer->n_window - framer->place;
    const uint32_t n_now  = (n - n_done < n_room) ? n - n_done : n_room;
    float* const   to     = framer->ring + framer->place;
    copy_clean(to, samples + n_done, n_now);
    memcpy(to + framer->n_window, to, n_now * sizeof(float));
    framer->place = (n_now < n_room) ? framer->place + n_now : 0U;
    n_done += n_now;
  }
  framer->n_taken += n;
}

uint32_t
tmb_framer_push(TmbFramer* const    framer,
                const float* const  samples,
                const uint32_t      n,
                const float** const window)
{
  const uint64_t n_missing = framer->due - framer->n_taken;
  const uint32_t n_taken   = (n < n_missing) ? n : (uint32_t)n_missing;
  keep(framer, samples, n_taken);

  *window = NULL;
  if (framer->n_taken == framer->due) {
    *window = framer->ring + framer->place;
    ++framer->next;
    framer->due = end_of(framer, framer->next);
  }
  return n_taken;
}

void
tmb_framer_digest(const TmbFramer* const framer, TmbDigest* const digest)
{
  // Only what the next window shows, of which the newest samples are missing
  const uint64_t     n_missing = framer->due - framer->n_taken;
  const uint32_t     n_seen    = (n_missing < framer->n_window)
                                   ? framer->n_window - (uint32_t)n_missing
                                   : 0U;
  const float* const end = framer->ring + framer->place + framer->n_window;

  tmb_digest_add(digest, framer->n_taken);
  tmb_digest_add(digest, framer->next);
  tmb_digest_add_floats(digest, end - n_seen, n_seen);
}
