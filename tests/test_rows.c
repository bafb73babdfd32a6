// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cmocka.h"
#include "trainer/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/// A guess without a family of its own.
#define SURELY(instrument, confidence)  \
  {                                     \
    (instrument), (confidence), NULL, 0 \
  }

static const TmbClass viola = { "viola", "strings", 41 };
static const TmbClass drum  = { "B\xC3\xA4ngu", "perc \"x\", y", -1 };

static const TmbFamily brass = { "br\xC3\xA4ss", "br\xC3\xA4ss?" };

static const TmbNoteRow named = {
  .onset_s        = 0.1,
  .duration_s     = 1234.5678915,
  .guess          = SURELY(&viola, 0.75),
  .n_alternatives = 2U,
  .alternatives   = { SURELY(&viola, 0.75), SURELY(&drum, 0.25) },
};

static const TmbNoteRow unknown = {
  .onset_s        = 2.0,
  .duration_s     = (double)NAN,
  .guess          = SURELY(NULL, 0.4),
  .n_alternatives = 1U,
  .alternatives   = { SURELY(&drum, 0.4) },
};

static const TmbNoteRow unsure = {
  .onset_s        = 2.5,
  .duration_s     = 0.25,
  .guess          = { NULL, 0.3, &brass, 0.65 },
  .n_alternatives = 1U,
  .alternatives   = { SURELY(&viola, 0.3) },
};

static const TmbNoteRow struck = {
  .onset_s        = 3.0,
  .duration_s     = 0.5,
  .guess          = SURELY(&drum, 1.0),
  .n_alternatives = 1U,
  .alternatives   = { SURELY(&drum, 1.0) },
};

static const TmbFileRow whole = {
  .guess   = SURELY(&viola, 1.0 / 3.0),
  .n_notes = 3U,
  .seconds = 4.25,
  .rate_hz = 44100.0,
};

static const TmbFileRow mixed = {
  .guess   = { NULL, 0.25, &brass, 0.5 },
  .n_notes = 1U,
  .seconds = 2.0,
  .rate_hz = 44100.0,
};

static const TmbFileRow silent = { .seconds = 1.0, .rate_hz = 8000.0 };

/// All kinds of rows in a format, as text that the test releases.
static char*
write_all(const char* const format)
{
  char*      text = NULL;
  size_t     n    = 0U;
  TmbMessage why  = { "" };
  TmbRows    rows = { .out    = open_memstream(&text, &n),
                      .format = tmb_row_format(format) };
  assert_non_null(rows.format);
  assert_int_equal(tmb_rows_start(&rows, &why), TMB_OK);
  assert_int_equal(tmb_rows_open(&rows, "a, \"b\".wav", &why), TMB_OK);
  assert_int_equal(tmb_rows_note(&rows, "a, \"b\".wav", &named, &why), TMB_OK);
  assert_int_equal(tmb_rows_note(&rows, "a, \"b\".wav", &unknown, &why),
                   TMB_OK);
  assert_int_equal(tmb_rows_note(&rows, "a, \"b\".wav", &unsure, &why), TMB_OK);
  assert_int_equal(tmb_rows_note(&rows, "a, \"b\".wav", &struck, &why), TMB_OK);
  assert_int_equal(tmb_rows_file(&rows, "a, \"b\".wav", &whole, &why), TMB_OK);
  assert_int_equal(tmb_rows_open(&rows, "d", &why), TMB_OK);
  assert_int_equal(tmb_rows_file(&rows, "d", &mixed, &why), TMB_OK);
  assert_int_equal(tmb_rows_open(&rows, "c\n", &why), TMB_OK);
  assert_int_equal(tmb_rows_file(&rows, "c\n", &silent, &why), TMB_OK);
  assert_int_equal(tmb_rows_error(&rows, "\xFF", "\xFF: no sound", &why),
                   TMB_OK);
  assert_int_equal(fclose(rows.out), 0);
  return text;
}

