// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/fetching.h"
#include "tests/support/files.h"
#include "tests/support/http.h"
#include "tests/support/scratch.h"
#include "trainer/fetch_file.h"
#include "trainer/folders.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void
expect_nothing_in(const char* const folder)
{
  Folder self = { "" };
  (void)snprintf(self.path, sizeof(self.path), "%s", folder);
  assert_int_equal(folder_count(&self), 0U);
}

static void
write_sha256(const size_t n, const unsigned version, char text[65])
{
  uint8_t        sum[SHA256_DIGEST_SIZE];
  uint8_t* const bytes = (uint8_t*)malloc(n + 1U);
  assert_non_null(bytes);
  http_bytes(bytes, n, version);
  struct sha256_ctx sha;
  sha256_init(&sha);
  sha256_update(&sha, n, bytes);
  sha256_digest(&sha, sizeof(sum), sum);
  base16_encode_update(text, sizeof(sum), sum);
  text[64] = '\0';
  free(bytes);
}

static void
what_is_printed_is_a_list_with_checksums(void** const state)
{
  static const HttpReply replies[] = {
    { .path = "/a.wav", .n = N },
    { .path = "/d/b%20c.wav?x=1", .n = 5U, .version = 1U },
    { .path = "/empty" },
    { .path = "/chunks", .n = N, .is_chunked = true },
  };
  static const struct {
    const char* line;
    size_t      n;
    unsigned    version;
    const char* name;
  } expected[] = {
    { "@/a.wav sha256=%s name=a.wav\n", N, 0U, "a.wav" },
    { "@/d/b%%20c.wav?x=1 sha256=%s name=b c.wav\n", 5U, 1U, "b c.wav" },
    { "@/empty sha256=%s name=empty\n", 0U, 0U, "empty" },
    { "@/chunks sha256=%s name=new/folder/the file\n",
      N,
      0U,
      "new/folder/the file" },
  };

  (void)state;
  HttpServer* const server = SERVE(replies);
  fetch_save_list(server,
                  "# Recordings\n\n @/d/b%20c.wav?x=1\r\n"
                  "@/chunks\tname=new/folder/the file  \n@/empty");
  Process process = fetch_expect(server, 0, "@/a.wav list");
  for (size_t i = 0U; i < 4U; ++i) {
    char line[TEXT];
    char text[TEXT];
    char sum[65];
    write_sha256(expected[i].n, expected[i].version, sum);
    (void)snprintf(line, sizeof(line), expected[i].line, sum);
    fetch_fill_in(server, line, text);
    assert_non_null(strstr(process.out, text));
    fetch_expect_file(expected[i].name, expected[i].n, expected[i].version);
  }

  // Read as a list, it asks for the same files, which are there
  bytes_save(process.out, strlen(process.out), "list");
  Process again = fetch_expect(server, 0, "list --jobs 1");
  assert_string_equal(again.out, process.out);
  assert_int_equal(http_count(server), 4U);
  process_free(&again);
  process_free(&process);
  http_stop(server);
}

static void
several_files_come_at_once(void** const state)
{
  static const HttpReply replies[] = {
    { .path = "/a", .n = N, .n_together = 3U },
    { .path = "/b", .n = N, .n_together = 3U },
    { .path = "/c", .n = N, .n_together = 3U },
  };

  (void)state;
  HttpServer* const server = SERVE(replies);
  Process process = fetch_expect(server, 0, "--jobs 3 --timeout 2 @/a @/b @/c");
  fetch_expect_file("a", N, 0U);
  fetch_expect_file("b", N, 0U);
  fetch_expect_file("c", N, 0U);
  assert_int_equal(http_count(server), 3U);
  process_free(&process);
  http_stop(server);
}

