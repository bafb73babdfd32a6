// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/split.h"

#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define N_RECORDINGS 400U
#define N_NOTES (2U * N_RECORDINGS)
#define N_SOURCES 8U

/// 400 recordings of two notes; source i of 8 has about 2 i + 1 in 64 of them.
typedef struct {
  TmbCorpus* corpus;
  TmbDataset dataset;
  TmbNote    notes[N_NOTES];
  TmbFolds   folds;
} Fixture;

static const TmbLicenceFilter nothing = { NULL, 0U };

static TmbCorpus*
new_corpus(void)
{
  FILE* const file = fopen("list.csv", "w");
  assert_non_null(file);
  (void)fputs("path,class,source\n", file);
  for (unsigned i = 0U; i < N_RECORDINGS; ++i) {
    unsigned source = 0U;
    while ((source + 1U) * (source + 1U) <= i % 64U) {
      ++source;
    }
    (void)fprintf(file, "r%03u.wav,class%u,source%u\n", i, i % 3U, source);
  }
  (void)fclose(file);

  const char* const path   = "list.csv";
  TmbCorpus*        corpus = NULL;
  TmbMessage        why;
  assert_int_equal(tmb_corpus_open(&path, 1U, &nothing, &corpus, &why), TMB_OK);
  assert_int_equal(corpus->n_sources, N_SOURCES);
  return corpus;
}

static int
setup(void** const state)
{
  Fixture* const self = (Fixture*)calloc(1U, sizeof(Fixture));
  TmbMessage     why;
  assert_non_null(self);
  self->corpus            = new_corpus();
  self->dataset.front_end = tmb_default_front_end;
  self->dataset.notes     = self->notes;
  self->dataset.n_notes   = N_NOTES;
  for (uint32_t i = 0U; i < N_NOTES; ++i) {
    const TmbRecording* const recording = &self->corpus->recordings[i / 2U];
    self->notes[i] =
      (TmbNote){ i / 2U, i % 2U, recording->class_index, recording->source,
                 44U,    0U };
  }
  assert_int_equal(tmb_folds_init(&self->folds, self->corpus, 1U, &why),
                   TMB_OK);
  *state = self;
  return 0;
}

static int
teardown(void** const state)
{
  Fixture* const self = (Fixture*)*state;
  tmb_folds_clear(&self->folds);
  tmb_corpus_free(self->corpus);
  free(self);
  return remove("list.csv");
}

/// Which fold a segment is in; it must be in just one.
static uint32_t
fold_of(const Fixture* const self,
        const TmbSplit       split,
        const uint32_t       note,
        const uint32_t       age)
{
  uint32_t found = TMB_N_FOLDS;
  for (uint32_t fold = 0U; fold < TMB_N_FOLDS; ++fold) {
    if (tmb_fold_has_segment(
          &self->folds, split, fold, self->corpus, &self->dataset, note, age)) {
      assert_int_equal(found, TMB_N_FOLDS);
      found = fold;
    }
  }
  assert_in_range(found, 0U, TMB_N_FOLDS - 1U);
  return found;
}

static void
recordings_are_kept_whole(void** const state)
{
  const Fixture* const self              = (const Fixture*)*state;
  unsigned             n_of[TMB_N_FOLDS] = { 0U };
  for (uint32_t i = 0U; i < N_NOTES; ++i) {
    const uint32_t fold = fold_of(self, TMB_SPLIT_RECORDINGS, i, 0U);
    for (uint32_t age = 1U; age < self->dataset.front_end.n_ages; ++age) {
      assert_int_equal(fold_of(self, TMB_SPLIT_RECORDINGS, i, age), fold);
    }
    assert_int_equal(fold_of(self, TMB_SPLIT_RECORDINGS, i & ~1U, 0U), fold);
    assert_true(tmb_fold_has_recording(&self->folds,
                                       TMB_SPLIT_RECORDINGS,
                                       fold,
                                       &self->corpus->recordings[i / 2U]));
    ++n_of[fold];
  }
  for (uint32_t i = 0U; i < TMB_N_FOLDS; ++i) {
    assert_in_range(n_of[i], N_NOTES / 7U, N_NOTES / 4U);
  }
}

