// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/plugin.h"

static void
fill(const TmbPlugin* const self,
     const TmbPortId        id,
     const uint32_t         end,
     const float            value)
{
  float* const port = (float*)self->ports[id];
  if (port) {
    for (uint32_t i = self->n_cv; i < end; ++i) {
      port[i] = value;
    }
  }
}

/// The track's instrument, from 0 (unknown) to 10 (the last of the model).
static float
instrument(const TmbPlugin* const self)
{
  const int track = self->heard.track;
  if (track < 0) {
    return 0.0f; // There may be no model
  }
  return 10.0f * (float)(track + 1) /
         (float)tmb_model_n_classes(self->engine->model);
}

void
tmb_cv_write(TmbPlugin* const self, const uint32_t end)
{
  if (end > self->n_cv) {
    const TmbHeard* const heard = &self->heard;
    fill(self, TMB_PORT_CV_WATCHED, end, heard->watch.is_open ? 1.0f : 0.0f);
    fill(self, TMB_PORT_CV_CONFIDENCE, end, tmb_watched_confidence(self));
    fill(self,
         TMB_PORT_CV_ONSET,
         end,
         heard->pulse_end == TMB_NEVER ? 0.0f : 1.0f);
    fill(self, TMB_PORT_CV_INSTRUMENT, end, instrument(self));
    self->n_cv = end;
  }
}
