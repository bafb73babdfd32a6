// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/commands.h"
#include "trainer/corpus_commands.h"
#include "trainer/options.h"

#include <stdio.h>
#include <string.h>

static void
print_usage(FILE* const out)
{
  (void)fputs(
    "Usage: timbrel corpus ACTION [OPTION]...\n"
    "Make and check what models are trained on: folders of recordings with a\n"
    "manifest.csv, see timbrel train --help.\n"
    "\n"
    "  check        tell what is in one, and what is wrong with it\n"
    "  render       play the notes of a soundfont into one\n"
    "  noises       generate sounds that are no instrument's\n"
    "\n"
    "timbrel corpus ACTION --help prints an action's options.\n",
    out);
}

int
tmb_cmd_corpus(const int argc, char** const argv)
{
  static const struct {
    const char* name;
    int (*run)(int argc, char** argv);
  } actions[] = {
    { "check", tmb_cmd_corpus_check },
    { "render", tmb_cmd_corpus_render },
    { "noises", tmb_cmd_corpus_noises },
  };

  if (argc < 2) {
    print_usage(stderr);
    return TMB_EXIT_USAGE;
  }
  if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
    print_usage(stdout);
    return TMB_EXIT_OK;
  }
  for (size_t i = 0U; i < sizeof(actions) / sizeof(*actions); ++i) {
    if (!strcmp(argv[1], actions[i].name)) {
      return actions[i].run(argc - 1, argv + 1);
    }
  }
  return tmb_usage_error("corpus", "there is no action \"%s\"", argv[1]);
}
