// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_MODEL_FILE_H
#define TMB_TEST_MODEL_FILE_H

#include "dsp/status.h"
#include "tests/support/files.h"

#include <stddef.h>
#include <stdint.h>

/// What test_model_init() makes, written in format 1.
#define MODEL_FILE "tests/golden/model/format-1.safetensors"
/// What test_conv_model_init() makes, written in format 2.
#define CONV_MODEL_FILE "tests/golden/model/format-2.safetensors"
#define LENGTH_BYTES 8U ///< Of the header's length, before the header

/// Bytes of the header of #MODEL_FILE.
size_t
model_header_length(const Bytes* file);

/// Lay out a file of a header and data, with `n_extra` zeros after them.
Bytes
lay_out(const char*    header,
        size_t         n_header,
        const uint8_t* data,
        size_t         n_data,
        size_t         n_extra);

/// A model file with one text in its header replaced by another.
Bytes
edit_header(const char* path,
            const char* label,
            const char* from,
            const char* to,
            size_t      n_extra);

/// Demand that a file is refused for this reason, and free it.
void
refuse_model(Bytes*      file,
             TmbStatus   status,
             const char* label,
             const char* reason);

/// Demand that a file is read, and free it.
void
accept_model(Bytes* file, const char* label);

#endif // TMB_TEST_MODEL_FILE_H
