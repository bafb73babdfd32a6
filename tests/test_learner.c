// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/learner.h"

#include "tests/support/alloc.h"
#include "tests/support/blas.h"
#include "tests/support/close.h"
#include "tests/support/clouds.h"
#include "tests/support/cmocka.h"
#include "tests/support/learners.h"

static void
threads_change_no_more_than_the_rounding(void** const state)
{
  static const struct {
    const char* label;
    TmbMethod   method;
    uint32_t    n_batch;
    uint32_t    n_averaged;
    bool        is_drawn; ///< By chance
  } rows[] = {
    { "Adam", TMB_ADAM, 16U, 0U, false },
    { "SGD", TMB_SGD, 16U, 0U, false },
    { "AdamW, averaged", TMB_ADAMW, 16U, 5U, false },
    { "fewer examples than threads", TMB_ADAM, 2U, 0U, false },
    { "one example a step", TMB_ADAM, 1U, 0U, false },
    { "a batch larger than all", TMB_ADAM, 1000U, 0U, false },
    { "drawn by chance", TMB_ADAM, 16U, 0U, true },
  };

  (void)state;
  Clouds* const held = clouds_new(LEARNER_HELD, 1.0, 2U);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFitSettings settings = learner_settings();
    settings.method         = rows[i].method;
    settings.n_batch        = rows[i].n_batch;
    settings.n_averaged     = rows[i].n_averaged;

    Clouds* const training = clouds_new(LEARNER_EXAMPLES, 1.0, 1U);
    if (rows[i].is_drawn) {
      clouds_draw_by_chance(training);
    }
    TmbLearner* const   alone   = learner_new(&settings, training, 1U);
    const TmbEpochScore learnt  = learner_epochs(alone, 3U);
    const TmbEpochScore checked = learner_check(alone, held);
    for (uint32_t n = 2U; n <= 3U; ++n) {
      TmbLearner* const team  = learner_new(&settings, training, n);
      TmbLearner* const again = learner_new(&settings, training, n);
      print_message("%s, %u threads\n", rows[i].label, n);
      assert_close(
        learner_epochs(team, 3U).loss, learnt.loss, 1e-4 * learnt.loss);
      assert_close(
        learner_check(team, held).loss, checked.loss, 1e-4 * checked.loss);
      (void)learner_epochs(again, 3U);
      assert_same_net(tmb_learner_state(team)->net,
                      tmb_learner_state(again)->net);
      assert_same_net(tmb_learner_state(team)->answer,
                      tmb_learner_state(again)->answer);
      tmb_learner_free(again);
      tmb_learner_free(team);
    }
    tmb_learner_free(alone);
    clouds_free(training);
  }
  clouds_free(held);
}

/// Counts how often each example is looked at.
typedef struct {
  Clouds*  clouds;
  uint32_t n_of[LEARNER_EXAMPLES];
} Count;

/// The draw() of examples.
static uint32_t
count(void* const      source,
      const uint32_t   index,
      TmbRandom* const random,
      float* const     features)
{
  Count* const             self     = (Count*)source;
  const TmbExamples* const examples = &self->clouds->examples;
  ++self->n_of[index];
  return examples->draw(examples->source, index, random, features);
}

static void
an_epoch_takes_each_example_once(void** const state)
{
  static const struct {
    uint32_t n_batch;
    uint32_t n_steps;
  } rows[] = { { 1U, LEARNER_EXAMPLES },
               { 16U, 7U },
               { 50U, 2U },
               { LEARNER_EXAMPLES, 1U },
               { 4096U, 1U } };

  (void)state;
  Clouds* const clouds = clouds_new(LEARNER_EXAMPLES, 1.0, 1U);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Count          counted  = { clouds, { 0U } };
    TmbExamples    examples = clouds->examples;
    TmbFitSettings settings = learner_settings();
    TmbLearner*    learner  = NULL;
    settings.n_batch        = rows[i].n_batch;
    examples.draw           = count;
    examples.source         = &counted;
    assert_int_equal(tmb_learner_new(&settings, &examples, 1U, &learner),
                     TMB_OK);
    for (uint32_t epoch = 0U; epoch < 2U; ++epoch) {
      TmbEpochScore score;
      assert_int_equal(tmb_learner_epoch(learner, epoch, &score), TMB_OK);
      for (unsigned j = 0U; j < LEARNER_EXAMPLES; ++j) {
        assert_int_equal(counted.n_of[j], epoch + 1U);
      }
    }
    assert_int_equal(tmb_learner_state(learner)->n_steps, 2U * rows[i].n_steps);
    tmb_learner_free(learner);
  }
  clouds_free(clouds);
}

