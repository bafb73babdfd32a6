// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/noises.h"

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"
#include "trainer/commands.h"
#include "trainer/corpus.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define N_SAMPLES (TMB_NOISE_RATE / 2U)
#define N_SEEDS 20U

static float
peak_of(const float* const mono)
{
  float peak = 0.0f;
  for (uint32_t i = 0U; i < N_SAMPLES; ++i) {
    assert_true(isfinite(mono[i]));
    peak = fmaxf(peak, fabsf(mono[i]));
  }
  return peak;
}

static void
each_kind_is_heard_and_never_clipped(void** const state)
{
  static float mono[N_SAMPLES];

  (void)state;
  for (uint32_t kind = 0U; kind < tmb_n_noise_kinds; ++kind) {
    for (uint32_t seed = 0U; seed < N_SEEDS; ++seed) {
      TmbRandom random;
      tmb_random_init(&random, seed, kind);
      tmb_noise_make(&tmb_noise_kinds[kind], &random, mono, N_SAMPLES);
      const double level_db = 20.0 * log10((double)peak_of(mono));
      if (!(level_db > -60.0 && level_db <= -2.99)) {
        fail_msg(
          "%s, seed %u: %g dB", tmb_noise_kinds[kind].name, seed, level_db);
      }
      assert_true(mono[0] == 0.0f);
      assert_true(mono[N_SAMPLES - 1U] == 0.0f);
    }
  }
}

static void
a_seed_gives_the_same_sound_again_and_another_another(void** const state)
{
  static float          mono[3][N_SAMPLES];
  static const uint64_t seeds[] = { 1U, 1U, 2U };

  (void)state;
  for (uint32_t kind = 0U; kind < tmb_n_noise_kinds; ++kind) {
    for (size_t i = 0U; i < 3U; ++i) {
      TmbRandom random;
      tmb_random_init(&random, seeds[i], kind);
      tmb_noise_make(&tmb_noise_kinds[kind], &random, mono[i], N_SAMPLES);
    }
    assert_memory_equal(mono[0], mono[1], sizeof(mono[0]));
    assert_memory_not_equal(mono[0], mono[2], sizeof(mono[0]));
  }
}

static void
they_make_a_corpus_of_the_class_unknown(void** const state)
{
  static const TmbLicenceFilter nothing = { NULL, 0U };

  (void)state;
  cli_run_well("corpus noises -o one --seed 7");
  cli_run_well("corpus noises -o two --seed 7");
  assert_true(files_are_equal("one/clap-03.flac", "two/clap-03.flac"));

  const char* const path   = "one";
  TmbCorpus*        corpus = NULL;
  TmbMessage        why;
  assert_int_equal(tmb_corpus_open(&path, 1U, &nothing, &corpus, &why), TMB_OK);
  assert_int_equal(corpus->n_recordings, 200U);
  assert_int_equal(corpus->n_classes, 1U);
  assert_string_equal(corpus->classes[0], TMB_UNKNOWN_LABEL);
  assert_int_equal(corpus->n_sources, tmb_n_noise_kinds);
  tmb_corpus_free(corpus);
}

static void
a_folder_with_something_in_it_is_left_alone(void** const state)
{
  (void)state;
  assert_int_equal(mkdir("full", 0777), 0);
  bytes_save("", 0U, "full/file");
  Process process = cli_run("corpus noises -o full", NULL);
  assert_int_equal(process.status, TMB_EXIT_FAILED);
  assert_true(is_sentence(process.err, "full", "not empty"));
  process_free(&process);
}

static void
wrong_usage_is_one_sentence(void** const state)
{
  (void)state;
  cli_expect_usage_error("corpus noises", "which folder");
  cli_expect_usage_error("corpus noises x -o y", "which folder");
  cli_expect_usage_error("corpus noises -o y --seed x", "--seed");
  cli_expect_usage_error("corpus noises -o y --seed -1", "--seed");
  cli_expect_help("corpus noises");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_kind_is_heard_and_never_clipped),
    cmocka_unit_test(a_seed_gives_the_same_sound_again_and_another_another),
    cmocka_unit_test(they_make_a_corpus_of_the_class_unknown),
    cmocka_unit_test(a_folder_with_something_in_it_is_left_alone),
    cmocka_unit_test(wrong_usage_is_one_sentence),
  };
  return cmocka_run_group_tests_name(
    "noises", tests, scratch_setup, scratch_teardown);
}
