// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_SMALL_NETS_H
#define TMB_TEST_SMALL_NETS_H

#include "trainer/backprop.h"
#include "trainer/own_net.h"

#include <stdint.h>

/*
  Networks small enough for each of their parameters to be tried, and a batch
  for them.
*/

#define BATCH_COEFFS 8U
#define BATCH_INPUTS 17U ///< Two segments of coefficients, and what was heard
#define BATCH_CLASSES 3U
#define BATCH_ROWS 7U
#define SMALL_LEARNT 512U ///< Parameters at most
#define SMALL_MOMENTS 32U ///< Likewise

/// A batch of any numbers, with soft targets.
typedef struct {
  float x[BATCH_ROWS * BATCH_INPUTS];
  float targets[BATCH_ROWS * BATCH_CLASSES];
} Batch;

/// The same each time.
void
batch_fill(Batch* batch);

/// Some of the rows.
TmbBatch
batch_share(const Batch* batch, uint32_t first, uint32_t n);

/// Work out a network's layers from its plan in words, or fail the test.
TmbNet
small_shape(const char* text, TmbActivation activation);

/// A network with weights drawn by chance, and biases too; freed with
/// tmb_own_net_free().
TmbOwnNet*
small_net(const char* text, TmbActivation activation);

/// What learns it, freed with tmb_backprop_free().
TmbBackprop*
small_backprop(const TmbOwnNet* net, double dropout);

#endif // TMB_TEST_SMALL_NETS_H
