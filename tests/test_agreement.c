// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/bundle.h"
#include "tests/support/cmocka.h"
#include "tests/support/host.h"
#include "tests/support/process.h"

#include <jansson.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_S \
  1.0 ///< Silence after a recording, so that its last note is named

static const char* const recordings[] = {
  "tests/demo/acoustic_guitar.flac", "tests/demo/flute.flac",
  "tests/demo/piano.flac",           "tests/demo/trumpet.flac",
  "tests/demo/vibraphone.flac",      "tests/demo/violin.flac",
};

/// High, so that some notes are unknown.
#define THRESHOLD "0.8"

#define N_RECORDINGS (sizeof(recordings) / sizeof(recordings[0]))

/// The next note of `file` in the command's output, from `*text` on; null after
/// the last.
static json_t*
next_row(const char** const text, const char* const file)
{
  for (const char* line = *text; *line; line = *text) {
    const char* const end = strchr(line, '\n');
    assert_non_null(end);
    *text = end + 1;

    json_t* const row = json_loadb(line, (size_t)(end - line), 0U, NULL);
    assert_non_null(row);
    if (!strcmp(json_string_value(json_object_get(row, "type")), "note") &&
        !strcmp(json_string_value(json_object_get(row, "file")), file)) {
      return row;
    }
    json_decref(row);
  }
  return NULL;
}

static double
number(const json_t* const row, const char* const key)
{
  return json_number_value(json_object_get(row, key));
}

/// Notes that both heard alike.
typedef struct {
  unsigned n;
  unsigned n_guesses; ///< Of those, unknown ones with a likely family
} Agreed;

/// Play a recording and compare each note with the command's.
static Agreed
compare(const char* const file, const char* rows)
{
  double      rate_hz = 0.0;
  Signal      sound   = bundle_recording(file, &rate_hz);
  Signal      tail    = signal_new((uint32_t)(TAIL_S * rate_hz));
  Host* const host = host_new(bundle_built("timbrel.lv2"), HOST_FULL, rate_hz);
  assert_non_null(host);
  host_set(host, "threshold", strtof(THRESHOLD, NULL));
  host_run_all(host, sound.y, sound.y, sound.n, 512U);
  host_run_all(host, tail.y, tail.y, tail.n, 512U);

  size_t                 n      = 0U;
  const HostEvent* const events = host_events(host, &n);
  Agreed                 agreed = { 0U, 0U };
  for (size_t i = 0U; i < n; ++i) {
    // The cut to the silence at the end is no note
    const HostEvent* const note = &events[i];
    if (note->type != HOST_NOTE || note->onset >= (int64_t)sound.n) {
      continue;
    }

    json_t* const row = next_row(&rows, file);
    assert_non_null(row);
    assert_true(fabs((number(row, "onset") * rate_hz) - (double)note->onset) <=
                1.0);
    assert_string_equal(json_string_value(json_object_get(row, "label")),
                        note->label);

    // Unknown has no program, and at best a guess of its family
    const char* const family =
      json_string_value(json_object_get(row, "family"));
    const json_t* const program = json_object_get(row, "program");
    assert_string_equal(family ? family : "", note->family);
    assert_int_equal(json_is_null(program) ? -1 : json_integer_value(program),
                     note->program);
    assert_true(fabs(number(row, "confidence") - (double)note->confidence) <=
                1e-4);
    json_decref(row);
    ++agreed.n;
    agreed.n_guesses += strchr(note->family, '?') != NULL;
  }
  assert_null(next_row(&rows, file));

  host_free(host);
  signal_free(&tail);
  signal_free(&sound);
  return agreed;
}

static void
plugin_and_command_agree_on_every_note(void** const state)
{
  (void)state;
  const char* arguments[N_RECORDINGS + 9U] = {
    process_command(), "label",
    "--format",        "jsonl",
    "--threshold",     THRESHOLD,
    "--model",         bundle_built("timbrel.lv2/factory.safetensors")
  };
  memcpy(arguments + 8, recordings, sizeof(recordings));

  Process process = process_run(arguments, NULL);
  if (process.status) {
    fail_msg("status %d: %s", process.status, process.err);
  }
  unsigned n_guesses = 0U;
  for (size_t i = 0U; i < N_RECORDINGS; ++i) {
    const Agreed agreed = compare(recordings[i], process.out);
    print_message("%s: %u notes, of %u only the family is known\n",
                  recordings[i],
                  agreed.n,
                  agreed.n_guesses);
    assert_true(agreed.n >= 5U);
    n_guesses += agreed.n_guesses;
  }
  assert_true(n_guesses > 0U);
  process_free(&process);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(plugin_and_command_agree_on_every_note),
  };
  return cmocka_run_group_tests_name("plugin and command", tests, NULL, NULL);
}
