// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/http.h"

#include "tests/support/cmocka.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_REQUESTS 64U
#define MAX_HEAD 4096U
#define CHUNK 1000U
#define PATIENCE_S 5

typedef struct {
  HttpServer* server;
  int         fd;
  pthread_t   thread;
} Connection;

struct HttpServerImpl {
  const HttpReply* replies;
  size_t           n_replies;
  int              listener;
  unsigned         port;
  pthread_t        thread;

  pthread_mutex_t lock; ///< Guards what follows
  pthread_cond_t  met;
  unsigned        n_met;
  size_t          n_requests;
  HttpRequest     requests[MAX_REQUESTS];
  size_t          n_connections;
  Connection      connections[MAX_REQUESTS];
};

void
http_bytes(uint8_t* const bytes, const size_t n, const unsigned version)
{
  for (size_t i = 0U; i < n; ++i) {
    bytes[i] = (uint8_t)((i * 31U) + (i >> 8U) + ((size_t)version * 101U));
  }
}

/// Send all, or what can be sent; false if it is not all.
static bool
send_all(const int fd, const void* const bytes, const size_t n)
{
  const char* rest   = (const char*)bytes;
  size_t      n_rest = n;
  while (n_rest) {
    const ssize_t n_sent = send(fd, rest, n_rest, MSG_NOSIGNAL);
    if (n_sent <= 0) {
      return false;
    }
    rest += n_sent;
    n_rest -= (size_t)n_sent;
  }
  return true;
}

/// A header of a request, empty if it has none.
static void
read_header(const char* const head,
            const char* const name,
            char* const       value,
            const size_t      size)
{
  const size_t n = strlen(name);
  value[0]       = '\0';
  for (const char* line = head; (line = strstr(line, "\r\n"));) {
    line += 2U;
    if (!strncasecmp(line, name, n) && line[n] == ':') {
      const char* const start = line + n + 1U + strspn(line + n + 1U, " ");
      (void)snprintf(value, size, "%.*s", (int)strcspn(start, "\r"), start);
    }
  }
}

static bool
read_request(const int fd, HttpRequest* const request)
{
  char   head[MAX_HEAD + 1U] = "";
  size_t n                   = 0U;
  while (!strstr(head, "\r\n\r\n")) {
    const ssize_t n_read = recv(fd, head + n, MAX_HEAD - n, 0);
    if (n_read <= 0) {
      return false;
    }
    n += (size_t)n_read;
    head[n] = '\0';
  }

  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  *request =
    (HttpRequest){ .at_s = (double)now.tv_sec + (1e-9 * (double)now.tv_nsec) };
  (void)sscanf(head, "GET %63s", request->path); // NOLINT(cert-err34-c)
  read_header(head, "Range", request->range, sizeof(request->range));
  read_header(head, "If-Range", request->if_range, sizeof(request->if_range));
  return true;
}

/// Note down a request; how to answer it, or null.
static const HttpReply*
take_request(HttpServer* const        self,
             const HttpRequest* const request,
             size_t* const            index)
{
  const HttpReply* reply = NULL;
  (void)pthread_mutex_lock(&self->lock);
  size_t n_before = 0U;
  for (size_t i = 0U; i < self->n_requests; ++i) {
    n_before += !strcmp(self->requests[i].path, request->path);
  }
  for (size_t i = 0U; i < self->n_replies; ++i) {
    if (!strcmp(self->replies[i].path, request->path)) {
      reply = &self->replies[i];
      if (!n_before--) {
        break;
      }
    }
  }
  if (self->n_requests < MAX_REQUESTS) {
    *index                             = self->n_requests;
    self->requests[self->n_requests++] = *request;
  }
  (void)pthread_mutex_unlock(&self->lock);
  return reply;
}

/// Wait until so many requests, of those that wait, have come.
static void
meet(HttpServer* const self, const unsigned n)
{
  struct timespec until;
  (void)clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += PATIENCE_S;

  (void)pthread_mutex_lock(&self->lock);
  self->n_met += n > 0U;
  (void)pthread_cond_broadcast(&self->met);
  int error = 0;
  while (!error && self->n_met < n) {
    error = pthread_cond_timedwait(&self->met, &self->lock, &until);
  }
  (void)pthread_mutex_unlock(&self->lock);
}

static bool
send_body(const int              fd,
          const HttpReply* const reply,
          const uint8_t* const   bytes,
          const size_t           n)
{
  if (!reply->is_chunked) {
    return send_all(fd, bytes, n);
  }
  bool is_sent = true;
  for (size_t i = 0U; is_sent && i < n; i += CHUNK) {
    const size_t n_chunk = n - i < CHUNK ? n - i : CHUNK;
    char         size[16];
    (void)snprintf(size, sizeof(size), "%zx\r\n", n_chunk);
    is_sent = send_all(fd, size, strlen(size)) &&
              send_all(fd, bytes + i, n_chunk) && send_all(fd, "\r\n", 2U);
  }
  return is_sent && (reply->cut || send_all(fd, "0\r\n\r\n", 5U));
}

/// Where to begin, or -1 for all.
static long
range_start(const HttpReply* const reply, const HttpRequest* const request)
{
  const bool is_asked =
    reply->has_ranges && !strncmp(request->range, "bytes=", 6U) &&
    (!request->if_range[0] ||
     (reply->etag && !strcmp(request->if_range, reply->etag)));
  return is_asked ? strtol(request->range + 6U, NULL, 10) : -1L;
}

