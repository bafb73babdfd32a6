// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SAFETENSORS_H
#define TMB_SAFETENSORS_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TMB_MAX_TENSORS 64U
#define TMB_MAX_DIMS 8U
#define TMB_LENGTH_BYTES 8U ///< Header length at the start of the file

/// A tensor of 32-bit floats, checked against the file's bounds.
typedef struct {
  const char*    name; ///< Borrowed from the header
  uint32_t       n_dims;
  uint32_t       shape[TMB_MAX_DIMS]; ///< Each at least 1
  size_t         n_values;            ///< Product of shape
  size_t         begin;               ///< First byte, from the start of data
  const uint8_t* data;  ///< [n_values] little-endian, not aligned, borrowed
  bool           taken; ///< Set by tmb_safetensors_take()
} TmbTensor;

/// A safetensors file in memory: https://huggingface.co/docs/safetensors
typedef struct {
  json_t*        header; ///< Owned
  const uint8_t* data;   ///< [n_data] What follows the header, borrowed
  size_t         n_data;
  uint32_t       n_tensors;
  TmbTensor      tensors[TMB_MAX_TENSORS]; ///< In the order of their bytes
} TmbSafetensors;

/**
   Parse JSON, in which no key may stand twice.

   @param what Names the text in `why`.
   @param[out] root Owned by the caller; null on error.
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_FILE with the reason.
*/
TMB_NODISCARD TmbStatus
tmb_json_read(const char* text,
              size_t      n,
              const char* what,
              json_t**    root,
              TmbMessage* why);

/**
   Parse the header, but look at no tensor yet: a later format may have others.

   @param bytes [n] Must outlive `file`.
   @param[out] file Released with tmb_safetensors_close(), also after an error.
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_FILE with the reason.
*/
TMB_NODISCARD TmbStatus
tmb_safetensors_open(const uint8_t*  bytes,
                     size_t          n,
                     TmbSafetensors* file,
                     TmbMessage*     why);

void
tmb_safetensors_close(TmbSafetensors* file);

/**
   List the tensors.  All must be F32, not empty, and their bytes must cover the
   data without a gap or an overlap.

   @return #TMB_OK, or #TMB_BAD_FILE with the reason.
*/
TMB_NODISCARD TmbStatus
tmb_safetensors_list(TmbSafetensors* file, TmbMessage* why);

/**
   Look up a tensor that must be there.

   @param[out] tensor Points into `file`.
   @return #TMB_OK, or #TMB_BAD_FILE with the reason.
*/
TMB_NODISCARD TmbStatus
tmb_safetensors_take(TmbSafetensors*   file,
                     const char*       name,
                     uint32_t          n_dims,
                     const TmbTensor** tensor,
                     TmbMessage*       why);

/// Value `i` of a tensor, in the file's order.
float
tmb_tensor_value(const TmbTensor* tensor, size_t i);

#endif // TMB_SAFETENSORS_H
