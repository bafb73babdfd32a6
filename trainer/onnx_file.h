// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ONNX_FILE_H
#define TMB_ONNX_FILE_H

#include "dsp/model.h"
#include "dsp/status.h"

#define TMB_ONNX_IR 7     ///< Of ONNX 1.8, 2020
#define TMB_ONNX_OPSET 13 ///< Of the same

/**
   Write a model's network as ONNX: https://onnx.ai/onnx/repo-docs/IR.html.

   The graph takes "features" [N, n_in], not standardised, and gives "posterior"
   [N, n_outputs], as tmb_net_forward() does at the oldest age; the batch's size
   N is named "batch".  Constants have the names that they have in the model
   file, and weights of dense layers the shape [in, out].  The model file's
   strings that say what goes in and what comes out, and those for people, are
   metadata under the same keys.  The same model gives the same bytes.

   @param path Written beside, then renamed: see tmb_new_file_open().
   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_onnx_write(const char* path, const TmbModel* model, TmbMessage* why);

#endif // TMB_ONNX_FILE_H
