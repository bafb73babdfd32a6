// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/commands.h"
#include "trainer/decoder.h"
#include "trainer/options.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  const char* name;
  int (*run)(int argc, char** argv);
  const char* summary;
} Command;

static const Command commands[] = {
  { "train", tmb_cmd_train, "make a model from recordings or a matrix" },
  { "sweep", tmb_cmd_sweep, "train with several settings and compare" },
  { "evaluate", tmb_cmd_evaluate, "measure a model on recordings" },
  { "label", tmb_cmd_label, "name the instruments in recordings" },
  { "merge", tmb_cmd_merge, "join what the shards of label wrote" },
  { "summary", tmb_cmd_summary, "add up what label found" },
  { "onsets", tmb_cmd_onsets, "score the onset detector on recordings" },
  { "features", tmb_cmd_features, "write features for use elsewhere" },
  { "spectrogram", tmb_cmd_spectrogram, "draw a recording with its notes" },
  { "report", tmb_cmd_report, "draw a training and its model as a page" },
  { "info", tmb_cmd_info, "describe models and recordings" },
  { "export", tmb_cmd_export, "write a model for use elsewhere" },
  { "corpus", tmb_cmd_corpus, "make and check what to train on" },
  { "fetch", tmb_cmd_fetch, "download recordings and models" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

static void
print_usage(FILE* const out)
{
  (void)fputs("Usage: timbrel COMMAND [OPTION]... [FILE]...\n"
              "Tell which instrument is playing.\n\n",
              out);
  for (size_t i = 0U; i < N_COMMANDS; ++i) {
    (void)fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
  }
  (void)fputs("\n"
              "timbrel COMMAND --help prints a command's options, "
              "timbrel --version the version.\n",
              out);
}

static void
print_version(void)
{
  TmbMessage decoders;
  tmb_decoders_describe(&decoders);
  (void)printf("timbrel " TMB_VERSION "\ndecoders: %s\n", decoders.text);
}

/**
   Keep 0, 1 and 2 from being given to the next file that is opened, which
   messages would then be written to.  What is opened here in place of a closed
   one can't be used, so that writing results to it is an error still.
*/
static void
reserve_standard_streams(void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
      (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

static int
run(const int argc, char** const argv)
{
  if (argc < 2) {
    print_usage(stderr);
    return TMB_EXIT_USAGE;
  }
  if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
    print_usage(stdout);
    return TMB_EXIT_OK;
  }
  if (!strcmp(argv[1], "--version")) {
    print_version();
    return TMB_EXIT_OK;
  }
  for (size_t i = 0U; i < N_COMMANDS; ++i) {
    if (!strcmp(argv[1], commands[i].name)) {
      return commands[i].run(argc - 1, argv + 1);
    }
  }
  tmb_complain("there is no command \"%s\" (see timbrel --help)", argv[1]);
  return TMB_EXIT_USAGE;
}

int
main(const int argc, char** const argv)
{
  reserve_standard_streams();

  // A reader that leaves early and a limit on files make a write fail, which is
  // then reported
  (void)signal(SIGPIPE, SIG_IGN);
  (void)signal(SIGXFSZ, SIG_IGN);

  const int status = run(argc, argv);
  if ((fflush(stdout) || ferror(stdout)) && status == TMB_EXIT_OK) {
    tmb_complain("the output can't be written: %s", strerror(errno));
    return TMB_EXIT_FAILED;
  }
  return status;
}
