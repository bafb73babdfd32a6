// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/fetch_transfer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_REDIRECTS 10L

enum {
  HTTP_OK                = 200,
  HTTP_PARTIAL           = 206,
  HTTP_TIMEOUT           = 408,
  HTTP_UNSATISFIED_RANGE = 416,
  HTTP_TOO_MANY          = 429,
  HTTP_SERVER_ERROR      = 500
};

/// A header of the answer, empty if it has none.
static const char*
header(const TmbTransfer* const self, const char* const name)
{
  struct curl_header* found = NULL;
  return curl_easy_header(self->easy, name, 0U, CURLH_HEADER, -1, &found)
           ? ""
           : found->value;
}

/// What tells this version of the file from others; empty if nothing does.
static const char*
stamp(const TmbTransfer* const self)
{
  const char* const tag  = header(self, "ETag");
  const char* const text = *tag == '"' ? tag : header(self, "Last-Modified");
  return strlen(text) < TMB_MAX_STAMP ? text : "";
}

static long
response_code(const TmbTransfer* const self)
{
  long code = 0L;
  (void)curl_easy_getinfo(self->easy, CURLINFO_RESPONSE_CODE, &code);
  return code;
}

/// "bytes FIRST-LAST/TOTAL", or "*" for the total.
static bool
read_content_range(const char* const text,
                   uint64_t* const   first,
                   int64_t* const    total)
{
  if (strncasecmp(text, "bytes ", 6U) != 0) {
    return false;
  }
  char* end = NULL;
  *first    = strtoull(text + 6U, &end, 10);
  if (*end != '-') {
    return false;
  }
  (void)strtoull(end + 1U, &end, 10);
  *total = (end[0] == '/' && end[1] != '*') ? strtoll(end + 1U, NULL, 10) : -1;
  return *end == '/';
}

/// Forget the part, for the next attempt to begin anew.
static void
drop_part(TmbTransfer* const self, const char* const reason)
{
  const TmbStatus status = tmb_fetch_file_restart(&self->file, "", &self->why);
  if (!status) {
    (void)tmb_fail(TMB_OK, &self->why, "%s", reason);
  }
  self->verdict = status ? TMB_FETCH_FAILED : TMB_FETCH_AGAIN;
}

/// Whether the rest that comes fits the part.
static bool
accept_part(TmbTransfer* const self)
{
  // A server may know Range and not If-Range
  const char* const before = self->file.stamp;
  const char* const now    = stamp(self);
  const bool differs = *now && (*now == '"') == (*before == '"') && *before &&
                       strcmp(now, before) != 0;
  uint64_t first = 0U;
  if (differs || !self->file.n_bytes ||
      !read_content_range(
        header(self, "Content-Range"), &first, &self->n_total) ||
      first != self->file.n_bytes) {
    drop_part(self, "the server sent a part that does not fit");
    return false;
  }
  self->is_pieced = true;
  return true;
}

/// See by its head whether the answer's body is what was asked for.
static bool
accept_answer(TmbTransfer* const self)
{
  const long code = response_code(self);
  if (code == HTTP_PARTIAL) {
    return accept_part(self);
  }
  if (code != HTTP_OK) {
    (void)tmb_fail(TMB_OK, &self->why, "the server answered %ld", code);
    self->verdict = TMB_FETCH_FAILED;
    return false;
  }

  curl_off_t n = -1;
  (void)curl_easy_getinfo(self->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &n);
  self->n_total   = n;
  self->is_pieced = false;
  if (tmb_fetch_file_restart(&self->file, stamp(self), &self->why)) {
    self->verdict = TMB_FETCH_FAILED;
    return false;
  }
  return true;
}

/// A curl_write_callback.
static size_t
take_bytes(char* const  bytes,
           const size_t size,
           const size_t n,
           void* const  data)
{
  TmbTransfer* const self = (TmbTransfer*)data;
  if (!self->is_accepted) {
    self->is_accepted = accept_answer(self);
  }
  if (self->is_accepted &&
      tmb_fetch_file_append(&self->file, bytes, n * size, &self->why)) {
    self->verdict = TMB_FETCH_FAILED;
  }
  self->n_received += n * size;
  return self->verdict == TMB_FETCHED ? n * size : 0U;
}

TmbStatus
tmb_transfer_init(TmbTransfer* const self, const uint32_t timeout_s)
{
  *self = (TmbTransfer){ .easy = curl_easy_init(), .file = { .fd = -1 } };
  CURL* const easy = self->easy;
  if (!easy) {
    return TMB_NO_MEMORY;
  }

  const long timeout = (long)timeout_s;
  const bool failed =
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") ||
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "timbrel/" TMB_VERSION) ||
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L) ||
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, MAX_REDIRECTS) ||
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L) ||
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) ||
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, timeout) ||
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L) ||
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, timeout) ||
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, self->error) ||
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_bytes) ||
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, self);
  return failed ? TMB_NO_MEMORY : TMB_OK;
}

