// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Pages and their pictures, by the gnuplot of the PATH, as xmllint reads them

#include "trainer/page.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/report_files.h"
#include "tests/support/scratch.h"
#include "tests/support/xml.h"
#include "trainer/markup.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ODD "<b>\"a\" & 'b'</b> $(touch x) %s {/_^@} \\n \xFF"
#define ODD_MARKUP                                                           \
  "&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/b&gt; $(touch x) %s {/_^@} " \
  "\\n \xEF\xBF\xBD"

static json_t*
parse(const char* const text)
{
  json_t* const json = json_loads(text, 0, NULL);
  assert_non_null(json);
  return json;
}

/// Write a page and its pictures; the page as a string, which the test frees.
static char*
write_page(const TmbPage* const page)
{
  TmbMessage why = { "" };
  if (tmb_page_write(page, "x.html", "plots", &why)) {
    fail_msg("%s", why.text);
  }
  xml_expect("x.html");

  glob_t found = { .gl_pathc = 0U };
  if (!glob("plots/*", 0, NULL, &found)) {
    for (size_t i = 0U; i < found.gl_pathc; ++i) {
      xml_expect(found.gl_pathv[i]);
    }
    globfree(&found);
  }

  Bytes bytes          = bytes_load("x.html");
  bytes.bytes[bytes.n] = '\0';
  assert_int_equal(strlen((const char*)bytes.bytes), bytes.n);
  return (char*)bytes.bytes;
}

static unsigned
count_texts(const char* const text, const char* const part)
{
  unsigned n = 0U;
  for (const char* at = strstr(text, part); at; at = strstr(at + 1, part)) {
    ++n;
  }
  return n;
}

/// Demand pictures of these names, that spaces separate, and no others.
static void
expect_plots(const char* const names)
{
  const Folder folder = { "plots" };
  char         text[256];
  unsigned     n    = 0U;
  char*        rest = NULL;
  (void)snprintf(text, sizeof(text), "%s", names);
  for (char* name = strtok_r(text, " ", &rest); name;
       name       = strtok_r(NULL, " ", &rest)) {
    char path[64];
    (void)snprintf(path, sizeof(path), "%s.svg", name);
    if (access(folder_file(&folder, path), R_OK)) {
      fail_msg("there is no %s of %s", path, names);
    }
    ++n;
  }
  assert_int_equal(folder_count(&folder), n);
}

static void
a_page_of_everything_has_every_part(void** const state)
{
  static const char* const parts[] = {
    "<title>Mine</title>",
    "<h1>Mine</h1>",
    "mine.safetensors, measured on corpus: what it was trained without",
    "<h2>What to expect</h2>",
    "<h2>Training</h2>",
    "<h2>Confusions</h2>",
    "<h2>Calibration</h2>",
    "<h2>Classes</h2>",
    "<h2>Settings</h2>",
    "<h2>Data</h2>",
    "<th scope=\"row\">learning rate</th><td>0.002</td>",
    "<th scope=\"row\">hidden</th><td>512, 256</td>",
    "<th scope=\"row\">held out</th><td>split recordings, fold 0</td>",
    "<td>38.2&#160;%</td>",
    "target 90 %",
    "<text>electric_guitar</text>",
    "epoch that reached 90\xC2\xA0%",
  };

  (void)state;
  json_t* const evaluation = report_evaluation(27U);
  json_t* const accuracy   = parse("{\"segments\": {\"notes_accuracy\": 0.98},"
                                   "\"sources\": {\"notes_accuracy\": 0.382}}");
  json_t* const training   = parse(
    "{\"notes\": 13487, \"held_out\": {\"split\": \"recordings\", \"fold\": 0},"
      "\"settings\": {\"hidden\": [512, 256], \"learning_rate\": 0.002}}");
  TmbHistory    history = report_history("run", 60U, 0.001);
  const TmbPage page    = { "Mine",     &history, 1U,      0.9,
                            evaluation, training, accuracy };
  char* const   text    = write_page(&page);
  for (size_t i = 0U; i < sizeof(parts) / sizeof(*parts); ++i) {
    if (!strstr(text, parts[i])) {
      fail_msg("there is no %s", parts[i]);
    }
  }
  assert_int_equal(count_texts(text, "<svg "), 6U);
  expect_plots("splits accuracy loss learning_rate confusion calibration");

  // Nothing is asked for from elsewhere, and nothing runs
  assert_null(strstr(text, "<script"));
  assert_null(strstr(text, "<link"));
  assert_null(strstr(text, "url(http"));
  assert_int_equal(count_texts(text, "http"), 12U); // Names of two namespaces
  free(text);
  tmb_history_clear(&history);
  json_decref(training);
  json_decref(accuracy);
  json_decref(evaluation);
}

