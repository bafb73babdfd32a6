// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel train`, as it is called

#include "dsp/model.h"
#include "tests/support/cmocka.h"
#include "tests/support/cut_off.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/toy_corpus.h"
#include "tests/support/toy_training.h"
#include "trainer/commands.h"

#include <jansson.h>

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
a_seed_gives_the_same_bytes(void** const state)
{
  // There are four runs: eight threads are two for each
  static const struct {
    const char* label;
    const char* corpus;
    const char* options[7];
    const char* same; ///< Model that has the same bytes, or null
  } rows[] = {
    { "one", "toy", { "--epochs", "8", "--threads", "1" }, NULL },
    { "two", "toy", { "--epochs", "8", "--threads", "2" }, "one" },
    { "seven", "toy/", { "--epochs", "8", "--threads", "7" }, "one" },
    { "eight", "toy", { "--epochs", "8", "--threads", "8" }, NULL },
    { "again", "toy", { "--epochs", "8", "--threads", "8" }, "eight" },
    { "other", "toy", { "--epochs", "8", "--seed", "2" }, NULL },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    print_message("%s\n", rows[i].label);
    toy_train_well(rows[i].corpus, rows[i].label, rows[i].options);
    if (rows[i].same) {
      assert_true(files_are_equal(rows[i].label, rows[i].same));
    }
  }
  assert_false(files_are_equal("one", "eight"));
  assert_false(files_are_equal("one", "other"));
}

static void
a_manifest_and_folders_of_the_same_recordings_give_the_same_bytes(
  void** const state)
{
  (void)state;
  toy_train_well("toy", "by_folders", NULL);
  toy_train_well("listed", "by_manifest", NULL);
  toy_train_well("listed/manifest.csv", "by_path", NULL);
  assert_true(files_are_equal("by_folders", "by_manifest"));
  assert_true(files_are_equal("by_folders", "by_path"));
}

static void
the_model_says_what_it_was_made_of(void** const state)
{
  static const char* const options[] = {
    "--skip-licence", "strange*",      "--seed",  "5",
    "--licence",      "CC0-1.0",       "--split", "segments",
    "--augment",      "warp=4,tail=0", NULL
  };

  (void)state;
  toy_train_well("listed", "model", options);
  json_t* const training = toy_metadata("model", TMB_KEY_TRAINING);
  json_t* const accuracy = toy_metadata("model", TMB_KEY_ACCURACY);
  assert_int_equal((int)toy_number(training, "recordings"), 24);
  assert_int_equal((int)toy_number(training, "skipped"), 24);
  assert_int_equal((int)toy_number(training, "seed"), 5);
  assert_true(toy_number(training, "notes") >= 24.0);

  json_t* const by_class = json_object_get(training, "notes_by_class");
  const char*   name     = NULL;
  json_t*       count    = NULL;
  double        n_notes  = 0.0;
  assert_true(toy_number(by_class, "saw") > 0.0);
  json_object_foreach (by_class, name, count) {
    n_notes += json_number_value(count);
  }
  assert_true(n_notes == toy_number(training, "notes"));

  const json_t* const held_out = json_object_get(training, "held_out");
  assert_string_equal(json_string_value(json_object_get(held_out, "split")),
                      "segments");
  assert_int_equal((int)toy_number(held_out, "fold"), 0);
  assert_int_equal(json_array_size(json_object_get(training, "sources")), 1U);
  assert_int_equal(
    json_array_size(json_object_get(training, "skipped_licences")), 1U);

  const json_t* const settings = json_object_get(training, "settings");
  const json_t* const augment  = json_object_get(settings, "augment");
  assert_int_equal(json_object_size(augment), 2U);
  assert_int_equal((int)toy_number(augment, "warp"), 4);
  assert_int_equal((int)toy_number(augment, "tail"), 0);
  assert_non_null(json_object_get(accuracy, "segments"));
  assert_null(json_object_get(accuracy, "recordings"));
  assert_null(json_object_get(accuracy, "sources"));
  json_decref(accuracy);
  json_decref(training);

  TmbModel*  model = NULL;
  TmbMessage why;
  assert_int_equal(tmb_model_load("model", &model, &why), TMB_OK);
  assert_string_equal(tmb_model_metadata(model, TMB_KEY_DATE), "1970-01-02");
  assert_string_equal(tmb_model_metadata(model, TMB_KEY_LICENCE), "CC0-1.0");
  assert_string_equal(tmb_model_class(model, 1U)->name, "saw");
  assert_string_equal(tmb_model_class(model, 1U)->family, "other");
  assert_int_equal(tmb_model_class(model, 1U)->program, -1);
  tmb_model_free(model);
}

