// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/fetching.h"
#include "tests/support/http.h"
#include "tests/support/scratch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
a_cut_file_goes_on_where_it_stopped(void** const state)
{
  static const HttpReply replies[] = {
    { .path = "/a", .n = N, .etag = "\"1\"", .cut = CUT },
    { .path = "/a", .n = N, .etag = "\"1\"", .has_ranges = true, .cut = CUT },
    { .path = "/a", .n = N, .etag = "\"1\"", .has_ranges = true },
  };

  (void)state;
  HttpServer* const server  = SERVE(replies);
  Process           process = fetch_expect(server, 0, "--retries 1 @/a");
  fetch_expect_file("a", N, 0U);
  assert_int_equal(http_count(server), 3U);
  assert_string_equal(http_request(server, 0U).range, "");
  assert_string_equal(http_request(server, 0U).if_range, "");
  assert_string_equal(http_request(server, 1U).range, "bytes=70000-");
  assert_string_equal(http_request(server, 1U).if_range, "\"1\"");
  assert_string_equal(http_request(server, 2U).range, "bytes=140000-");
  assert_int_equal(http_request(server, 2U).n_body, N - (2U * CUT));
  process_free(&process);
  http_stop(server);
}

#define DATE "Tue, 01 Jul 2025 10:00:00 GMT"

/// What a first run left is gone on with by a second one, or begun anew.
static void
the_next_run_goes_on_if_nothing_has_changed(void** const state)
{
  static const struct {
    const char* label;
    HttpReply   first; ///< Which is cut
    HttpReply   next;
    const char* if_range;
    size_t      n_requests;
    size_t      n_body; ///< Of the last
  } rows[] = {
    { "the same ETag",
      { .etag = TAG },
      { .etag = TAG, .has_ranges = true },
      TAG,
      1U,
      N - CUT },
    { "no ETag, but a date",
      { .headers = "Last-Modified: " DATE "\r\n" },
      { .etag = DATE, .has_ranges = true }, // What If-Range is to be
      DATE,
      1U,
      N - CUT },
    { "another ETag",
      { .etag = TAG, .version = 1U },
      { .etag = "\"w\"", .has_ranges = true },
      TAG,
      1U,
      N },
    { "no ranges", { .etag = TAG }, { .etag = TAG }, TAG, 1U, N },
    { "a weak ETag",
      { .etag = "W/" TAG, .version = 1U },
      { .etag = "W/" TAG, .has_ranges = true },
      "",
      1U,
      N },
    { "no stamp", { .version = 1U }, { .has_ranges = true }, "", 1U, N },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    HttpReply replies[2] = { rows[i].first, rows[i].next };
    replies[0].path = replies[1].path = "/a";
    replies[0].n = replies[1].n = N;
    replies[0].cut              = CUT;
    HttpServer* const server    = SERVE(replies);
    Process           first     = fetch_expect(server, 1, "--retries 0 @/a");
    assert_false(file_exists("out/a"));
    assert_int_equal(file_size("out/a.part"), CUT);

    Process           process = fetch_expect(server, 0, "@/a");
    const HttpRequest last    = http_request(server, rows[i].n_requests);
    if (strcmp(last.if_range, rows[i].if_range) ||
        http_count(server) != 1U + rows[i].n_requests ||
        last.n_body != rows[i].n_body) {
      fail_msg("%s: %zu requests, %s %s, %zu bytes",
               rows[i].label,
               http_count(server),
               last.range,
               last.if_range,
               last.n_body);
    }
    fetch_expect_file("a", N, 0U);
    assert_int_equal(remove("out/a"), 0);
    process_free(&process);
    process_free(&first);
    http_stop(server);
  }
}

/// A server that sends a rest whatever If-Range says.
static void
a_rest_that_does_not_fit_is_not_taken(void** const state)
{
  static const struct {
    const char* label;
    HttpReply   wrong; ///< The answer with status 206, or 416
  } rows[] = {
    { "another ETag",
      { .etag    = "\"w\"",
        .status  = 206,
        .headers = "Content-Range: bytes 70000-199999/200000\r\n" } },
    { "another place",
      { .etag    = TAG,
        .status  = 206,
        .headers = "Content-Range: bytes 60000-199999/200000\r\n" } },
    { "no place", { .etag = TAG, .status = 206 } },
    { "fewer bytes than before", { .etag = TAG, .status = 416 } },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const HttpReply replies[] = {
      { .path = "/a", .n = N, .etag = TAG, .version = 1U, .cut = CUT },
      { .path    = "/a",
        .n       = N,
        .status  = rows[i].wrong.status,
        .etag    = rows[i].wrong.etag,
        .headers = rows[i].wrong.headers },
      { .path = "/a", .n = N, .etag = TAG, .has_ranges = true },
    };
    HttpServer* const server  = SERVE(replies);
    Process           process = fetch_expect(server, 0, "@/a");
    if (http_count(server) != 3U || *http_request(server, 2U).range) {
      fail_msg("%s: %zu requests", rows[i].label, http_count(server));
    }
    fetch_expect_file("a", N, 0U);
    assert_int_equal(remove("out/a"), 0);
    process_free(&process);
    http_stop(server);
  }
}

