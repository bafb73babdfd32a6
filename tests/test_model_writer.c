// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_file.h"
#include "tests/support/model_parts.h"
#include "tests/support/process.h"
#include "tests/support/signals.h"
#include "trainer/model_writer.h"

#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void
same_parts_give_the_golden_bytes(void** const state)
{
  (void)state;
  const Folder  folder = folder_new();
  TestConvModel model;
  TmbMessage    why = { "" };
  test_conv_model_init(&model);
  Bytes golden = bytes_load(CONV_MODEL_FILE);
  for (unsigned i = 0U; i < 2U; ++i) {
    const char* const path = folder_file(&folder, "model");
    assert_int_equal(tmb_model_write(path, &model.parts, &why), TMB_OK);

    Bytes bytes = bytes_load(path);
    assert_int_equal(bytes.n, golden.n);
    assert_memory_equal(bytes.bytes, golden.bytes, golden.n);
    bytes_free(&bytes);
  }
  assert_int_equal(folder_count(&folder), 1U);
  bytes_free(&golden);
  folder_remove(&folder);
}

static void
a_model_read_back_gives_bit_identical_outputs(void** const state)
{
  (void)state;
  const Folder folder = folder_new();
  TestModel    before;
  TmbModel*    after = NULL;
  TmbMessage   why   = { "" };
  test_model_init(&before);
  assert_int_equal(
    tmb_model_write(folder_file(&folder, "model"), &before.parts, &why),
    TMB_OK);
  assert_int_equal(tmb_model_load(folder_file(&folder, "model"), &after, &why),
                   TMB_OK);

  const TmbNet* const net      = tmb_model_net(after);
  Signal              features = signal_new(100U * TEST_INPUTS);
  signal_fill_noise(&features);
  assert_int_equal(tmb_net_scratch(net), tmb_net_scratch(&before.net));
  assert_int_equal(tmb_net_scratch(net), 3U * TEST_INPUTS);
  for (unsigned i = 0U; i < 100U; ++i) {
    const float* const x = features.y + ((size_t)i * TEST_INPUTS);
    float              scratch[3U * TEST_INPUTS];
    float              ours[TEST_CLASSES];
    float              theirs[TEST_CLASSES];
    tmb_net_forward(&before.net, x, 0U, scratch, ours);
    tmb_net_forward(net, x, 0U, scratch, theirs);
    assert_memory_equal(ours, theirs, sizeof(ours));
  }

  signal_free(&features);
  tmb_model_free(after);
  folder_remove(&folder);
}

static void
a_model_read_and_written_again_is_the_same_file(void** const state)
{
  (void)state;
  const Folder folder = folder_new();
  TmbModel*    model  = NULL;
  TmbMessage   why    = { "" };
  assert_int_equal(tmb_model_load(CONV_MODEL_FILE, &model, &why), TMB_OK);

  const TmbNoteOfModel notes[] = {
    { TMB_KEY_TRAINING, tmb_model_metadata(model, TMB_KEY_TRAINING) },
    { TMB_KEY_LICENCE, tmb_model_metadata(model, TMB_KEY_LICENCE) },
  };
  const TmbModelParts parts = { tmb_model_front_end(model),
                                tmb_model_net(model),
                                tmb_model_class(model, 0U),
                                notes,
                                2U };
  assert_int_equal(tmb_model_write(folder_file(&folder, "model"), &parts, &why),
                   TMB_OK);

  Bytes golden = bytes_load(CONV_MODEL_FILE);
  Bytes bytes  = bytes_load(folder_file(&folder, "model"));
  assert_int_equal(bytes.n, golden.n);
  assert_memory_equal(bytes.bytes, golden.bytes, golden.n);
  bytes_free(&bytes);
  bytes_free(&golden);
  tmb_model_free(model);
  folder_remove(&folder);
}

static void
the_data_are_aligned(void** const state)
{
  (void)state;
  Bytes golden = bytes_load(CONV_MODEL_FILE);
  assert_int_equal(golden.bytes[0] % 8U, 0U); // Of the header's length
  assert_int_equal(golden.bytes[8], '{');
  bytes_free(&golden);
}

