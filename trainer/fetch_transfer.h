// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FETCH_TRANSFER_H
#define TMB_FETCH_TRANSFER_H

#include "dsp/status.h"
#include "trainer/fetch_file.h"

#include <curl/curl.h>

#include <stdbool.h>
#include <stdint.h>

/// What came of an attempt to fetch a file.
typedef enum {
  TMB_FETCHED,     ///< It is whole and has its name
  TMB_FETCH_AGAIN, ///< Another attempt may go better
  TMB_FETCH_FAILED ///< There is no use in another one
} TmbFetchVerdict;

/**
   A connection that fetches one file at a time, in as many attempts as needed.

   An attempt for a file of which there is a part asks for the rest: Range, with
   If-Range if the part has a stamp, RFC 9110, sections 13.1.5 and 14.2.  A
   server that answers with all of it, or with a rest that does not fit, makes
   it begin anew.
*/
typedef struct {
  CURL*              easy;
  struct curl_slist* headers;
  TmbFetchFile       file;
  uint64_t           n_received;  ///< Bytes, of all files up to now
  bool               is_accepted; ///< The answer's head fits, its body may come
  bool               is_pieced;   ///< The part came in several answers
  int64_t            n_total;     ///< Bytes of the whole file; -1: not told
  TmbFetchVerdict    verdict;     ///< What the answer's head or the disk says
  TmbMessage         why;         ///< And why, without the URL
  char               error[CURL_ERROR_SIZE]; ///< What libcurl says
} TmbTransfer;

/**
   Make a connection, for http and https only, also where a server sends it on
   to; not from https to http.

   @param timeout_s For a connection to be made, or for the next byte.
   @param[out] transfer Released with tmb_transfer_clear(), also after an error;
   it must not move.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_transfer_init(TmbTransfer* transfer, uint32_t timeout_s);

void
tmb_transfer_clear(TmbTransfer* transfer);

/// Prepare an attempt to fetch `transfer->file`, which is open.
TMB_NODISCARD TmbStatus
tmb_transfer_start(TmbTransfer* transfer, TmbMessage* why);

/**
   Judge an attempt that is over.

   @param code How it ended.
   @param[out] sha256 The checksum, if the file was fetched.
   @return What came of it; if no file did, `transfer->why` says why.
*/
TMB_NODISCARD TmbFetchVerdict
tmb_transfer_end(TmbTransfer* transfer,
                 CURLcode     code,
                 char         sha256[TMB_SHA256_TEXT]);

#endif // TMB_FETCH_TRANSFER_H
