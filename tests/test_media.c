// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  What FFmpeg decodes, in tests/golden/media; nothing if it was not there when
  this was built.
*/

#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/reading.h"
#include "tests/support/tone.h"
#include "trainer/audio_file.h"
#include "trainer/decoder.h"
#include "trainer/random.h"
#include "trainer/walk.h"

#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEDIA "tests/golden/media/"

/// Longer than any of the files, also if its bytes claim more.
#define MOST_SAMPLES 1000000U

static const char* const files[] = {
  "aac.aac",  "aac.m4a",  "alac16.m4a", "alac24.m4a", "double.mka",
  "film.mp4", "film.mts", "film.webm",  "float.mka",  "mute.mp4",
  "s32.mka",  "u8.mka",   "wma2.wma",
};

#define N_FILES (sizeof(files) / sizeof(*files))

/// Path of a file of ours; valid until the next call.
static const char*
media(const char* const name)
{
  static char path[128];
  (void)snprintf(path, sizeof(path), MEDIA "%s", name);
  return path;
}

static void
lossy_sound_has_its_length_pitch_and_place(void** const state)
{
  static const struct {
    const char* name;
    int         rate_hz;
    uint32_t    n_channels;
    bool        is_told; ///< By the header, how long it is
    int         delay;   ///< By the encoder that made it, which does not tell
    double      tolerance;
  } rows[] = {
    { "aac.m4a", 44100, 2U, true, 0, 3e-3 },
    { "aac.aac", 44100, 2U, false, 1024, 3e-3 },
    { "wma2.wma", 44100, 2U, true, -2048, 3e-3 },
    { "film.mp4", 48000, 1U, true, 0, 3e-3 },
    { "film.webm", 48000, 1U, false, 0, 3e-3 },
    { "film.mts", 48000, 1U, false, 256, 3e-3 },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const int                 rate = rows[i].rate_hz;
    TmbAudioFile* const       file = reading_open(media(rows[i].name));
    const TmbAudioInfo* const info = tmb_audio_info(file);
    Reading                   all  = reading_all(file, 5000U);
    const double error = reading_error(&all, rate, 2U, rows[i].delay);
    if (info->rate_hz != (double)rate ||
        info->n_channels != rows[i].n_channels ||
        (info->n_frames != 0U) != rows[i].is_told || info->seeks_well ||
        !strlen(info->format) || !strlen(info->encoding)) {
      fail_msg("%s: %s, %s, %g Hz, %u channels, %llu samples",
               rows[i].name,
               info->format,
               info->encoding,
               info->rate_hz,
               info->n_channels,
               (unsigned long long)info->n_frames);
    }

    // A second, and blocks of up to 2048 samples at both ends
    if (all.status || llabs((long long)all.n - rate) > 2048 ||
        !(error <= rows[i].tolerance)) {
      fail_msg("%s: %zu samples, error %g %s",
               rows[i].name,
               all.n,
               error,
               all.status ? all.why.text : "");
    }
    free(all.y);
    tmb_audio_close(file);
  }
}

static void
lossless_sound_is_the_same_to_the_bit(void** const state)
{
  enum { WAV = SF_FORMAT_WAV };
  static const struct {
    const char* name;
    int         format; ///< Of a WAV file with the same samples
    int         rate_hz;
    int         n_channels;
    unsigned    n_notes;
    size_t      n;
  } rows[] = {
    { "alac16.m4a", WAV | SF_FORMAT_PCM_16, 22050, 2, 2U, 22050U },
    { "alac24.m4a", WAV | SF_FORMAT_PCM_24, 8000, 2, 1U, 4800U },
    { "u8.mka", WAV | SF_FORMAT_PCM_U8, 8000, 2, 1U, 1600U },
    { "s32.mka", WAV | SF_FORMAT_PCM_32, 8000, 2, 1U, 1600U },
    { "float.mka", WAV | SF_FORMAT_FLOAT, 8000, 2, 1U, 1600U },
    { "double.mka", WAV | SF_FORMAT_DOUBLE, 8000, 1, 1U, 1600U },
  };

  (void)state;
  const Folder      folder = folder_new();
  const char* const wav    = folder_file(&folder, "tone.wav");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    (void)tone_write(wav,
                     rows[i].format,
                     rows[i].rate_hz,
                     rows[i].n_channels,
                     rows[i].n_notes);
    for (int channel = 0; channel <= rows[i].n_channels; ++channel) {
      TmbMessage          why   = { "" };
      TmbAudioFile* const file  = reading_open(media(rows[i].name));
      TmbAudioFile* const model = reading_open(wav);
      assert_int_equal(tmb_audio_choose(file, (uint32_t)channel, &why), TMB_OK);
      assert_int_equal(tmb_audio_choose(model, (uint32_t)channel, &why),
                       TMB_OK);
      Reading all  = reading_all(file, 777U);
      Reading same = reading_all(model, 1000U);
      assert_int_equal(all.status, TMB_OK);
      assert_int_equal(all.n, rows[i].n);
      assert_true(same.n >= all.n);
      if (memcmp(all.y, same.y, all.n * sizeof(float)) != 0) {
        fail_msg("%s, channel %d", rows[i].name, channel);
      }
      free(same.y);
      free(all.y);
      tmb_audio_close(model);
      tmb_audio_close(file);
    }
  }
  folder_remove(&folder);
}