static void
sources_are_kept_whole_and_dealt_evenly(void** const state)
{
  const Fixture* const self              = (const Fixture*)*state;
  unsigned             n_of[TMB_N_FOLDS] = { 0U };
  assert_int_equal(self->folds.n_source_folds, TMB_N_FOLDS);
  for (uint32_t i = 0U; i < N_NOTES; ++i) {
    const uint32_t fold = fold_of(self, TMB_SPLIT_SOURCES, i, 0U);
    assert_int_equal(fold, self->folds.of_source[self->notes[i].source]);
    ++n_of[fold];
  }
  for (uint32_t i = 0U; i < TMB_N_FOLDS; ++i) {
    assert_in_range(n_of[i], N_NOTES / 7U, N_NOTES / 4U);
  }
}

static void
segments_go_each_its_own_way(void** const state)
{
  const Fixture* const self              = (const Fixture*)*state;
  unsigned             n_of[TMB_N_FOLDS] = { 0U };
  unsigned             n_apart           = 0U;
  for (uint32_t i = 0U; i < N_NOTES; ++i) {
    const uint32_t first = fold_of(self, TMB_SPLIT_SEGMENTS, i, 0U);
    n_apart += fold_of(self, TMB_SPLIT_SEGMENTS, i, 1U) != first;
    n_apart += fold_of(self, TMB_SPLIT_SEGMENTS, i ^ 1U, 0U) != first;
    ++n_of[first];
  }
  assert_in_range(n_apart, N_NOTES, 2U * N_NOTES);
  for (uint32_t i = 0U; i < TMB_N_FOLDS; ++i) {
    assert_in_range(n_of[i], N_NOTES / 7U, N_NOTES / 4U);
  }
}

static void
a_note_that_was_cut_short_has_its_last_age_for_all_later(void** const state)
{
  Fixture* const self = (Fixture*)*state;
  for (uint32_t i = 0U; i < N_NOTES; ++i) {
    self->notes[i].n_available = 12U; // Past 10 frames, short of 14
    assert_int_equal(tmb_dataset_ages(&self->dataset, i), 3U);
    assert_int_equal(fold_of(self, TMB_SPLIT_SEGMENTS, i, 2U),
                     fold_of(self, TMB_SPLIT_SEGMENTS, i, 4U));
  }
}

static void
another_seed_deals_otherwise(void** const state)
{
  Fixture* const self    = (Fixture*)*state;
  unsigned       n_moved = 0U;
  for (uint32_t i = 0U; i < N_NOTES; i += 2U) {
    self->folds.seed      = 1U;
    const uint32_t before = fold_of(self, TMB_SPLIT_RECORDINGS, i, 0U);
    self->folds.seed      = 2U;
    n_moved += fold_of(self, TMB_SPLIT_RECORDINGS, i, 0U) != before;
  }
  assert_in_range(n_moved, N_RECORDINGS / 2U, N_RECORDINGS);
}

static void
a_large_class_keeps_the_folds_that_chance_gave(void** const state)
{
  Fixture* const self = (Fixture*)*state;
  tmb_folds_keep(&self->folds, self->corpus, &self->dataset);
  for (uint32_t i = 0U; i < self->corpus->n_classes; ++i) {
    assert_null(self->folds.kept_recordings[i]);
    assert_null(self->folds.kept_notes[i]);
  }
}

