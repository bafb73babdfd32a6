// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What `timbrel train` keeps of the course of a training on recordings

#include "dsp/model.h"
#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/cut_off.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/toy_corpus.h"
#include "tests/support/toy_training.h"
#include "trainer/history.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRAIN "train toy --hidden 8 --batch 16 --dropout 0 "

static int
setup(void** const state)
{
  const int status = scratch_setup(state);
  if (!status) {
    toy_corpus_write("toy", 4U);
  }
  return status;
}

static TmbHistory
read_history(const char* const path)
{
  TmbHistory history;
  TmbMessage why = { "" };
  if (tmb_history_read(path, &history, &why)) {
    fail_msg("%s", why.text);
  }
  return history;
}

/// Whether two histories are of the same training; times differ.
static void
assert_histories_are_equal(const char* const a, const char* const b)
{
  TmbHistory x = read_history(a);
  TmbHistory y = read_history(b);
  assert_int_equal(x.n_rows, y.n_rows);
  for (uint32_t i = 0U; i < x.n_rows; ++i) {
    assert_true(x.rows[i].learning_rate == y.rows[i].learning_rate);
    assert_true(x.rows[i].loss == y.rows[i].loss);
    assert_true(x.rows[i].accuracy == y.rows[i].accuracy);
    assert_true(x.rows[i].validation_loss == y.rows[i].validation_loss);
    assert_true(x.rows[i].validation_accuracy == y.rows[i].validation_accuracy);
  }
  tmb_history_clear(&y);
  tmb_history_clear(&x);
}

static void
the_history_is_that_of_the_model(void** const state)
{
  (void)state;
  cli_run_well(TRAIN "--epochs 12 -o all --history all.csv --threads 2");
  cli_run_well(TRAIN "--epochs 12 --split recordings -o one --history one.csv "
                     "--threads 1");
  assert_histories_are_equal("all.csv", "one.csv");

  TmbHistory history = read_history("all.csv");
  assert_int_equal(history.n_rows, 12U);
  for (uint32_t i = 0U; i < history.n_rows; ++i) {
    const TmbHistoryRow* const row = &history.rows[i];
    assert_int_equal(row->epoch, i + 1U);
    assert_true(isfinite(row->loss) && isfinite(row->validation_loss));
    assert_true(row->validation_accuracy >= 0.0);
    assert_true(row->seconds > 0.0);
  }
  assert_true(history.rows[11].loss < history.rows[0].loss);
  tmb_history_clear(&history);
}

static void
each_run_has_a_checkpoint_of_its_own(void** const state)
{
  static const char* const names[] = { "point.recordings.0",
                                       "point.segments.0",
                                       "point.sources.0",
                                       "point.sources.1" };

  (void)state;
  cli_run_well(TRAIN "--epochs 3 -o model --checkpoint point");
  for (size_t i = 0U; i < sizeof(names) / sizeof(*names); ++i) {
    if (access(names[i], F_OK)) {
      fail_msg("%s is not there", names[i]);
    }
  }
  assert_int_equal(access("point", F_OK), -1);

  // What is at its end is brought back, which leaves the model as it is
  cli_run_well(TRAIN
               "--epochs 3 -o again --checkpoint point --resume --history "
               "again.csv");
  assert_true(files_are_equal("model", "again"));
  assert_int_equal(count_lines("again.csv"), 4U);
}

static void
a_training_that_was_killed_goes_on_to_the_same_bytes(void** const state)
{
#define COURSE "--epochs 24 --every 3 --split recordings,sources --keep best "
#define LONG TRAIN         COURSE
  static const char* const checkpoints[] = { "0.recordings.0",
                                             "1.recordings.0" };
  static const char* const rows[] = { LONG, "train toy --batch 16 " COURSE };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char whole[256];
    char cut[256];
    char rest[256];
    (void)snprintf(whole,
                   sizeof(whole),
                   "%s-o whole --history whole.csv --threads 1",
                   rows[i]);
    (void)snprintf(cut,
                   sizeof(cut),
                   "%s-o cut --history cut.csv --checkpoint %zu --threads 2",
                   rows[i],
                   i);
    (void)snprintf(rest,
                   sizeof(rest),
                   "%s-o cut --history cut.csv --checkpoint %zu --resume "
                   "--threads 1",
                   rows[i],
                   i);
    cli_run_well(whole);
    Process process = cut_off(cut, "cut.csv", 6U, SIGKILL);
    assert_int_equal(process.status, -1);
    process_free(&process);
    assert_int_equal(access("cut", F_OK), -1);
    assert_int_equal(access(checkpoints[i], F_OK), 0);

    cli_run_well(rest);
    assert_true(files_are_equal("whole", "cut"));
    assert_histories_are_equal("whole.csv", "cut.csv");
    assert_int_equal(remove("cut"), 0);
    assert_int_equal(remove("cut.csv"), 0);
  }
}

