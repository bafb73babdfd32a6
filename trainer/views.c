// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/views.h"

#include "trainer/augment_steps.h"

#include <math.h>
#include <string.h>

bool
tmb_has_views(const TmbFitSettings* const settings)
{
  return settings->views > 0.0 && tmb_net_plan_has_idct(&settings->plan);
}

TmbStatus
tmb_add_views(const TmbFrontEnd* const front_end,
              const double             semitones,
              TmbOwnNet** const        net)
{
  static const double directions[TMB_VIEWS] = { 0.0, -1.0, 1.0 };

  const TmbOwnNet* const old   = *net;
  TmbNet                 shape = old->net;
  shape.layers[0].n_views      = TMB_VIEWS;

  TmbOwnNet*      wide   = NULL;
  const TmbStatus status = tmb_own_net_new(&shape, false, &wide);
  if (status) {
    return status;
  }

  const size_t n_in = tmb_net_inputs(&shape);
  memcpy(wide->values, old->values, old->n_learnt * sizeof(float));
  memcpy(wide->mean, old->mean, n_in * sizeof(float));
  memcpy(wide->scale, old->scale, n_in * sizeof(float));

  // Each coefficient stands for a spectrum: to move all of them is to move
  // whatever they are added up to
  const TmbLayer* const idct   = &wide->net.layers[0];
  const size_t          n      = (size_t)idct->width * idct->width;
  float* const          tables = wide->values + (idct->weight - wide->values);
  TmbBandGrid           grid;
  tmb_band_grid_init(&grid, front_end);
  for (size_t v = 0U; v < TMB_VIEWS; ++v) {
    const TmbPatch table = { .frames   = tables + (v * n),
                             .n_frames = idct->width,
                             .n_bands  = idct->width };
    tmb_warp_frequency(&table, &grid, exp2(directions[v] * semitones / 12.0));
  }
  tmb_own_net_free(*net);
  *net = wide;
  return TMB_OK;
}
