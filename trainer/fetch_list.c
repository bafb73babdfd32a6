// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/fetch_list.h"

#include "trainer/fetch_file.h"
#include "trainer/text.h"

#include <curl/curl.h>

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"

/// A refusal that begins with where the item stands.
TMB_PRINTF(4, 5)
static TmbStatus
refuse(const TmbStatus           status,
       const TmbFetchItem* const item,
       TmbMessage* const         why,
       const char* const         format,
       ...)
{
  TmbMessage reason;
  va_list    values;
  va_start(values, format);
  (void)vsnprintf(reason.text, sizeof(reason.text), format, values);
  va_end(values);
  return item->list
           ? tmb_fail(
               status, why, "%s:%u: %s", item->list, item->line, reason.text)
           : tmb_fail(status, why, "%.120s: %s", item->url, reason.text);
}

static bool
ends_with(const char* const text, const char* const end)
{
  const size_t n_text = strlen(text);
  const size_t n_end  = strlen(end);
  return n_text >= n_end && !strcmp(text + n_text - n_end, end);
}

/// Whether a path has one spelling and stays below its folder.
static bool
is_plain_path(const char* const path)
{
  const char* part = path;
  for (;;) {
    const size_t n = strcspn(part, "/");
    if (!n || (part[0] == '.' && (n == 1U || (n == 2U && part[1] == '.')))) {
      return false;
    }
    if (!part[n]) {
      return true;
    }
    part += n + 1U;
  }
}

static TmbStatus
check_name(const TmbFetchItem* const item, TmbMessage* const why)
{
  const char* const name = item->name;
  const char* const reason =
    !is_plain_path(name)              ? "does not name a file in the folder"
    : !tmb_text_is_clean(name, true)  ? "is not UTF-8 without controls"
    : ends_with(name, TMB_PART)       ? "is for a file that is not whole"
    : ends_with(name, TMB_PART_STAMP) ? "is for a file that is not whole"
                                      : NULL;
  return reason
           ? refuse(
               TMB_BAD_FILE, item, why, "the name \"%.120s\" %s", name, reason)
           : TMB_OK;
}

/// The last part of a URL's path, decoded; null if it has none.
static char*
name_of_path(const char* const path)
{
  const char* const slash   = strrchr(path, '/');
  int               n       = 0;
  char* const       decoded = curl_easy_unescape(NULL, slash + 1U, 0, &n);
  const bool is_name = decoded && *decoded && strlen(decoded) == (size_t)n &&
                       !strchr(decoded, '/');
  char* const name = is_name ? strdup(decoded) : NULL;
  curl_free(decoded);
  return name;
}

/// Check the URL, and take the name from it if there is no other.
static TmbStatus
read_url(TmbFetchItem* const item, TmbMessage* const why)
{
  char*        scheme = NULL;
  char*        path   = NULL;
  CURLU* const url    = curl_url();
  CURLUcode    code =
    url ? curl_url_set(url, CURLUPART_URL, item->url, CURLU_NON_SUPPORT_SCHEME)
           : CURLUE_OUT_OF_MEMORY;
  if (!code) {
    code = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0U);
  }
  if (!code) {
    code = curl_url_get(url, CURLUPART_PATH, &path, 0U);
  }

  TmbStatus status = TMB_OK;
  if (code) {
    status =
      refuse(TMB_BAD_FILE, item, why, "not a URL: %s", curl_url_strerror(code));
  } else if (strcmp(scheme, "http") && strcmp(scheme, "https")) {
    status = refuse(TMB_BAD_FILE,
                    item,
                    why,
                    "only http and https are fetched, not %s",
                    scheme);
  } else if (!item->name && !(item->name = name_of_path(path))) {
    status =
      refuse(TMB_BAD_FILE, item, why, "the URL ends in no name, say name=PATH");
  }
  curl_free(path);
  curl_free(scheme);
  curl_url_cleanup(url);
  return status;
}

static TmbStatus
read_sha256(const char* const   text,
            TmbFetchItem* const item,
            TmbMessage* const   why)
{
  const size_t n = TMB_SHA256_TEXT - 1U;
  if (strlen(text) != n || strspn(text, "0123456789abcdefABCDEF") != n) {
    return refuse(
      TMB_BAD_FILE, item, why, "sha256= takes 64 hex digits, not \"%s\"", text);
  }
  for (size_t i = 0U; i < n; ++i) {
    item->sha256[i] = (char)tolower((unsigned char)text[i]);
  }
  return TMB_OK;
}

/// What stands behind the URL.
static TmbStatus
read_fields(char* rest, TmbFetchItem* const item, TmbMessage* const why)
{
  TmbStatus status = TMB_OK;
  while (!status && rest && *(rest += strspn(rest, BLANKS))) {
    if (!strncmp(rest, "name=", 5U)) {
      item->name = strdup(rest + 5U);
      return item->name ? TMB_OK
                        : refuse(TMB_NO_MEMORY, item, why, "out of memory");
    }
    const char* const field = strtok_r(NULL, BLANKS, &rest);
    status                  = !strncmp(field, "sha256=", 7U)
                                ? read_sha256(field + 7U, item, why)
                                : refuse(TMB_BAD_FILE,
                        item,
                        why,
                        "sha256=HEX or name=PATH is expected, not \"%s\"",
                        field);
  }
  return status;
}