static void
a_network_of_convolutions_knows_as_much_when_it_is_loaded(void** const state)
{
  static const char* const train[] = {
    "toy",      "-o", "model",   "--network", "idct conv 8x5 pool dense 16",
    "--epochs", "15", "--batch", "16",        NULL
  };
  static const char* const evaluate[] = {
    "model", "toy", "--json", "all.json", NULL
  };
  static const TmbLayerKind kinds[] = {
    TMB_IDCT, TMB_CONV, TMB_POOL, TMB_DENSE, TMB_DENSE
  };

  (void)state;
  Process process = toy_run("train", train);
  assert_int_equal(process.status, 0);
  process_free(&process);

  TmbModel*  model = NULL;
  TmbMessage why;
  assert_int_equal(tmb_model_load("model", &model, &why), TMB_OK);
  const TmbNet* const net = tmb_model_net(model);
  assert_int_equal(net->n_layers, 5U);
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    assert_int_equal(net->layers[i].kind, kinds[i]);
  }
  tmb_model_free(model);

  process = toy_run("evaluate", evaluate);
  assert_int_equal(process.status, 0);
  process_free(&process);
  json_t* const       document = json_load_file("all.json", 0, NULL);
  const json_t* const all =
    json_object_get(json_object_get(document, "parts"), "all");
  assert_true(toy_number(all, "accuracy") > 0.9);
  json_decref(document);
}

static void
the_network_learns_to_tell_the_classes(void** const state)
{
  (void)state;
  toy_train_well("toy", "model", NULL);
  json_t* const accuracy = toy_metadata("model", TMB_KEY_ACCURACY);
  for (unsigned i = 0U; i < 3U; ++i) {
    static const char* const splits[] = { "recordings", "segments", "sources" };
    const json_t* const      scores   = json_object_get(accuracy, splits[i]);
    print_message("%s\n", splits[i]);
    assert_true(toy_number(scores, "notes_accuracy") > 0.8);
  }
  json_decref(accuracy);
}

