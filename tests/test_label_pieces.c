// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Recordings that several jobs label in pieces, see tests/test_labeller.c: what
// comes out is what one job makes of them.

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/long_tone.h"
#include "tests/support/model_parts.h"
#include "tests/support/scratch.h"
#include "tests/support/signals.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>

#define WAV_16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)
#define FLAC_16 (SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
#define MP3 (SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III)

#define RATE_HZ 8000
#define LONG_MIN 15U ///< Two pieces

// Of the headers that libsndfile writes
#define WAV_SIZE_AT 40U
#define FLAC_SIZE_AT 25U ///< The last byte of the number of samples

/// A model that looks at the sound a third as often, which is much faster.
static int
coarse_setup(void** const state)
{
  TestModel   model;
  TmbFrontEnd coarse = test_front_end;
  coarse.hop_s       = 3.0 * test_front_end.hop_s;
  test_model_init(&model);
  model.parts.front_end = &coarse;
  return cli_setup(state) || tmb_model_write(CLI_MODEL, &model.parts, NULL);
}

/// Label with one job and with several, which come to so many bytes at least.
static void
expect_same(const char* const options,
            const char* const path,
            const int         status,
            const size_t      n_least)
{
  static const char* const ways[] = { "--jobs 1 -o whole", "--jobs 4 -o cut" };

  RunningProcess running[2];
  Process        ended[2];
  for (unsigned i = 0U; i < 2U; ++i) {
    char line[256];
    (void)snprintf(line,
                   sizeof(line),
                   "label --model " CLI_MODEL " %s %s %s",
                   ways[i],
                   options,
                   path);
    running[i] = cli_start(line, NULL);
  }
  for (unsigned i = 0U; i < 2U; ++i) {
    ended[i] = process_wait(&running[i]);
    if (ended[i].status != status) {
      fail_msg("%s %s: %d, %s", options, path, ended[i].status, ended[i].err);
    }
  }
  Bytes rows = bytes_load("cut");
  if (!files_are_equal("whole", "cut") ||
      strcmp(ended[0].err, ended[1].err) != 0 || rows.n < n_least) {
    fail_msg("%s %s: %zu bytes, %s", options, path, rows.n, ended[1].err);
  }
  bytes_free(&rows);
  process_free(&ended[0]);
  process_free(&ended[1]);
}

/// Write a second of sound over and over.
static void
write_repeated(const char* const  path,
               const int          format,
               const float* const second)
{
  SF_INFO info = { .samplerate = RATE_HZ, .channels = 1, .format = format };
  SNDFILE* const file = sf_open(path, SFM_WRITE, &info);
  assert_non_null(file);
  for (unsigned s = 0U; s < LONG_MIN * 60U; ++s) {
    assert_int_equal(sf_writef_float(file, second, RATE_HZ), RATE_HZ);
  }
  assert_int_equal(sf_close(file), 0);
}

static void
every_format_has_the_same_bytes(void** const state)
{
  static const struct {
    const char* options;
    size_t      n_least;
  } rows[] = {
    { "--format table", 90000U }, { "--format jsonl", 200000U },
    { "--format csv", 90000U },   { "--format audacity", 30000U },
    { "--format lab", 30000U },   { "--format jams", 200000U },
    { "--format midi", 15000U },
  };

  (void)state;
  (void)long_tone_write("long.flac", FLAC_16, RATE_HZ, 1, LONG_MIN);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    expect_same(rows[i].options, "long.flac", 0, rows[i].n_least);
  }
}

static void
parts_channels_and_rates_come_in_pieces_too(void** const state)
{
  static const struct {
    const char* path;
    int         format;
    int         rate_hz;
    int         n_channels;
    const char* options;
  } rows[] = {
    { "a.flac", FLAC_16, 8000, 2, "--channel each" },
    { "b.wav", WAV_16, 11025, 2, "--channel left --end 899.05" },
    { "c.wav", WAV_16, 44100, 1, "--start 1.2345" },
    { "d.mp3", MP3, 8000, 1, "" }, // In one piece
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char options[64];
    (void)snprintf(
      options, sizeof(options), "--format jsonl %s", rows[i].options);
    (void)long_tone_write(rows[i].path,
                          rows[i].format,
                          rows[i].rate_hz,
                          rows[i].n_channels,
                          LONG_MIN);
    expect_same(options, rows[i].path, 0, 200000U);
  }
}

static void
pieces_that_do_not_fit_are_done_as_a_whole(void** const state)
{
  (void)state;
  Signal second = signal_new(RATE_HZ);
  write_repeated("silence.wav", WAV_16, second.y);
  expect_same("--format jsonl", "silence.wav", 0, 100U);

  signal_fill_noise(&second);
  write_repeated("noise.flac", FLAC_16, second.y);
  expect_same("--format jsonl", "noise.flac", 0, 100U);

  // One note, which never ends
  for (uint32_t i = 0U; i < second.n; ++i) {
    second.y[i] = 0.2f * sinf(6.2831853f * (float)(i % 20U) / 20.0f);
  }
  write_repeated("drone.wav", WAV_16, second.y);
  expect_same("--format jsonl", "drone.wav", 0, 100U);
  signal_free(&second);
}

/// A recording with some of its bytes changed or not there.
static void
save_damaged(const char* const path,
             const char* const from,
             const size_t      at,
             const uint8_t     value,
             const double      share)
{
  Bytes bytes     = bytes_load(from);
  bytes.bytes[at] = value;
  bytes_save(bytes.bytes, (size_t)((double)bytes.n * share), path);
  bytes_free(&bytes);
}

static void
damage_is_found_where_it_is(void** const state)
{
  static const struct {
    const char* path;
    const char* from;
    size_t      at; ///< A byte that is another
    uint8_t     value;
    double      share; ///< That is there
    size_t      n_least;
  } rows[] = {
    { "half.flac", "long.flac", 0U, 'f', 0.6, 100000U },
    { "claim.flac", "long.flac", FLAC_SIZE_AT - 3U, 0xF1U, 1.0, 200000U },
    { "claim.wav", "long.wav", WAV_SIZE_AT + 3U, 0x70U, 1.0, 10U },
  };

  (void)state;
  (void)long_tone_write("long.flac", FLAC_16, RATE_HZ, 1, LONG_MIN);
  (void)long_tone_write("long.wav", WAV_16, RATE_HZ, 1, LONG_MIN);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    save_damaged(
      rows[i].path, rows[i].from, rows[i].at, rows[i].value, rows[i].share);
    expect_same("--format jsonl", rows[i].path, 1, rows[i].n_least);
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, coarse_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(every_format_has_the_same_bytes),
    TEST(parts_channels_and_rates_come_in_pieces_too),
    TEST(pieces_that_do_not_fit_are_done_as_a_whole),
    TEST(damage_is_found_where_it_is),
  };
  return cmocka_run_group_tests_name("label_pieces", tests, NULL, NULL);
}