/// One failure each, that must not keep the other file from coming.
static void
a_failure_is_a_sentence_and_the_others_go_on(void** const state)
{
  static const HttpReply replies[] = {
    { .path = "/good", .n = 10U },
    { .path = "/forbidden", .status = 403 },
    { .path = "/nothing", .status = 204 },
    { .path = "/unmoved", .status = 304 },
    { .path = "/bad", .status = 500 },
    { .path = "/loop", .status = 302, .headers = "Location: /loop\r\n" },
    { .path    = "/file",
      .status  = 302,
      .headers = "Location: file:///etc/hostname\r\n" },
    { .path    = "/ftp",
      .status  = 301,
      .headers = "Location: ftp://127.0.0.1/x\r\n" },
    { .path = "/long", .n = 10U, .excess = 5L },
    { .path = "/cut", .n = N, .cut = CUT, .is_chunked = true },
    { .path = "/stalled", .excess = 5L, .hangs = true },
  };
  static const struct {
    const char* path;
    const char* reason;
    unsigned    n_requests;
  } rows[] = {
    { "@/none", "the server answered 404", 1U },
    { "@/forbidden", "the server answered 403", 1U },
    { "@/nothing", "the server answered 204", 1U },
    { "@/unmoved", "the server answered 304", 1U },
    { "@/bad", "the server answered 500", 3U },
    { "@/loop", "Maximum (10) redirects followed", 11U },
    { "@/file", "\"file\" not supported", 1U },
    { "@/ftp", "\"ftp\" not supported", 1U },
    { "@/long", "with 5 bytes remaining", 3U },
    { "@/cut", "transfer closed with", 3U },
    { "@/stalled", "Operation too slow", 1U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    HttpServer* const server = SERVE(replies);
    char              line[TEXT];
    const bool        stalls = !strcmp(rows[i].path, "@/stalled");
    (void)snprintf(line,
                   sizeof(line),
                   "--retries %d --timeout %d %s @/good",
                   stalls ? 0 : 2,
                   stalls ? 1 : 9,
                   rows[i].path);
    Process process = fetch_expect(server, 1, line);
    char    url[TEXT];
    fetch_fill_in(server, rows[i].path, url);
    if (!is_sentence(process.err, url, rows[i].reason) ||
        http_count(server) != rows[i].n_requests + 1U) {
      fail_msg("%s: %zu requests, %s",
               rows[i].path,
               http_count(server) - 1U,
               process.err);
    }
    fetch_expect_file("good", 10U, 0U);
    assert_false(file_exists(rows[i].path + 1U));
    assert_int_equal(remove("out/good"), 0);
    process_free(&process);
    http_stop(server);
  }
}

static void
what_passes_is_tried_again(void** const state)
{
  static const HttpReply replies[] = {
    { .path = "/a", .status = 500 },
    { .path = "/a", .status = 408 },
    { .path = "/a", .status = 429 },
    { .path = "/a", .n = N },
    { .path = "/moved", .status = 307, .headers = "Location: /elsewhere\r\n" },
    { .path = "/elsewhere", .status = 503 },
    { .path = "/elsewhere", .n = N },
  };

  (void)state;
  HttpServer* const server  = SERVE(replies);
  Process           process = fetch_expect(server, 0, "@/a @/moved");
  fetch_expect_file("a", N, 0U);
  fetch_expect_file("moved", N, 0U);
  assert_int_equal(http_count(server), 8U);
  process_free(&process);
  http_stop(server);
}

static void
a_server_says_when_to_try_again(void** const state)
{
  static const HttpReply replies[] = {
    { .path = "/a", .status = 503, .headers = "Retry-After: 1\r\n" },
    { .path = "/a", .n = 10U },
  };

  (void)state;
  HttpServer* const server  = SERVE(replies);
  Process           process = fetch_expect(server, 0, "@/a");
  fetch_expect_file("a", 10U, 0U);
  assert_true(http_request(server, 1U).at_s - http_request(server, 0U).at_s >=
              1.0);
  process_free(&process);
  http_stop(server);
}

static void
delays_double(void** const state)
{
  static const HttpReply replies[] = { { .path = "/a", .status = 500 } };

  (void)state;
  HttpServer* const server = SERVE(replies);
  Process           process =
    fetch_expect(server, 1, "--retry-delay 0.1 --retries 3 @/a");
  assert_int_equal(http_count(server), 4U);
  for (unsigned i = 0U; i < 3U; ++i) {
    const double least = 0.05 * (double)(1U << i);
    const double waited =
      http_request(server, i + 1U).at_s - http_request(server, i).at_s;
    assert_true(waited >= least && waited < (2.0 * least) + 0.5);
  }
  process_free(&process);
  http_stop(server);
}

static void
the_checksum_decides(void** const state)
{
  static const HttpReply replies[] = {
    { .path = "/a", .n = N },
    { .path = "/b", .n = N, .version = 1U, .cut = CUT },
    { .path = "/b", .n = N, .has_ranges = true },
  };

  (void)state;
  HttpServer* const server = SERVE(replies);
  char              right[65];
  char              wrong[65];
  char              lines[TEXT];
  write_sha256(N, 0U, right);
  write_sha256(N, 1U, wrong);

  // An answer in one piece: asking again would bring the same
  (void)snprintf(lines, sizeof(lines), "@/a sha256=%s\n", wrong);
  fetch_save_list(server, lines);
  Process process = fetch_expect(server, 1, "list");
  assert_true(is_sentence(process.err, "/a: its SHA-256 is", wrong));
  assert_string_equal(process.out, "");
  assert_int_equal(http_count(server), 1U);
  expect_nothing_in("out");
  process_free(&process);

  // What is there is replaced if it is wrong, kept if it is right
  bytes_save("old", 3U, "out/a");
  for (char* c = right; *c; ++c) {
    *c = (char)(*c >= 'a' ? *c - 'a' + 'A' : *c);
  }
  (void)snprintf(lines, sizeof(lines), "@/a sha256=%s\n", right);
  fetch_save_list(server, lines);
  for (unsigned i = 0U; i < 2U; ++i) {
    process = fetch_expect(server, 0, "list");
    fetch_expect_file("a", N, 0U);
    assert_int_equal(http_count(server), 2U);
    process_free(&process);
  }

  // Pieces of two versions, since this server gives no stamp: once more
  (void)snprintf(lines, sizeof(lines), "@/b sha256=%s\n", right);
  fetch_save_list(server, lines);
  process = fetch_expect(server, 0, "list");
  fetch_expect_file("b", N, 0U);
  assert_int_equal(http_count(server), 5U);
  assert_string_equal(http_request(server, 3U).range, "bytes=70000-");
  assert_string_equal(http_request(server, 4U).range, "");
  process_free(&process);
  http_stop(server);
}

static void
a_file_stays_until_the_new_one_is_whole(void** const state)
{
  static const HttpReply replies[] = { { .path = "/a", .n = N, .cut = CUT } };

  (void)state;
  HttpServer* const server = SERVE(replies);
  char              sum[65];
  char              line[TEXT];
  write_sha256(N, 0U, sum);
  (void)snprintf(line, sizeof(line), "@/a sha256=%s\n", sum);
  fetch_save_list(server, line);
  assert_int_equal(mkdir("out", 0700), 0);
  bytes_save("old", 3U, "out/a");
  Process process = fetch_expect(server, 1, "--retries 0 list");
  Bytes   bytes   = bytes_load("out/a");
  assert_int_equal(bytes.n, 3U);
  assert_memory_equal(bytes.bytes, "old", 3U);
  bytes_free(&bytes);
  process_free(&process);

  // Without a checksum what is there is right
  process = fetch_expect(server, 0, "@/a");
  assert_int_equal(http_count(server), 1U);
  process_free(&process);
  http_stop(server);
}

static void
what_cannot_be_written_is_reported(void** const state)
{
  static const HttpReply replies[] = {
    { .path = "/a", .n = N },
    { .path = "/small", .n = 10U },
  };

  (void)state;
  HttpServer* const server = SERVE(replies);

  // As if the disk had no more room
  struct rlimit whole;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
  const struct rlimit limited = { CUT, whole.rlim_max };
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limited), 0);
  Process process = fetch_expect(server, 1, "@/a @/small");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
  assert_true(is_sentence(process.err,
                          "/a: ",
                          "out/a.part can't be written: "
                          "File too large"));
  assert_false(file_exists("out/a"));
  fetch_expect_file("small", 10U, 0U);
  assert_int_equal(http_count(server), 2U);
  process_free(&process);

  // A folder in the file's place, a file in a folder's
  assert_int_equal(mkdir("out/b", 0700), 0);
  fetch_save_list(server, "@/a name=b\n@/a name=small/a\n");
  process = fetch_expect(server, 1, "list");
  assert_non_null(strstr(process.err, "/a: out/b: is a folder\n"));
  assert_non_null(strstr(process.err, "/a: out/small"));
  assert_non_null(strstr(process.err, ": Not a directory\n"));
  assert_int_equal(http_count(server), 2U);
  process_free(&process);

  // No room on the way to stdout
  const ProcessSetup full = { .stdout_path = "/dev/full" };
  char               line[TEXT];
  fetch_fill_in(server, "fetch -o out @/small", line);
  process = cli_run(line, &full);
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err, "the output can't be", "No space"));
  process_free(&process);
  http_stop(server);
}

