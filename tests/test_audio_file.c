// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/reading.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"
#include "trainer/audio_file.h"

#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_NOTES 2U

#define WAV_16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)

// Places in a WAV file as libsndfile writes it
#define WAV_CHANNELS 22U
#define WAV_RATE 24U
#define WAV_DATA_SIZE 40U
#define WAV_DATA 44U

#define UMLAUTS "äöüäöüäöüäöüäöüäöüäö"

static void
every_format_rate_and_channel_count_is_read(void** const state)
{
  enum {
    OGG  = SF_FORMAT_OGG,
    MPEG = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III,
  };

  static const struct {
    const char* name;
    int         format;
    int         rate_hz;
    int         n_channels;
    double      tolerance; ///< RMS; the tone's is about 0.06
  } rows[] = {
    { "WAV 16 bit", WAV_16, 44100, 1, 2e-5 },
    { "WAV 8 bit", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 44100, 2, 5e-3 },
    { "WAV 24 bit", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 48000, 2, 1e-7 },
    { "WAV float", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 44100, 2, 1e-7 },
    { "WAV double", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 22050, 2, 1e-7 },
    { "WAV mu-law", SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, 1, 5e-3 },
    { "WAV GSM 6.10", SF_FORMAT_WAV | SF_FORMAT_GSM610, 8000, 1, 3e-2 },
    { "WAV extensible", SF_FORMAT_WAVEX | SF_FORMAT_PCM_16, 96000, 6, 2e-5 },
    { "WAV, 3 channels", WAV_16, 44100, 3, 2e-5 },
    { "WAV, 32 channels", WAV_16, 44100, 32, 2e-5 },
    { "WAV, 300 channels", WAV_16, 8000, 300, 2e-5 },
    { "WAV at 192 kHz", WAV_16, 192000, 2, 2e-5 },
    { "WAV at 384 kHz", WAV_16, 384000, 1, 2e-5 },
    { "RF64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 44100, 2, 2e-5 },
    { "W64", SF_FORMAT_W64 | SF_FORMAT_PCM_16, 44100, 2, 2e-5 },
    { "AIFF", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 44100, 2, 2e-5 },
    { "AIFF float", SF_FORMAT_AIFF | SF_FORMAT_FLOAT, 11025, 1, 1e-7 },
    { "AU", SF_FORMAT_AU | SF_FORMAT_PCM_16, 16000, 1, 2e-5 },
    { "CAF", SF_FORMAT_CAF | SF_FORMAT_PCM_16, 44100, 2, 2e-5 },
    { "FLAC", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 1, 2e-5 },
    { "FLAC 24 bit", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 192000, 2, 1e-6 },
    { "FLAC, 8 channels", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 8000, 8, 2e-5 },
    { "Vorbis", OGG | SF_FORMAT_VORBIS, 44100, 1, 6e-3 },
    { "Vorbis at 192 kHz", OGG | SF_FORMAT_VORBIS, 192000, 2, 6e-3 },
    { "Vorbis at 8 kHz", OGG | SF_FORMAT_VORBIS, 8000, 2, 1.5e-2 },
    { "Opus", OGG | SF_FORMAT_OPUS, 48000, 1, 1.5e-2 },
    { "Opus at 8 kHz", OGG | SF_FORMAT_OPUS, 8000, 2, 1.5e-2 },
    { "MP3", MPEG, 44100, 1, 6e-3 },
    { "MP3 at 8 kHz", MPEG, 8000, 2, 1.5e-2 },
    { "MP3 at 48 kHz", MPEG, 48000, 2, 6e-3 },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const uint32_t n = tone_write(
      "tone", rows[i].format, rows[i].rate_hz, rows[i].n_channels, N_NOTES);
    TmbAudioFile* const       file = reading_open("tone");
    const TmbAudioInfo* const info = tmb_audio_info(file);
    Reading                   all  = reading_all(file, 5000U);
    const double rms = reading_error(&all, rows[i].rate_hz, N_NOTES, 0);
    if (info->rate_hz != (double)rows[i].rate_hz ||
        info->n_channels != (uint32_t)rows[i].n_channels ||
        info->n_frames != all.n || !strlen(info->format) ||
        !strlen(info->encoding)) {
      fail_msg("%s: %s, %s, %g Hz, %u channels, %llu samples",
               rows[i].name,
               info->format,
               info->encoding,
               info->rate_hz,
               info->n_channels,
               (unsigned long long)info->n_frames);
    }

    // GSM comes in blocks of 320 samples
    if (all.status || all.n < n || all.n > n + 320U ||
        !(rms <= rows[i].tolerance)) {
      fail_msg("%s: %zu of %u samples, error %g %s",
               rows[i].name,
               all.n,
               n,
               rms,
               all.status ? all.why.text : "");
    }
    free(all.y);
    tmb_audio_close(file);
  }
}

static void
blocks_of_any_size_give_the_same_samples(void** const state)
{
  static const size_t sizes[] = { 1U, 7U, 1000U, 100000U };

  (void)state;
  (void)tone_write("tone.wav", WAV_16, 44100, 3, N_NOTES);
  TmbAudioFile* const first = reading_open("tone.wav");
  Reading             whole = reading_all(first, 4096U);
  tmb_audio_close(first);
  for (size_t i = 0U; i < sizeof(sizes) / sizeof(*sizes); ++i) {
    TmbAudioFile* const file = reading_open("tone.wav");
    Reading             cut  = reading_all(file, sizes[i]);
    assert_int_equal(cut.status, TMB_OK);
    assert_int_equal(cut.n, whole.n);
    assert_memory_equal(cut.y, whole.y, whole.n * sizeof(float));
    free(cut.y);
    tmb_audio_close(file);
  }
  free(whole.y);
}

static void
samples_that_are_no_numbers_pass_through(void** const state)
{
  const float    samples[4] = { 0.5f, NAN, INFINITY, -2.0f };
  SF_INFO        info       = { .samplerate = 44100,
                                .channels   = 1,
                                .format     = SF_FORMAT_WAV | SF_FORMAT_FLOAT };
  SNDFILE* const out        = sf_open("odd.wav", SFM_WRITE, &info);
  assert_int_equal(sf_writef_float(out, samples, 4), 4);
  assert_int_equal(sf_close(out), 0);

  (void)state;
  TmbAudioFile* const file = reading_open("odd.wav");
  Reading             all  = reading_all(file, 100U);
  assert_int_equal(all.status, TMB_OK);
  assert_int_equal(all.n, 4);
  assert_true(all.y[0] == 0.5f && isnan(all.y[1]) && isinf(all.y[2]));
  assert_true(all.y[3] == -2.0f);
  free(all.y);
  tmb_audio_close(file);
}

static void
a_seek_leads_to_the_samples_that_reading_on_gives(void** const state)
{
  enum {
    OGG  = SF_FORMAT_OGG,
    MPEG = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III,
  };

  static const struct {
    const char* name;
    int         format;
    int         rate_hz;
    int         n_channels;
    bool        seeks_well;
  } rows[] = {
    { "WAV 16 bit", WAV_16, 44100, 2, true },
    { "WAV 24 bit", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 48000, 1, true },
    { "WAV float", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 44100, 3, true },
    { "WAV mu-law", SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, 1, true },
    { "WAV ADPCM", SF_FORMAT_WAV | SF_FORMAT_MS_ADPCM, 44100, 2, true },
    { "WAV GSM", SF_FORMAT_WAV | SF_FORMAT_GSM610, 8000, 1, false },
    { "AIFF", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 44100, 2, true },
    { "CAF", SF_FORMAT_CAF | SF_FORMAT_ALAC_16, 44100, 2, true },
    { "FLAC", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 2, true },
    { "FLAC 24 bit", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 48000, 1, true },
    { "Vorbis", OGG | SF_FORMAT_VORBIS, 44100, 2, false },
    { "Opus", OGG | SF_FORMAT_OPUS, 48000, 2, false },
    { "MP3", MPEG, 44100, 2, false },
    { "MP3 mono", MPEG, 22050, 1, false },
  };
  static const double parts[] = { 0.7, 0.1, 0.11, 0.0, 0.97, 0.999, 0.3 };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    (void)tone_write(
      "tone", rows[i].format, rows[i].rate_hz, rows[i].n_channels, 6U);
    TmbAudioFile* const file  = reading_open("tone");
    Reading             whole = reading_all(file, 5000U);
    assert_int_equal(tmb_audio_info(file)->seeks_well, rows[i].seeks_well);
    for (size_t k = 0U; k < sizeof(parts) / sizeof(*parts); ++k) {
      reading_check_seek(
        file, &whole, (size_t)(parts[k] * (double)whole.n), rows[i].name);
    }
    reading_check_seek(file, &whole, whole.n - 1U, rows[i].name);
    reading_check_seek(file, &whole, whole.n, rows[i].name);
    free(whole.y);
    tmb_audio_close(file);
  }
}

