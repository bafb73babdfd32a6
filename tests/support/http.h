// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_HTTP_H
#define TMB_TEST_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How a server answers one request; zero is the usual in each place.
typedef struct {
  const char* path;       ///< That is asked for
  const char* headers;    ///< Further ones, each ended by "\r\n"
  const char* etag;       ///< With its quotes
  size_t      n;          ///< Bytes of the file, see http_bytes()
  size_t      cut;        ///< Close the connection after so many
  long        excess;     ///< Add this to Content-Length
  unsigned    version;    ///< Of the bytes
  int         status;     ///< Instead of 200, then without a body
  unsigned    n_together; ///< Answer once so many such requests came
  bool        has_ranges; ///< Send what Range asks for, if If-Range is the ETag
  bool        is_chunked;
  bool        hangs; ///< Do not close the connection
} HttpReply;

/// What was asked for.
typedef struct {
  char   path[64];
  char   range[64]; ///< Empty if there was none
  char   if_range[64];
  size_t n_body; ///< Bytes of the body that it was answered with
  double at_s;   ///< On the monotonic clock
} HttpRequest;

typedef struct HttpServerImpl HttpServer;

/**
   Serve on 127.0.0.1 until http_stop().

   @param replies [n] Those for the same path are given one after the other, and
   the last of them from then on.  Must outlive the server.  What is in none of
   them is answered with 404.
*/
HttpServer*
http_start(const HttpReply* replies, size_t n);

/// End all connections, and wait until nothing is served any more.
void
http_stop(HttpServer* server);

unsigned
http_port(const HttpServer* server);

/// Requests up to now.
size_t
http_count(HttpServer* server);

/// One of them, in the order they came; fails the test if there is none.
HttpRequest
http_request(HttpServer* server, size_t index);

/// Fill in a file's bytes.
void
http_bytes(uint8_t* bytes, size_t n, unsigned version);

#endif // TMB_TEST_HTTP_H