/// Neighbours become a class of two recordings, of a note of one age each.
static void
a_small_class_is_never_held_out_as_a_whole(void** const state)
{
  static const TmbSplit splits[] = { TMB_SPLIT_RECORDINGS, TMB_SPLIT_SEGMENTS };

  Fixture* const self     = (Fixture*)*state;
  self->dataset.n_notes   = N_RECORDINGS;
  self->corpus->n_classes = N_RECORDINGS / 2U;
  for (uint32_t i = 0U; i < N_RECORDINGS; ++i) {
    self->corpus->recordings[i].class_index = i / 2U;
    self->notes[i] =
      (TmbNote){ .recording = i, .class_index = i / 2U, .n_available = 1U };
  }

  for (size_t s = 0U; s < sizeof(splits) / sizeof(*splits); ++s) {
    uint32_t dealt[N_RECORDINGS];
    unsigned n_kept = 0U;
    tmb_folds_clear(&self->folds);
    TmbMessage why;
    assert_int_equal(tmb_folds_init(&self->folds, self->corpus, 1U, &why),
                     TMB_OK);
    for (uint32_t i = 0U; i < N_RECORDINGS; ++i) {
      dealt[i] = fold_of(self, splits[s], i, 0U);
    }
    tmb_folds_keep(&self->folds, self->corpus, &self->dataset);
    for (uint32_t i = 0U; i < N_RECORDINGS; i += 2U) {
      const bool is_lost = !dealt[i] && !dealt[i + 1U];
      assert_int_equal(fold_of(self, splits[s], i, 0U),
                       is_lost ? 1U : dealt[i]);
      assert_int_equal(fold_of(self, splits[s], i + 1U, 0U), dealt[i + 1U]);
      n_kept += is_lost;
    }
    assert_in_range(n_kept, 1U, N_RECORDINGS / 8U);
  }
}

static void
a_file_of_folds_is_followed_or_refused_with_the_reason(void** const state)
{
  static const struct {
    const char* text;
    TmbStatus   status;
    const char* reason;
  } rows[] = {
    { "source,fold\nsource0,3\nsource1,1\nsource2,2\nsource3,0\nsource4,6\n"
      "source5,0\nsource6,0\nsource7,0\nelsewhere,9\n",
      TMB_OK,
      "" },
    { "source\nsource0\n", TMB_BAD_FILE, "no column \"fold\"" },
    { "source,fold\nsource0,1\n", TMB_BAD_FILE, "\"source1\" has no fold" },
    { "source,fold\nsource0,x\n", TMB_BAD_FILE, "\"x\" in row 2" },
    { "source,fold\nsource0,-1\n", TMB_BAD_FILE, "\"-1\" in row 2" },
    { "source,fold\nsource0,\n", TMB_BAD_FILE, "\"\" in row 2" },
  };

  const Fixture* const self = (const Fixture*)*state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFolds   folds;
    TmbMessage why = { "" };
    bytes_save(rows[i].text, strlen(rows[i].text), "folds.csv");
    assert_int_equal(tmb_folds_init(&folds, self->corpus, 1U, &why),
                     rows[i].status);
    if (rows[i].status) {
      assert_non_null(strstr(why.text, rows[i].reason));
      assert_non_null(strstr(why.text, "folds.csv"));
    } else {
      assert_int_equal(folds.of_source[0], 3U);
      assert_int_equal(folds.of_source[4], 6U);
      assert_int_equal(folds.n_source_folds, 7U);
    }
    tmb_folds_clear(&folds);
  }
  assert_int_equal(remove("folds.csv"), 0);
}

static void
save_text(const char* const text, const char* const path)
{
  bytes_save(text, strlen(text), path);
}

/// Folds of two folders: a has the sources s and both, b has both, t and u.
static TmbStatus
deal_folders(const char* const a_folds,
             const char* const b_folds,
             TmbFolds* const   folds,
             TmbMessage* const why)
{
  static const char* const paths[] = { "a", "b" };

  (void)mkdir("a", 0777);
  (void)mkdir("b", 0777);
  save_text("path,class,source\n1,x,s\n2,x,both\n", "a/manifest.csv");
  save_text("path,class,source\n3,x,both\n4,x,t\n5,x,u\n6,x,u\n",
            "b/manifest.csv");
  (void)remove("a/folds.csv");
  (void)remove("b/folds.csv");
  if (a_folds) {
    save_text(a_folds, "a/folds.csv");
  }
  if (b_folds) {
    save_text(b_folds, "b/folds.csv");
  }

  TmbCorpus* corpus = NULL;
  assert_int_equal(tmb_corpus_open(paths, 2U, &nothing, &corpus, why), TMB_OK);
  const TmbStatus status = tmb_folds_init(folds, corpus, 1U, why);
  tmb_corpus_free(corpus);
  return status;
}

