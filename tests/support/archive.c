// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/archive.h"

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/tone.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAV_16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)

// Of the WAV header that libsndfile writes
#define CHANNELS_AT 22U
#define DATA_SIZE_AT 40U

#define SAME(name, reason) \
  {                        \
    name, name, reason     \
  }

const ArchiveFile archive_files[ARCHIVE_FILES] = {
  SAME("channels-0.wav", "not a sound file"),
  SAME("channels-32.wav", NULL),
  SAME("cut.flac", "the file is damaged"),
  SAME("cut.wav", "the file is cut short"),
  SAME("device.wav", "is not a regular file"),
  SAME("empty.wav", "the file is empty"),
  SAME("folder.wav", "there is no sound file in this folder"),
  SAME("good.wav", NULL),
  SAME("huge.wav", "the file is cut short"),
  SAME("itself.wav", "Too many levels of symbolic links"),
  SAME("locked.wav", "Permission denied"),
  SAME("nan.wav", NULL),
  SAME("nowhere.wav", "No such file or directory"),
  SAME("pipe.wav", "is not a regular file"),
  SAME("rate-192000.flac", NULL),
  SAME("rate-8000.wav", NULL),
  SAME("silence.wav", NULL),
  SAME("streamed.wav", NULL),
  SAME("text.wav", "not a sound file"),
  { "\xF6.wav", "\xEF\xBF\xBD.wav", NULL }, // Not UTF-8
};

/// good.wav with another number in its header, little endian.
static void
save_changed(const char* const path,
             const size_t      at,
             const uint32_t    value,
             const size_t      n_bytes)
{
  Bytes bytes = bytes_load("good.wav");
  for (size_t i = 0U; i < n_bytes; ++i) {
    bytes.bytes[at + i] = (uint8_t)(value >> (8U * i));
  }
  bytes_save(bytes.bytes, bytes.n, path);
  bytes_free(&bytes);
}

/// Half of a recording.
static void
save_half(const char* const path, const int format)
{
  (void)tone_write("whole", format, 44100, 1, CLI_NOTES);
  Bytes bytes = bytes_load("whole");
  bytes_save(bytes.bytes, bytes.n / 2U, path);
  bytes_free(&bytes);
  assert_int_equal(remove("whole"), 0);
}

static void
write_nan(const char* const path)
{
  SF_INFO        info  = { .samplerate = 44100,
                           .channels   = 1,
                           .format     = SF_FORMAT_WAV | SF_FORMAT_FLOAT };
  SNDFILE* const file  = sf_open(path, SFM_WRITE, &info);
  float          y[64] = { 0.0f };
  assert_non_null(file);
  for (unsigned i = 0U; i < 64U; i += 2U) {
    y[i] = NAN;
  }
  for (unsigned i = 0U; i < 500U; ++i) {
    assert_int_equal(sf_writef_float(file, y, 64), 64);
  }
  assert_int_equal(sf_close(file), 0);
}

/// Path of a file in the folder, valid until the next call.
static const char*
in(const char* const folder, const char* const name)
{
  static char path[512];
  (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
  return path;
}

void
archive_write(const char* const folder)
{
  assert_int_equal(mkdir(folder, 0755), 0);
  assert_int_equal(mkdir(in(folder, "folder.wav"), 0755), 0);
  assert_int_equal(mkfifo(in(folder, "pipe.wav"), 0644), 0);
  assert_int_equal(symlink("/dev/zero", in(folder, "device.wav")), 0);
  assert_int_equal(symlink("nothing", in(folder, "nowhere.wav")), 0);
  assert_int_equal(symlink("itself.wav", in(folder, "itself.wav")), 0);
  assert_int_equal(symlink(".", in(folder, "loop")), 0);
  bytes_save("", 0U, in(folder, "empty.wav"));
  bytes_save("Not a sound.\n", 13U, in(folder, "text.wav"));
  save_half(in(folder, "cut.flac"), SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  save_half(in(folder, "cut.wav"), WAV_16);
  save_changed(in(folder, "good.wav"), 0U, 0U, 0U);
  save_changed(in(folder, "channels-0.wav"), CHANNELS_AT, 0U, 2U);
  save_changed(in(folder, "huge.wav"), DATA_SIZE_AT, 0x70000000U, 4U);
  save_changed(in(folder, "streamed.wav"), DATA_SIZE_AT, 0xFFFFFFFFU, 4U);
  save_changed(in(folder, "locked.wav"), 0U, 0U, 0U);
  (void)tone_write(in(folder, "channels-32.wav"), WAV_16, 44100, 32, CLI_NOTES);
  (void)tone_write(in(folder, "rate-8000.wav"), WAV_16, 8000, 1, CLI_NOTES);
  (void)tone_write(in(folder, "rate-192000.flac"),
                   SF_FORMAT_FLAC | SF_FORMAT_PCM_24,
                   192000,
                   2,
                   1U);
  (void)tone_write(in(folder, "silence.wav"), WAV_16, 8000, 1, 0U);
  (void)tone_write(in(folder, "\xF6.wav"), WAV_16, 22050, 1, CLI_NOTES);
  write_nan(in(folder, "nan.wav"));
  assert_int_equal(chmod(in(folder, "locked.wav"), 0000), 0);
  assert_int_equal(chmod(".", 0755), 0);
  assert_int_equal(chmod(CLI_MODEL, 0644), 0);
}