static void
a_rest_that_is_too_short_is_followed_by_the_next(void** const state)
{
  static const HttpReply replies[] = {
    { .path = "/a", .n = N, .etag = TAG, .cut = CUT },
    { .path    = "/a",
      .n       = 30000U,
      .status  = 206,
      .etag    = TAG,
      .headers = "Content-Range: bytes 70000-99999/200000\r\n" },
    { .path = "/a", .n = N, .etag = TAG, .has_ranges = true },
  };

  (void)state;
  HttpServer* const server  = SERVE(replies);
  Process           process = fetch_expect(server, 0, "@/a");
  assert_int_equal(http_count(server), 3U);
  assert_string_equal(http_request(server, 2U).range, "bytes=100000-");
  assert_int_equal(file_size("out/a"), N);
  process_free(&process);
  http_stop(server);
}

/// Wait until a file has a size, five seconds at most.
static void
wait_for_size(const char* const path, const size_t size)
{
  const struct timespec moment = { 0, 5000000 };
  for (unsigned i = 0U; i < 1000U && file_size(path) != size; ++i) {
    (void)nanosleep(&moment, NULL);
  }
  assert_int_equal(file_size(path), size);
}

static pid_t
start(const HttpServer* const server)
{
  char              url[TEXT];
  const char* const command = process_command();
  fetch_fill_in(server, "@/a", url);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (!child) {
    (void)signal(SIGINT, SIG_DFL); // A shell in the background ignores it
    (void)execl(command, command, "fetch", "-o", "out", url, (char*)NULL);
    _exit(127);
  }
  return child;
}

static void
an_interrupted_run_is_gone_on_with(void** const state)
{
  static const HttpReply replies[] = {
    { .path = "/a", .n = N, .etag = TAG, .cut = CUT, .hangs = true },
    { .path = "/a", .n = N, .etag = TAG, .has_ranges = true },
  };

  (void)state;
  HttpServer* const server = SERVE(replies);
  const pid_t       child  = start(server);
  wait_for_size("out/a.part", CUT);

  // Another process keeps off meanwhile
  Process other = fetch_expect(server, 1, "@/a");
  assert_true(is_sentence(other.err, "out/a.part", "another process"));
  process_free(&other);

  int status = 0;
  assert_int_equal(kill(child, SIGINT), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
  assert_false(file_exists("out/a"));

  Process process = fetch_expect(server, 0, "@/a");
  assert_string_equal(http_request(server, 1U).range, "bytes=70000-");
  assert_int_equal(http_request(server, 1U).n_body, N - CUT);
  fetch_expect_file("a", N, 0U);
  process_free(&process);
  http_stop(server);
}

static void
a_part_of_another_url_is_not_gone_on_with(void** const state)
{
  static const HttpReply replies[] = {
    { .path = "/a", .n = N, .etag = TAG, .version = 1U, .cut = CUT },
    { .path = "/b", .n = N, .etag = TAG, .has_ranges = true },
  };

  (void)state;
  HttpServer* const server  = SERVE(replies);
  Process           process = fetch_expect(server, 1, "--retries 0 @/a");
  process_free(&process);
  fetch_save_list(server, "@/b name=a\n");
  process = fetch_expect(server, 0, "list");
  assert_string_equal(http_request(server, 1U).range, "");
  fetch_expect_file("a", N, 0U);
  process_free(&process);
  http_stop(server);
}

int
main(void)
{
  // No proxy between the command and the server
  (void)setenv("no_proxy", "127.0.0.1", 1);

#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_cut_file_goes_on_where_it_stopped),
    TEST(the_next_run_goes_on_if_nothing_has_changed),
    TEST(a_rest_that_does_not_fit_is_not_taken),
    TEST(a_rest_that_is_too_short_is_followed_by_the_next),
    TEST(an_interrupted_run_is_gone_on_with),
    TEST(a_part_of_another_url_is_not_gone_on_with),
  };
  return cmocka_run_group_tests_name("fetch resumed", tests, NULL, NULL);
}
