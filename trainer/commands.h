// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_COMMANDS_H
#define TMB_COMMANDS_H

/// Exit statuses of the command, the same for every subcommand.
enum {
  TMB_EXIT_OK          = 0,  ///< All well
  TMB_EXIT_FAILED      = 1,  ///< Something failed and was reported
  TMB_EXIT_USAGE       = 2,  ///< Wrong usage
  TMB_EXIT_INTERRUPTED = 130 ///< What was done until SIGINT is kept
};

/*
  Subcommands.  argv[0] is the subcommand's name.  Each prints data to stdout
  and messages to stderr, and returns an exit status.
*/

int
tmb_cmd_train(int argc, char** argv);

int
tmb_cmd_corpus(int argc, char** argv);

int
tmb_cmd_sweep(int argc, char** argv);

int
tmb_cmd_evaluate(int argc, char** argv);

int
tmb_cmd_label(int argc, char** argv);

int
tmb_cmd_merge(int argc, char** argv);

int
tmb_cmd_summary(int argc, char** argv);

int
tmb_cmd_onsets(int argc, char** argv);

int
tmb_cmd_features(int argc, char** argv);

int
tmb_cmd_spectrogram(int argc, char** argv);

int
tmb_cmd_report(int argc, char** argv);

int
tmb_cmd_info(int argc, char** argv);

int
tmb_cmd_export(int argc, char** argv);

int
tmb_cmd_fetch(int argc, char** argv);

#endif // TMB_COMMANDS_H
