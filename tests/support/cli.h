// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_CLI_H
#define TMB_TEST_CLI_H

#include "tests/support/process.h"

#include <jansson.h>

#include <stdbool.h>

#define CLI_MODEL "model.safetensors" ///< From test_model_init()
#define CLI_NOTES 3U                  ///< In good.wav, see tone_onset()

/// scratch_setup(), with a model and a recording in the folder.
int
cli_setup(void** state);

/// Run `timbrel` with arguments that spaces separate; `special` may be null.
Process
cli_run(const char* line, const ProcessSetup* special);

/// Run it as somebody to whom something is forbidden.
Process
cli_run_as_user(const char* line);

/// Start it only.
RunningProcess
cli_start(const char* line, const ProcessSetup* special);

/// Run and demand an exit status, and nothing on stderr if it is 0.
Process
cli_expect(int status, const char* line);

/// Run and demand status 0, whatever it says on stdout.
void
cli_run_well(const char* line);

/// Run and demand exit status 2, and nothing but one sentence with `word`.
void
cli_expect_usage_error(const char* line, const char* word);

/// Demand that a subcommand's --help begins with its usage.
void
cli_expect_help(const char* command);

/// Whether a text is one line that begins like a message and has both words.
bool
is_sentence(const char* text, const char* a, const char* b);

/// How often a text has a part in it.
unsigned
text_count(const char* text, const char* part);

/// Each line of a text as JSON, in an array that the test releases.
json_t*
rows_parse(const char* text);

/// A file as JSON, which the test releases; fails if it is none.
json_t*
json_of_file(const char* path);

/// Rows of a type for a file.
unsigned
rows_count(const json_t* rows, const char* type, const char* file);

const char*
row_text(const json_t* row, const char* key);

double
row_number(const json_t* row, const char* key);

#endif // TMB_TEST_CLI_H