static void
what_can_not_be_trained_on_is_refused_in_one_sentence(void** const state)
{
  static const char* const none[]       = { NULL };
  static const char* const all[]        = { "--skip-licence", "*", NULL };
  static const char* const wide[]       = { "--hidden", "4096,4096", NULL };
  static const char* const slow[]       = { "--hidden", "2048,2048", NULL };
  static const char* const by_sources[] = { "--split", "sources", NULL };
  static const struct {
    const char*        what;
    const char*        corpus;
    const char*        model;
    const char* const* options;
    const char*        names; ///< The file that the sentence is about
    const char*        reason;
  } rows[] = {
    { "no corpus", "nowhere", "new", none, "nowhere", "No such file" },
    { "folder without folders",
      "toy/sine/left",
      "new",
      none,
      "toy/sine/left",
      "no recordings" },
    { "one class",
      "single",
      "new",
      none,
      "single",
      "\"sine\" is the only class" },
    { "no column", "bad.csv", "new", none, "bad.csv", "no column \"class\"" },
    { "nothing to be heard",
      "silent",
      "new",
      none,
      "silent",
      "notes of two classes" },
    { "licences", "listed", "new", all, "listed", "licence" },
    { "one source a class",
      "apart",
      "new",
      by_sources,
      "apart",
      "no class has two" },
    { "no folder for it",
      "toy",
      "nowhere/new",
      none,
      "nowhere/new",
      "can't be written" },
    { "a folder in its place", "toy", "toy", none, "toy", "directory" },
    { "a pipe in its place", "toy", "pipe", none, "pipe", "not a regular" },
    { "a device", "toy", "/dev/null", none, "/dev/null", "not a regular" },
    { "a pipe as the manifest", "pipe", "new", none, "pipe", "not a regular" },
    { "a network beyond the file's limit",
      "toy",
      "new",
      wide,
      "new",
      "too large for a file of 64 MiB" },
    { "a network too slow to be live",
      "toy",
      "new",
      slow,
      "new: the network takes",
      "too many to be live" },
  };

  (void)state;
  static const char manifest[] = "path,class,source\n"
                                 "toy/sine/left/00.wav,sine,a\n"
                                 "toy/sine/left/01.wav,sine,a\n"
                                 "toy/saw/left/00.wav,saw,b\n"
                                 "toy/saw/left/01.wav,saw,b\n";
  assert_int_equal(mkfifo("pipe", 0666), 0);
  bytes_save("path,kind\na,b\n", 14U, "bad.csv");
  bytes_save(manifest, strlen(manifest), "apart");
  bytes_save("path,class\ntoy/sine/left/00.wav,sine\n", 37U, "single");
  bytes_save("path,class\nno.wav,sine\nneither.wav,saw\n", 39U, "silent");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Process process = toy_train(rows[i].corpus, rows[i].model, rows[i].options);
    if (!strcmp(rows[i].corpus, "silent")) {
      // Its recordings are reported before; the last line says what follows
      assert_int_equal(process.status, TMB_EXIT_FAILED);
      assert_non_null(strstr(process.err, "no.wav"));
      assert_non_null(strstr(process.err, "neither.wav"));
      assert_non_null(strstr(process.err, rows[i].reason));
      process_free(&process);
    } else {
      toy_assert_refused(process, rows[i].what, rows[i].names, rows[i].reason);
    }
    assert_int_equal(access("new", F_OK), -1);
  }
}

