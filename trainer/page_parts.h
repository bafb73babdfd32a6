// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PAGE_PARTS_H
#define TMB_PAGE_PARTS_H

#include "trainer/page.h"
#include "trainer/plots.h"

#include <stdio.h>

/*
  The parts of a report page; see page.h.  Each writes its section, or nothing
  if there is nothing to tell; the caller looks after errors of `out`.
*/

/// What a part writes with.
typedef struct {
  const TmbPage*  page;
  const TmbPlots* plots;
  FILE*           out;
} TmbPageWriter;

/// All up to the first section: style sheet, title.
void
tmb_page_head(const TmbPageWriter* writer);

/// The numbers that matter most.
void
tmb_page_headline(const TmbPageWriter* writer);

/// Accuracy by what was held out, and what that means.
void
tmb_page_splits(const TmbPageWriter* writer);

/// The course of a training.
void
tmb_page_training(const TmbPageWriter* writer);

/// Several trainings beside each other.
void
tmb_page_sweep(const TmbPageWriter* writer);

/// Confusions, calibration.
void
tmb_page_answers(const TmbPageWriter* writer);

/// By class, family and source.
void
tmb_page_classes(const TmbPageWriter* writer);

/// How the model was made and of what.
void
tmb_page_origin(const TmbPageWriter* writer);

/// A picture with a caption, which is HTML; nothing if it was not drawn.
void
tmb_page_figure(const TmbPageWriter* writer,
                TmbPlotName          name,
                const char*          heading,
                const char*          caption);

#endif // TMB_PAGE_PARTS_H
