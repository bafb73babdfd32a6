// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_file.h"

#include <stdlib.h>
#include <string.h>

static void
malformed_headers_are_refused_with_their_reason(void** const state)
{
  (void)state;
  // clang-format off
  static const struct {
    const char* label;
    const char* from; ///< In the header of a good file
    const char* to;
    size_t      n_extra; ///< Bytes added to the data
    const char* reason;
  } rows[] = {
    {"header is no JSON", "{\"__metadata__\"", "[\"__metadata__\"", 0U,
     "the header is no JSON"},
    {"text after the JSON", "\"data_offsets\":[456,460]}}",
     "\"data_offsets\":[456,460]}} x", 0U, "the header is no JSON"},
    {"tensor twice", "\"scale\":{", "\"mean\":{", 0U, "duplicate object key"},
    {"half precision", "\"mean\":{\"dtype\":\"F32\"",
     "\"mean\":{\"dtype\":\"F16\"", 0U,
     "the tensor mean is of type F16, not F32"},
    {"no dtype", "\"mean\":{\"dtype\":\"F32\",", "\"mean\":{", 0U,
     "the tensor mean lacks dtype, shape or data_offsets"},
    {"tensor is no object",
     "\"mean\":{\"dtype\":\"F32\",\"shape\":[13],\"data_offsets\":[0,52]}",
     "\"mean\":13", 0U, "the tensor mean lacks dtype"},
    {"nine dimensions", "[5,13]", "[5,13,1,1,1,1,1,1,1]", 0U,
     "the shape of the tensor layer.0.weight is no list of at most 8 numbers"},
    {"shape is a number", "\"shape\":[13]", "\"shape\":13", 0U,
     "the shape of the tensor mean is no list"},
    {"empty dimension", "[5,13]", "[5,0]", 0U,
     "the tensor layer.0.weight has a dimension that is not"},
    {"negative dimension", "[5,13]", "[-5,-13]", 0U,
     "the tensor layer.0.weight has a dimension that is not"},
    {"broken dimension", "[5,13]", "[5.0,13]", 0U,
     "the tensor layer.0.weight has a dimension that is not"},
    {"product overflows", "[5,13]", "[4294967296,4294967296]", 0U,
     "the tensor layer.0.weight has a dimension that is not"},
    {"product overflows to the right size", "[5,13]",
     "[5,13,4294967297,4294967295]", 0U,
     "the tensor layer.0.weight has a dimension that is not"},
    {"shape is smaller than the data", "\"shape\":[13]", "\"shape\":[12]", 0U,
     "the tensor mean has a shape of 48 bytes, but data_offsets of 52"},
    {"one offset", "[0,52]", "[52]", 0U,
     "data_offsets of the tensor mean are not two whole numbers"},
    {"broken offsets", "[0,52]", "[0.0,52.0]", 0U,
     "data_offsets of the tensor mean are not two whole numbers"},
    {"negative offset", "[0,52]", "[-52,0]", 0U,
     "data_offsets of the tensor mean run backwards"},
    {"offsets run backwards", "[0,52]", "[52,0]", 0U,
     "data_offsets of the tensor mean run backwards"},
    {"offset beyond 64 bits", "[0,52]", "[18446744073709551616,52]", 0U,
     "the header is no JSON: too big integer"},
    {"offset beyond the file", "[456,460]", "[460,464]", 0U,
     "the tensor temperature ends beyond the file"},
    {"offset far beyond the file", "[456,460]",
     "[9223372036854775803,9223372036854775807]", 0U,
     "the tensor temperature ends beyond the file"},
    {"tensors overlap", "[52,104]", "[48,100]", 0U,
     "the tensor scale overlaps another"},
    {"tensors share their bytes", "[52,104]", "[0,52]", 0U,
     "overlaps another"},
    {"gap", "[52,104]", "[56,108]", 0U,
     "there is a gap in the data before the tensor scale"},
    {"bytes after the last tensor", "", "", 8U,
     "8 bytes at the end belong to no tensor"},
    {"name not UTF-8", "violin", "viol\xff", 0U, "the header is no JSON"},
  };
  // clang-format on
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Bytes file = edit_header(
      MODEL_FILE, rows[r].label, rows[r].from, rows[r].to, rows[r].n_extra);
    refuse_model(&file, TMB_BAD_FILE, rows[r].label, rows[r].reason);
  }
}