static void
a_seek_beyond_the_end_is_refused(void** const state)
{
  (void)state;
  TmbMessage why = { "" };
  (void)tone_write("tone.wav", WAV_16, 8000, 2, 1U);
  TmbAudioFile* const file = reading_open("tone.wav");
  assert_int_equal(tmb_audio_seek(file, 8000U, &why), TMB_BAD_FILE);
  assert_string_equal(why.text, "tone.wav: it ends at 0.600 s, before 1.000 s");
  assert_int_equal(tmb_audio_seek(file, UINT64_MAX, &why), TMB_BAD_FILE);
  tmb_audio_close(file);
}

/// Save a tone with four of its bytes replaced, and cut to a part of it.
static void
save_changed(const char* const path,
             const int         format,
             const size_t      place,
             const uint32_t    value,
             const double      part)
{
  (void)tone_write("whole", format, 48000, 1, N_NOTES);
  Bytes bytes = bytes_load("whole");
  for (size_t i = 0U; place && i < 4U; ++i) {
    bytes.bytes[place + i] = (uint8_t)(value >> (8U * i));
  }
  bytes_save(bytes.bytes, (size_t)((double)bytes.n * part), path);
  bytes_free(&bytes);
}

static void
what_is_no_recording_is_refused_with_the_reason(void** const state)
{
  static const struct {
    const char* path;
    TmbStatus   status;
    const char* reason;
  } rows[] = {
    { "missing.wav", TMB_NO_FILE, "No such file or directory" },
    { "folder.wav", TMB_NO_FILE, "is a folder" },
    { "fifo.wav", TMB_NO_FILE, "is not a regular file" },
    { "/dev/zero", TMB_NO_FILE, "is not a regular file" },
    { "empty.wav", TMB_BAD_FILE, "the file is empty" },
    { "text.wav", TMB_BAD_FILE, "not a sound file (Format not recognised)" },
    { "bare.wav", TMB_BAD_FILE, "the sound has no samples" },
    { "silent.flac", TMB_BAD_FILE, "not a sound file" },
    { "mute.wav", TMB_BAD_FILE, "not a sound file (Channel count is zero)" },
    { "slow.wav", TMB_BAD_FILE, "its rate of 4000 Hz is not within" },
    { "fast.wav", TMB_BAD_FILE, "its rate of 400000 Hz is not within" },
    { "cut.wav", TMB_BAD_FILE, "the file is cut short, 4802" },
    { "cut.aiff", TMB_BAD_FILE, "the file is cut short, 4802" },
    { "cut.caf", TMB_BAD_FILE, "not a sound file" },
    { "cut.ogg", TMB_BAD_FILE, "" }, // By our rule or libsndfile's
    { "cut.opus", TMB_BAD_FILE, "the file is cut short" },
  };

  (void)state;
  assert_int_equal(mkdir("folder.wav", 0700), 0);
  assert_int_equal(mkfifo("fifo.wav", 0600), 0);
  bytes_save("", 0U, "empty.wav");
  bytes_save("This is not sound.\n", 19U, "text.wav");
  bytes_save("fLaC", 4U, "silent.flac");
  save_changed("bare.wav", WAV_16, WAV_DATA_SIZE, 0U, 1.0);
  save_changed("mute.wav", WAV_16, WAV_CHANNELS, 48000U << 16U, 1.0);
  save_changed("slow.wav", WAV_16, WAV_RATE, 4000U, 1.0);
  save_changed("fast.wav", WAV_16, WAV_RATE, 400000U, 1.0);
  save_changed("cut.wav", WAV_16, 0U, 0U, 0.5);
  save_changed("cut.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 0U, 0U, 0.5);
  save_changed("cut.caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16, 0U, 0U, 0.5);
  save_changed("cut.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 0U, 0U, 0.9);
  save_changed("cut.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 0U, 0U, 0.9);

  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbMessage      why    = { "" };
    TmbAudioFile*   file   = NULL;
    const TmbStatus status = tmb_audio_open(rows[i].path, &file, &why);
    const size_t    n_path = strlen(rows[i].path);
    if (status != rows[i].status || file ||
        strncmp(why.text, rows[i].path, n_path) != 0 ||
        strncmp(why.text + n_path, ": ", 2U) != 0 ||
        strncmp(why.text + n_path + 2U,
                rows[i].reason,
                strlen(rows[i].reason)) != 0 ||
        strchr(why.text, '\n') || why.text[strlen(why.text) - 1U] == '.') {
      fail_msg("%s: status %d, %s", rows[i].path, (int)status, why.text);
    }
  }
}

static void
damage_is_told_after_what_could_be_read(void** const state)
{
  enum { MP3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III };
  static const struct {
    const char* path;
    int         format;
  } rows[] = {
    { "cut.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16 },
    { "cut.mp3", MP3 },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    save_changed(rows[i].path, rows[i].format, 0U, 0U, 0.7);
    TmbAudioFile* const file = reading_open(rows[i].path);
    Reading             all  = reading_all(file, 1000U);
    assert_int_equal(all.status, TMB_BAD_FILE);
    assert_true(all.n > 10000U);
    assert_non_null(strstr(all.why.text, rows[i].path));
    assert_non_null(strstr(all.why.text, ": the file is damaged"));

    // No seek leads beyond it, and the reason is the same
    TmbMessage     why    = { "" };
    const uint64_t beyond = tmb_audio_info(file)->n_frames - 1000U;
    assert_int_equal(tmb_audio_seek(file, beyond, &why), TMB_BAD_FILE);
    assert_string_equal(why.text, all.why.text);
    free(all.y);
    tmb_audio_close(file);
  }
}

static void
sloppy_sizes_of_a_whole_file_are_forgiven(void** const state)
{
  static const struct {
    const char* name;
    size_t      place;
    uint32_t    size;
  } rows[] = {
    { "RIFF size of a stream", 4U, 0xFFFFFFFFU },
    { "RIFF size zero", 4U, 0U },
    { "data size of a stream", WAV_DATA_SIZE, 0xFFFFFFFFU },
    { "data size of another stream", WAV_DATA_SIZE, 0x7FFFFFFFU },
    { "header counted as data", WAV_DATA_SIZE, 96000U + WAV_DATA },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    save_changed("odd.wav", WAV_16, rows[i].place, rows[i].size, 1.0);
    TmbAudioFile* const file = reading_open("odd.wav");
    Reading             all  = reading_all(file, 1000U);
    if (all.status || all.n != 48000U) {
      fail_msg("%s: %zu samples, %s", rows[i].name, all.n, all.why.text);
    }
    free(all.y);
    tmb_audio_close(file);
  }
}

/// Write two seconds of an MP3 file of constant bit rate.
static void
write_constant_rate(const char* const path)
{
  SF_INFO        info = { .samplerate = 44100,
                          .channels   = 1,
                          .format = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III };
  SNDFILE* const out  = sf_open(path, SFM_WRITE, &info);
  int            mode = SF_BITRATE_MODE_CONSTANT;
  assert_non_null(out);
  // Says no even when it obeys (1.2.0)
  (void)sf_command(out, SFC_SET_BITRATE_MODE, &mode, sizeof(mode));
  for (uint32_t i = 0U; i < 88200U; ++i) {
    const float sample = tone_sample(i, info.samplerate, N_NOTES);
    assert_int_equal(sf_writef_float(out, &sample, 1), 1);
  }
  assert_int_equal(sf_close(out), 0);
}

/// As in many recorders' files, whose length libsndfile guesses.
static void
a_length_that_no_header_tells_is_not_guessed(void** const state)
{
  (void)state;
  write_constant_rate("told.mp3");
  Bytes bytes = bytes_load("told.mp3");
  bool  found = false;
  for (size_t i = 0U; !found && i + 4U <= bytes.n; ++i) {
    found = !memcmp(bytes.bytes + i, "Info", 4U);
    if (found) {
      memset(bytes.bytes + i, 0, 4U);
    }
  }
  assert_true(found);
  bytes_save(bytes.bytes, bytes.n, "untold.mp3");
  bytes_free(&bytes);

  TmbAudioFile* const told   = reading_open("told.mp3");
  TmbAudioFile* const untold = reading_open("untold.mp3");
  Reading             all    = reading_all(untold, 1000U);
  assert_int_equal(tmb_audio_info(told)->n_frames, 88200U);
  assert_int_equal(tmb_audio_info(untold)->n_frames, 0U);
  assert_int_equal(all.status, TMB_OK);
  assert_true(all.n >= 88200U);
  free(all.y);
  tmb_audio_close(untold);
  tmb_audio_close(told);
}

static void
a_long_path_leaves_room_for_the_reason(void** const state)
{
  static const char                 long_part[] = // 200 bytes of umlauts
    UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS;
  char                              path[512] = "";
  (void)snprintf(path, sizeof(path), "%s/end.wav", long_part);

  (void)state;
  TmbMessage    why  = { "" };
  TmbAudioFile* file = NULL;
  assert_int_equal(tmb_audio_open(path, &file, &why), TMB_NO_FILE);
  assert_non_null(strstr(why.text, "/end.wav: "));
  assert_int_equal((unsigned char)why.text[0], 0xC3U);
}

static void
failed_allocations_are_reported(void** const state)
{
  (void)state;
  (void)tone_write("tone.wav", WAV_16, 44100, 1, N_NOTES);
  bool failed = true;
  for (size_t i = 0U; failed; ++i) {
    TmbMessage    why  = { "" };
    TmbAudioFile* file = NULL;
    alloc_fail_from(i);
    const TmbStatus status = tmb_audio_open("tone.wav", &file, &why);
    failed                 = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    tmb_audio_close(file);
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(every_format_rate_and_channel_count_is_read),
    TEST(blocks_of_any_size_give_the_same_samples),
    TEST(samples_that_are_no_numbers_pass_through),
    TEST(a_seek_leads_to_the_samples_that_reading_on_gives),
    TEST(a_seek_beyond_the_end_is_refused),
    TEST(what_is_no_recording_is_refused_with_the_reason),
    TEST(damage_is_told_after_what_could_be_read),
    TEST(sloppy_sizes_of_a_whole_file_are_forgiven),
    TEST(a_length_that_no_header_tells_is_not_guessed),
    TEST(a_long_path_leaves_room_for_the_reason),
    TEST(failed_allocations_are_reported),
  };
  return cmocka_run_group_tests_name("audio_file", tests, NULL, NULL);
}