static void
a_folders_file_counts_for_its_own_sources(void** const state)
{
  static const struct {
    const char* what;
    const char* a;
    const char* b;
    uint32_t    folds[4]; ///< Of both, s, t, u
    uint32_t    n;
  } rows[] = {
    { "no file: the largest first", NULL, NULL, { 0, 2, 3, 1 }, 4U },
    { "the other folder's are dealt to the emptiest folds",
      "source,fold\ns,1\nboth,0\n",
      NULL,
      { 0, 1, 0, 1 },
      2U },
    { "more folds than are dealt",
      "source,fold\ns,6\nboth,5\n",
      NULL,
      { 5, 6, 1, 0 },
      7U },
    { "not for those of the other folder",
      "source,fold\ns,0\nboth,0\nt,9\n",
      NULL,
      { 0, 0, 1, 1 },
      2U },
    { "two files that agree",
      "source,fold\ns,1\nboth,3\n",
      "source,fold\nboth,3\nt,2\nu,0\n",
      { 3, 1, 2, 0 },
      4U },
    { "one names what the other leaves out",
      "source,fold\ns,1\n",
      "source,fold\nboth,3\nt,2\nu,0\n",
      { 3, 1, 2, 0 },
      4U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFolds   folds;
    TmbMessage why = { "" };
    if (deal_folders(rows[i].a, rows[i].b, &folds, &why)) {
      fail_msg("%s: %s", rows[i].what, why.text);
    }
    if (folds.n_source_folds != rows[i].n ||
        memcmp(folds.of_source, rows[i].folds, sizeof(rows[i].folds)) != 0) {
      fail_msg("%s: %u %u %u %u of %u",
               rows[i].what,
               folds.of_source[0],
               folds.of_source[1],
               folds.of_source[2],
               folds.of_source[3],
               folds.n_source_folds);
    }
    tmb_folds_clear(&folds);
  }
}

static void
folders_that_disagree_on_a_source_are_refused(void** const state)
{
  static const struct {
    const char* a;
    const char* b;
    const char* reason;
  } rows[] = {
    { "source,fold\ns,1\nboth,3\n",
      "source,fold\nboth,2\nt,2\nu,0\n",
      "b/folds.csv: the source \"both\" is in fold 2 here, and elsewhere in "
      "fold 3" },
    { "source,fold\ns,1\nboth,3\nboth,4\n",
      NULL,
      "a/folds.csv: the source \"both\" is in fold 4 here, and elsewhere in "
      "fold 3" },
    { "source,fold\ns,1\n",
      NULL,
      "a/folds.csv: the source \"both\" has no fold" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFolds   folds;
    TmbMessage why = { "" };
    assert_int_equal(deal_folders(rows[i].a, rows[i].b, &folds, &why),
                     TMB_BAD_FILE);
    assert_string_equal(why.text, rows[i].reason);
    tmb_folds_clear(&folds);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(recordings_are_kept_whole, setup, teardown),
    cmocka_unit_test_setup_teardown(
      sources_are_kept_whole_and_dealt_evenly, setup, teardown),
    cmocka_unit_test_setup_teardown(
      segments_go_each_its_own_way, setup, teardown),
    cmocka_unit_test_setup_teardown(
      a_note_that_was_cut_short_has_its_last_age_for_all_later,
      setup,
      teardown),
    cmocka_unit_test_setup_teardown(
      another_seed_deals_otherwise, setup, teardown),
    cmocka_unit_test_setup_teardown(
      a_large_class_keeps_the_folds_that_chance_gave, setup, teardown),
    cmocka_unit_test_setup_teardown(
      a_small_class_is_never_held_out_as_a_whole, setup, teardown),
    cmocka_unit_test_setup_teardown(
      a_file_of_folds_is_followed_or_refused_with_the_reason, setup, teardown),
    cmocka_unit_test(a_folders_file_counts_for_its_own_sources),
    cmocka_unit_test(folders_that_disagree_on_a_source_are_refused),
  };
  return cmocka_run_group_tests_name(
    "split", tests, scratch_setup, scratch_teardown);
}
