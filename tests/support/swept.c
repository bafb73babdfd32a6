// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/swept.h"

#include "tests/support/cmocka.h"
#include "tests/support/scratch.h"
#include "tests/support/toy_table.h"
#include "trainer/fit_options.h"
#include "trainer/history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
sweep_setup(void** const state)
{
  const int status = scratch_setup(state);
  if (!status) {
    toy_table_save("X.npy", "y.npy", 300U, 4U, 3U, 1U);
    toy_table_save("other.npy", "other_y.npy", 300U, 4U, 3U, 2U);
  }
  return status;
}

const char*
sweep_file(const char* const folder,
           const char* const run,
           const char* const name)
{
  static char     paths[2][SWEEP_MAX_PATH];
  static unsigned turn = 0U;
  turn ^= 1U;
  (void)snprintf(paths[turn], SWEEP_MAX_PATH, "%s/%s/%s", folder, run, name);
  return paths[turn];
}

size_t
sweep_read(const char* const folder, SweepRow* const rows, const size_t most)
{
  char path[SWEEP_MAX_PATH];
  char line[512];
  (void)snprintf(path, sizeof(path), "%s/results.csv", folder);
  FILE* const file = fopen(path, "r");
  assert_non_null(file);
  assert_non_null(fgets(line, sizeof(line), file));
  assert_string_equal(
    line,
    "learning_rate,hidden,batch,epochs,best_epoch,best_accuracy,best_loss,"
    "last_accuracy,last_loss,seconds_per_epoch,end,best,model\r\n");

  size_t n = 0U;
  while (fgets(line, sizeof(line), file)) {
    assert_true(n < most);
    SweepRow* const row = &rows[n++];
    memcpy(row->text, line, sizeof(line));
    char* rest = row->text;
    for (size_t i = 0U; i < SWEEP_N_FIELDS; ++i) {
      row->fields[i] =
        tmb_next_item(i + 1U < SWEEP_N_FIELDS ? ',' : '\r', &rest);
      assert_non_null(row->fields[i]);
    }
    assert_string_equal(rest, "\n");
  }
  (void)fclose(file);
  return n;
}

double
sweep_number(const SweepRow* const row, const unsigned field)
{
  const char* const text = row->fields[field];
  assert_non_null(text);
  return text ? strtod(text, NULL) : (double)NAN; // Never NaN
}

static void
assert_field_is(const SweepRow* const row, const unsigned i, const double value)
{
  if (fabs(sweep_number(row, i) - value) > 1e-7) {
    fail_msg("field %u is %s, not %g", i, row->fields[i], value);
  }
}

void
assert_row_is_of(const SweepRow* const row, const char* const history_path)
{
  TmbHistory history;
  TmbMessage why = { "" };
  if (tmb_history_read(history_path, &history, &why)) {
    fail_msg("%s", why.text);
  }
  double highest = 0.0;
  double seconds = 0.0;
  for (uint32_t i = 0U; i < history.n_rows; ++i) {
    highest = fmax(highest, history.rows[i].validation_accuracy);
    seconds += history.rows[i].seconds / (double)history.n_rows;
  }
  const unsigned epoch = (unsigned)sweep_number(row, SWEEP_BEST_EPOCH);
  assert_in_range(epoch, 1U, history.n_rows);

  const TmbHistoryRow* const best = &history.rows[epoch - 1U];
  const TmbHistoryRow* const last = &history.rows[history.n_rows - 1U];
  assert_field_is(row, SWEEP_EPOCHS, (double)history.n_rows);
  assert_field_is(row, SWEEP_BEST_ACCURACY, highest);
  assert_field_is(row, SWEEP_BEST_ACCURACY, best->validation_accuracy);
  assert_field_is(row, SWEEP_BEST_LOSS, best->validation_loss);
  assert_field_is(row, SWEEP_LAST_ACCURACY, last->validation_accuracy);
  assert_field_is(row, SWEEP_LAST_LOSS, last->validation_loss);
  assert_field_is(row, SWEEP_SECONDS, seconds);
  tmb_history_clear(&history);
}
