// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_BUNDLE_H
#define TMB_TEST_BUNDLE_H

#include "tests/support/files.h"
#include "tests/support/signals.h"

#define BUNDLE_RATE 44100.0 ///< Of bundle_sound()
#define BUNDLE_CLASSES 6U

/*
  The plugin as it was built, with a factory model made for tests: its labels
  mean nothing, but they differ from note to note, and they stay the same when
  the real model is trained anew.
*/

/// Path in the build folder, such as "timbrel.lv2", valid until the next call.
const char*
bundle_built(const char* name);

/// A bundle of links to the built files, with the test model.
Folder
bundle_new(void);

/// The same without a factory model.
Folder
bundle_new_without_model(void);

/// Write the test model; another `seed` gives other labels.
void
bundle_write_model(const char* path, uint32_t seed);

/// Write a model that was trained on external features.
void
bundle_write_external_model(const char* path);

/// The first channel of a recording, or fail the test.
Signal
bundle_recording(const char* path, double* rate_hz);

/// Six seconds of music: two instruments of tests/demo.
Signal
bundle_sound(void);

#endif // TMB_TEST_BUNDLE_H