static void
a_seek_leads_to_the_samples_that_reading_on_gives(void** const state)
{
  static const char* const names[] = {
    "aac.m4a", "alac16.m4a", "film.webm", "film.mts", "wma2.wma",
  };
  static const double parts[] = { 0.7, 0.1, 0.11, 0.0, 0.97, 1.0 };

  (void)state;
  for (size_t i = 0U; i < sizeof(names) / sizeof(*names); ++i) {
    TmbAudioFile* const file  = reading_open(media(names[i]));
    Reading             whole = reading_all(file, 5000U);
    for (size_t k = 0U; k < sizeof(parts) / sizeof(*parts); ++k) {
      const size_t frame = (size_t)(parts[k] * (double)whole.n);
      reading_check_seek(file, &whole, frame, names[i]);
    }

    TmbMessage why = { "" };
    assert_int_equal(tmb_audio_seek(file, whole.n + 1U, &why), TMB_BAD_FILE);
    assert_non_null(strstr(why.text, ": it ends at "));
    free(whole.y);
    tmb_audio_close(file);
  }
}

/// Save a part of a golden file where eight bytes are replaced, if there.
static void
save_changed(const char* const name,
             const char* const old_bytes,
             const char* const new_bytes,
             const double      part,
             const char* const path)
{
  Bytes bytes = bytes_load(media(name));
  bool  found = !old_bytes;
  for (size_t i = 0U; !found && i + 8U <= bytes.n; ++i) {
    found = !memcmp(bytes.bytes + i, old_bytes, 8U);
    if (found) {
      memcpy(bytes.bytes + i, new_bytes, 8U);
    }
  }
  assert_true(found);
  bytes_save(bytes.bytes, (size_t)((double)bytes.n * part), path);
  bytes_free(&bytes);
}

static void
what_is_no_recording_is_refused_with_the_reason(void** const state)
{
  // Matroska has the rate as a big-endian double
  static const char at_8000_hz[]    = "\x40\xBF\x40\x00\x00\x00\x00\x00";
  static const char at_4000_hz[]    = "\x40\xAF\x40\x00\x00\x00\x00\x00";
  static const char at_1000000_hz[] = "\x41\x2E\x84\x80\x00\x00\x00\x00";

  static const struct {
    const char* label;
    const char* name;
    const char* old_bytes;
    const char* new_bytes;
    double      part;
    const char* reason;
    bool        is_known;
  } rows[] = {
    { "no sound",
      "mute.mp4",
      NULL,
      NULL,
      1.0,
      "there is no sound in it",
      false },
    { "no index",
      "film.mp4",
      NULL,
      NULL,
      0.5,
      "the file is cut short or damaged (Invalid data",
      true },
    { "slow",
      "u8.mka",
      at_8000_hz,
      at_4000_hz,
      1.0,
      "its rate of 4000 Hz",
      true },
    { "fast",
      "u8.mka",
      at_8000_hz,
      at_1000000_hz,
      1.0,
      "its rate of 1000000 Hz",
      true },
  };

  (void)state;
  const Folder      folder = folder_new();
  const char* const path   = folder_file(&folder, "bad");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    save_changed(
      rows[i].name, rows[i].old_bytes, rows[i].new_bytes, rows[i].part, path);
    TmbMessage      why    = { "" };
    TmbAudioFile*   file   = NULL;
    const TmbStatus status = tmb_audio_open(path, &file, &why);
    const size_t    n      = strlen(path);
    if (status != TMB_BAD_FILE || file || strncmp(why.text, path, n) != 0 ||
        strncmp(why.text + n, ": ", 2U) != 0 ||
        strncmp(why.text + n + 2U, rows[i].reason, strlen(rows[i].reason)) !=
          0 ||
        tmb_audio_is_known(path) != rows[i].is_known) {
      fail_msg("%s: status %d, %s", rows[i].label, (int)status, why.text);
    }
  }
  folder_remove(&folder);
}