static void
external_features_need_no_front_end(void** const state)
{
  (void)state;
  const Folder folder = folder_new();
  TestModel    parts;
  TmbModel*    model = NULL;
  TmbMessage   why   = { "" };
  test_model_init(&parts);
  parts.parts.front_end = NULL;
  parts.parts.n_notes   = 0U;
  assert_int_equal(
    tmb_model_write(folder_file(&folder, "model"), &parts.parts, &why), TMB_OK);
  assert_int_equal(tmb_model_load(folder_file(&folder, "model"), &model, &why),
                   TMB_OK);
  assert_null(tmb_model_front_end(model));
  assert_null(tmb_model_metadata(model, TMB_KEY_LICENCE));
  tmb_model_free(model);
  folder_remove(&folder);
}

/// Spoil one part of a model, so that it must not be written.
typedef void (*Spoil)(TestModel* model, TmbClass* classes);

static void
make_weight_nan(TestModel* const model, TmbClass* const classes)
{
  (void)classes;
  model->weight1[3] = NAN;
}

static void
make_name_latin1(TestModel* const model, TmbClass* const classes)
{
  (void)model;
  memcpy(classes[0].name, "fl\xF6te", 6U);
}

static void
make_name_empty(TestModel* const model, TmbClass* const classes)
{
  (void)model;
  classes[1].name[0] = '\0';
}

static void
make_temperature_zero(TestModel* const model, TmbClass* const classes)
{
  (void)classes;
  model->net.temperatures[0] = 0.0f;
}

static void
what_could_not_be_loaded_is_not_written(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    Spoil       spoil;
    const char* reason;
  } rows[] = {
    { "diverged weights",
      make_weight_nan,
      "the tensor layer.1.weight has a value that is not finite" },
    { "name not UTF-8", make_name_latin1, "not UTF-8" },
    { "no name", make_name_empty, "the name or family of class 1 is empty" },
    { "no temperature",
      make_temperature_zero,
      "the temperature is no number above zero" },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const Folder      folder = folder_new();
    const char* const path   = folder_file(&folder, "model");
    TmbClass          classes[TEST_CLASSES];
    TestModel         model;
    TmbMessage        why = { "" };
    test_model_init(&model);
    memcpy(classes, test_classes, sizeof(classes));
    model.parts.classes = classes;
    rows[r].spoil(&model, classes);

    const TmbStatus status = tmb_model_write(path, &model.parts, &why);
    if (status != TMB_WRITE_FAILED || !strstr(why.text, rows[r].reason) ||
        strncmp(why.text, path, strlen(path)) || folder_count(&folder)) {
      fail_msg("%s: %d, \"%s\"", rows[r].label, (int)status, why.text);
    }
    folder_remove(&folder);
  }
}

static void
a_path_that_can_not_be_written_is_named(void** const state)
{
  (void)state;
  const Folder folder = folder_new();
  TestModel    model;
  test_model_init(&model);
  bytes_save("x", 1U, folder_file(&folder, "file"));
  assert_int_equal(mkdir(folder_file(&folder, "folder"), 0777U), 0);

  static const struct {
    const char* label;
    const char* name;
    const char* reason;
  } rows[] = {
    { "no such folder", "none/model", "No such file or directory" },
    { "a file as a folder", "file/model", "Not a directory" },
    { "a folder as a file", "folder", "Is a directory" },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const char* const path   = folder_file(&folder, rows[r].name);
    TmbMessage        why    = { "" };
    const TmbStatus   status = tmb_model_write(path, &model.parts, &why);
    if (status != TMB_WRITE_FAILED || !strstr(why.text, rows[r].reason) ||
        strncmp(why.text, path, strlen(path)) || folder_count(&folder) != 2U) {
      fail_msg("%s: %d, \"%s\"", rows[r].label, (int)status, why.text);
    }
  }
  folder_remove(&folder);
}

