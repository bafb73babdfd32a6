// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/page.h"

#include "trainer/new_file.h"
#include "trainer/page_frame.h"
#include "trainer/page_parts.h"
#include "trainer/plots.h"

static void
write_page(const TmbPageWriter* const writer)
{
  tmb_page_head(writer);
  tmb_page_headline(writer);
  tmb_page_splits(writer);
  tmb_page_training(writer);
  tmb_page_sweep(writer);
  tmb_page_answers(writer);
  tmb_page_classes(writer);
  tmb_page_origin(writer);
  tmb_page_end(writer->out);
}

TmbStatus
tmb_page_write(const TmbPage* const page,
               const char* const    path,
               const char* const    folder,
               TmbMessage* const    why)
{
  TmbPlots   plots;
  TmbNewFile file   = { .out = NULL };
  TmbStatus  status = tmb_plots_draw(page, &plots, why);
  if (!status) {
    status = tmb_new_file_open(path, &file, why);
  }
  if (!status) {
    const TmbPageWriter writer = { page, &plots, file.out };
    write_page(&writer);
    status = tmb_new_file_close(&file, why);
  }
  if (!status && folder) {
    status = tmb_plots_save(&plots, folder, why);
  }
  if (!status) {
    status = tmb_plots_rename(&plots, why);
  }
  if (!status) {
    status = tmb_new_file_rename(&file, why);
  }
  tmb_new_file_discard(&file);
  tmb_plots_clear(&plots);
  return status;
}
