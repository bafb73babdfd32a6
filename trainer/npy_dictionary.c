// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/npy_dictionary.h"

#include <string.h>

/// What is left of the text.
typedef struct {
  const char* at;
  const char* end;
} Cursor;

static void
skip_space(Cursor* const cursor)
{
  while (cursor->at < cursor->end && *cursor->at &&
         strchr(" \t\r\n", *cursor->at)) {
    ++cursor->at;
  }
}

/// The next character that is not space, or 0 at the end.
static char
peek(Cursor* const cursor)
{
  skip_space(cursor);
  return cursor->at < cursor->end ? *cursor->at : '\0';
}

/// Step over a word if it is next.
static bool
take(Cursor* const cursor, const char* const word)
{
  const size_t n = strlen(word);
  skip_space(cursor);
  if ((size_t)(cursor->end - cursor->at) < n ||
      memcmp(cursor->at, word, n) != 0) {
    return false;
  }
  cursor->at += n;
  return true;
}

/// A quoted string that fits; none that NumPy writes has an escape.
static bool
take_string(Cursor* const cursor, char* const string, const size_t size)
{
  const char quote = peek(cursor);
  if (quote != '\'' && quote != '"') {
    return false;
  }

  const char* const first = cursor->at + 1;
  const size_t      left  = (size_t)(cursor->end - first);
  const char* const last  = (const char*)memchr(first, quote, left);
  const size_t      n     = last ? (size_t)(last - first) : size;
  if (n >= size || memchr(first, '\\', n) || memchr(first, '\0', n)) {
    return false;
  }
  memcpy(string, first, n);
  string[n]  = '\0';
  cursor->at = last + 1;
  return true;
}

static TmbStatus
fail(TmbMessage* const reason, const char* const what)
{
  return tmb_fail(TMB_BAD_FILE, reason, "its header is malformed: %s", what);
}

/// Digits, with the L that Python 2 appended.
static bool
take_number(Cursor* const cursor, uint64_t* const number)
{
  skip_space(cursor);
  const char* const first = cursor->at;

  *number = 0U;
  while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9') {
    const uint64_t digit = (uint64_t)(*cursor->at++ - '0');
    if (*number > (UINT64_MAX - digit) / 10U) {
      return false;
    }
    *number = (10U * *number) + digit;
  }

  const ptrdiff_t n = cursor->at - first;
  if (cursor->at < cursor->end && *cursor->at == 'L') {
    ++cursor->at;
  }
  return n == 1 || (n > 1 && *first != '0');
}

/// A tuple; of one number only with a comma, as in Python.
static TmbStatus
read_shape(Cursor* const           cursor,
           TmbNpyDictionary* const dictionary,
           TmbMessage* const       reason)
{
  static const char what[] = "shape is no tuple of whole numbers";

  bool has_comma = true;
  if (!take(cursor, "(")) {
    return fail(reason, what);
  }
  while (!take(cursor, ")")) {
    uint64_t size = 0U;
    if (!has_comma || !take_number(cursor, &size)) {
      return fail(reason, what);
    }
    if (dictionary->n_dims < 2U) {
      dictionary->shape[dictionary->n_dims] = size;
    }
    ++dictionary->n_dims;
    has_comma = take(cursor, ",");
  }
  return dictionary->n_dims == 1U && !has_comma ? fail(reason, what) : TMB_OK;
}

static TmbStatus
read_descr(Cursor* const           cursor,
           TmbNpyDictionary* const dictionary,
           TmbMessage* const       reason)
{
  const char next = peek(cursor);
  if (next == '[' || next == '(') {
    return tmb_fail(
      TMB_BAD_FILE, reason, "holds records of several fields, not numbers");
  }
  return take_string(cursor, dictionary->descr, sizeof(dictionary->descr))
           ? TMB_OK
           : fail(reason, "descr is no type");
}

static TmbStatus
read_order(Cursor* const           cursor,
           TmbNpyDictionary* const dictionary,
           TmbMessage* const       reason)
{
  dictionary->is_fortran = take(cursor, "True");
  return dictionary->is_fortran || take(cursor, "False")
           ? TMB_OK
           : fail(reason, "fortran_order is neither True nor False");
}

/// A key, a colon and its value.
static TmbStatus
read_item(Cursor* const           cursor,
          TmbNpyDictionary* const dictionary,
          unsigned* const         seen,
          TmbMessage* const       reason)
{
  static const struct {
    const char* key;
    TmbStatus (*read)(Cursor*, TmbNpyDictionary*, TmbMessage*);
  } items[] = {
    { "descr", read_descr },
    { "fortran_order", read_order },
    { "shape", read_shape },
  };

  char key[16] = "";
  if (!take_string(cursor, key, sizeof(key)) || !take(cursor, ":")) {
    return fail(reason, "a key is missing or too long");
  }
  for (unsigned i = 0U; i < sizeof(items) / sizeof(*items); ++i) {
    if (!strcmp(key, items[i].key)) {
      if (*seen & (1U << i)) {
        return tmb_fail(TMB_BAD_FILE,
                        reason,
                        "its header is malformed: it has %s twice",
                        key);
      }
      *seen |= 1U << i;
      return items[i].read(cursor, dictionary, reason);
    }
  }
  return tmb_fail(
    TMB_BAD_FILE, reason, "its header is malformed: unknown key %s", key);
}

TmbStatus
tmb_npy_dictionary_read(const char* const       text,
                        const size_t            n,
                        TmbNpyDictionary* const dictionary,
                        TmbMessage* const       reason)
{
  Cursor    cursor    = { text, text + n };
  TmbStatus status    = TMB_OK;
  unsigned  seen      = 0U;
  bool      has_comma = true;

  *dictionary = (TmbNpyDictionary){ .n_dims = 0U };
  if (!take(&cursor, "{")) {
    return fail(reason, "it is no dictionary");
  }
  while (!status && !take(&cursor, "}")) {
    status    = has_comma ? read_item(&cursor, dictionary, &seen, reason)
                          : fail(reason, "a comma or a brace is missing");
    has_comma = take(&cursor, ",");
  }
  if (status) {
    return status;
  }
  if (seen != 7U) {
    return fail(reason, "descr, fortran_order or shape is missing");
  }
  skip_space(&cursor);
  return cursor.at == cursor.end ? TMB_OK
                                 : fail(reason, "text follows the dictionary");
}
