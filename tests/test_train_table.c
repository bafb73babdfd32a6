// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel train --features`, as it is called

#include "dsp/model.h"
#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"
#include "tests/support/toy_table.h"
#include "tests/support/toy_training.h"
#include "trainer/history.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRAIN "train --features X.npy --labels y.npy -o m.safetensors "
#define TEST_SET "--test-features X2.npy --test-labels y2.npy "

static int
setup(void** const state)
{
  if (scratch_setup(state)) {
    return -1;
  }
  toy_table_save("X.npy", "y.npy", 300U, 6U, 3U, 1U);
  toy_table_save("X2.npy", "y2.npy", 90U, 6U, 3U, 2U);
  return 0;
}

static void
train(const char* const line)
{
  Process process = cli_expect(0, line);
  process_free(&process);
}

static TmbHistory
read_history(const char* const path)
{
  TmbMessage why     = { "" };
  TmbHistory history = { .n_rows = 0U };
  if (tmb_history_read(path, &history, &why)) {
    fail_msg("%s", why.text);
  }
  return history;
}

/// Whether two files have the same bytes.
static bool
files_equal(const char* const a, const char* const b)
{
  Bytes      left  = bytes_load(a);
  Bytes      right = bytes_load(b);
  const bool equal =
    left.n == right.n && !memcmp(left.bytes, right.bytes, left.n);
  bytes_free(&right);
  bytes_free(&left);
  return equal;
}

static void
expect_text(const char* const text, const char* const part)
{
  if (!strstr(text, part)) {
    fail_msg("\"%s\" is not in:\n%s", part, text);
  }
}

static void
rows_classes_and_layers_are_printed(void** const state)
{
  static const char expected[] =
    "40 rows of 120 columns to train on, 20 to test with\n"
    "\n"
    "class               training      test\n"
    "0                          4         2\n"
    "1                          4         2\n"
    "2                          4         2\n"
    "3                          4         2\n"
    "4                          4         2\n"
    "5                          4         2\n"
    "6                          4         2\n"
    "7                          4         2\n"
    "8                          4         2\n"
    "9                          4         2\n"
    "\n"
    "layer                    outputs   parameters\n"
    "features, standardised       120\n"
    "dense, sigmoid               256       30,976\n"
    "dense, softmax                10        2,570\n"
    "all                                    33,546\n"
    "\n";

  (void)state;
  toy_table_save("X.npy", "y.npy", 40U, 120U, 10U, 1U);
  toy_table_save("X2.npy", "y2.npy", 20U, 120U, 10U, 2U);
  Process process = cli_expect(0, TRAIN TEST_SET "--epochs 2");
  if (strncmp(process.out, expected, strlen(expected)) != 0) {
    fail_msg("%s", process.out);
  }
  expect_text(process.out, "2 epochs of 0.");
  expect_text(process.out, "\ntest: 20 rows, ");
  process_free(&process);
}

static void
a_share_is_held_out_without_a_test_set(void** const state)
{
  (void)state;
  Process process = cli_expect(0, TRAIN "--epochs 20 --learning-rate 0.01");
  const char* const held = strstr(process.out, " to train on, ");
  assert_non_null(held);
  const unsigned long n_taught = strtoul(process.out, NULL, 10);
  const unsigned long n_held   = strtoul(held + 14, NULL, 10);
  assert_int_equal(n_taught + n_held, 300U);
  assert_in_range(n_held, 40U, 80U);

  const char* const scores = strstr(process.out, "\nheld out: ");
  assert_non_null(scores);
  char* end = NULL;
  assert_int_equal(strtoul(scores + 11, &end, 10), n_held);
  assert_true(strtod(end + strlen(" rows, "), NULL) > 0.9);
  process_free(&process);
}