static void
a_folder_that_cannot_be_written_is_one_sentence(void** const state)
{
  static const HttpReply replies[] = { { .path = "/a", .n = 10U } };

  (void)state;
  TmbMessage why = { "" };
  assert_int_equal(mkdir("out", 0555), 0);
  assert_int_equal(chmod(".", 0755), 0);
  const uid_t     user   = user_drop();
  const TmbStatus status = tmb_folders_make("out", &why);
  const TmbStatus inside = tmb_folders_make("out/new", NULL);
  user_restore(user);
  assert_int_equal(status, TMB_WRITE_FAILED);
  assert_int_equal(inside, TMB_WRITE_FAILED);
  assert_string_equal(why.text, "out can't be written: Permission denied");

  HttpServer* const server = SERVE(replies);
  char              line[TEXT];
  bytes_save("", 0U, "file");
  fetch_fill_in(server, "fetch -o file/out @/a @/b", line);
  Process process = cli_run(line, NULL);
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err, "file", "Not a directory"));
  assert_int_equal(http_count(server), 0U);
  process_free(&process);
  http_stop(server);
}

static void
a_server_that_is_not_there_is_a_failure(void** const state)
{
  static const HttpReply replies[] = { { .path = "/a" } };

  (void)state;
  HttpServer* const server = SERVE(replies);
  char              line[TEXT];
  fetch_fill_in(server, "fetch -o out --retries 2 --retry-delay 0 @/a", line);
  http_stop(server);
  Process process = cli_run(line, NULL);
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err, "/a: Failed to connect", "127.0.0.1"));
  expect_nothing_in("out");
  process_free(&process);
}