static void
what_is_no_model_is_refused(void** const state)
{
  (void)state;
  Bytes          golden   = bytes_load(MODEL_FILE);
  const size_t   n_header = model_header_length(&golden);
  uint8_t* const data     = golden.bytes + LENGTH_BYTES + n_header;
  char* const    spaces   = (char*)malloc(TMB_MAX_HEADER_BYTES + 1U);
  assert_non_null(spaces);
  memset(spaces, ' ', TMB_MAX_HEADER_BYTES + 1U);

  static const char text[] = "path,class,source\na.wav,violin,x\n";
  struct {
    const char* label;
    Bytes       file;
    const char* reason;
  } rows[] = {
    { "empty", lay_out("", 0U, data, 0U, 0U), "the header is no JSON" },
    { "text",
      { strlen(text), (uint8_t*)strdup(text) },
      "header would end beyond the file" },
    { "seven bytes", { 7U, (uint8_t*)calloc(1U, 7U) }, "7 bytes are too few" },
    { "header is a list",
      lay_out("[]", 2U, data, 0U, 0U),
      "the header is no JSON object" },
    { "header of spaces",
      lay_out(spaces, 100U, data, 0U, 0U),
      "the header is no JSON" },
    { "header too large",
      lay_out(spaces, TMB_MAX_HEADER_BYTES + 1U, data, 0U, 0U),
      "the header is larger than 1 MiB" },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    refuse_model(&rows[r].file, TMB_BAD_FILE, rows[r].label, rows[r].reason);
  }
  free(spaces);
  bytes_free(&golden);
}

static void
every_truncated_file_is_refused(void** const state)
{
  (void)state;
  Bytes golden = bytes_load(MODEL_FILE);
  for (size_t n = 0U; n < golden.n; ++n) {
    // In memory of its own, so that reading on would be noticed
    Bytes file = { n, (uint8_t*)malloc(n ? n : 1U) };
    memcpy(file.bytes, golden.bytes, n);
    refuse_model(&file, TMB_BAD_FILE, "truncated", "");
  }
  bytes_free(&golden);
}

static void
a_header_length_can_not_overflow(void** const state)
{
  (void)state;
  for (unsigned bit = 11U; bit < 64U; ++bit) {
    Bytes file = bytes_load(MODEL_FILE);
    file.bytes[bit / 8U] |= (uint8_t)(1U << (bit % 8U));
    refuse_model(
      &file, TMB_BAD_FILE, "header length", "header would end beyond");
  }
}

static void
a_reason_can_not_steer_the_terminal(void** const state)
{
  (void)state;
  TmbModel*  model = NULL;
  TmbMessage why   = { "" };
  Bytes      file  = edit_header(MODEL_FILE,
                           "control character",
                           "\"temperature\":{\"dtype\":\"F32\"",
                           "\"\\u001b[2J\":{\"dtype\":\"F64\"",
                           0U);
  assert_int_equal(tmb_model_read(file.bytes, file.n, &model, &why),
                   TMB_BAD_FILE);
  assert_string_equal(why.text, "the tensor ?[2J is of type F64, not F32");
  bytes_free(&file);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(malformed_headers_are_refused_with_their_reason),
    cmocka_unit_test(what_is_no_model_is_refused),
    cmocka_unit_test(every_truncated_file_is_refused),
    cmocka_unit_test(a_header_length_can_not_overflow),
    cmocka_unit_test(a_reason_can_not_steer_the_terminal),
  };
  return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
