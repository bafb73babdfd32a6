// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/corpus.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const TmbLicenceFilter nothing = { NULL, 0U };

static void
save(const char* const text, const char* const path)
{
  bytes_save(text, strlen(text), path);
}

static TmbCorpus*
open_corpus(const char* const path, const TmbLicenceFilter* const skip)
{
  TmbCorpus* corpus = NULL;
  TmbMessage why    = { "" };
  if (tmb_corpus_open(&path, 1U, skip, &corpus, &why)) {
    fail_msg("%s", why.text);
  }
  return corpus;
}

static TmbCorpus*
open_both(const char* const a, const char* const b)
{
  const char* const paths[] = { a, b };
  TmbCorpus*        corpus  = NULL;
  TmbMessage        why     = { "" };
  if (tmb_corpus_open(paths, 2U, &nothing, &corpus, &why)) {
    fail_msg("%s", why.text);
  }
  return corpus;
}

/// Check one recording, all names and indices.
static void
expect(const TmbCorpus* const corpus,
       const uint32_t         i,
       const char* const      name,
       const char* const      class_name,
       const char* const      source)
{
  assert_in_range(i, 0U, corpus->n_recordings - 1U);
  const TmbRecording* const recording = &corpus->recordings[i];
  assert_string_equal(recording->name, name);
  assert_string_equal(recording->class_name, class_name);
  assert_string_equal(recording->source_name, source);
  assert_string_equal(corpus->classes[recording->class_index], class_name);
  assert_string_equal(corpus->sources[recording->source], source);
}

static void
make_class_folders(void)
{
  static const char* const folders[] = {
    "c",      "c/violin", "c/violin/old", "c/violin/old/deep",
    "c/oboe", "c/empty",  "c/.hidden"
  };
  static const char* const files[] = {
    "c/violin/b.wav",          "c/violin/a.wav",     "c/violin/old/a.flac",
    "c/violin/old/deep/z.ogg", "c/violin/notes.txt", "c/oboe/a.wav",
    "c/outside.wav",           "c/empty/readme.md",  "c/.hidden/a.wav"
  };
  for (size_t i = 0U; i < sizeof(folders) / sizeof(*folders); ++i) {
    assert_int_equal(mkdir(folders[i], 0777), 0);
  }
  for (size_t i = 0U; i < sizeof(files) / sizeof(*files); ++i) {
    save("", files[i]);
  }
}

static void
folders_are_classes_and_those_in_them_sources(void** const state)
{
  static const char* const paths[] = { "c", "c/", "./c" };

  (void)state;
  make_class_folders();
  for (size_t i = 0U; i < sizeof(paths) / sizeof(*paths); ++i) {
    TmbCorpus* const corpus = open_corpus(paths[i], &nothing);
    assert_int_equal(corpus->n_recordings, 5U);
    assert_int_equal(corpus->n_classes, 2U);
    assert_int_equal(corpus->n_sources, 2U);
    expect(corpus, 0U, "oboe/a.wav", "oboe", TMB_DEFAULT_SOURCE);
    expect(corpus, 1U, "violin/a.wav", "violin", TMB_DEFAULT_SOURCE);
    expect(corpus, 2U, "violin/b.wav", "violin", TMB_DEFAULT_SOURCE);
    expect(corpus, 3U, "violin/old/a.flac", "violin", "old");
    expect(corpus, 4U, "violin/old/deep/z.ogg", "violin", "old");
    tmb_corpus_free(corpus);
  }
}

static void
a_manifest_is_read_by_its_columns_names(void** const state)
{
  static const char text[] =
    "\xEF\xBB\xBFlicence,class,note,path,source\r\n"
    "CC0,violin,A4,b.wav,s2\r\n"
    "CC-BY,\"violin\",\"a \"\"quoted\"\",\r\nbroken note\",\"a, b.wav\",s1\r\n"
    ",oboe,,sub/c.wav,";

  (void)state;
  assert_int_equal(mkdir("m", 0777), 0);
  save(text, "m/manifest.csv");
  static const char* const paths[] = { "m", "m/manifest.csv" };
  for (size_t i = 0U; i < sizeof(paths) / sizeof(*paths); ++i) {
    TmbCorpus* const corpus = open_corpus(paths[i], &nothing);
    assert_int_equal(corpus->n_recordings, 3U);
    expect(corpus, 0U, "a, b.wav", "violin", "s1");
    expect(corpus, 1U, "b.wav", "violin", "s2");
    expect(corpus, 2U, "sub/c.wav", "oboe", TMB_DEFAULT_SOURCE);
    assert_non_null(strstr(corpus->recordings[2].path, "m/"));
    tmb_corpus_free(corpus);
  }
}