static void
json_lines_have_fixed_keys_in_order(void** const state)
{
  (void)state;
  char* const text = write_all("jsonl");
  assert_string_equal(
    text,
    "{\"type\":\"note\",\"file\":\"a, \\\"b\\\".wav\",\"onset\":0.1,"
    "\"duration\":1234.567892,\"label\":\"viola\",\"family\":\"strings\","
    "\"confidence\":0.75,\"program\":41,\"alternatives\":["
    "{\"label\":\"viola\",\"confidence\":0.75},"
    "{\"label\":\"B\xC3\xA4ngu\",\"confidence\":0.25}]}\n"
    "{\"type\":\"note\",\"file\":\"a, \\\"b\\\".wav\",\"onset\":2.0,"
    "\"duration\":null,\"label\":\"unknown\",\"family\":null,"
    "\"confidence\":0.4,\"program\":null,\"alternatives\":["
    "{\"label\":\"B\xC3\xA4ngu\",\"confidence\":0.4}]}\n"
    "{\"type\":\"note\",\"file\":\"a, \\\"b\\\".wav\",\"onset\":2.5,"
    "\"duration\":0.25,\"label\":\"unknown\",\"family\":\"br\xC3\xA4ss?\","
    "\"confidence\":0.3,\"program\":null,\"alternatives\":["
    "{\"label\":\"viola\",\"confidence\":0.3}]}\n"
    "{\"type\":\"note\",\"file\":\"a, \\\"b\\\".wav\",\"onset\":3.0,"
    "\"duration\":0.5,\"label\":\"B\xC3\xA4ngu\","
    "\"family\":\"perc \\\"x\\\", y\",\"confidence\":1.0,\"program\":-1,"
    "\"alternatives\":[{\"label\":\"B\xC3\xA4ngu\",\"confidence\":1.0}]}\n"
    "{\"type\":\"file\",\"file\":\"a, \\\"b\\\".wav\",\"label\":\"viola\","
    "\"family\":\"strings\",\"confidence\":0.333333,\"notes\":3,"
    "\"seconds\":4.25,\"rate\":44100}\n"
    "{\"type\":\"file\",\"file\":\"d\",\"label\":\"unknown\","
    "\"family\":\"br\xC3\xA4ss?\",\"confidence\":0.25,\"notes\":1,"
    "\"seconds\":2.0,\"rate\":44100}\n"
    "{\"type\":\"file\",\"file\":\"c\\n\",\"label\":\"unknown\","
    "\"family\":null,\"confidence\":0.0,\"notes\":0,\"seconds\":1.0,"
    "\"rate\":8000}\n"
    "{\"type\":\"error\",\"file\":\"\xEF\xBF\xBD\",\"error\":\"no sound\"}\n");
  free(text);
}

static void
csv_quotes_texts_and_leaves_out_what_is_unknown(void** const state)
{
  (void)state;
  char* const text = write_all("csv");
  assert_string_equal(
    text,
    "type,file,onset,duration,label,family,confidence,program,notes,seconds,"
    "rate,error\r\n"
    "note,\"a, \"\"b\"\".wav\",0.100000,1234.567892,\"viola\",\"strings\","
    "0.750000,41,,,,\r\n"
    "note,\"a, \"\"b\"\".wav\",2.000000,,\"unknown\",,0.400000,,,,,\r\n"
    "note,\"a, \"\"b\"\".wav\",2.500000,0.250000,\"unknown\","
    "\"br\xC3\xA4ss?\",0.300000,,,,,\r\n"
    "note,\"a, \"\"b\"\".wav\",3.000000,0.500000,\"B\xC3\xA4ngu\","
    "\"perc \"\"x\"\", y\",1.000000,-1,,,,\r\n"
    "file,\"a, \"\"b\"\".wav\",,,\"viola\",\"strings\",0.333333,,3,4.250000,"
    "44100,\r\n"
    "file,\"d\",,,\"unknown\",\"br\xC3\xA4ss?\",0.250000,,1,2.000000,44100,"
    "\r\n"
    "file,\"c\n\",,,\"unknown\",,0.000000,,0,1.000000,8000,\r\n"
    "error,\"\xFF\",,,,,,,,,,\"no sound\"\r\n");
  free(text);
}

static void
the_table_is_aligned_for_people(void** const state)
{
  (void)state;
  char* const text = write_all("table");
  assert_string_equal(
    text,
    "a, \"b\".wav\n"
    "     onset  duration  confidence  instrument        family\n"
    "     0.100  1234.568        75 %  viola             strings\n"
    "     2.000       nan        40 %  unknown           (B\xC3\xA4ngu?)\n"
    "     2.500     0.250        65 %  br\xC3\xA4ss?            (viola?)\n"
    "     3.000     0.500       100 %  B\xC3\xA4ngu             "
    "perc \"x\", y\n"
    "  viola (strings), 33 %: 3 notes in 4.250 s at 44100 Hz\n\n"
    "d\n"
    "     onset  duration  confidence  instrument        family\n"
    "  br\xC3\xA4ss?, 50 %: 1 note in 2.000 s at 44100 Hz\n\n"
    "c\xEF\xBF\xBD\n"
    "     onset  duration  confidence  instrument        family\n"
    "  unknown, 0 %: 0 notes in 1.000 s at 8000 Hz\n\n"
    "  no label for \xEF\xBF\xBD\n\n");
  free(text);
}

static void
a_full_disk_is_reported_with_the_reason(void** const state)
{
  (void)state;
  TmbMessage why  = { "" };
  TmbRows    rows = { .out    = fopen("/dev/full", "w"),
                      .format = tmb_row_format("jsonl"),
                      .name   = "the output" };
  assert_non_null(rows.out);
  assert_int_equal(tmb_rows_file(&rows, "a", &whole, &why), TMB_WRITE_FAILED);
  assert_string_equal(why.text,
                      "the output can't be written: No space left on device");
  (void)fclose(rows.out);
}

static void
other_formats_are_not_known(void** const state)
{
  (void)state;
  assert_null(tmb_row_format("xml"));
  assert_null(tmb_row_format(""));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(json_lines_have_fixed_keys_in_order),
    cmocka_unit_test(csv_quotes_texts_and_leaves_out_what_is_unknown),
    cmocka_unit_test(the_table_is_aligned_for_people),
    cmocka_unit_test(a_full_disk_is_reported_with_the_reason),
    cmocka_unit_test(other_formats_are_not_known),
  };
  return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