static void
orders_differ_by_epoch(void** const state)
{
  (void)state;
  TmbFitSettings settings  = learner_settings();
  settings.dropout         = 0.0;
  Clouds* const     clouds = clouds_new(LEARNER_EXAMPLES, 1.0, 1U);
  TmbLearner* const first  = learner_new(&settings, clouds, 1U);
  TmbLearner* const again  = learner_new(&settings, clouds, 1U);
  TmbLearner* const other  = learner_new(&settings, clouds, 1U);
  TmbEpochScore     score;
  assert_int_equal(tmb_learner_epoch(first, 0U, &score), TMB_OK);
  assert_int_equal(tmb_learner_epoch(again, 0U, &score), TMB_OK);
  assert_int_equal(tmb_learner_epoch(other, 1U, &score), TMB_OK);

  const TmbOwnNet* const net = tmb_learner_state(first)->net;
  assert_same_net(net, tmb_learner_state(again)->net);
  assert_memory_not_equal(net->values,
                          tmb_learner_state(other)->net->values,
                          net->n_learnt * sizeof(float));
  tmb_learner_free(other);
  tmb_learner_free(again);
  tmb_learner_free(first);
  clouds_free(clouds);
}

static void
the_loss_falls_and_the_rate_follows_its_schedule(void** const state)
{
  static const struct {
    const char* label;
    TmbMethod   method;
    TmbSchedule schedule;
    double      rate;
    double      last; ///< Share of the rate in the last of 70 steps
  } rows[] = {
    { "Adam", TMB_ADAM, TMB_CONSTANT, 0.02, 1.0 },
    { "AdamW, one-cycle", TMB_ADAMW, TMB_ONE_CYCLE, 0.02, 0.0011 },
    { "SGD, cosine", TMB_SGD, TMB_COSINE, 0.1, 0.0005 },
  };

  (void)state;
  Clouds* const training = clouds_new(LEARNER_EXAMPLES, 0.4, 1U);
  Clouds* const held     = clouds_new(LEARNER_HELD, 0.4, 2U);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFitSettings settings  = learner_settings();
    settings.n_epochs        = 10U;
    settings.method          = rows[i].method;
    settings.schedule        = rows[i].schedule;
    settings.learning_rate   = rows[i].rate;
    settings.dropout         = 0.0;
    settings.mixup           = 0.0;
    settings.label_smoothing = 0.0;

    TmbLearner* const   learner = learner_new(&settings, training, 2U);
    const TmbEpochScore before  = learner_check(learner, held);
    const TmbEpochScore learnt  = learner_epochs(learner, 10U);
    const TmbEpochScore after   = learner_check(learner, held);
    print_message("%s\n", rows[i].label);
    assert_close(learnt.rate / rows[i].rate, rows[i].last, 1e-4);
    assert_true(learnt.loss < 0.3 * before.loss);
    assert_true(after.loss < 0.3 * before.loss);
    assert_true(after.accuracy > 0.95 && learnt.accuracy > 0.95);
    tmb_learner_free(learner);
  }
  clouds_free(held);
  clouds_free(training);
}