void
tmb_transfer_clear(TmbTransfer* const self)
{
  tmb_fetch_file_close(&self->file);
  curl_easy_cleanup(self->easy);
  curl_slist_free_all(self->headers);
  *self = (TmbTransfer){ .file = { .fd = -1 } };
}

/// Ask for what follows the part, if there is one.
static bool
set_range(TmbTransfer* const self)
{
  const TmbFetchFile* const file                           = &self->file;
  char                      range[32]                      = "";
  char                      condition[TMB_MAX_STAMP + 16U] = "";
  (void)snprintf(range, sizeof(range), "%" PRIu64 "-", file->n_bytes);
  (void)snprintf(condition, sizeof(condition), "If-Range: %s", file->stamp);

  curl_slist_free_all(self->headers);
  self->headers = NULL;
  if (file->n_bytes && file->stamp[0] &&
      !(self->headers = curl_slist_append(NULL, condition))) {
    return false;
  }
  return !curl_easy_setopt(self->easy, CURLOPT_HTTPHEADER, self->headers) &&
         !curl_easy_setopt(
           self->easy, CURLOPT_RANGE, file->n_bytes ? range : NULL);
}

TmbStatus
tmb_transfer_start(TmbTransfer* const self, TmbMessage* const why)
{
  const char* const url = self->file.item->url;
  // What is asked for in secret is not to be had in the open
  const char* const next =
    strncasecmp(url, "https:", 6U) == 0 ? "https" : "http,https";
  self->is_accepted = false;
  self->n_total     = -1;
  self->error[0]    = '\0';
  self->verdict     = TMB_FETCHED;
  return (set_range(self) && !curl_easy_setopt(self->easy, CURLOPT_URL, url) &&
          !curl_easy_setopt(self->easy, CURLOPT_REDIR_PROTOCOLS_STR, next))
           ? TMB_OK
           : tmb_fail(TMB_NO_MEMORY, why, "out of memory");
}

/// Give a part that has all bytes its name.
static void
finish(TmbTransfer* const self, char sha256[TMB_SHA256_TEXT])
{
  const uint64_t n_bytes = self->file.n_bytes;
  if (self->n_total >= 0 && n_bytes != (uint64_t)self->n_total) {
    (void)tmb_fail(TMB_OK,
                   &self->why,
                   "%" PRIu64 " of %" PRId64 " bytes came",
                   n_bytes,
                   self->n_total);
    self->verdict = TMB_FETCH_AGAIN;
    return;
  }

  // Asked again, the server would send the same whole; pieces may be at odds
  const TmbStatus status =
    tmb_fetch_file_finish(&self->file, sha256, &self->why);
  self->verdict = !status ? TMB_FETCHED
                  : (status == TMB_BAD_FILE && self->is_pieced)
                    ? TMB_FETCH_AGAIN
                    : TMB_FETCH_FAILED;
}

static void
judge_response(TmbTransfer* const self)
{
  const long code = response_code(self);
  if (code == HTTP_UNSATISFIED_RANGE && self->file.n_bytes) {
    drop_part(self, "the server has fewer bytes than came before");
    return;
  }
  (void)tmb_fail(TMB_OK, &self->why, "the server answered %ld", code);
  self->verdict =
    (code == HTTP_TIMEOUT || code == HTTP_TOO_MANY || code >= HTTP_SERVER_ERROR)
      ? TMB_FETCH_AGAIN
      : TMB_FETCH_FAILED;
}

/// Whether a network's error may pass.
static bool
is_passing(const CURLcode code)
{
  return code == CURLE_COULDNT_RESOLVE_PROXY ||
         code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT ||
         code == CURLE_PARTIAL_FILE || code == CURLE_OPERATION_TIMEDOUT ||
         code == CURLE_SSL_CONNECT_ERROR || code == CURLE_GOT_NOTHING ||
         code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
         code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM;
}

TmbFetchVerdict
tmb_transfer_end(TmbTransfer* const self,
                 const CURLcode     code,
                 char               sha256[TMB_SHA256_TEXT])
{
  if (self->verdict != TMB_FETCHED) {
    return self->verdict; // The error that libcurl tells of is our own refusal
  }
  if (code == CURLE_HTTP_RETURNED_ERROR) {
    judge_response(self);
  } else if (code) {
    (void)tmb_fail(TMB_OK,
                   &self->why,
                   "%s",
                   self->error[0] ? self->error : curl_easy_strerror(code));
    self->verdict = is_passing(code) ? TMB_FETCH_AGAIN : TMB_FETCH_FAILED;
  } else if (self->is_accepted ||
             accept_answer(self)) { // An empty file has no body
    finish(self, sha256);
  }
  return self->verdict;
}
