// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PACK_METADATA_H
#define TMB_PACK_METADATA_H

#include "trainer/model_writer.h"

#include <jansson.h>

/**
   The `__metadata__` object of a model file, keys in a fixed order; what
   dsp/model_metadata.h reads.

   @param[out] error Holds json_error_invalid_utf8 if a name or note is not
   UTF-8; otherwise a failure is one of memory.
   @return A new reference, or null on error.
*/
json_t*
tmb_pack_metadata(const TmbModelParts* parts, json_error_t* error);

/**
   A front end, as TMB_KEY_FRONT_END has it.

   @param[out] error As above.
   @return A new reference, or null on error.
*/
json_t*
tmb_pack_front_end(const TmbFrontEnd* front_end, json_error_t* error);

#endif // TMB_PACK_METADATA_H
