// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_EXAMINE_ROWS_H
#define TMB_EXAMINE_ROWS_H

#include "dsp/model.h"
#include "dsp/net.h"
#include "dsp/status.h"
#include "trainer/metrics.h"
#include "trainer/row_set.h"

#include <stdint.h>

/**
   Ask a network about rows of a matrix, by the forward pass that the plugin
   has, and count its answers.  Those about rows of the class "unknown", which
   are none of the others, are not counted.

   @param classes [outputs of the network] Borrowed by the metrics.
   @param set Its labels are classes of the network.
   @param n_threads At least 1; the outcome does not depend on it.
   @param[out] metrics Owned by the caller, freed with tmb_metrics_free().
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_examine_rows(const TmbNet*    net,
                 const TmbClass*  classes,
                 const TmbRowSet* set,
                 uint32_t         n_threads,
                 TmbMetrics**     metrics);

#endif // TMB_EXAMINE_ROWS_H
