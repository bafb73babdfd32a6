// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_RESULTS_H
#define TMB_TEST_RESULTS_H

#include <jansson.h>

/*
  Results of `timbrel label --format jsonl`, written by hand; numbers are texts.
*/

#define ROW_NOTE(file, label, family, confidence)                             \
  "{\"type\":\"note\",\"file\":\"" file "\",\"onset\":0.5,\"duration\":0.25," \
  "\"label\":\"" label "\",\"family\":" family ",\"confidence\":" confidence  \
  ",\"program\":0,\"alternatives\":[]}\n"
#define ROW_FILE(file, label, family, confidence, seconds)              \
  "{\"type\":\"file\",\"file\":\"" file "\",\"label\":\"" label         \
  "\",\"family\":" family ",\"confidence\":" confidence ",\"notes\":0," \
  "\"seconds\":" seconds ",\"rate\":44100}\n"
#define ROW_ERROR(file, reason) \
  "{\"type\":\"error\",\"file\":\"" file "\",\"error\":\"" reason "\"}\n"

#define ROW_STRINGS "\"strings\""
#define ROW_BRASS "\"brass\""

// clang-format off
/// Four recordings, of which one has no note, and three that have no label.
#define RESULTS_OF_SEVEN                                          \
  ROW_NOTE("a.wav", "violin", ROW_STRINGS, "0.95")                \
  ROW_NOTE("a.wav", "violin", ROW_STRINGS, "1")                   \
  ROW_NOTE("a.wav", "unknown", "\"strings?\"", "0.4")             \
  ROW_FILE("a.wav", "violin", ROW_STRINGS, "0.8", "1800")         \
  ROW_NOTE("b.wav", "trumpet", ROW_BRASS, "0.5")                  \
  ROW_NOTE("b.wav", "unknown", "null", "0")                       \
  ROW_NOTE("b.wav", "cello", ROW_STRINGS, "null")                 \
  ROW_FILE("b.wav", "trumpet", ROW_BRASS, "0.5", "900")           \
  ROW_FILE("silent.wav", "unknown", "null", "null", "900.5")      \
  ROW_ERROR("bad.wav", "not a sound file")                        \
  ROW_NOTE("half.wav", "violin", ROW_STRINGS, "0.99")             \
  ROW_ERROR("half.wav", "it ends early")                          \
  ROW_ERROR("worse.wav", "not a sound file")                      \
  ROW_FILE("\xC3\xA9.wav", "violin", ROW_STRINGS, "0.11", "null")
// clang-format on

/// Write a text as a file, or fail the test.
void
results_save(const char* text, const char* path);

/**
   Run `timbrel summary`, which must find nothing wrong.

   @param paths Of results, between spaces.
   @return What it wrote as x.json, which the test releases.
*/
json_t*
results_summarise(const char* paths);

#endif // TMB_TEST_RESULTS_H