static void
options_out_of_range_are_wrong_usage(void** const state)
{
  static const char* const rows[][3] = {
    { "--hidden", "0", NULL },
    { "--hidden", "8,", NULL },
    { "--hidden", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", NULL },
    { "--network", "pool", NULL }, // Beside --hidden
    { "--hidden", "2.5", NULL },
    { "--activation", "identity", NULL },
    { "--epochs", "0", NULL },
    { "--batch", "-1", NULL },
    { "--learning-rate", "nan", NULL },
    { "--dropout", "1", NULL },
    { "--mixup", "-1", NULL },
    { "--seed", "1e300", NULL },
    { "--seed", "1.5", NULL },
    { "--licence", "\xFF", NULL },
    { "--threads", "0", NULL },
    { "--augment", "warp", NULL },
    { "--augment", "warp=3,noise=2", NULL },
    { "--split", "notes", NULL },
    { "--split", "segments,segments", NULL },
    { "--no-such-option", NULL, NULL },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Process process = toy_train("toy", "new", rows[i]);
    if (process.status != TMB_EXIT_USAGE ||
        !strstr(process.err, "timbrel train --help")) {
      fail_msg("%s: status %d, %s", rows[i][0], process.status, process.err);
    }
    process_free(&process);
    assert_int_equal(access("new", F_OK), -1);
  }
}

static void
a_recording_that_can_not_be_read_is_reported_and_left_out(void** const state)
{
  (void)state;
  toy_corpus_write("damaged", TOY_N_EACH);
  bytes_save("no sound", 8U, "damaged/saw/left/zz.wav");
  assert_int_equal(mkfifo("damaged/saw/left/pipe.wav", 0666), 0);
  assert_int_equal(mkdir("damaged/nothing", 0777), 0);
  (void)remove("model");

  Process process = toy_train("damaged", "model", NULL);
  assert_int_equal(process.status, TMB_EXIT_FAILED);
  assert_int_equal(access("model", F_OK), 0);
  assert_non_null(strstr(process.err, "damaged/saw/left/zz.wav"));
  assert_non_null(strstr(process.err, "pipe.wav: is not a regular file"));
  assert_non_null(strstr(process.err, "damaged/nothing: there is no audio"));
  assert_non_null(strstr(process.out, "2 recordings can't be read"));
  process_free(&process);
}

static void
one_source_a_class_leaves_out_the_split_by_sources(void** const state)
{
  static const char* const options[] = { "--skip-licence", "strange*", NULL };

  (void)state;
  Process process = toy_train("listed", "model", options);
  assert_int_equal(process.status, TMB_EXIT_OK);
  assert_non_null(strstr(process.err, "sources can't be held out"));
  process_free(&process);

  json_t* const accuracy = toy_metadata("model", TMB_KEY_ACCURACY);
  assert_non_null(json_object_get(accuracy, "recordings"));
  assert_null(json_object_get(accuracy, "sources"));
  json_decref(accuracy);
}

static void
what_is_unheard_calibrates_all_networks_at_each_age(void** const state)
{
  // The networks without a source are the same in both, but alone, the first is
  // the model, which is calibrated without what it is scored on; some
  // recordings have wrong labels, for else nothing would be too sure
  static const char* const alone[] = { "--split", "sources", NULL };
  static const char* const also[]  = { "--split", "recordings,sources", NULL };

  (void)state;
  TmbModel*  models[2] = { NULL, NULL };
  TmbMessage why       = { "" };
  toy_corpus_write("mixed", TOY_N_EACH);
  assert_int_equal(rename("mixed/saw/left/00.wav", "mixed/sine/left/zz.wav"),
                   0);
  assert_int_equal(rename("mixed/noise/right/01.wav", "mixed/saw/right/zz.wav"),
                   0);
  toy_train_well("mixed", "alone", alone);
  toy_train_well("mixed", "also", also);
  assert_int_equal(tmb_model_load("alone", &models[0], &why), TMB_OK);
  assert_int_equal(tmb_model_load("also", &models[1], &why), TMB_OK);
  const TmbNet* const nets[] = { tmb_model_net(models[0]),
                                 tmb_model_net(models[1]) };
  assert_int_equal(nets[0]->n_temperatures, tmb_default_front_end.n_ages);
  assert_int_equal(nets[1]->n_temperatures, tmb_default_front_end.n_ages);
  assert_true(nets[0]->temperatures[0] != nets[0]->temperatures[4]);
  assert_true(nets[1]->temperatures[0] != nets[1]->temperatures[4]);
  assert_true(nets[0]->temperatures[4] != nets[1]->temperatures[4]);
  tmb_model_free(models[1]);
  tmb_model_free(models[0]);

  json_t* const       accuracy = toy_metadata("also", TMB_KEY_ACCURACY);
  const json_t* const sources  = json_object_get(accuracy, "sources");
  const json_t* const by_age   = json_object_get(sources, "by_age");
  const json_t* const usual    = json_array_get(by_age, 3U);
  assert_int_equal(json_array_size(by_age), tmb_default_front_end.n_ages);
  assert_true(toy_number(usual, "ms") == 250.0);
  assert_true(toy_number(usual, "log_loss") == toy_number(sources, "log_loss"));
  assert_true(toy_number(json_object_get(sources, "precise"), "precision") ==
              0.9);
  json_decref(accuracy);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_seed_gives_the_same_bytes),
    cmocka_unit_test(
      a_manifest_and_folders_of_the_same_recordings_give_the_same_bytes),
    cmocka_unit_test(the_model_says_what_it_was_made_of),
    cmocka_unit_test(a_network_of_convolutions_knows_as_much_when_it_is_loaded),
    cmocka_unit_test(the_network_learns_to_tell_the_classes),
    cmocka_unit_test(what_can_not_be_trained_on_is_refused_in_one_sentence),
    cmocka_unit_test(options_out_of_range_are_wrong_usage),
    cmocka_unit_test(a_recording_that_can_not_be_read_is_reported_and_left_out),
    cmocka_unit_test(one_source_a_class_leaves_out_the_split_by_sources),
    cmocka_unit_test(what_is_unheard_calibrates_all_networks_at_each_age),
  };
  return cmocka_run_group_tests_name(
    "train", tests, toy_setup, scratch_teardown);
}
