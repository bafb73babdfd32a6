// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/ffmpeg.h"

#include <dlfcn.h>
#include <libavutil/macros.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

/// The version whose headers we know; it brings the other libraries.
#define LIBRARY "libavformat.so." AV_STRINGIFY(LIBAVFORMAT_VERSION_MAJOR)

/// More than the index of a film of a day takes in one piece.
#define MOST_BYTES_AT_ONCE ((size_t)256U << 20U)

/// A function's name, and where its address goes.
typedef struct {
  const char* name;
  size_t      offset;
} Symbol;

static const Symbol symbols[] = {
#define SYMBOL(result, name, arguments) { #name, offsetof(TmbFfmpeg, name) },
  TMB_FFMPEG_FUNCTIONS(SYMBOL)
#undef SYMBOL
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static TmbFfmpeg      functions;
static bool           is_loaded;

static void
load(void)
{
  void* const library = dlopen(LIBRARY, RTLD_NOW);
  for (size_t i = 0U; i < sizeof(symbols) / sizeof(*symbols); ++i) {
    void* const symbol = library ? dlsym(library, symbols[i].name) : NULL;
    if (!symbol) {
      return;
    }
    // C has no cast for this
    memcpy((char*)&functions + symbols[i].offset, &symbol, sizeof(symbol));
  }

  // All that is to be said of an error is said by us
  functions.av_log_set_level(AV_LOG_QUIET);
  functions.av_max_alloc(MOST_BYTES_AT_ONCE);
  is_loaded = true;
}

const TmbFfmpeg*
tmb_ffmpeg(void)
{
  (void)pthread_once(&once, load);
  return is_loaded ? &functions : NULL;
}