static void
several_folders_count_as_one_corpus(void** const state)
{
  (void)state;
  assert_int_equal(mkdir("left", 0777), 0);
  assert_int_equal(mkdir("right", 0777), 0);
  assert_int_equal(mkdir("right/oboe", 0777), 0);
  save("path,class,source,onset\n"
       "b.wav,violin,s1,\n"
       "oboe/z.wav,violin,s2,0.25\n",
       "left/manifest.csv");
  save("source,fold\ns1,1\ns2,2\n", "left/folds.csv");
  save("", "right/oboe/a.wav");
  save("", "right/oboe/z.wav");

  TmbCorpus* const corpus = open_both("left", "right");
  assert_string_equal(corpus->name, "left, right");
  assert_int_equal(corpus->n_recordings, 4U);
  assert_int_equal(corpus->n_classes, 2U);
  assert_int_equal(corpus->n_sources, 3U);
  expect(corpus, 0U, "b.wav", "violin", "s1");
  expect(corpus, 1U, "oboe/a.wav", "oboe", TMB_DEFAULT_SOURCE);
  expect(corpus, 2U, "oboe/z.wav", "oboe", TMB_DEFAULT_SOURCE);
  expect(corpus, 3U, "oboe/z.wav", "violin", "s2");
  assert_string_equal(corpus->recordings[2].path, "right/oboe/z.wav");
  assert_string_equal(corpus->recordings[3].path, "left/oboe/z.wav");
  assert_true(corpus->recordings[0].onset_s < 0.0);
  assert_true(corpus->recordings[2].onset_s < 0.0);
  assert_true(corpus->recordings[3].onset_s == 0.25);
  tmb_corpus_free(corpus);
}

static void
a_folder_that_is_given_twice_is_refused(void** const state)
{
  static const char* const paths[] = { "right", "left/../right/" };

  (void)state;
  TmbCorpus* corpus = NULL;
  TmbMessage why    = { "" };
  assert_int_equal(tmb_corpus_open(paths, 2U, &nothing, &corpus, &why),
                   TMB_BAD_FILE);
  assert_string_equal(why.text,
                      "right, left/../right/: oboe/a.wav is listed twice");
}

static void
sounds_that_are_no_instrument_are_the_class_unknown(void** const state)
{
  (void)state;
  save("path,class\na,unknown\nb,oboe\n", "noise.csv");
  TmbCorpus* const corpus = open_corpus("noise.csv", &nothing);
  expect(corpus, 0U, "a", "unknown", TMB_DEFAULT_SOURCE);
  tmb_corpus_free(corpus);
}

static void
licences_that_match_are_left_out(void** const state)
{
  static const char text[] = "path,class,licence\n"
                             "a,x,CC0\n"
                             "b,x,UNCLEAR: none stated\n"
                             "c,y,CC-BY-NC-4.0 (odd)\n"
                             "d,y,\n";
  static const struct {
    const char* patterns[2];
    uint32_t    n;
    uint32_t    n_kept;
  } rows[] = {
    { { NULL, NULL }, 0U, 4U },
    { { "UNCLEAR*", NULL }, 1U, 3U },
    { { "UNCLEAR*", "*-NC-*" }, 2U, 2U },
    { { "", NULL }, 1U, 3U }, // None stated
    { { "CC", NULL }, 1U, 4U },
  };

  (void)state;
  save(text, "list.csv");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const TmbLicenceFilter skip   = { rows[i].patterns, rows[i].n };
    TmbCorpus* const       corpus = open_corpus("list.csv", &skip);
    assert_int_equal(corpus->n_recordings, rows[i].n_kept);
    assert_int_equal(corpus->n_skipped, 4U - rows[i].n_kept);
    tmb_corpus_free(corpus);
  }
}

