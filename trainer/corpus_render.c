// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/commands.h"
#include "trainer/corpus.h"
#include "trainer/corpus_commands.h"
#include "trainer/corpus_maker.h"
#include "trainer/fit_options.h"
#include "trainer/general_midi.h"
#include "trainer/interrupt.h"
#include "trainer/options.h"
#include "trainer/synth.h"
#include "trainer/text.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND "corpus render"

// In samples
#define SETTLING 11008U ///< 0.25 s, that are not kept
#define LEAD 6656U      ///< 0.15 s of silence before the note
#define HELD 39680U     ///< 0.9 s
#define TAIL 19840U     ///< 0.45 s, after the key is let go
#define LENGTH (LEAD + HELD + TAIL)

_Static_assert(SETTLING % TMB_SYNTH_BLOCK == 0U &&
                 LEAD % TMB_SYNTH_BLOCK == 0U && HELD % TMB_SYNTH_BLOCK == 0U &&
                 TAIL % TMB_SYNTH_BLOCK == 0U,
               "keys act just when they are pressed");

static const int velocities[] = { 45, 80, 115 };

/// What was asked for, and what it takes to do it.
typedef struct {
  const char*    font;
  const char*    folder;
  const char*    source;
  const char*    licence;
  bool           has_unknown;
  bool           is_chosen[TMB_DRUM_PROGRAM + 1]; ///< By --programs
  bool           has_choice;
  TmbSynth*      synth;
  TmbCorpusMaker maker;
  uint32_t       n_silent;
} Job;

static void
print_help(void)
{
  (void)puts(
    "Usage: timbrel corpus render [OPTION]... FONT.sf2 -o FOLDER\n"
    "Play single notes of a General MIDI soundfont into a corpus: each "
    "instrument's\n"
    "range in steps of three semitones, softly, loudly and between, held for "
    "0.9 s,\n"
    "without reverberation and chorus, at 44.1 kHz.  The manifest has the "
    "onset of\n"
    "each.  Notes that make no sound are left out.\n"
    "\n"
    "  -o, --output FOLDER    corpus to write, which must not be there yet\n"
    "  --source NAME          what to call the font in the manifest\n"
    "  --licence TEXT         of the font\n"
    "  --programs LIST        these programs alone, counted from 0, such as\n"
    "                         24,25; 128 is the drums [those of the "
    "instruments]\n"
    "  --unknown              synthesisers, effects and other sounds too, as "
    "the\n"
    "                         class \"unknown\"\n"
    "  -h, --help             print this");
}

/// Whether a voice plays a program.
static bool
has_program(const TmbVoice* const voice, const int program)
{
  return program >= voice->first_program && program <= voice->last_program;
}

static bool
is_unknown(const TmbVoice* const voice)
{
  return !strcmp(voice->class_name, TMB_UNKNOWN_LABEL);
}

static bool
read_programs(char* list, Job* const job)
{
  job->has_choice = true;
  for (char* item = NULL; (item = tmb_next_item(',', &list));) {
    uint32_t program = 0U;
    if (!tmb_count_option(
          COMMAND, "--programs", item, 0.0, TMB_DRUM_PROGRAM, &program)) {
      return false;
    }
    uint32_t i = 0U;
    while (i < tmb_n_voices && !has_program(&tmb_voices[i], (int)program)) {
      ++i;
    }
    if (i == tmb_n_voices) {
      (void)tmb_usage_error(
        COMMAND, "program %u is of no class that is known", program);
      return false;
    }
    job->is_chosen[program] = true;
  }
  return true;
}

static bool
read_text(const char* const  option,
          const char* const  text,
          const char** const value)
{
  *value = text;
  if (!text[0] || !tmb_text_is_clean(text, true)) {
    (void)tmb_usage_error(COMMAND, "%s takes UTF-8 text", option);
    return false;
  }
  return true;
}

static bool
check_options(Job* const         job,
              const int          n_arguments,
              char* const* const arguments)
{
  if (n_arguments != 1) {
    (void)tmb_usage_error(COMMAND, "which soundfont? It takes one");
  } else if (!job->folder) {
    (void)tmb_usage_error(COMMAND, "which folder is to be written? (-o)");
  } else if (!job->source || !job->licence) {
    (void)tmb_usage_error(COMMAND, "the font's --source and --licence?");
  } else {
    job->font = arguments[0];
    return true;
  }
  return false;
}