static void
a_folder_without_permission_stays_empty(void** const state)
{
  (void)state;
  const Folder folder = folder_new();
  TestModel    model;
  TmbMessage   why = { "" };
  test_model_init(&model);
  assert_int_equal(chmod(folder.path, 0555U), 0);

  const uid_t     user = user_drop();
  const TmbStatus status =
    tmb_model_write(folder_file(&folder, "model"), &model.parts, &why);
  user_restore(user);

  assert_int_equal(status, TMB_WRITE_FAILED);
  assert_non_null(strstr(why.text, "Permission denied"));
  assert_int_equal(chmod(folder.path, 0777U), 0);
  assert_int_equal(folder_count(&folder), 0U);
  folder_remove(&folder);
}

static void
a_full_disk_leaves_the_old_file(void** const state)
{
  (void)state;
  const Folder folder = folder_new();
  TestModel    model;
  TmbMessage   why = { "" };
  test_model_init(&model);
  bytes_save("old", 3U, folder_file(&folder, "model"));

  // A file may not grow beyond the limit, as if the disk had no more room
  struct rlimit whole;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
  const struct rlimit small = { 1000U, whole.rlim_max };
  (void)signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  const TmbStatus status =
    tmb_model_write(folder_file(&folder, "model"), &model.parts, &why);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);

  assert_int_equal(status, TMB_WRITE_FAILED);
  assert_non_null(strstr(why.text, "File too large"));
  assert_int_equal(folder_count(&folder), 1U);
  Bytes bytes = bytes_load(folder_file(&folder, "model"));
  assert_int_equal(bytes.n, 3U);
  assert_memory_equal(bytes.bytes, "old", 3U);
  bytes_free(&bytes);
  folder_remove(&folder);
}

static void
numbers_do_not_depend_on_the_locale(void** const state)
{
  const Folder      folder  = folder_new();
  const char* const build[] = { "/usr/bin/localedef",
                                "-i",
                                "de_DE",
                                "-f",
                                "UTF-8",
                                folder_file(&folder, "de_DE.UTF-8"),
                                NULL };
  Process           process = process_run(build, NULL);
  process_free(&process);
  assert_int_equal(setenv("LOCPATH", folder.path, 1), 0);
  assert_non_null(setlocale(LC_ALL, "de_DE.UTF-8"));
  assert_string_equal(localeconv()->decimal_point, ",");
  same_parts_give_the_golden_bytes(state);
  a_model_read_and_written_again_is_the_same_file(state);
  (void)setlocale(LC_ALL, "C");
  folder_remove(&folder);
}

static void
a_failed_allocation_writes_nothing(void** const state)
{
  (void)state;
  const Folder folder = folder_new();
  TestModel    model;
  TmbStatus    status = TMB_NO_MEMORY;
  test_model_init(&model);
  for (size_t n = 0U; status; ++n) {
    TmbMessage why = { "" };
    alloc_fail_from(n);
    status = tmb_model_write(folder_file(&folder, "model"), &model.parts, &why);
    const bool failed = alloc_restore();
    assert_int_equal(folder_count(&folder), failed ? 0U : 1U);
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
  }
  folder_remove(&folder);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(same_parts_give_the_golden_bytes),
    cmocka_unit_test(a_model_read_back_gives_bit_identical_outputs),
    cmocka_unit_test(a_model_read_and_written_again_is_the_same_file),
    cmocka_unit_test(the_data_are_aligned),
    cmocka_unit_test(external_features_need_no_front_end),
    cmocka_unit_test(what_could_not_be_loaded_is_not_written),
    cmocka_unit_test(a_path_that_can_not_be_written_is_named),
    cmocka_unit_test(a_folder_without_permission_stays_empty),
    cmocka_unit_test(a_full_disk_leaves_the_old_file),
    cmocka_unit_test(numbers_do_not_depend_on_the_locale),
    cmocka_unit_test(a_failed_allocation_writes_nothing),
  };
  return cmocka_run_group_tests_name("model_writer", tests, NULL, NULL);
}
