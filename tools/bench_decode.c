// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  Decodes recordings as `timbrel label` does, and does nothing with them: what
  its speed can't exceed.

  usage: bench_decode FILE...
*/

#include "trainer/audio_file.h"

#include <stdio.h>

#define BLOCK_SAMPLES 8192U

int
main(const int argc, char** const argv)
{
  static float mono[BLOCK_SAMPLES];
  double       seconds = 0.0;
  for (int i = 1; i < argc; ++i) {
    TmbAudioFile* file   = NULL;
    TmbMessage    why    = { "" };
    TmbStatus     status = tmb_audio_open(argv[i], &file, &why);
    for (size_t n = 1U; !status && n;) {
      status = tmb_audio_read(file, mono, BLOCK_SAMPLES, &n, &why);
      seconds += (double)n / tmb_audio_info(file)->rate_hz;
    }
    tmb_audio_close(file);
    if (status) {
      (void)fprintf(stderr, "%s\n", why.text);
      return 1;
    }
  }
  (void)printf("%.3f\n", seconds);
  return 0;
}
