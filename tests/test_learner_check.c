// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What a learner says of examples, and what it hands out

#include "tests/support/blas.h"
#include "tests/support/close.h"
#include "tests/support/clouds.h"
#include "tests/support/cmocka.h"
#include "tests/support/learners.h"
#include "trainer/learner.h"

#include <math.h>

/// What the forward pass that ships says of examples.
static TmbEpochScore
ask(const TmbNet* const net, const Clouds* const clouds, const uint32_t n)
{
  TmbEpochScore score   = { .loss = 0.0 };
  unsigned      n_right = 0U;
  assert_in_range(tmb_net_scratch(net), 1U, 128U);
  for (uint32_t j = 0U; j < n; ++j) {
    float          scratch[128];
    float          p[CLOUD_CLASSES];
    const uint32_t truth = clouds->classes[j];
    tmb_net_forward(
      net, clouds->x + ((size_t)j * CLOUD_INPUTS), 0U, scratch, p);
    score.loss -= log((double)p[truth]) / n;
    n_right += p[truth] >= fmaxf(fmaxf(p[0], p[1]), p[2]);
  }
  score.accuracy = (double)n_right / n;
  return score;
}

static void
a_check_is_what_the_forward_pass_that_ships_says(void** const state)
{
  static const uint32_t sizes[] = { 0U, 1U, 2U, 64U, LEARNER_HELD };

  (void)state;
  TmbFitSettings settings = learner_settings();
  settings.n_averaged     = 4U; // Then the average is what is asked
  Clouds* const training  = clouds_new(LEARNER_EXAMPLES, 1.0, 1U);
  Clouds* const held      = clouds_new(LEARNER_HELD, 1.0, 2U);
  for (uint32_t n_threads = 1U; n_threads <= 3U; ++n_threads) {
    TmbLearner* const learner = learner_new(&settings, training, n_threads);
    (void)learner_epochs(learner, 3U);

    const TmbNet* const net = &tmb_learner_state(learner)->answer->net;
    for (size_t i = 0U; i < sizeof(sizes) / sizeof(*sizes); ++i) {
      held->examples.n          = sizes[i];
      const TmbEpochScore score = learner_check(learner, held);
      if (sizes[i]) {
        const TmbEpochScore expected = ask(net, held, sizes[i]);
        assert_close(score.loss, expected.loss, 1e-5);
        assert_close(score.accuracy, expected.accuracy, 1e-12);
      } else {
        assert_true(isnan(score.loss) && isnan(score.accuracy));
      }
    }
    tmb_learner_free(learner);
  }
  clouds_free(held);
  clouds_free(training);
}

static void
what_was_normalised_is_handed_out_as_it_was_checked(void** const state)
{
  (void)state;
  TmbFitSettings settings  = learner_normed_settings();
  settings.n_batch         = 50U; // A few batches are all examples
  settings.n_averaged      = 4U;
  settings.label_smoothing = 0.0;
  Clouds* const training   = clouds_new(LEARNER_EXAMPLES, 0.4, 1U);
  Clouds* const held       = clouds_new(LEARNER_HELD, 0.4, 2U);
  for (uint32_t n_threads = 1U; n_threads <= 3U; ++n_threads) {
    TmbLearner* const   learner = learner_new(&settings, training, n_threads);
    const TmbEpochScore before  = learner_check(learner, held);
    (void)learner_epochs(learner, 20U);

    TmbOwnNet*          net     = NULL;
    const TmbEpochScore checked = learner_check(learner, held);
    assert_int_equal(tmb_learner_conclude(learner, &net), TMB_OK);
    const TmbEpochScore shipped = ask(&net->net, held, LEARNER_HELD);
    print_message("%u threads\n", n_threads);
    assert_true(checked.loss < 0.5 * before.loss);
    assert_close(checked.loss, shipped.loss, 1e-5);
    assert_close(checked.accuracy, shipped.accuracy, 1e-12);
    assert_null(net->gains[0]);
    assert_memory_equal(net->mean, training->mean, sizeof(training->mean));
    assert_memory_equal(net->scale, training->scale, sizeof(training->scale));
    tmb_own_net_free(net);
    tmb_learner_free(learner);
  }
  clouds_free(held);
  clouds_free(training);
}

static void
asking_does_not_change_what_is_learnt(void** const state)
{
  (void)state;
  const TmbFitSettings settings = learner_normed_settings();
  Clouds* const        training = clouds_new(LEARNER_EXAMPLES, 1.0, 1U);
  Clouds* const        held     = clouds_new(LEARNER_HELD, 1.0, 2U);
  TmbLearner* const    asked    = learner_new(&settings, training, 2U);
  TmbLearner* const    other    = learner_new(&settings, training, 2U);
  for (uint32_t epoch = 0U; epoch < 3U; ++epoch) {
    TmbEpochScore score;
    (void)learner_check(asked, held);
    assert_int_equal(tmb_learner_epoch(asked, epoch, &score), TMB_OK);
    assert_int_equal(tmb_learner_epoch(other, epoch, &score), TMB_OK);
  }
  assert_same_net(tmb_learner_state(asked)->net, tmb_learner_state(other)->net);
  tmb_learner_free(other);
  tmb_learner_free(asked);
  clouds_free(held);
  clouds_free(training);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_check_is_what_the_forward_pass_that_ships_says),
    cmocka_unit_test(what_was_normalised_is_handed_out_as_it_was_checked),
    cmocka_unit_test(asking_does_not_change_what_is_learnt),
  };
  return cmocka_run_group_tests_name("learner_check", tests, blas_setup, NULL);
}
