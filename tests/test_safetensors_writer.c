// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/safetensors_writer.h"

#include "dsp/safetensors.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"

#include <math.h>
#include <string.h>

static const float values[6] = { 1.0f, -2.5f, 0.0f, 1e-9f, 3.0f, 4.0f };

static const TmbTensorToWrite tensors[] = {
  { "line", 0U, 6U, values, false, 0U },
  { "rows", 2U, 3U, values, false, 0U },
  { "columns", 2U, 3U, values, true, 0U },
  { "taps", 1U, 6U, values, false, 3U },
  { "one", 1U, 1U, values + 1, false, 0U },
};
enum { N_TENSORS = sizeof(tensors) / sizeof(*tensors) };

static json_t*
metadata(void)
{
  return json_pack("{s:s}", "key", "value");
}

static TmbTensorFile
new_image(void)
{
  TmbTensorFile image;
  TmbMessage    why = { "" };
  if (tmb_tensor_file_new(metadata(), tensors, N_TENSORS, &image, &why)) {
    fail_msg("%s", why.text);
  }
  return image;
}

static void
tensors_are_read_back_as_their_shapes_say(void** const state)
{
  static const struct {
    const char* name;
    uint32_t    n_dims;
    uint32_t    shape[3];
    float       values[6];
  } rows[N_TENSORS] = {
    { "line", 1U, { 6U }, { 1.0f, -2.5f, 0.0f, 1e-9f, 3.0f, 4.0f } },
    { "rows", 2U, { 2U, 3U }, { 1.0f, -2.5f, 0.0f, 1e-9f, 3.0f, 4.0f } },
    { "columns", 2U, { 2U, 3U }, { 1.0f, 0.0f, 3.0f, -2.5f, 1e-9f, 4.0f } },
    { "taps", 3U, { 1U, 2U, 3U }, { 1.0f, -2.5f, 0.0f, 1e-9f, 3.0f, 4.0f } },
    { "one", 2U, { 1U, 1U }, { -2.5f } },
  };

  (void)state;
  TmbTensorFile  image = new_image();
  TmbSafetensors file;
  TmbMessage     why = { "" };
  assert_int_equal(tmb_safetensors_open(image.bytes, image.n, &file, &why),
                   TMB_OK);
  assert_int_equal(tmb_safetensors_list(&file, &why), TMB_OK);
  assert_int_equal(file.n_tensors, N_TENSORS);
  assert_int_equal((size_t)(file.data - image.bytes) % 8U, 0U);
  assert_string_equal(json_string_value(json_object_get(
                        json_object_get(file.header, "__metadata__"), "key")),
                      "value");
  for (size_t i = 0U; i < N_TENSORS; ++i) {
    const TmbTensor* tensor = NULL;
    assert_int_equal(
      tmb_safetensors_take(&file, rows[i].name, rows[i].n_dims, &tensor, &why),
      TMB_OK);
    for (uint32_t j = 0U; j < rows[i].n_dims; ++j) {
      assert_int_equal(tensor->shape[j], rows[i].shape[j]);
    }
    for (size_t j = 0U; j < tensor->n_values; ++j) {
      if (tmb_tensor_value(tensor, j) != rows[i].values[j]) {
        fail_msg("%s: value %zu", rows[i].name, j);
      }
    }
  }
  tmb_safetensors_close(&file);
  tmb_tensor_file_clear(&image);
}

static void
numbers_that_are_none_are_kept(void** const state)
{
  static const float odd[3] = { NAN, INFINITY, -0.0f };

  (void)state;
  const TmbTensorToWrite tensor = { "odd", 0U, 3U, odd, false, 0U };
  TmbTensorFile          image;
  TmbMessage             why = { "" };
  assert_int_equal(tmb_tensor_file_new(metadata(), &tensor, 1U, &image, &why),
                   TMB_OK);
  assert_memory_equal(
    image.bytes + image.n - sizeof(odd), odd, sizeof(odd)); // Little-endian
  tmb_tensor_file_clear(&image);
}

static void
what_is_too_large_is_refused(void** const state)
{
  static const struct {
    const char* label;
    uint32_t    n_rows;
    uint32_t    n_columns;
  } rows[] = {
    { "just too large", 0U, TMB_MAX_TENSOR_FILE / 4U },
    { "far too large", UINT32_MAX, 1U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const TmbTensorToWrite tensor = {
      "large", rows[i].n_rows, rows[i].n_columns, values, false, 0U
    };
    TmbTensorFile   image;
    TmbMessage      why = { "" };
    const TmbStatus status =
      tmb_tensor_file_new(metadata(), &tensor, 1U, &image, &why);
    if (status != TMB_WRITE_FAILED ||
        strcmp(why.text, "it is too large for a file") != 0) {
      fail_msg("%s: %d, \"%s\"", rows[i].label, (int)status, why.text);
    }
    tmb_tensor_file_clear(&image);
  }
}

static void
a_file_holds_the_bytes_and_replaces_the_old_one(void** const state)
{
  (void)state;
  TmbTensorFile image = new_image();
  TmbMessage    why   = { "" };
  bytes_save("old", 3U, "x");
  assert_int_equal(tmb_tensor_file_write("x", &image, &why), TMB_OK);

  Bytes bytes = bytes_load("x");
  assert_int_equal(bytes.n, image.n);
  assert_memory_equal(bytes.bytes, image.bytes, image.n);
  bytes_free(&bytes);
  tmb_tensor_file_clear(&image);
}

static void
a_failed_allocation_is_reported(void** const state)
{
  (void)state;
  TmbStatus status = TMB_NO_MEMORY;
  for (size_t n = 0U; status; ++n) {
    TmbTensorFile image;
    TmbMessage    why = { "" };
    alloc_fail_from(n);
    status = tmb_tensor_file_new(metadata(), tensors, N_TENSORS, &image, &why);
    if (!status) {
      status = tmb_tensor_file_write("x", &image, &why);
    }
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    tmb_tensor_file_clear(&image);
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(tensors_are_read_back_as_their_shapes_say),
    TEST(numbers_that_are_none_are_kept),
    TEST(what_is_too_large_is_refused),
    TEST(a_file_holds_the_bytes_and_replaces_the_old_one),
    TEST(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("safetensors_writer", tests, NULL, NULL);
}