static void
statistics_are_printed_on_request(void** const state)
{
  static const double values[] = { 1.0, 5.0, 3.0, 5.0, 1.0, 5.0, 3.0, 5.0 };
  static const double labels[] = { 0.0, 1.0, 0.0, 1.0 };

  (void)state;
  matrix_save("X.npy", "f2", true, 4U, 2U, values);
  matrix_save("y.npy", "f4", false, 4U, 1U, labels);
  matrix_save("X2.npy", "i2", false, 4U, 2U, values);
  matrix_save("y2.npy", "u1", false, 4U, 0U, labels);
  Process process = cli_expect(0, TRAIN TEST_SET "--statistics --epochs 2");
  expect_text(process.out,
              "\n feature           mean      deviation          least        "
              "   most\n"
              "       0              2              1              1        "
              "      3\n"
              "       1              5              0              5        "
              "      5\n\n");
  process_free(&process);
}

static void
classes_have_names_from_a_file(void** const state)
{
  (void)state;
  bytes_save("violin\nflute\nmy own\nspare\n", 26U, "names.txt");
  Process process = cli_expect(0, TRAIN "--classes names.txt --epochs 2");
  expect_text(process.out, "\nviolin  ");
  expect_text(process.out, "\nmy own  ");
  expect_text(process.out, "\nspare                      0         0\n");
  process_free(&process);

  TmbModel*  model = NULL;
  TmbMessage why   = { "" };
  assert_int_equal(tmb_model_load("m.safetensors", &model, &why), TMB_OK);
  assert_int_equal(tmb_net_outputs(tmb_model_net(model)), 4U);
  assert_string_equal(tmb_model_class(model, 1U)->name, "flute");
  tmb_model_free(model);
}