/// @return Whether to go on; if not, `*exit_status` is to be returned.
static bool
read_options(const int    argc,
             char** const argv,
             Job* const   job,
             int* const   exit_status)
{
  enum { SOURCE = 256, LICENCE, PROGRAMS, UNKNOWN };
  static const struct option known[] = {
    { "output", required_argument, NULL, 'o' },
    { "source", required_argument, NULL, SOURCE },
    { "licence", required_argument, NULL, LICENCE },
    { "programs", required_argument, NULL, PROGRAMS },
    { "unknown", no_argument, NULL, UNKNOWN },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  bool is_right = true;
  *exit_status  = TMB_EXIT_USAGE;
  opterr        = 0;
  for (int c = 0;
       is_right && (c = getopt_long(argc, argv, ":o:h", known, NULL)) != -1;) {
    switch (c) {
      case 'h':
        print_help();
        *exit_status = TMB_EXIT_OK;
        return false;
      case 'o':
        job->folder = optarg;
        break;
      case SOURCE:
        is_right = read_text("--source", optarg, &job->source);
        break;
      case LICENCE:
        is_right = read_text("--licence", optarg, &job->licence);
        break;
      case PROGRAMS:
        is_right = read_programs(optarg, job);
        break;
      case UNKNOWN:
        job->has_unknown = true;
        break;
      default:
        (void)tmb_bad_option(COMMAND, c, argv);
        return false;
    }
  }
  return is_right && check_options(job, argc - optind, argv + optind);
}

static bool
is_wanted(const Job* const job, const TmbVoice* const voice, const int program)
{
  return job->has_choice ? job->is_chosen[program]
                         : job->has_unknown || !is_unknown(voice);
}

/// See that the font has all that is wanted, before much time is spent.
static TmbStatus
check_font(const Job* const job, TmbMessage* const why)
{
  for (uint32_t i = 0U; i < tmb_n_voices; ++i) {
    const TmbVoice* const voice = &tmb_voices[i];
    for (int p = voice->first_program; p <= voice->last_program; ++p) {
      if (is_wanted(job, voice, p) && !tmb_synth_has(job->synth, p)) {
        return tmb_fail(TMB_BAD_FILE,
                        why,
                        "%s: it has no program %d (%s, %s); see --programs",
                        job->font,
                        p,
                        voice->class_name,
                        voice->detail);
      }
    }
  }
  return TMB_OK;
}

static TmbStatus
render_note(Job* const            job,
            const TmbVoice* const voice,
            const int             program,
            const int             key,
            const int             velocity,
            TmbMessage* const     why)
{
  float mono[LENGTH];
  tmb_synth_start(job->synth, program);
  tmb_synth_render(job->synth, mono, SETTLING);
  tmb_synth_render(job->synth, mono, LEAD);
  tmb_synth_press(job->synth, key, velocity);
  tmb_synth_render(job->synth, mono + LEAD, HELD);
  tmb_synth_release(job->synth, key);
  tmb_synth_render(job->synth, mono + LEAD + HELD, TAIL);
  if (tmb_is_silence(mono, LENGTH)) {
    ++job->n_silent;
    return TMB_OK;
  }

  char name[64];
  (void)snprintf(name,
                 sizeof(name),
                 "%s-%03d-%03d-%03d",
                 voice->class_name,
                 program,
                 key,
                 velocity);
  const TmbSound sound = { .name       = name,
                           .class_name = voice->class_name,
                           .detail     = voice->detail,
                           .source     = job->source,
                           .licence    = job->licence,
                           .onset_s    = (double)LEAD / TMB_SYNTH_RATE,
                           .mono       = mono,
                           .n_samples  = LENGTH,
                           .rate_hz    = TMB_SYNTH_RATE };
  return tmb_corpus_maker_add(&job->maker, &sound, why);
}

static TmbStatus
render_program(Job* const            job,
               const TmbVoice* const voice,
               const int             program,
               TmbMessage* const     why)
{
  TmbStatus status = TMB_OK;
  for (int key = voice->lowest; key <= voice->highest; key += voice->step) {
    for (size_t i = 0U; i < sizeof(velocities) / sizeof(*velocities); ++i) {
      if (status || tmb_interrupted()) {
        return status;
      }
      status = render_note(job, voice, program, key, velocities[i], why);
    }
  }
  return status;
}

static TmbStatus
render(Job* const job, TmbMessage* const why)
{
  TmbStatus status = tmb_corpus_maker_open(job->folder, &job->maker, why);
  if (!status) {
    status = tmb_synth_new(job->font, &job->synth, why);
  }
  if (!status) {
    status = check_font(job, why);
  }
  for (uint32_t i = 0U; !status && i < tmb_n_voices; ++i) {
    const TmbVoice* const voice = &tmb_voices[i];
    for (int p = voice->first_program; !status && p <= voice->last_program;
         ++p) {
      if (is_wanted(job, voice, p)) {
        status = render_program(job, voice, p, why);
      }
    }
  }
  return (status || tmb_interrupted())
           ? status
           : tmb_corpus_maker_close(&job->maker, why);
}

static void
report(const Job* const job)
{
  (void)printf("%s: %u notes", job->folder, job->maker.n_sounds);
  if (job->n_silent) {
    (void)printf(", %u more make no sound", job->n_silent);
  }
  (void)putchar('\n');
}

int
tmb_cmd_corpus_render(const int argc, char** const argv)
{
  Job job         = { .font = NULL };
  int exit_status = TMB_EXIT_OK;
  if (!read_options(argc, argv, &job, &exit_status)) {
    return exit_status;
  }

  TmbMessage why = { "" };
  exit_status    = TMB_EXIT_OK;
  tmb_interrupt_catch();
  if (render(&job, &why)) {
    tmb_complain("%s", why.text);
    exit_status = TMB_EXIT_FAILED;
  } else if (tmb_interrupted()) {
    exit_status = TMB_EXIT_INTERRUPTED;
  } else {
    report(&job);
  }
  tmb_corpus_maker_discard(&job.maker);
  tmb_synth_free(job.synth);
  return exit_status;
}