static void
what_is_no_corpus_is_refused_with_the_reason(void** const state)
{
  static const struct {
    const char* name;
    const char* text; ///< Of the manifest, or null for none
    TmbStatus   status;
    const char* reason;
  } rows[] = {
    { "none", NULL, TMB_NO_FILE, "No such file" },
    { "empty", "", TMB_BAD_FILE, "empty" },
    { "no path", "class\nx\n", TMB_BAD_FILE, "no column \"path\"" },
    { "no class", "path\nx\n", TMB_BAD_FILE, "no column \"class\"" },
    { "no rows", "path,class\n", TMB_BAD_FILE, "no recordings" },
    { "short row", "path,class\na,x\nb\n", TMB_BAD_FILE, "row 3" },
    { "open quote", "path,class\n\"a,x\n", TMB_BAD_FILE, "quote" },
    { "stray quote", "path,class\na,x\n\"b\"c,x\n", TMB_BAD_FILE, "line" },
    { "empty class",
      "path,class\na,x\nb,\n",
      TMB_BAD_FILE,
      "row 3 has no class" },
    { "empty path", "path,class\n,x\n", TMB_BAD_FILE, "row 2 has no path" },
    { "twice",
      "path,class\na,x\nb,x\na,y\n",
      TMB_BAD_FILE,
      "a is listed twice" },
    { "onset in words",
      "path,class,onset\na,x,soon\n",
      TMB_BAD_FILE,
      "\"soon\" in row 2 is not an onset" },
    { "onset and more",
      "path,class,onset\na,x,\nb,x,1 s\n",
      TMB_BAD_FILE,
      "\"1 s\" in row 3" },
    { "onset before the start",
      "path,class,onset\na,x,-0.1\n",
      TMB_BAD_FILE,
      "\"-0.1\" in row 2" },
    { "onset is no number",
      "path,class,onset\na,x,nan\n",
      TMB_BAD_FILE,
      "\"nan\" in row 2" },
    { "onset without end",
      "path,class,onset\na,x,1e999\n",
      TMB_BAD_FILE,
      "\"1e999\" in row 2" },
    { "long",
      "path,class\na,0123456789012345678901234567890123456789012345678\n",
      TMB_BAD_FILE,
      "name of a class" },
    { "control character",
      "path,class\na,x\ny,\"x\033y\"\n",
      TMB_BAD_FILE,
      "name of a class" },
    { "not UTF-8",
      "path,class\na,x\ny,x\xFFy\n",
      TMB_BAD_FILE,
      "name of a class" },
  };

  const char* const path = "bad.csv";
  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbCorpus* corpus = NULL;
    TmbMessage why    = { "" };
    if (rows[i].text) {
      save(rows[i].text, path);
    }
    const TmbStatus status =
      tmb_corpus_open(&path, 1U, &nothing, &corpus, &why);
    if (status != rows[i].status || !strstr(why.text, rows[i].reason) ||
        !strstr(why.text, path)) {
      fail_msg("%s: status %d, \"%s\"", rows[i].name, (int)status, why.text);
    }
    assert_null(corpus);
  }
}

static void
a_folder_without_class_folders_is_refused(void** const state)
{
  (void)state;
  const char* const path   = "f";
  TmbCorpus*        corpus = NULL;
  TmbMessage        why    = { "" };
  assert_int_equal(mkdir("f", 0777), 0);
  save("", "f/a.wav");
  assert_int_equal(tmb_corpus_open(&path, 1U, &nothing, &corpus, &why),
                   TMB_BAD_FILE);
  assert_string_equal(why.text, "f: there are no recordings in it");
}

static void
what_is_no_file_is_no_manifest_and_counts_as_empty(void** const state)
{
  (void)state;
  const char* const path   = "pipe";
  TmbCorpus*        corpus = NULL;
  TmbMessage        why    = { "" };
  char              digest[TMB_DIGEST_TEXT];
  assert_int_equal(mkfifo("pipe", 0666), 0);
  assert_int_equal(tmb_corpus_open(&path, 1U, &nothing, &corpus, &why),
                   TMB_NO_FILE);
  assert_string_equal(why.text, "pipe: is not a regular file");

  save("path,class\npipe,x\n/dev/zero,y\n", "devices.csv");
  corpus = open_corpus("devices.csv", &nothing);
  assert_int_equal(tmb_corpus_digest(corpus, digest), TMB_OK);
  tmb_corpus_free(corpus);
}

static void
a_folder_that_can_not_be_read_is_counted_and_passed_by(void** const state)
{
  (void)state;
  assert_int_equal(chmod(".", 0755), 0);
  assert_int_equal(mkdir("locked", 0777), 0);
  assert_int_equal(mkdir("locked/a", 0777), 0);
  assert_int_equal(mkdir("locked/b", 0777), 0);
  save("", "locked/a/1.wav");
  save("", "locked/b/1.wav");
  assert_int_equal(chmod("locked/a", 0000), 0);
  const uid_t      user   = user_drop();
  TmbCorpus* const corpus = open_corpus("locked", &nothing);
  user_restore(user);
  assert_int_equal(chmod("locked/a", 0777), 0);
  assert_int_equal(corpus->n_unreadable, 1U);
  assert_int_equal(corpus->n_recordings, 1U);
  tmb_corpus_free(corpus);
}