static void
the_answer_is_the_average_of_the_steps(void** const state)
{
  static const struct {
    const char* label;
    uint32_t    n_averaged;
    double      share; ///< Of a step in the average, in a training of 30
  } rows[] = {
    { "of one step", 1U, 1.0 },
    { "of two", 2U, 0.5 },
    { "of no more than a tenth", 1000U, 0.25 },
  };

  (void)state;
  Clouds* const clouds = clouds_new(30U, 1.0, 1U);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFitSettings settings = learner_settings();
    settings.n_epochs       = 30U;
    settings.n_batch        = 30U; // An epoch is one step
    settings.n_averaged     = rows[i].n_averaged;

    TmbLearner* const      learner = learner_new(&settings, clouds, 1U);
    const TmbLearnt* const learnt  = tmb_learner_state(learner);
    double                 average[256];
    assert_in_range(learnt->net->n_learnt, 1U, 256U);
    assert_same_net(learnt->net, learnt->answer);
    for (size_t j = 0U; j < learnt->net->n_learnt; ++j) {
      average[j] = (double)learnt->net->values[j];
    }
    for (uint32_t epoch = 0U; epoch < 5U; ++epoch) {
      TmbEpochScore score;
      assert_int_equal(tmb_learner_epoch(learner, epoch, &score), TMB_OK);
      for (size_t j = 0U; j < learnt->net->n_learnt; ++j) {
        average[j] +=
          rows[i].share * ((double)learnt->net->values[j] - average[j]);
        assert_close((double)learnt->answer->values[j], average[j], 1e-6);
      }
    }
    tmb_learner_free(learner);
  }
  clouds_free(clouds);
}

static void
a_seed_gives_the_same_first_weights_and_another_others(void** const state)
{
  (void)state;
  Clouds* const     clouds     = clouds_new(LEARNER_EXAMPLES, 1.0, 1U);
  TmbFitSettings    settings   = learner_settings();
  TmbFitSettings    others     = settings;
  TmbLearner* const first      = learner_new(&settings, clouds, 1U);
  TmbLearner* const again      = learner_new(&settings, clouds, 3U);
  others.seed                  = 2U;
  TmbLearner* const      other = learner_new(&others, clouds, 1U);
  const TmbOwnNet* const net   = tmb_learner_state(first)->net;
  assert_same_net(net, tmb_learner_state(again)->net);
  assert_memory_equal(net->mean, clouds->mean, sizeof(clouds->mean));
  assert_memory_equal(net->scale, clouds->scale, sizeof(clouds->scale));
  assert_memory_not_equal(net->values,
                          tmb_learner_state(other)->net->values,
                          net->n_learnt * sizeof(float));
  tmb_learner_free(other);
  tmb_learner_free(again);
  tmb_learner_free(first);
  clouds_free(clouds);
}

static void
what_can_be_no_network_is_refused(void** const state)
{
  (void)state;
  Clouds* const  clouds     = clouds_new(LEARNER_EXAMPLES, 1.0, 1U);
  TmbLearner*    learner    = NULL;
  TmbFitSettings settings   = learner_settings();
  settings.plan.layers[0].n = TMB_MAX_WIDTH + 1U;
  assert_int_equal(tmb_learner_new(&settings, &clouds->examples, 1U, &learner),
                   TMB_BAD_ARG);
  assert_null(learner);
  clouds_free(clouds);
}

static void
a_failed_allocation_is_reported(void** const state)
{
  (void)state;
  Clouds* const  clouds   = clouds_new(LEARNER_EXAMPLES, 1.0, 1U);
  TmbFitSettings settings = learner_normed_settings();
  TmbStatus      status   = TMB_NO_MEMORY;
  settings.n_averaged     = 5U;
  for (size_t n = 0U; status; ++n) {
    TmbLearner* learner = NULL;
    alloc_fail_from(n);
    status = tmb_learner_new(&settings, &clouds->examples, 2U, &learner);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_true(failed == !learner);
    tmb_learner_free(learner);
  }
  clouds_free(clouds);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(threads_change_no_more_than_the_rounding),
    cmocka_unit_test(an_epoch_takes_each_example_once),
    cmocka_unit_test(orders_differ_by_epoch),
    cmocka_unit_test(the_loss_falls_and_the_rate_follows_its_schedule),
    cmocka_unit_test(the_answer_is_the_average_of_the_steps),
    cmocka_unit_test(a_seed_gives_the_same_first_weights_and_another_others),
    cmocka_unit_test(what_can_be_no_network_is_refused),
    cmocka_unit_test(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("learner", tests, blas_setup, NULL);
}