static void
an_interrupted_training_writes_what_it_has_and_goes_on(void** const state)
{
  (void)state;
  cli_run_well(LONG "-o whole");
  Process process = cut_off(LONG "-o cut --history cut.csv --checkpoint point "
                                 "--report page.html",
                            "cut.csv",
                            6U,
                            SIGINT);
  assert_int_equal(process.status, 130);
  assert_string_equal(process.err, "");
  assert_non_null(strstr(process.out, "it was interrupted"));
  process_free(&process);
  assert_true(count_lines("cut.csv") < 25U);
  assert_int_equal(access("page.html", F_OK), 0);

  TmbModel*  model = NULL;
  TmbMessage why;
  assert_int_equal(tmb_model_load("cut", &model, &why), TMB_OK);
  tmb_model_free(model);

  cli_run_well(LONG "-o cut --checkpoint point --resume");
  assert_true(files_are_equal("whole", "cut"));
}

static void
a_checkpoint_of_another_training_is_refused(void** const state)
{
  static const struct {
    const char* line;
    const char* reason;
  } rows[] = {
    { TRAIN "--epochs 4 ", "other settings: epochs differs" },
    { TRAIN "--epochs 3 --learning-rate 0.01 ", "learning_rate differs" },
    { TRAIN "--epochs 3 --seed 2 ", "seed differs" },
    { "train less --hidden 8 --batch 16 --dropout 0 --epochs 3 ",
      "a checkpoint of other data" },
  };

  (void)state;
  cli_run_well(TRAIN
               "--epochs 3 -o model --checkpoint point --history old.csv");
  toy_corpus_write("less", 3U);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[256];
    (void)snprintf(line,
                   sizeof(line),
                   "%s--split recordings -o new --checkpoint point --resume "
                   "--history old.csv",
                   rows[i].line);
    toy_assert_refused(
      cli_run(line, NULL), line, "point.recordings.0", rows[i].reason);
    assert_int_equal(access("new", F_OK), -1);
    assert_int_equal(count_lines("old.csv"), 4U);
  }

  // What is no checkpoint, too; and it stays
  bytes_save("cut", 3U, "point.recordings.0");
  toy_assert_refused(cli_run(TRAIN "--epochs 3 --split recordings -o new "
                                   "--checkpoint point --resume",
                             NULL),
                     "no checkpoint",
                     "point.recordings.0",
                     "");
  Bytes bytes = bytes_load("point.recordings.0");
  assert_int_equal(bytes.n, 3U);
  bytes_free(&bytes);
}

static void
a_training_ends_at_its_target_or_without_patience(void** const state)
{
  static const char target[] = TRAIN "--epochs 60 --split recordings -o model "
                                     "--history target.csv --target-accuracy "
                                     "0.6";
  static const char patience[] =
    TRAIN "--epochs 60 --split recordings -o model --history patience.csv "
          "--schedule constant --averaged 0 --learning-rate 0.3 --patience 4";

  (void)state;
  Process process = cli_expect(0, target);
  assert_non_null(strstr(process.out, "the target accuracy is reached"));
  process_free(&process);
  TmbHistory history = read_history("target.csv");
  assert_true(history.n_rows < 60U);
  for (uint32_t i = 0U; i < history.n_rows; ++i) {
    assert_int_equal(history.rows[i].validation_accuracy >= 0.6,
                     i + 1U == history.n_rows);
  }
  tmb_history_clear(&history);

  process = cli_expect(0, patience);
  assert_non_null(strstr(process.out, "it became no better"));
  process_free(&process);
  history = read_history("patience.csv");
  assert_int_equal(history.n_rows, tmb_history_best(&history)->epoch + 4U);
  tmb_history_clear(&history);
}

static void
the_best_epoch_can_be_kept(void** const state)
{
  // At such a rate the last epoch is not the best
#define UNSTEADY                                                           \
  TRAIN "--epochs 15 --split recordings --schedule constant --averaged 0 " \
        "--learning-rate 0.3 --history h.csv "
  (void)state;
  Process    process = cli_expect(0, UNSTEADY "-o best --keep best");
  TmbHistory history = read_history("h.csv");
  char       words[64];
  (void)snprintf(words,
                 sizeof(words),
                 "the network is that of epoch %u\n",
                 tmb_history_best(&history)->epoch);
  assert_non_null(strstr(process.out, words));
  assert_true(tmb_history_best(&history)->epoch < 15U);
  process_free(&process);

  process = cli_expect(0, UNSTEADY "-o last");
  assert_non_null(strstr(process.out, "that of epoch 15; epoch "));
  process_free(&process);
  assert_false(files_are_equal("best", "last"));

  // The model is as good as its epoch was said to be
  json_t* const       accuracy = toy_metadata("best", TMB_KEY_ACCURACY);
  const json_t* const held_out = json_object_get(accuracy, "held_out");
  assert_true(fabs(toy_number(held_out, "notes_accuracy") -
                   tmb_history_best(&history)->validation_accuracy) < 1e-6);
  json_decref(accuracy);
  tmb_history_clear(&history);
}