static void
a_model_of_external_features_hears_nothing(void** const state)
{
  (void)state;
  train(TRAIN "--epochs 2 --licence CC0-1.0");
  (void)tone_write("a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 1, 2U);
  Process process = cli_expect(1, "label --model m.safetensors a.wav");
  assert_true(is_sentence(process.err, "m.safetensors", "external"));
  assert_string_equal(process.out, "");
  process_free(&process);

  process = cli_expect(0, "info m.safetensors");
  expect_text(process.out, "external");
  expect_text(process.out, "CC0-1.0");
  process_free(&process);

  json_t* const training = toy_metadata("m.safetensors", TMB_KEY_TRAINING);
  assert_string_equal(row_text(training, "features"), "X.npy");
  assert_int_equal(strlen(row_text(training, "sha256")), 64U);
  assert_true(toy_number(training, "columns") == 6.0);
  assert_true(
    toy_number(training, "rows") + toy_number(training, "test_rows") == 300.0);
  json_decref(training);
}

static void
an_epoch_is_a_row_of_the_history(void** const state)
{
  static const char head[] =
    "epoch,learning_rate,loss,accuracy,validation_loss,"
    "validation_accuracy,seconds";

  (void)state;
  train(TRAIN TEST_SET "--epochs 7 --schedule cosine --history h.csv");
  Bytes file         = bytes_load("h.csv");
  file.bytes[file.n] = '\0';
  assert_memory_equal(file.bytes, head, strlen(head));
  bytes_free(&file);

  TmbHistory history = read_history("h.csv");
  assert_int_equal(history.n_rows, 7U);
  for (uint32_t i = 0U; i < 7U; ++i) {
    const TmbHistoryRow* const row = &history.rows[i];
    assert_int_equal(row->epoch, i + 1U);
    assert_true(row->loss > 0.0 && row->validation_loss > 0.0);
    assert_true(row->accuracy >= 0.0 && row->accuracy <= 1.0);
    assert_true(row->validation_accuracy >= 0.0);
    assert_true(row->seconds >= 0.0 && row->seconds < 10.0);
    assert_true(!i || row->learning_rate < history.rows[i - 1U].learning_rate);
  }
  assert_true(history.rows[6].loss < history.rows[0].loss);
  tmb_history_clear(&history);
}

static void
the_target_accuracy_stops(void** const state)
{
  (void)state;
  Process process =
    cli_expect(0, TRAIN "--epochs 500 --target-accuracy 0.9 --history h.csv");
  expect_text(process.out, ": the target accuracy is reached\n");
  process_free(&process);
  TmbHistory     history = read_history("h.csv");
  const uint32_t n       = history.n_rows;
  assert_in_range(n, 1U, 499U);
  assert_true(history.rows[n - 1U].validation_accuracy >= 0.9);
  assert_true(n == 1U || history.rows[n - 2U].validation_accuracy < 0.9);
  tmb_history_clear(&history);
}

static void
patience_stops_and_the_best_is_kept(void** const state)
{
  (void)state;
  Process process = cli_expect(
    0,
    TRAIN TEST_SET "--epochs 500 --patience 4 --keep best --learning-rate 0.1 "
                   "--history h.csv");
  TmbHistory                 history = read_history("h.csv");
  const TmbHistoryRow* const best    = tmb_history_best(&history);
  assert_non_null(best);
  expect_text(process.out, ": it became no better\n");
  assert_int_equal(history.n_rows, best->epoch + 4U);

  char text[64];
  (void)snprintf(
    text, sizeof(text), "the network is that of epoch %u\n", best->epoch);
  expect_text(process.out, text);

  // The model answers as well as the best epoch did
  json_t* const accuracy     = toy_metadata("m.safetensors", TMB_KEY_ACCURACY);
  const json_t* const scores = json_object_get(accuracy, "rows");
  assert_true(fabs(toy_number(scores, "notes_accuracy") -
                   best->validation_accuracy) < 1e-5);
  assert_true(fabs(toy_number(scores, "log_loss") - best->validation_loss) <
              1e-4);
  json_decref(accuracy);
  process_free(&process);

  // Without --keep it is the last, and the best is told of
  process = cli_expect(
    0, TRAIN TEST_SET "--epochs 500 --patience 4 --learning-rate 0.1");
  (void)snprintf(text, sizeof(text), "; epoch %u was better", best->epoch);
  expect_text(process.out, text);
  process_free(&process);
  tmb_history_clear(&history);
}

static void
the_same_seed_and_threads_give_the_same_bytes(void** const state)
{
  static const char* const options[] = {
    "", "--threads 2", "--mixup 0.3 --dropout 0.2 --averaged 20"
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(options) / sizeof(*options); ++i) {
    char line[256];
    (void)snprintf(line, sizeof(line), TRAIN "--epochs 4 %s", options[i]);
    train(line);
    assert_int_equal(rename("m.safetensors", "first.safetensors"), 0);
    train(line);
    assert_true(files_equal("m.safetensors", "first.safetensors"));
    (void)snprintf(
      line, sizeof(line), TRAIN "--epochs 4 --seed 2 %s", options[i]);
    train(line);
    assert_false(files_equal("m.safetensors", "first.safetensors"));
  }
}

static void
other_threads_give_the_same_losses(void** const state)
{
  (void)state;
  train(TRAIN TEST_SET "--epochs 10 --threads 1 --history 1.csv");
  TmbHistory one = read_history("1.csv");
  for (unsigned n_threads = 2U; n_threads < 6U; ++n_threads) {
    char line[256];
    (void)snprintf(line,
                   sizeof(line),
                   TRAIN TEST_SET "--epochs 10 --threads %u --history n.csv",
                   n_threads);
    train(line);
    TmbHistory many = read_history("n.csv");
    assert_int_equal(many.n_rows, 10U);
    for (uint32_t i = 0U; i < 10U; ++i) {
      const TmbHistoryRow* const a = &one.rows[i];
      const TmbHistoryRow* const b = &many.rows[i];
      assert_true(fabs(a->loss - b->loss) <= 1e-4 * a->loss);
      assert_true(fabs(a->validation_loss - b->validation_loss) <=
                  1e-4 * a->validation_loss);
    }
    tmb_history_clear(&many);
  }
  tmb_history_clear(&one);
}

static void
the_form_of_the_files_does_not_matter(void** const state)
{
  static const char* const members[] = { "X.npy", "y.npy", NULL };

  (void)state;
  archive_save("data.npz", members);
  train(TRAIN "--epochs 3");
  train("train --features data.npz:X --labels data.npz:y -o z.safetensors "
        "--epochs 3");
  TmbModel*  a = NULL;
  TmbModel*  b = NULL;
  TmbMessage why;
  assert_int_equal(tmb_model_load("m.safetensors", &a, &why), TMB_OK);
  assert_int_equal(tmb_model_load("z.safetensors", &b, &why), TMB_OK);
  for (unsigned i = 0U; i < 50U; ++i) {
    float x[6] = { 0.0f };
    x[i % 6U]  = 0.1f * (float)i;
    float scratch[1024];
    float left[3];
    float right[3];
    assert_true(tmb_net_scratch(tmb_model_net(a)) <= 1024U);
    tmb_net_forward(tmb_model_net(a), x, 0U, scratch, left);
    tmb_net_forward(tmb_model_net(b), x, 0U, scratch, right);
    assert_memory_equal(left, right, sizeof(left));
  }
  tmb_model_free(b);
  tmb_model_free(a);
}

static void
a_constant_feature_changes_nothing_and_divides_by_nothing(void** const state)
{
  static double values[300U][2];
  static double labels[300U];

  (void)state;
  for (uint32_t i = 0U; i < 300U; ++i) {
    labels[i]    = (double)(i % 2U);
    values[i][0] = labels[i] + (0.001 * (double)i);
    values[i][1] = 0.1; // No float: its deviation must be 0 still
  }
  matrix_save("X.npy", "f4", false, 300U, 2U, values[0]);
  matrix_save("y.npy", "i8", false, 300U, 0U, labels);
  train(TRAIN "--epochs 5 --history h.csv");
  TmbHistory history = read_history("h.csv");
  assert_true(isfinite(history.rows[4].loss));
  tmb_history_clear(&history);

  TmbModel*  model = NULL;
  TmbMessage why;
  float      scratch[1024];
  float      out[2];
  float      other[2];
  assert_int_equal(tmb_model_load("m.safetensors", &model, &why), TMB_OK);
  tmb_net_forward(
    tmb_model_net(model), (const float[]){ 0.5f, 0.1f }, 0U, scratch, out);
  tmb_net_forward(
    tmb_model_net(model), (const float[]){ 0.5f, 9e9f }, 0U, scratch, other);
  assert_true(isfinite(out[0]) && isfinite(out[1]));
  assert_memory_equal(out, other, sizeof(out));
  tmb_model_free(model);
}

static void
a_page_and_its_pictures_are_written(void** const state)
{
  (void)state;
  train(TRAIN "--epochs 3 --report r.html --plots plots --target-accuracy 1");
  Bytes page         = bytes_load("r.html");
  page.bytes[page.n] = '\0';
  expect_text((const char*)page.bytes, "<h2>Training</h2>");
  expect_text((const char*)page.bytes, "<h2>Confusions</h2>");
  expect_text((const char*)page.bytes, "m.safetensors");
  bytes_free(&page);
  const Folder plots = { "plots" };
  assert_true(folder_count(&plots) >= 3U);
}

int
main(void)
{
  (void)setenv("SOURCE_DATE_EPOCH", "1700000000", 1);

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(rows_classes_and_layers_are_printed),
    TEST(a_share_is_held_out_without_a_test_set),
    TEST(statistics_are_printed_on_request),
    TEST(classes_have_names_from_a_file),
    TEST(a_model_of_external_features_hears_nothing),
    TEST(an_epoch_is_a_row_of_the_history),
    TEST(the_target_accuracy_stops),
    TEST(patience_stops_and_the_best_is_kept),
    TEST(the_same_seed_and_threads_give_the_same_bytes),
    TEST(other_threads_give_the_same_losses),
    TEST(the_form_of_the_files_does_not_matter),
    TEST(a_constant_feature_changes_nothing_and_divides_by_nothing),
    TEST(a_page_and_its_pictures_are_written),
  };
  return cmocka_run_group_tests_name("train_table", tests, NULL, NULL);
}