static void
a_page_of_nothing_is_a_page(void** const state)
{
  (void)state;
  const TmbPage page = { .title = NULL };
  char* const   text = write_page(&page);
  assert_non_null(strstr(text, "<h1>Timbrel report</h1>"));
  assert_null(strstr(text, "<section>"));
  assert_null(strstr(text, "<svg "));
  expect_plots("");
  free(text);
}

static void
what_is_missing_or_wrong_is_left_out(void** const state)
{
  static const struct {
    const char* text;
    const char* plots;
  } rows[] = {
    { "{}", "" },
    { "{\"classes\": 3, \"parts\": []}", "" },
    { "{\"classes\": [], \"parts\": {\"all\": {\"confusion\": []}}}", "" },
    { "{\"classes\": [{}], \"parts\": {\"all\": {\"confusion\": [[3]]}}}",
      "confusion" },
    { "{\"classes\": [{}], \"parts\": {\"all\": {\"confusion\": [[0]]}}}",
      "confusion" },
    { "{\"classes\": [{}], \"parts\": {\"all\": {\"confusion\": [[-1]]}}}",
      "" },
    { "{\"classes\": [{}], \"parts\": {\"all\": {\"confusion\": [[1.5]]}}}",
      "" },
    { "{\"classes\": [1, 2], \"parts\": {\"all\": {\"confusion\": [[1, 2]]}}}",
      "" },
    { "{\"classes\": [1, 2],"
      " \"parts\": {\"all\": {\"confusion\": [[1, 2], [3]]}}}",
      "" },
    { "{\"parts\": {\"all\": {\"accuracy\": \"high\", \"by_class\": [7, {}],"
      " \"by_family\": {}, \"calibration\": [null, {\"examples\": 3}]}}}",
      "" },
    { "{\"parts\": {\"all\": {\"calibration\": [{\"examples\": 3,"
      " \"from\": 0, \"to\": 1, \"confidence\": 0.5, \"accuracy\": 1}]}}}",
      "calibration" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    json_t* const json  = parse(rows[i].text);
    const TmbPage page  = { .evaluation = json,
                            .training   = json,
                            .accuracy   = json };
    const Folder  plots = { "plots" };
    char* const   text  = write_page(&page);
    assert_null(strstr(text, "nan"));
    expect_plots(rows[i].plots);
    folder_remove(&plots);
    free(text);
    json_decref(json);
  }
}

static void
any_text_is_only_text(void** const state)
{
  (void)state;
  json_t* const evaluation = report_evaluation(3U);
  json_t* const name       = json_string("<b>\"a\" & 'b'</b>");
  json_t* const classes    = json_object_get(evaluation, "classes");
  assert_int_equal(json_object_set(json_array_get(classes, 0U), "name", name),
                   0);
  assert_int_equal(json_object_set(evaluation, "model", name), 0);
  assert_int_equal(json_object_set(evaluation, "unit", name), 0);
  json_t* const training =
    json_pack("{s:O, s:{s:O}}", "<i>", name, "settings", "<i>", name);
  TmbHistory    histories[] = { report_history(ODD, 5U, 0.001),
                                report_history("take-01", 5U, 0.0001) };
  const TmbPage page        = { .title       = ODD,
                                .histories   = histories,
                                .n_histories = 2U,
                                .evaluation  = evaluation,
                                .training    = training };
  char* const   text        = write_page(&page);
  assert_non_null(strstr(text, "<h1>" ODD_MARKUP "</h1>"));
  assert_non_null(strstr(text, "<th scope=\"row\">" ODD_MARKUP));
  assert_non_null(strstr(text, "<text>take-01</text>"));
  assert_null(strstr(text, "<b>"));
  assert_null(strstr(text, "<i>"));
  assert_int_not_equal(access("x", F_OK), 0);
  free(text);
  tmb_history_clear(&histories[0]);
  tmb_history_clear(&histories[1]);
  json_decref(training);
  json_decref(name);
  json_decref(evaluation);
}

static void
a_history_of_any_length_is_drawn(void** const state)
{
  static const struct {
    uint32_t    n;
    const char* plots;
  } rows[] = {
    { 1U, "accuracy loss" },
    { 2U, "accuracy loss learning_rate" },
    { 1000U, "accuracy loss learning_rate" },
    { 20000U, "accuracy loss learning_rate" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const Folder  plots   = { "plots" };
    TmbHistory    history = report_history("run", rows[i].n, 0.001);
    const TmbPage page    = { .histories = &history, .n_histories = 1U };
    char* const   text    = write_page(&page);
    expect_plots(rows[i].plots);
    assert_true(strlen(text) < 200000U);
    folder_remove(&plots);
    free(text);
    tmb_history_clear(&history);
  }
}

static void
what_is_not_known_of_a_history_is_left_out(void** const state)
{
  static const double none = (double)NAN;
  static const struct {
    const char*   label;
    TmbHistoryRow row;
    const char*   plots;
  } rows[] = {
    { "nothing", { 1U, none, none, none, none, none, none }, "" },
    { "training", { 1U, 0.1, 2.0, 0.5, none, none, 1.0 }, "accuracy loss" },
    { "no loss above 0", { 1U, 0.1, 0.0, 0.5, 0.0, none, 1.0 }, "accuracy" },
    { "a wide range",
      { 1U, 0.1, 1e-300, 0.0, 1e300, 1.0, 1.0 },
      "accuracy loss" },
    { "infinity",
      { 1U, 0.1, (double)INFINITY, 0.5, none, none, 1.0 },
      "accuracy" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const Folder  plots   = { "plots" };
    TmbHistory    history = { .name = NULL };
    const TmbPage page    = { .histories = &history, .n_histories = 1U };
    assert_int_equal(tmb_history_add(&history, &rows[i].row), TMB_OK);
    char* const text = write_page(&page);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "NaN"));
    expect_plots(rows[i].plots);
    folder_remove(&plots);
    free(text);
    tmb_history_clear(&history);
  }
}

static void
a_sweep_is_one_graph_and_names_its_best(void** const state)
{
  enum { N = 20 };
  TmbHistory histories[N];

  (void)state;
  for (unsigned i = 0U; i < N; ++i) {
    char name[16];
    (void)snprintf(name, sizeof(name), "rate %u", i);
    histories[i] = report_history(name, 30U, i == 7U ? 0.002 : 0.0002);
  }
  const TmbPage page = { .histories   = histories,
                         .n_histories = N,
                         .target      = 0.999 };
  char* const   text = write_page(&page);
  expect_plots("accuracy sweep");
  assert_int_equal(count_texts(text, ">best</span>"), 1U);
  assert_non_null(strstr(text, "rate 7<span class=\"badge\">best</span></th>"));
  assert_non_null(strstr(text, "epochs below 99.9\xC2\xA0%"));
  free(text);
  for (unsigned i = 0U; i < N; ++i) {
    tmb_history_clear(&histories[i]);
  }
}

static void
a_matrix_that_cannot_be_read_is_not_drawn(void** const state)
{
  static const struct {
    uint32_t    n;
    const char* plots;
  } rows[] = {
    { 2U, "confusion calibration" },
    { 128U, "confusion calibration" },
    { 129U, "calibration" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const Folder  plots      = { "plots" };
    json_t* const evaluation = report_evaluation(rows[i].n);
    const TmbPage page       = { .evaluation = evaluation };
    char* const   text       = write_page(&page);
    expect_plots(rows[i].plots);
    folder_remove(&plots);
    free(text);
    json_decref(evaluation);
  }
}

static void
an_svg_gets_ids_and_colours_of_its_own(void** const state)
{
  static const char in[] =
    "<?xml?>\n<svg width=\"3\">\n<title>x</title>\n<desc>y</desc>\n"
    "<g id='a' fill='rgb(  1,  16, 255)' color=\"rgb(300,1,2)\">"
    "<use xlink:href='#a' filter='url(#f)'/>"
    "<text> id='a' rgb(1,2,3)</text></g><title>line</title></svg>\n";
  static const char out[] = "<g id='n-a' fill='#0110ff' color=\"rgb(300,1,2)\">"
                            "<use xlink:href='#n-a' filter='url(#n-f)'/>"
                            "<text> id='a' rgb(1,2,3)</text></g></svg>\n";

  (void)state;
  char         text[1024] = "";
  const TmbSvg svg        = { "n", "<T>", "A", 3U, 2U };
  FILE* const  file       = fmemopen(text, sizeof(text), "w");
  assert_non_null(file);
  tmb_markup_svg(file, in, &svg, NULL);
  assert_int_equal(fclose(file), 0);
  assert_memory_equal(text, "<svg viewBox=\"0 0 3 2\" role=\"img\"", 33U);
  assert_non_null(strstr(text, "<title id=\"n-title\">&lt;T&gt;</title>"));
  assert_non_null(strstr(text, "<desc id=\"n-about\">A</desc>"));
  assert_non_null(strstr(text, out));
  assert_null(strstr(text, "line"));
}

static void
nothing_is_replaced_by_what_could_not_be_written(void** const state)
{
  (void)state;
  const Folder  here    = { "." };
  TmbHistory    history = report_history("run", 3U, 0.001);
  const TmbPage page    = { .histories = &history, .n_histories = 1U };
  TmbMessage    why     = { "" };
  bytes_save("old", 3U, "x.html");
  bytes_save("old", 3U, "file");
  assert_int_equal(mkdir("made", 0700), 0);
  assert_int_equal(mkdir("made/loss.svg", 0700), 0);

  assert_int_equal(tmb_page_write(&page, "x.html", "file", &why),
                   TMB_WRITE_FAILED);
  assert_non_null(strstr(why.text, "file"));
  assert_int_equal(tmb_page_write(&page, "x.html", "a/b", &why),
                   TMB_WRITE_FAILED);
  assert_string_equal(why.text, "a/b can't be made: No such file or directory");
  assert_int_equal(tmb_page_write(&page, "x.html", "made", &why),
                   TMB_WRITE_FAILED);
  assert_string_equal(why.text,
                      "made/loss.svg can't be written: Is a directory");
  assert_int_equal(tmb_page_write(&page, "none/x.html", NULL, &why),
                   TMB_WRITE_FAILED);
  assert_string_equal(
    why.text, "none/x.html can't be written: No such file or directory");

  Bytes bytes = bytes_load("x.html");
  assert_int_equal(bytes.n, 3U);
  bytes_free(&bytes);
  assert_int_equal(folder_count(&here), 3U);
  const Folder made = { "made" };
  assert_int_equal(folder_count(&made), 1U);
  tmb_history_clear(&history);
}

static void
a_failed_allocation_leaves_no_half_page(void** const state)
{
  (void)state;
  const Folder  here    = { "." };
  TmbHistory    history = report_history("run", 3U, 0.001);
  const TmbPage page    = { .histories = &history, .n_histories = 1U };
  TmbStatus     status  = TMB_NO_MEMORY;
  bool          failed  = true;
  for (size_t n = 0U; failed; ++n) {
    TmbMessage why = { "" };
    alloc_fail_from(n);
    status = tmb_page_write(&page, "x.html", NULL, &why);
    failed = alloc_restore();
    if (status) { // A text can be done without
      assert_int_equal(status, TMB_NO_MEMORY);
      assert_true(failed && *why.text);
    }
    assert_int_equal(folder_count(&here), status ? 0U : 1U);
    (void)remove("x.html");
  }
  assert_int_equal(status, TMB_OK);
  tmb_history_clear(&history);
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_page_of_everything_has_every_part),
    TEST(a_page_of_nothing_is_a_page),
    TEST(what_is_missing_or_wrong_is_left_out),
    TEST(any_text_is_only_text),
    TEST(a_history_of_any_length_is_drawn),
    TEST(what_is_not_known_of_a_history_is_left_out),
    TEST(a_sweep_is_one_graph_and_names_its_best),
    TEST(a_matrix_that_cannot_be_read_is_not_drawn),
    cmocka_unit_test(an_svg_gets_ids_and_colours_of_its_own),
    TEST(nothing_is_replaced_by_what_could_not_be_written),
    TEST(a_failed_allocation_leaves_no_half_page),
  };
  return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
