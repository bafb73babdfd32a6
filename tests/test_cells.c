// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/cells.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/peak_notes.h"

#include <string.h>

#define N_DRAWS 1000U

/// Cells 0 and 1 are of the low notes, of 36 and 4; cell 2 of the high ones.
enum { LARGE, SMALL, HIGH };

static const double alike[PEAK_CLASSES] = { 1.0, 1.0 };

static TmbCells
new_cells(const PeakNotes* const self, const uint32_t n_small)
{
  uint8_t  ages[PEAK_NOTES];
  TmbCells cells;
  for (uint32_t i = 0U; i < PEAK_NOTES; ++i) {
    ages[i] = self->notes[i].source != 1U || i < 36U + n_small;
  }
  assert_int_equal(tmb_cells_init(&cells, &self->dataset, ages, alike, 0.5),
                   TMB_OK);
  return cells;
}

static void
a_drawn_note_is_of_its_cell_and_the_other_is_another(void** const state)
{
  const PeakNotes* const self             = (const PeakNotes*)*state;
  bool                   seen[PEAK_NOTES] = { false };
  TmbCells               cells            = new_cells(self, 4U);
  TmbRandom              random;
  tmb_random_init(&random, 1U, 0U);
  assert_int_equal(cells.n_cells, 3U);
  assert_int_equal(cells.n_classes, 2U);
  for (unsigned i = 0U; i < N_DRAWS; ++i) {
    const TmbDrawn drawn = tmb_cells_draw(&cells, &random);
    const uint32_t other = tmb_cells_draw_other(&cells, &random, drawn);
    assert_int_equal(self->notes[drawn.note].source, drawn.cell);
    assert_int_equal(self->notes[other].source, drawn.cell);
    assert_int_not_equal(other, drawn.note);
    seen[other] = true;
  }
  for (uint32_t i = 0U; i < PEAK_NOTES; ++i) {
    assert_true(seen[i]);
  }
  tmb_cells_clear(&cells);
}

static void
a_note_that_is_alone_is_its_own_other(void** const state)
{
  const PeakNotes* const self  = (const PeakNotes*)*state;
  const TmbDrawn         drawn = { 36U, SMALL };
  TmbCells               cells = new_cells(self, 1U);
  TmbRandom              random;
  tmb_random_init(&random, 1U, 0U);
  assert_int_equal(tmb_cells_draw_other(&cells, &random, drawn), 36U);
  tmb_cells_clear(&cells);
}

static void
a_pair_is_of_one_class_and_half_of_the_time_begins_with_its_own(
  void** const state)
{
  // Of the one class with two sources, either may come first by chance too
  static const struct {
    uint32_t cell;
    unsigned percent; ///< Of pairs that begin with the large source
  } rows[] = { { LARGE, 75U }, { SMALL, 25U }, { HIGH, 50U } };

  TmbCells cells = new_cells((const PeakNotes*)*state, 4U);
  for (size_t r = 0U; r < sizeof(rows) / sizeof(*rows); ++r) {
    unsigned  n_large = 0U;
    TmbRandom random;
    tmb_random_init(&random, 1U, r);
    for (unsigned i = 0U; i < N_DRAWS; ++i) {
      uint32_t pair[2];
      assert_true(tmb_cells_draw_pair(&cells, &random, rows[r].cell, pair));
      assert_true(pair[0] != pair[1] && pair[0] < HIGH && pair[1] < HIGH);
      n_large += pair[0] == LARGE;
    }
    assert_in_range(
      100U * n_large / N_DRAWS, rows[r].percent - 5U, rows[r].percent + 5U);
  }
  tmb_cells_clear(&cells);
}

static void
without_two_sources_of_a_class_there_is_no_pair(void** const state)
{
  TmbCells  cells = new_cells((const PeakNotes*)*state, 0U);
  uint32_t  pair[2];
  TmbRandom random;
  tmb_random_init(&random, 1U, 0U);
  assert_int_equal(cells.n_cells, 2U);
  assert_false(tmb_cells_draw_pair(&cells, &random, 0U, pair));
  assert_false(tmb_cells_draw_pair(&cells, &random, 1U, pair));
  tmb_cells_clear(&cells);
}

static void
a_failed_allocation_is_reported(void** const state)
{
  const PeakNotes* const self   = (const PeakNotes*)*state;
  TmbStatus              status = TMB_NO_MEMORY;
  uint8_t                ages[PEAK_NOTES];
  memset(ages, 1, sizeof(ages));
  for (size_t n = 0U; status; ++n) {
    TmbCells cells;
    alloc_fail_from(n);
    status = tmb_cells_init(&cells, &self->dataset, ages, alike, 0.5);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    tmb_cells_clear(&cells);
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, peak_notes_setup, peak_notes_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_drawn_note_is_of_its_cell_and_the_other_is_another),
    TEST(a_note_that_is_alone_is_its_own_other),
    TEST(a_pair_is_of_one_class_and_half_of_the_time_begins_with_its_own),
    TEST(without_two_sources_of_a_class_there_is_no_pair),
    TEST(a_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("cells", tests, NULL, NULL);
}
