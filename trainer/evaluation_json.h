// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_EVALUATION_JSON_H
#define TMB_EVALUATION_JSON_H

#include "dsp/model.h"
#include "trainer/evaluation.h"
#include "trainer/metrics.h"

#include <jansson.h>

#include <stdint.h>

/*
  Measurements as JSON, for other programs.  What there is none of, such as the
  precision of a class that was never answered, is null.
*/

/**
   All that metrics tell about one part of the data:

     examples, accuracy, top3    share right, share right among the first three
     log_loss                    in nats, see TmbScores
     expected_calibration_error
     cells, cells_accuracy, cells_family, cells_top3
     recordings, recordings_accuracy
     by_class      [{name, examples, right, claimed, precision, recall, f1}]
     by_family     [{name, examples, right, accuracy}], which have examples
     by_source     the same
     calibration   [{from, to, examples, confidence, accuracy}], see TmbBin
     coverage      [{threshold, coverage, accuracy}], see TmbCoverage: those of
                   tmb_coverages
     named         the same at `threshold`
     precise       the same where #TMB_PRECISION is reached, with precision
     confusion     [[number]], a row a class, a column an answer

   cells* and recordings* are left out where there are none.

   @param threshold Least confidence of what is named.
   @param classes [n_classes] Of the metrics.
   @param sources [n_sources] Of the metrics.
   @return A new reference, or null if memory is out.
*/
json_t*
tmb_pack_metrics(const TmbMetrics*  metrics,
                 double             threshold,
                 const TmbClass*    classes,
                 uint32_t           n_classes,
                 const char* const* sources,
                 uint32_t           n_sources);

/**
   The document that `timbrel evaluate --json` writes:

     model, data, unit  paths, and what an example is
     classes            [{name, family}]
     held_out           {split, fold}
     phrases            {notes, each, cells, label, label_deviation, unknown,
                        time, named, named_right, found, false_told, by_cell
                        [{class, source, phrases, right, unknown, time}]}, see
                        TmbPhraseScores, if they were asked for
     parts              {all, held_out}, each from tmb_pack_metrics(), and of
                        notes with by_age [{ms, reached, examples, ...}]: what
                        tmb_pack_metrics() has up to recordings_accuracy, see
                        TmbAgeScores; and, if the data has sounds that are none
                        of the classes, outsiders {unknown, notes, silent,
                        by_source [{name, unknown, notes, silent}]}, see
                        TmbOutsiders, where unknown is a share

   held_out is left out, in both places, unless the model was trained on this
   very data.  Paths that are not UTF-8 have U+FFFD for what is not.

   @return A new reference, or null if memory is out.
*/
json_t*
tmb_pack_evaluation(const TmbEvaluation* evaluation);

#endif // TMB_EVALUATION_JSON_H