static void
no_file_leads_to_another(void** const state)
{
  static const struct {
    const char* name;
    const char* head; ///< Before the path of a recording
    const char* tail;
  } rows[] = {
    { "list.m3u8",
      "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n",
      "\n#EXT-X-ENDLIST\n" },
    { "list.m3u", "#EXTM3U\n", "\n" },
    { "list.ffconcat", "ffconcat version 1.0\nfile ", "\n" },
    { "list.asx", "<asx version=\"3.0\"><entry><ref href=\"", "\"/></asx>\n" },
  };

  (void)state;
  char* const real = realpath(media("aac.aac"), NULL);
  assert_non_null(real);
  const Folder folder = folder_new();
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const char* const path = folder_file(&folder, rows[i].name);
    FILE* const       list = fopen(path, "w");
    assert_non_null(list);
    assert_true(fprintf(list, "%s%s%s", rows[i].head, real, rows[i].tail) > 0);
    assert_int_equal(fclose(list), 0);

    TmbMessage    why  = { "" };
    TmbAudioFile* file = NULL;
    assert_int_equal(tmb_audio_open(path, &file, &why), TMB_BAD_FILE);
    assert_non_null(strstr(why.text, ": not a sound file (Format not "));
    assert_false(tmb_audio_is_known(path));
  }
  folder_remove(&folder);
  free(real);
}

static void
damage_is_told_after_what_could_be_read(void** const state)
{
  (void)state;
  const Folder      folder = folder_new();
  const char* const path   = folder_file(&folder, "cut.m4a");
  save_changed("alac16.m4a", NULL, NULL, 0.7, path);
  TmbAudioFile* const file = reading_open(path);
  Reading             all  = reading_all(file, 1000U);
  assert_int_equal(all.status, TMB_BAD_FILE);
  assert_true(all.n > 10000U && all.n < 22050U);
  assert_non_null(strstr(all.why.text, "cut.m4a: the file is damaged"));
  free(all.y);
  tmb_audio_close(file);
  folder_remove(&folder);
}

static void
names_tell_what_is_decoded(void** const state)
{
  (void)state;
  assert_true(tmb_is_audio_name("song.M4A"));
  assert_true(tmb_is_audio_name("film.mkv"));
  assert_false(tmb_is_audio_name("list.m3u8"));
}

/// Open and read as far as it goes, but not for ever.
static void
read_whatever_it_is(const char* const path)
{
  TmbMessage    why  = { "" };
  TmbAudioFile* file = NULL;
  if (tmb_audio_open(path, &file, &why)) {
    assert_true(strlen(why.text) > strlen(path));
    return;
  }

  static float block[10000];
  size_t       n_all = 0U;
  size_t       n     = 1U;
  TmbStatus    st    = TMB_OK;
  while (!st && n && n_all < MOST_SAMPLES) {
    st = tmb_audio_read(file, block, sizeof(block) / sizeof(*block), &n, &why);
    n_all += n;
  }
  assert_true(st == TMB_OK || strlen(why.text) > strlen(path));
  tmb_audio_close(file);
}

static void
damaged_bytes_do_no_harm(void** const state)
{
  enum { ROUNDS = 200 };

  (void)state;
  TmbRandom         random;
  const Folder      folder = folder_new();
  const char* const path   = folder_file(&folder, "odd");
  tmb_random_init(&random, 1U, 0U);
  for (size_t i = 0U; i < N_FILES; ++i) {
    Bytes whole = bytes_load(media(files[i]));
    Bytes odd   = bytes_load(media(files[i]));
    for (unsigned k = 0U; k < ROUNDS; ++k) {
      // Half of them in the header, where most can go wrong
      const uint32_t n = (uint32_t)whole.n;
      memcpy(odd.bytes, whole.bytes, whole.n);
      for (uint32_t left = 1U + tmb_random_below(&random, 8U); left; --left) {
        const uint32_t place = tmb_random_below(&random, k % 2U ? n : 700U);
        odd.bytes[place]     = (uint8_t)tmb_random_below(&random, 256U);
      }
      const uint32_t n_kept = k % 4U ? n : tmb_random_below(&random, n);
      bytes_save(odd.bytes, n_kept, path);
      read_whatever_it_is(path);
    }
    bytes_free(&odd);
    bytes_free(&whole);
  }
  folder_remove(&folder);
}

int
main(void)
{
  if (!tmb_decoder_kind(1U)) {
    print_message("media: built without FFmpeg, nothing to test\n");
    return 0;
  }
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(lossy_sound_has_its_length_pitch_and_place),
    cmocka_unit_test(lossless_sound_is_the_same_to_the_bit),
    cmocka_unit_test(a_seek_leads_to_the_samples_that_reading_on_gives),
    cmocka_unit_test(what_is_no_recording_is_refused_with_the_reason),
    cmocka_unit_test(no_file_leads_to_another),
    cmocka_unit_test(damage_is_told_after_what_could_be_read),
    cmocka_unit_test(names_tell_what_is_decoded),
    cmocka_unit_test(damaged_bytes_do_no_harm),
  };
  return cmocka_run_group_tests_name("media", tests, NULL, NULL);
}