static void
a_bad_list_is_refused_before_anything_is_fetched(void** const state)
{
  static const HttpReply replies[] = { { .path = "/a", .n = 10U } };

  (void)state;
  HttpServer* const server = SERVE(replies);
  fetch_save_list(server, "@/a\n@/b name=../b\n");
  Process process = fetch_expect(server, 1, "list");
  assert_true(is_sentence(process.err, "list:2: ", "../b"));
  assert_int_equal(http_count(server), 0U);
  assert_false(file_exists("out"));
  process_free(&process);
  http_stop(server);
}

static void
wrong_usage_is_one_sentence(void** const state)
{
  static const struct {
    const char* line;
    const char* word;
  } rows[] = {
    { "fetch", "which URLs or lists" },
    { "fetch http://127.0.0.1/a", "say -o FOLDER" },
    { "fetch -o", "-o needs a value" },
    { "fetch -o out --jobs 0 list", "--jobs takes" },
    { "fetch -o out --jobs 65 list", "--jobs takes" },
    { "fetch -o out --retries -1 list", "--retries takes" },
    { "fetch -o out --retry-delay nan list", "--retry-delay takes" },
    { "fetch -o out --timeout 0 list", "--timeout takes" },
    { "fetch -o out --insecure list", "unknown option --insecure" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    cli_expect_usage_error(rows[i].line, rows[i].word);
  }

  cli_expect_help("fetch");
}

int
main(void)
{
  // No proxy between the command and the server; a write past the limit fails
  (void)setenv("no_proxy", "127.0.0.1", 1);
  (void)signal(SIGXFSZ, SIG_IGN);

#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(what_is_printed_is_a_list_with_checksums),
    TEST(several_files_come_at_once),
    TEST(a_failure_is_a_sentence_and_the_others_go_on),
    TEST(what_passes_is_tried_again),
    TEST(a_server_says_when_to_try_again),
    TEST(delays_double),
    TEST(the_checksum_decides),
    TEST(a_file_stays_until_the_new_one_is_whole),
    TEST(what_cannot_be_written_is_reported),
    TEST(a_folder_that_cannot_be_written_is_one_sentence),
    TEST(a_server_that_is_not_there_is_a_failure),
    TEST(a_bad_list_is_refused_before_anything_is_fetched),
    TEST(wrong_usage_is_one_sentence),
  };
  return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
