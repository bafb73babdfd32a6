// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Looking into files in a process of its own, as decoders may do anything.

#include "trainer/clock.h"
#include "trainer/label_run_impl.h"

#include <poll.h>
#include <string.h>

/// Wait until something was received; false if that takes too long.
static bool
wait_for_bytes(TmbLabelRun* const self, const double until_s)
{
  const double  left_s = until_s - tmb_clock_s();
  struct pollfd fd     = { .fd = self->prober.fd, .events = POLLIN };
  if (!(left_s > 0.0)) {
    return false;
  }
  (void)poll(&fd, 1U, left_s < 1e6 ? 1 + (int)(1000.0 * left_s) : -1);
  return tmb_worker_receive(&self->prober);
}

/// Wait for the answer; false if none comes.
static bool
wait_for_answer(TmbLabelRun* const self, bool* const is_recording)
{
  const double    until_s = tmb_clock_s() + self->options->time_limit_s;
  size_t          n_taken = 0U;
  TmbPieceMessage message;
  TmbPieceEnd     end;
  while (!tmb_worker_next(&self->prober, &n_taken, &message)) {
    if (!wait_for_bytes(self, until_s)) {
      return false;
    }
  }
  if (message.word != TMB_PIECE_END || message.n != sizeof(end)) {
    return false;
  }
  memcpy(&end, message.bytes, sizeof(end));
  *is_recording = !end.status;
  return !tmb_worker_next(&self->prober, &n_taken, &message);
}

bool
tmb_label_probe(void* const data, const char* const path)
{
  TmbLabelRun* const self         = (TmbLabelRun*)data;
  const TmbPieceJob  job          = { .is_probe = true };
  bool               is_recording = false;
  TmbMessage         why;
  if (!self->prober.pid &&
      tmb_worker_start(
        &self->prober, self->labeller, self->options->memory_mib, &why)) {
    tmb_worker_end(&self->prober, NULL);
    return true; // Whatever it is, it is not passed over
  }
  if (tmb_worker_give(&self->prober, &job, path) &&
      wait_for_answer(self, &is_recording)) {
    return is_recording;
  }
  tmb_worker_end(&self->prober, NULL);
  return true; // What is wrong with it is told when it is labelled
}
