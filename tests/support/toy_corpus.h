// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_TOY_CORPUS_H
#define TMB_TEST_TOY_CORPUS_H

/*
  A corpus of synthesized notes, a second or less each: classes sine, saw and
  noise, sources left and right, which differ in colour.
*/

#define TOY_N_CLASSES 3U
#define TOY_N_SOURCES 2U

extern const char* const toy_classes[TOY_N_CLASSES];
extern const char* const toy_sources[TOY_N_SOURCES];

/// Write FOLDER/CLASS/SOURCE/00.wav and so on, `n` recordings in each.
void
toy_corpus_write(const char* folder, unsigned n);

/// Write a manifest.csv of the same recordings into the folder; those of the
/// source right have the licence "strange, or none".
void
toy_corpus_write_manifest(const char* folder, unsigned n);

#endif // TMB_TEST_TOY_CORPUS_H
