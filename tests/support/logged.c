// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/logged.h"

#include "tests/support/cmocka.h"
#include "trainer/path_hash.h"

#include <stdio.h>
#include <string.h>

json_t*
logged_run(const char* const other)
{
  static const char* const keys[] = { "version", "format", "model",
                                      "options", "inputs", "shard" };

  json_t* const run = json_object();
  for (size_t i = 0U; i < sizeof(keys) / sizeof(*keys); ++i) {
    const bool is_other = other && !strcmp(other, keys[i]);
    (void)json_object_set_new(run, keys[i], json_string(is_other ? "b" : "a"));
  }
  return run;
}

TmbRunLog*
logged_open(const bool resumes, const uint64_t n_bytes)
{
  TmbRunLog* log = NULL;
  TmbMessage why = { "" };
  if (tmb_run_log_open(
        LOGGED_JOURNAL, logged_run(NULL), resumes, n_bytes, &log, &why)) {
    fail_msg("%s", why.text);
  }
  return log;
}

void
logged_expect_refused(json_t* const     run,
                      const bool        resumes,
                      const uint64_t    n_bytes,
                      const TmbStatus   status,
                      const char* const words)
{
  TmbRunLog* log = NULL;
  TmbMessage why = { "" };
  assert_int_equal(
    tmb_run_log_open(LOGGED_JOURNAL, run, resumes, n_bytes, &log, &why),
    status);
  assert_null(log);
  if (strncmp(why.text, LOGGED_JOURNAL, strlen(LOGGED_JOURNAL)) != 0 ||
      !strstr(why.text, words) || strchr(why.text, '\n')) {
    fail_msg("%s: %s", words, why.text);
  }
}

const char*
logged_path(const char name)
{
  static char path[] = "folder/?.wav";
  path[7]            = name;
  return path;
}

void
logged_put(TmbRunLog* const log, const char* const names, const uint64_t index)
{
  for (size_t i = 0U; names[i]; ++i) {
    const bool            failed = names[i] < 'a';
    const TmbJournalEntry entry  = {
       .index   = index + i,
       .hash    = tmb_path_hash(logged_path((char)(names[i] | ' '))),
       .end     = (index + i + 1U) * LOGGED_BYTES,
       .failed  = failed,
       .seconds = 1.5,
    };
    assert_false(tmb_run_log_put(log, &entry));
  }
}

void
logged_commit(TmbRunLog* const log)
{
  TmbMessage why = { "" };
  if (tmb_run_log_commit(log, NULL, NULL, &why)) {
    fail_msg("%s", why.text);
  }
}

void
logged_end(TmbRunLog* const log, const uint64_t n_total)
{
  TmbMessage why = { "" };
  if (tmb_run_log_end(log, n_total, NULL, NULL, &why)) {
    fail_msg("%s", why.text);
  }
  tmb_run_log_free(log);
}

void
logged_leave(const char* const names)
{
  (void)remove(LOGGED_JOURNAL);
  TmbRunLog* const log = logged_open(false, 0U);
  logged_put(log, names, 0U);
  logged_commit(log);
  tmb_run_log_free(log);
}

void
logged_expect_done(TmbRunLog* const  log,
                   const char* const names,
                   const char* const done)
{
  for (size_t i = 0U; names[i]; ++i) {
    bool has = false;
    assert_int_equal(tmb_run_log_has(log, logged_path(names[i]), &has), TMB_OK);
    if (has != (strchr(done, names[i]) != NULL)) {
      fail_msg("%c of %s", names[i], names);
    }
  }
}
