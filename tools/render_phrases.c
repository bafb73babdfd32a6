// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  Renders phrases of real notes with known onsets, see tests/support/phrases.h.

  usage: render_phrases CORPUS FOLDER [SEED [PHRASES [SECONDS]]]
*/

#include "tests/support/phrases.h"

#include <stdio.h>
#include <stdlib.h>

int
main(const int argc, char** const argv)
{
  if (argc < 3 || argc > 6) {
    (void)fprintf(
      stderr, "usage: %s CORPUS FOLDER [SEED [PHRASES [SECONDS]]]\n", argv[0]);
    return 2;
  }

  const PhrasePlan plan = {
    .corpus    = argv[1],
    .folder    = argv[2],
    .seed      = argc > 3 ? strtoull(argv[3], NULL, 10) : 1U,
    .n_phrases = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 4U,
    .seconds   = argc > 5 ? strtod(argv[5], NULL) : 20.0,
  };
  TmbMessage why = { "" };
  if (phrases_render(&plan, &why)) {
    (void)fprintf(stderr, "%s\n", why.text);
    return 1;
  }
  return 0;
}