static void
the_digest_sees_all_that_training_depends_on(void** const state)
{
  static const struct {
    const char* text;
    const char* content;
    const char* folds;
    bool        is_same;
  } rows[] = {
    { "path,class,source\na,x,s\nb,y,s\n", "one", "source,fold\ns,1\n", true },
    { "path,class,source\nb,y,s\na,x,s\n", "one", "source,fold\ns,1\n", true },
    { "path,class,source,onset\na,x,s,\nb,y,s,\n",
      "one",
      "source,fold\ns,1\n",
      true },
    { "path,class,source\na,x,s\nb,y,t\n", "one", "source,fold\ns,1\n", false },
    { "path,class,source\na,x,s\nb,z,s\n", "one", "source,fold\ns,1\n", false },
    { "path,class,source\na,x,s\n", "one", "source,fold\ns,1\n", false },
    { "path,class,source\na,x,s\nb,y,s\n", "two", "source,fold\ns,1\n", false },
    { "path,class,source\na,x,s\nb,y,s\n", "one", "source,fold\ns,2\n", false },
    { "path,class,source,onset\na,x,s,0\nb,y,s,\n",
      "one",
      "source,fold\ns,1\n",
      false },
  };

  (void)state;
  char first[TMB_DIGEST_TEXT] = { 0 };
  save("same", "b");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char digest[TMB_DIGEST_TEXT];
    save(rows[i].content, "a");
    save(rows[i].text, "digest.csv");
    save(rows[i].folds, "folds.csv");
    TmbCorpus* const corpus = open_corpus("digest.csv", &nothing);
    assert_int_equal(tmb_corpus_digest(corpus, digest), TMB_OK);
    assert_int_equal(strlen(digest), TMB_DIGEST_TEXT - 1U);
    if (!i) {
      memcpy(first, digest, sizeof(first));
    }
    assert_int_equal(!strcmp(first, digest), rows[i].is_same);
    tmb_corpus_free(corpus);
  }
  assert_int_equal(remove("folds.csv"), 0);
}

static void
the_digest_does_not_see_the_order_of_folders(void** const state)
{
  (void)state;
  char             digests[2][TMB_DIGEST_TEXT];
  TmbCorpus* const corpora[] = { open_both("left", "right"),
                                 open_both("right", "left") };
  for (size_t i = 0U; i < 2U; ++i) {
    assert_int_equal(tmb_corpus_digest(corpora[i], digests[i]), TMB_OK);
    tmb_corpus_free(corpora[i]);
  }
  assert_string_equal(digests[0], digests[1]);
}

static TmbStatus
open_and_digest(const char* const path)
{
  TmbCorpus* corpus = NULL;
  TmbMessage why    = { "" };
  char       digest[TMB_DIGEST_TEXT];
  TmbStatus  status = tmb_corpus_open(&path, 1U, &nothing, &corpus, &why);
  if (!status) {
    status = tmb_corpus_digest(corpus, digest);
  }
  tmb_corpus_free(corpus);
  return status;
}

static void
a_failed_allocation_is_reported(void** const state)
{
  static const char* const paths[] = { "few", "few.csv" };

  (void)state;
  assert_int_equal(mkdir("few", 0777), 0);
  assert_int_equal(mkdir("few/oboe", 0777), 0);
  save("", "few/oboe/a.wav");
  save("", "few/oboe/b.wav");
  save("path,class\na,x\nb,x\n", "few.csv");
  for (size_t i = 0U; i < sizeof(paths) / sizeof(*paths); ++i) {
    TmbStatus status = TMB_NO_MEMORY;
    for (size_t n = 0U; status; ++n) {
      alloc_fail_from(n);
      status            = open_and_digest(paths[i]);
      const bool failed = alloc_restore();
      assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(folders_are_classes_and_those_in_them_sources),
    cmocka_unit_test(a_manifest_is_read_by_its_columns_names),
    cmocka_unit_test(several_folders_count_as_one_corpus),
    cmocka_unit_test(a_folder_that_is_given_twice_is_refused),
    cmocka_unit_test(sounds_that_are_no_instrument_are_the_class_unknown),
    cmocka_unit_test(licences_that_match_are_left_out),
    cmocka_unit_test(what_is_no_corpus_is_refused_with_the_reason),
    cmocka_unit_test(a_folder_without_class_folders_is_refused),
    cmocka_unit_test(what_is_no_file_is_no_manifest_and_counts_as_empty),
    cmocka_unit_test(a_folder_that_can_not_be_read_is_counted_and_passed_by),
    cmocka_unit_test(the_digest_sees_all_that_training_depends_on),
    cmocka_unit_test(the_digest_does_not_see_the_order_of_folders),
    cmocka_unit_test(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name(
    "corpus", tests, scratch_setup, scratch_teardown);
}
