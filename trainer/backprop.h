// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BACKPROP_H
#define TMB_BACKPROP_H

#include "dsp/status.h"
#include "trainer/own_net.h"

#include <stdint.h>

/// Memory for passes through networks of one shape, for batches of rows,
/// forward and back.  The products are those of trainer/blas.h, which must have
/// been loaded.
typedef struct TmbBackpropImpl TmbBackprop;

/**
   Rows that go through a network together: a batch, or a thread's share of it.

   A network that learns normalises over these rows.  So where a batch has
   several shares, each has a mean and a variance of its own, and the gradient
   depends on how many there are by more than its rounding.
*/
typedef struct {
  const float* x;       ///< [n_rows][n_in] Standardised: mean and scale are not
                        ///< applied here
  const float* targets; ///< [n_rows][n_out] Probabilities, each row's sum 1
  uint32_t     n_rows;  ///< Up to those that the memory was made for
  uint32_t     n_batch; ///< Rows of the whole batch, whose mean loss counts
  uint64_t     seed;    ///< Chooses what is dropped, for each row by its number
  uint64_t     number;  ///< ... of the first row in the whole training
} TmbBatch;

/// What a pass says of its rows.
typedef struct {
  double   loss;    ///< Cross-entropy, in nats, summed
  uint32_t n_right; ///< Rows whose likeliest class is the target's
} TmbPass;

/**
   @param shape Of the networks; its weights are of no meaning.
   @param n_rows Of a batch, at most; at least 1.
   @param dropout Share of the inputs of each dense layer but the network's own
   that a pass with a gradient leaves out, 0 to less than 1.
   @param[out] backprop Owned by the caller, freed with tmb_backprop_free().
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_backprop_new(const TmbNet* shape,
                 uint32_t      n_rows,
                 double        dropout,
                 TmbBackprop** backprop);

void
tmb_backprop_free(TmbBackprop* backprop);

/**
   Softmax cross-entropy of rows and its gradient.

   @param net One that learns.
   @param[out] gradient [n_learnt] Of the rows' loss over n_batch: the sum over
   all shares of a batch is that of its mean loss.
*/
TmbPass
tmb_backprop_pass(TmbBackprop*     backprop,
                  const TmbOwnNet* net,
                  const TmbBatch*  batch,
                  float*           gradient);

/// Softmax cross-entropy alone, with nothing dropped.
TmbPass
tmb_backprop_check(TmbBackprop*     backprop,
                   const TmbOwnNet* net,
                   const TmbBatch*  batch);

/**
   Mean and variance of what is normalised.

   @param net One that learns.
   @param[in,out] moments [tmb_own_net_moments()] To which n_rows times those of
   these rows are added.
*/
void
tmb_backprop_measure(TmbBackprop*     backprop,
                     const TmbOwnNet* net,
                     const TmbBatch*  batch,
                     double*          moments);

#endif // TMB_BACKPROP_H