static TmbStatus
add_line(TmbFetchList* const self,
         const char* const   list,
         const unsigned      line,
         char* const         text,
         TmbMessage* const   why)
{
  const size_t n = self->n;
  if (!(n & (n - 1U))) { // Full at each power of two
    TmbFetchItem* const items = (TmbFetchItem*)realloc(
      self->items, (n ? 2U * n : 1U) * sizeof(TmbFetchItem));
    if (!items) {
      return tmb_fail(TMB_NO_MEMORY, why, "out of memory");
    }
    self->items = items;
  }

  char*               rest = NULL;
  TmbFetchItem* const item = &self->items[self->n++];
  *item = (TmbFetchItem){ .url  = strdup(strtok_r(text, BLANKS, &rest)),
                          .list = list,
                          .line = line };
  if (!item->url) {
    return tmb_fail(TMB_NO_MEMORY, why, "out of memory");
  }
  TmbStatus status = read_fields(rest, item, why);
  if (!status) {
    status = read_url(item, why);
  }
  return status ? status : check_name(item, why);
}

/// Cut what ends a line, and blanks before it.
static void
trim(char* const text)
{
  size_t n = strlen(text);
  while (n && strchr("\r\n" BLANKS, text[n - 1U])) {
    text[--n] = '\0';
  }
}

static TmbStatus
add_lines(TmbFetchList* const self,
          const char* const   path,
          FILE* const         file,
          TmbMessage* const   why)
{
  char      text[TMB_MAX_FETCH_LINE] = "";
  TmbStatus status                   = TMB_OK;
  for (unsigned line = 1U; !status && fgets(text, sizeof(text), file); ++line) {
    // A zero byte looks like a line without an end
    if (!strchr(text, '\n') && !feof(file)) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s:%u: the line is too long, or no text",
                      path,
                      line);
    }
    trim(text);
    char* const start = text + strspn(text, BLANKS);
    if (*start && *start != '#') {
      status = add_line(self, path, line, start, why);
    }
  }
  return (!status && ferror(file))
           ? tmb_fail(TMB_NO_FILE, why, "%s: %s", path, strerror(errno))
           : status;
}

static TmbStatus
add_list(TmbFetchList* const self,
         const char* const   path,
         TmbMessage* const   why)
{
  if (!strcmp(path, "-")) {
    return add_lines(self, path, stdin, why);
  }

  FILE* const file = fopen(path, "re");
  if (!file) {
    return tmb_fail(TMB_NO_FILE, why, "%s: %s", path, strerror(errno));
  }
  const TmbStatus status = add_lines(self, path, file, why);
  (void)fclose(file);
  return status;
}

static TmbStatus
add_argument(TmbFetchList* const self,
             const char* const   argument,
             TmbMessage* const   why)
{
  if (!strstr(argument, "://")) {
    return add_list(self, argument, why);
  }
  char* const text = strdup(argument);
  if (!text) {
    return tmb_fail(TMB_NO_MEMORY, why, "out of memory");
  }
  trim(text);
  const TmbStatus status =
    add_line(self, NULL, 0U, text + strspn(text, BLANKS), why);
  free(text);
  return status;
}

static int
compare_names(const void* const a, const void* const b)
{
  const TmbFetchItem* const first  = *(const TmbFetchItem* const*)a;
  const TmbFetchItem* const second = *(const TmbFetchItem* const*)b;

  const int order = strcmp(first->name, second->name);
  return order ? order : (first > second) - (first < second);
}

/// No file may overwrite another.
static TmbStatus
check_names_differ(const TmbFetchList* const self, TmbMessage* const why)
{
  const TmbFetchItem** const sorted =
    (const TmbFetchItem**)calloc(self->n, sizeof(TmbFetchItem*));
  if (!sorted) {
    return tmb_fail(TMB_NO_MEMORY, why, "out of memory");
  }
  for (size_t i = 0U; i < self->n; ++i) {
    sorted[i] = &self->items[i];
  }
  qsort(sorted, self->n, sizeof(TmbFetchItem*), compare_names);

  TmbStatus status = TMB_OK;
  for (size_t i = 1U; !status && i < self->n; ++i) {
    if (!strcmp(sorted[i - 1U]->name, sorted[i]->name)) {
      status = refuse(TMB_BAD_FILE,
                      sorted[i],
                      why,
                      "an earlier file has the name \"%s\" already",
                      sorted[i]->name);
    }
  }
  free(sorted);
  return status;
}

TmbStatus
tmb_fetch_list_read(char* const* const  arguments,
                    const size_t        n,
                    TmbFetchList* const list,
                    TmbMessage* const   why)
{
  *list            = (TmbFetchList){ NULL, 0U };
  TmbStatus status = TMB_OK;
  for (size_t i = 0U; !status && i < n; ++i) {
    const size_t n_before = list->n;

    status = add_argument(list, arguments[i], why);
    if (!status && list->n == n_before) {
      status =
        tmb_fail(TMB_BAD_FILE, why, "%s: there is no URL in it", arguments[i]);
    }
  }
  return status ? status : check_names_differ(list, why);
}

void
tmb_fetch_list_free(TmbFetchList* const list)
{
  for (size_t i = 0U; i < list->n; ++i) {
    free(list->items[i].url);
    free(list->items[i].name);
  }
  free(list->items);
  *list = (TmbFetchList){ NULL, 0U };
}