/// Answer request number `index`.
static void
answer(HttpServer* const        self,
       const int                fd,
       const HttpReply* const   reply,
       const HttpRequest* const request,
       const size_t             index)
{
  const long   range   = range_start(reply, request);
  const size_t start   = range > 0L ? (size_t)range : 0U;
  const bool   is_past = start && start >= reply->n;
  const int    status  = reply->status ? reply->status
                         : is_past     ? 416
                         : start       ? 206
                                       : 200;
  const bool   is_file = status == 200 || status == 206;
  const size_t n       = is_file ? reply->n - start : 0U;
  char         head[1024];
  char         length[64] = "Transfer-Encoding: chunked\r\n";
  char         place[64]  = "";
  char         tag[96]    = "";
  if (!reply->is_chunked) {
    (void)snprintf(length,
                   sizeof(length),
                   "Content-Length: %ld\r\n",
                   (long)n + (is_file ? reply->excess : 0L));
  }
  if (start && is_file) {
    (void)snprintf(place,
                   sizeof(place),
                   "Content-Range: bytes %zu-%zu/%zu\r\n",
                   start,
                   reply->n - 1U,
                   reply->n);
  }
  if (reply->etag) {
    (void)snprintf(tag, sizeof(tag), "ETag: %s\r\n", reply->etag);
  }
  (void)snprintf(head,
                 sizeof(head),
                 "HTTP/1.1 %d As told\r\nConnection: close\r\n%s%s%s%s\r\n",
                 status,
                 length,
                 place,
                 tag,
                 reply->headers ? reply->headers : "");

  uint8_t* const bytes = (uint8_t*)malloc(reply->n + 1U);
  const size_t   n_cut = reply->cut && reply->cut < n ? reply->cut : n;
  (void)pthread_mutex_lock(&self->lock);
  self->requests[index].n_body = n_cut;
  (void)pthread_mutex_unlock(&self->lock);
  if (bytes) {
    http_bytes(bytes, reply->n, reply->version);
    (void)(send_all(fd, head, strlen(head)) &&
           send_body(fd, reply, bytes + start, n_cut));
  }
  free(bytes);
}

static void*
serve(void* const data)
{
  const Connection* const connection = (const Connection*)data;
  HttpServer* const       self       = connection->server;
  HttpRequest             request;
  if (read_request(connection->fd, &request)) {
    static const HttpReply none  = { .status = 404 };
    size_t                 index = 0U;
    const HttpReply* const known = take_request(self, &request, &index);
    const HttpReply* const reply = known ? known : &none;
    meet(self, reply->n_together);

    answer(self, connection->fd, reply, &request, index);

    char byte = '\0';
    if (reply->hangs) { // Until the other end leaves, or http_stop()
      (void)recv(connection->fd, &byte, 1U, 0);
    }
  }
  (void)shutdown(connection->fd, SHUT_RDWR);
  return NULL;
}

static void*
listen_and_serve(void* const data)
{
  HttpServer* const self = (HttpServer*)data;
  for (;;) {
    const int fd = accept(self->listener, NULL, NULL);
    if (fd < 0) {
      return NULL; // http_stop() has shut it down
    }
    (void)pthread_mutex_lock(&self->lock);
    bool is_served = false;
    if (self->n_connections < MAX_REQUESTS) {
      Connection* const connection = &self->connections[self->n_connections];
      connection->server           = self;
      connection->fd               = fd;
      is_served = !pthread_create(&connection->thread, NULL, serve, connection);
      self->n_connections += is_served;
    }
    (void)pthread_mutex_unlock(&self->lock);
    if (!is_served) {
      (void)close(fd);
    }
  }
}

HttpServer*
http_start(const HttpReply* const replies, const size_t n)
{
  HttpServer* const self = (HttpServer*)calloc(1U, sizeof(HttpServer));
  assert_non_null(self);
  self->replies   = replies;
  self->n_replies = n;
  self->listener  = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(self->listener >= 0);

  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr   = { htonl(INADDR_LOOPBACK) } };
  socklen_t          size    = sizeof(address);
  assert_int_equal(bind(self->listener, (const struct sockaddr*)&address, size),
                   0);
  assert_int_equal(listen(self->listener, SOMAXCONN), 0);
  assert_int_equal(
    getsockname(self->listener, (struct sockaddr*)&address, &size), 0);
  self->port = ntohs(address.sin_port);

  assert_int_equal(pthread_mutex_init(&self->lock, NULL), 0);
  assert_int_equal(pthread_cond_init(&self->met, NULL), 0);
  assert_int_equal(pthread_create(&self->thread, NULL, listen_and_serve, self),
                   0);
  return self;
}

void
http_stop(HttpServer* const self)
{
  (void)shutdown(self->listener, SHUT_RDWR);
  (void)pthread_join(self->thread, NULL);
  for (size_t i = 0U; i < self->n_connections; ++i) {
    (void)shutdown(self->connections[i].fd, SHUT_RDWR);
    (void)pthread_join(self->connections[i].thread, NULL);
    (void)close(self->connections[i].fd);
  }
  (void)close(self->listener);
  (void)pthread_cond_destroy(&self->met);
  (void)pthread_mutex_destroy(&self->lock);
  free(self);
}

unsigned
http_port(const HttpServer* const self)
{
  return self->port;
}

size_t
http_count(HttpServer* const self)
{
  (void)pthread_mutex_lock(&self->lock);
  const size_t n = self->n_requests;
  (void)pthread_mutex_unlock(&self->lock);
  return n;
}

HttpRequest
http_request(HttpServer* const self, const size_t index)
{
  (void)pthread_mutex_lock(&self->lock);
  const size_t      n       = self->n_requests;
  const HttpRequest request = self->requests[index < MAX_REQUESTS ? index : 0U];
  (void)pthread_mutex_unlock(&self->lock);
  assert_true(index < n);
  return request;
}
