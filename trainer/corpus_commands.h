// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_CORPUS_COMMANDS_H
#define TMB_CORPUS_COMMANDS_H

/*
  What `timbrel corpus` does.  argv[0] is the name of the action; each returns
  an exit status.
*/

int
tmb_cmd_corpus_check(int argc, char** argv);

int
tmb_cmd_corpus_render(int argc, char** argv);

int
tmb_cmd_corpus_noises(int argc, char** argv);

#endif // TMB_CORPUS_COMMANDS_H
