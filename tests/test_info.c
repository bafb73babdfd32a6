// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_parts.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"

#include <sndfile.h>
#include <string.h>

static void
expect_words(const char* const        line,
             const char* const* const words,
             const size_t             n)
{
  Process process = cli_expect(0, line);
  for (size_t i = 0U; i < n; ++i) {
    if (!strstr(process.out, words[i])) {
      fail_msg("\"%s\" is not in\n%s", words[i], process.out);
    }
  }
  process_free(&process);
}

static void
info_describes_a_model(void** const state)
{
  static const char* const words[] = {
    "model.safetensors: Timbrel model, format 2\n",
    "     inputs: 13\n",
    "  1  dense     sigmoid     5                     70\n",
    "  2  dense     identity    3                     18\n",
    "     parameters: 70 + 18 = 88\n",
    "     multiplications: 80\n",
    "     output: softmax at temperature 0.75\n",
    "window 33.33 ms, hop 10 ms",
    "8 bands from 50.5 to 7000 Hz, slaney mel",
    "at an age of 40, 80 ms",
    "classes: 3\n",
    "        40  violin            strings\n",
    "      none  percussion        percussion\n",
    "training:\n     rows: 12\n",
    "licence: CC0-1.0\n",
  };

  (void)state;
  expect_words("info " CLI_MODEL, words, sizeof(words) / sizeof(*words));
}

static void
info_describes_layers_of_all_kinds(void** const state)
{
  static const char* const words[] = {
    "  1  idct                  4 x 4                  0\n",
    "  2  conv 3    relu        5 x 4                 65\n",
    "  3  pool 2                5 x 2                  0\n",
    "  4  dense     tanh        5                     55\n",
    "  5  dense     identity    4                     24\n",
    "     parameters: 65 + 55 + 24 = 144\n",
    "     multiplications: 358\n",
    "     output: softmax at temperature 0.75, 1.5\n",
    "  classes: 3, and what is none of them\n",
  };

  (void)state;
  TestConvModel model;
  TmbMessage    why = { "" };
  test_conv_model_init(&model);
  assert_int_equal(tmb_model_write("conv", &model.parts, &why), TMB_OK);
  expect_words("info conv", words, sizeof(words) / sizeof(*words));
}

static void
info_describes_audio_whatever_its_name(void** const state)
{
  (void)state;
  (void)tone_write(
    "x.safetensors", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 48000, 2, 1U);
  Process process = cli_expect(0, "info good.wav x.safetensors");
  assert_string_equal(process.out,
                      "good.wav: WAV (Microsoft), Signed 16 bit PCM\n"
                      "  rate: 44100 Hz\n"
                      "  channels: 1\n"
                      "  samples: 61740\n"
                      "  seconds: 1.400000\n"
                      "x.safetensors: FLAC (Free Lossless Audio Codec), "
                      "Signed 16 bit PCM\n"
                      "  rate: 48000 Hz\n"
                      "  channels: 2\n"
                      "  samples: 28800\n"
                      "  seconds: 0.600000\n");
  process_free(&process);
}

static void
info_goes_on_after_a_bad_file(void** const state)
{
  (void)state;
  Bytes bytes = bytes_load(CLI_MODEL);
  bytes_save(bytes.bytes, bytes.n - 1U, "cut.wav");
  bytes_free(&bytes);

  Process process = cli_run("info cut.wav good.wav", NULL);
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err, "cut.wav", ": "));
  assert_null(strstr(process.err, "sound")); // It is told to be a bad model
  assert_memory_equal(process.out, "good.wav: WAV", 13U);
  process_free(&process);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(info_describes_a_model),
    TEST(info_describes_layers_of_all_kinds),
    TEST(info_describes_audio_whatever_its_name),
    TEST(info_goes_on_after_a_bad_file),
  };
  return cmocka_run_group_tests_name("info", tests, NULL, NULL);
}