static void
the_report_tells_of_all_splits(void** const state)
{
  static const char* const words[] = {
    "recordings",          "segments",      "sources",  "<h2>Training</h2>",
    "<h2>Confusions</h2>", "<h2>Data</h2>", "theremin",
  };

  (void)state;
  assert_int_equal(rename("toy/saw", "toy/theremin"), 0);
  cli_run_well(TRAIN "--epochs 3 -o model --report page.html --plots pictures");
  Bytes bytes          = bytes_load("page.html");
  bytes.bytes[bytes.n] = '\0';
  for (size_t i = 0U; i < sizeof(words) / sizeof(*words); ++i) {
    if (!strstr((const char*)bytes.bytes, words[i])) {
      fail_msg("\"%s\" is missing", words[i]);
    }
  }
  bytes_free(&bytes);
  const Folder folder = { "pictures" };
  assert_true(folder_count(&folder) > 2U);
}

static void
what_cannot_be_written_is_known_before_the_work(void** const state)
{
  static const struct {
    const char* options;
    const char* name;
    const char* reason;
  } rows[] = {
    { "-o new --history none/h.csv", "none/h.csv", "No such file" },
    { "-o new --report none/r.html", "none/r.html", "No such file" },
    { "-o new --checkpoint none/c", "none/c", "No such file" },
    { "-o new --history toy", "toy", "Is a directory" },
    { "-o manifest.csv", "manifest.csv", "it is read" },
    { "-o new --history manifest.csv", "manifest.csv", "it is read" },
  };
  static const char manifest[] = "path,class\n"
                                 "toy/sine/left/00.wav,sine\n"
                                 "toy/saw/left/00.wav,saw\n";

  (void)state;
  bytes_save(manifest, sizeof(manifest) - 1U, "manifest.csv");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[128];
    (void)snprintf(
      line, sizeof(line), "train manifest.csv %s", rows[i].options);
    Process process = cli_run(line, NULL);
    if (*process.out) {
      fail_msg("%s: %s", line, process.out);
    }
    toy_assert_refused(process, line, rows[i].name, rows[i].reason);
    assert_int_equal(access("new", F_OK), -1);
    assert_int_equal(count_lines("manifest.csv"), 3U);
  }
}

static void
options_that_need_others_are_wrong_usage(void** const state)
{
  static const struct {
    const char* options;
    const char* word;
  } rows[] = {
    { "--resume", "--resume needs --checkpoint" },
    { "--plots p", "--plots needs --report" },
    { "--statistics", "--statistics needs --features" },
    { "--every 0", "--every takes" },
    { "--keep first", "--keep takes best or last" },
    { "--patience 0", "--patience takes" },
    { "--target-accuracy 1.1", "--target-accuracy takes" },
    { "--target-accuracy nan", "--target-accuracy takes" },
    { "--classes c.txt", "need --features" },
    { "--test-features T.npy", "belong together" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[128];
    (void)snprintf(line, sizeof(line), "train toy -o new %s", rows[i].options);
    Process process = cli_run(line, NULL);
    if (process.status != 2 || *process.out ||
        !is_sentence(process.err, rows[i].word, "timbrel train --help")) {
      fail_msg("%s: %d, %s", line, process.status, process.err);
    }
    process_free(&process);
  }
  assert_int_equal(access("new", F_OK), -1);
}

int
main(void)
{
  // So that a model has the same bytes before midnight and after
  assert_int_equal(setenv("SOURCE_DATE_EPOCH", "86400", 1), 0);
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(the_history_is_that_of_the_model),
    TEST(each_run_has_a_checkpoint_of_its_own),
    TEST(a_training_that_was_killed_goes_on_to_the_same_bytes),
    TEST(an_interrupted_training_writes_what_it_has_and_goes_on),
    TEST(a_checkpoint_of_another_training_is_refused),
    TEST(a_training_ends_at_its_target_or_without_patience),
    TEST(the_best_epoch_can_be_kept),
    TEST(the_report_tells_of_all_splits),
    TEST(what_cannot_be_written_is_known_before_the_work),
    TEST(options_that_need_others_are_wrong_usage),
  };
  return cmocka_run_group_tests_name("train_course", tests, NULL, NULL);
}
