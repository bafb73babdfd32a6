// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/commands.h"
#include "trainer/corpus.h"
#include "trainer/corpus_commands.h"
#include "trainer/corpus_maker.h"
#include "trainer/interrupt.h"
#include "trainer/noises.h"
#include "trainer/options.h"
#include "trainer/random.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define COMMAND "corpus noises"
#define LICENCE "CC0-1.0"
#define N_EACH 25U
#define SHORTEST (TMB_NOISE_RATE / 2U)
#define LONGEST (TMB_NOISE_RATE * 2U)
#define LEAD (TMB_NOISE_RATE * 3U / 20U) ///< Silence before it
#define MAX_SEED 4294967295.0

typedef struct {
  const char* folder;
  uint32_t    seed;
} Job;

static void
print_help(void)
{
  (void)puts(
    "Usage: timbrel corpus noises [OPTION]... -o FOLDER\n"
    "Generate sounds that are no instrument's, so that a model learns to call "
    "them\n"
    "unknown: a corpus of the class \"unknown\" whose sources are kinds of "
    "sound.\n"
    "\n"
    "  -o, --output FOLDER    corpus to write, which must not be there yet\n"
    "  --seed N               the same seed gives the same sounds [1]\n"
    "  -h, --help             print this");
  (void)printf("\nKinds, %u sounds each:", N_EACH);
  for (uint32_t i = 0U; i < tmb_n_noise_kinds; ++i) {
    (void)printf(" %s", tmb_noise_kinds[i].name);
  }
  (void)putchar('\n');
}

/// @return Whether to go on; if not, `*exit_status` is to be returned.
static bool
read_options(const int    argc,
             char** const argv,
             Job* const   job,
             int* const   exit_status)
{
  enum { SEED = 256 };
  static const struct option known[] = {
    { "output", required_argument, NULL, 'o' },
    { "seed", required_argument, NULL, SEED },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  *exit_status = TMB_EXIT_USAGE;
  opterr       = 0;
  for (int c = 0; (c = getopt_long(argc, argv, ":o:h", known, NULL)) != -1;) {
    switch (c) {
      case 'h':
        print_help();
        *exit_status = TMB_EXIT_OK;
        return false;
      case 'o':
        job->folder = optarg;
        break;
      case SEED:
        if (!tmb_count_option(
              COMMAND, "--seed", optarg, 0.0, MAX_SEED, &job->seed)) {
          return false;
        }
        break;
      default:
        (void)tmb_bad_option(COMMAND, c, argv);
        return false;
    }
  }
  if (optind != argc || !job->folder) {
    (void)tmb_usage_error(COMMAND,
                          "which folder is to be written? It takes -o alone");
    return false;
  }
  return true;
}

/// @param[in,out] mono [LEAD + LONGEST] Silent before the sound.
static TmbStatus
add_sound(const Job* const      job,
          const uint32_t        kind,
          const uint32_t        number,
          float* const          mono,
          TmbCorpusMaker* const maker,
          TmbMessage* const     why)
{
  const TmbNoiseKind* const self = &tmb_noise_kinds[kind];
  TmbRandom                 random;
  tmb_random_init(&random, job->seed, (N_EACH * kind) + number);
  const uint32_t n = SHORTEST + tmb_random_below(&random, LONGEST - SHORTEST);
  tmb_noise_make(self, &random, mono + LEAD, n);

  char name[64];
  (void)snprintf(name, sizeof(name), "%s-%02u", self->name, number);
  const TmbSound sound = { .name       = name,
                           .class_name = TMB_UNKNOWN_LABEL,
                           .detail     = self->name,
                           .source     = self->name,
                           .licence    = LICENCE,
                           .onset_s    = -1.0,
                           .mono       = mono,
                           .n_samples  = LEAD + n,
                           .rate_hz    = TMB_NOISE_RATE };
  return tmb_corpus_maker_add(maker, &sound, why);
}

static TmbStatus
make(const Job* const job, TmbCorpusMaker* const maker, TmbMessage* const why)
{
  TmbStatus    status = tmb_corpus_maker_open(job->folder, maker, why);
  float* const mono   = (float*)calloc(LEAD + LONGEST, sizeof(float));
  if (!status && !mono) {
    status = tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }
  for (uint32_t i = 0U;
       !status && i < N_EACH * tmb_n_noise_kinds && !tmb_interrupted();
       ++i) {
    status = add_sound(job, i / N_EACH, i % N_EACH, mono, maker, why);
  }
  free(mono);
  return (status || tmb_interrupted()) ? status
                                       : tmb_corpus_maker_close(maker, why);
}

int
tmb_cmd_corpus_noises(const int argc, char** const argv)
{
  Job job         = { NULL, 1U };
  int exit_status = TMB_EXIT_OK;
  if (!read_options(argc, argv, &job, &exit_status)) {
    return exit_status;
  }

  TmbCorpusMaker maker;
  TmbMessage     why = { "" };
  tmb_interrupt_catch();
  if (make(&job, &maker, &why)) {
    tmb_complain("%s", why.text);
    exit_status = TMB_EXIT_FAILED;
  } else if (tmb_interrupted()) {
    exit_status = TMB_EXIT_INTERRUPTED;
  } else {
    (void)printf("%s: %u sounds\n", job.folder, maker.n_sounds);
    exit_status = TMB_EXIT_OK;
  }
  tmb_corpus_maker_discard(&maker);
  return exit_status;
}
