// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cli.h"

#include "tests/support/cmocka.h"
#include "tests/support/model_parts.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"

#include <sndfile.h>
#include <stdio.h>
#include <string.h>

#define MAX_ARGUMENTS 31U

int
cli_setup(void** const state)
{
  if (scratch_setup(state)) {
    return -1;
  }

  TestModel  model;
  TmbMessage why = { "" };
  test_model_init(&model);
  if (tmb_model_write(CLI_MODEL, &model.parts, &why)) {
    fail_msg("%s", why.text);
  }
  (void)tone_write(
    "good.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 1, CLI_NOTES);
  return 0;
}

RunningProcess
cli_start(const char* const line, const ProcessSetup* const special)
{
  char        text[1024]                   = "";
  const char* arguments[MAX_ARGUMENTS + 1] = { process_command() };
  char*       rest                         = NULL;
  (void)snprintf(text, sizeof(text), "%s", line);
  for (size_t i = 1U;; ++i) {
    assert_true(i < MAX_ARGUMENTS);
    arguments[i] = strtok_r(i == 1U ? text : NULL, " ", &rest);
    if (!arguments[i]) {
      break;
    }
  }
  return process_start(arguments, special);
}

Process
cli_run(const char* const line, const ProcessSetup* const special)
{
  RunningProcess process = cli_start(line, special);
  return process_wait(&process);
}

Process
cli_run_as_user(const char* const line)
{
  const ProcessSetup user = { .is_user = true };
  return cli_run(line, &user);
}

Process
cli_expect(const int status, const char* const line)
{
  const Process process = cli_run(line, NULL);
  if (process.status != status || (!status && *process.err)) {
    fail_msg("timbrel %s: status %d, %s", line, process.status, process.err);
  }
  return process;
}

void
cli_run_well(const char* const line)
{
  Process process = cli_expect(0, line);
  process_free(&process);
}

bool
is_sentence(const char* const text, const char* const a, const char* const b)
{
  const char* const end = strchr(text, '\n');
  return !strncmp(text, "timbrel", 7U) && end && !end[1] && strstr(text, a) &&
         strstr(text, b);
}

void
cli_expect_usage_error(const char* const line, const char* const word)
{
  Process process = cli_run(line, NULL);
  if (process.status != 2 || *process.out ||
      !is_sentence(process.err, word, "--help")) {
    fail_msg("%s: %d, %s", line, process.status, process.err);
  }
  process_free(&process);
}

void
cli_expect_help(const char* const command)
{
  char line[64];
  char usage[64];
  (void)snprintf(line, sizeof(line), "%s --help", command);
  (void)snprintf(usage, sizeof(usage), "Usage: timbrel %s", command);
  Process process = cli_expect(0, line);
  if (strncmp(process.out, usage, strlen(usage)) != 0) {
    fail_msg("%s: %s", line, process.out);
  }
  process_free(&process);
}

unsigned
text_count(const char* const text, const char* const part)
{
  unsigned n = 0U;
  for (const char* at = text; (at = strstr(at, part)); ++at) {
    ++n;
  }
  return n;
}

json_t*
rows_parse(const char* const text)
{
  json_t* const rows = json_array();
  for (const char* line = text; *line;) {
    const char* const end = strchr(line, '\n');
    assert_non_null(end);
    json_error_t  error;
    json_t* const row = json_loadb(line, (size_t)(end - line), 0, &error);
    if (!row) {
      fail_msg("%s in %s", error.text, line);
    }
    assert_int_equal(json_array_append_new(rows, row), 0);
    line = end + 1;
  }
  return rows;
}

json_t*
json_of_file(const char* const path)
{
  json_error_t  error;
  json_t* const document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
  if (!document) {
    fail_msg("%s: %s", path, error.text);
  }
  return document;
}

const char*
row_text(const json_t* const row, const char* const key)
{
  return json_string_value(json_object_get(row, key));
}

double
row_number(const json_t* const row, const char* const key)
{
  const json_t* const value = json_object_get(row, key);
  assert_true(json_is_number(value));
  return json_number_value(value);
}

unsigned
rows_count(const json_t* const rows,
           const char* const   type,
           const char* const   file)
{
  unsigned      n = 0U;
  size_t        i = 0U;
  const json_t* row;
  json_array_foreach(rows, i, row)
  {
    n += !strcmp(row_text(row, "type"), type) &&
         !strcmp(row_text(row, "file"), file);
  }
  return n;
}
