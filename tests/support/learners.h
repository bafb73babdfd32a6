// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_LEARNERS_H
#define TMB_TEST_LEARNERS_H

#include "tests/support/clouds.h"
#include "trainer/fit.h"
#include "trainer/learner.h"

#include <stdint.h>

#define LEARNER_EXAMPLES 100U
#define LEARNER_HELD 150U ///< More than a member asks about at a time

/// Nothing special, but all that chance has a part in.
TmbFitSettings
learner_settings(void);

/// The same, with layers that are normalised.
TmbFitSettings
learner_normed_settings(void);

/// A learner, freed with tmb_learner_free(), or fail the test.
TmbLearner*
learner_new(const TmbFitSettings* settings,
            const Clouds*         clouds,
            uint32_t              n_threads);

/// Take epochs; returns the score of the last.
TmbEpochScore
learner_epochs(TmbLearner* learner, uint32_t n_epochs);

TmbEpochScore
learner_check(TmbLearner* learner, const Clouds* clouds);

/// Demand the same weights, to the bit.
void
assert_same_net(const TmbOwnNet* a, const TmbOwnNet* b);

#endif // TMB_TEST_LEARNERS_H
