// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_TOY_TRAINING_H
#define TMB_TEST_TOY_TRAINING_H

#include "tests/support/process.h"

#include <jansson.h>

#define TOY_N_EACH 8U ///< Recordings of each class and source

/// Group setup: a scratch folder with the corpora "toy", in folders, and
/// "listed", in a manifest.
int
toy_setup(void** state);

/// `timbrel COMMAND ARGUMENT...`, null at the end.
Process
toy_run(const char* command, const char* const* arguments);

/// Train a small network on a corpus; the list of options ends with null.
Process
toy_train(const char* corpus, const char* model, const char* const* options);

/// The same, and expect it to go well.
void
toy_train_well(const char*        corpus,
               const char*        model,
               const char* const* options);

/// A metadata entry of a model file, as JSON; the caller's.
json_t*
toy_metadata(const char* path, const char* key);

/// A number in an object, or fail the test.
double
toy_number(const json_t* object, const char* key);

/// Expect exit status 1 and one sentence that holds both texts; frees it.
void
toy_assert_refused(Process     process,
                   const char* what,
                   const char* name,
                   const char* reason);

#endif // TMB_TEST_TOY_TRAINING_H
