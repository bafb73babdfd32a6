// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/markup.h"
#include "trainer/page_parts.h"

#include <stdlib.h>
#include <string.h>

#define SETTINGS "settings"

/// A name in JSON as words.
static void
write_key(FILE* const out, const char* const key)
{
  char* const words = strdup(key);
  for (char* c = words; c && *c; ++c) {
    *c = *c == '_' ? ' ' : *c;
  }
  tmb_markup_text(out, words ? words : "?");
  free(words);
}

/// A value on one line: an array as a list, an object as pairs.
static void
write_value(FILE* const out, json_t* const value, const unsigned depth)
{
  const char* key    = NULL;
  json_t*     member = NULL;
  size_t      i      = 0U;
  if (json_is_array(value) && !depth) {
    json_array_foreach(value, i, member)
    {
      (void)fputs(i ? ", " : "", out);
      write_value(out, member, 1U);
    }
    (void)fputs(i ? "" : "none", out);
  } else if (json_is_object(value) && !depth) {
    json_object_foreach (value, key, member) {
      (void)fputs(i++ ? ", " : "", out);
      write_key(out, key);
      (void)fputc(' ', out);
      write_value(out, member, 1U);
    }
  } else if (json_is_string(value)) {
    tmb_markup_text(out, json_string_value(value));
  } else {
    char* const text = json_dumps(
      value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
    tmb_markup_text(out, text ? text : "?");
    free(text);
  }
}

/// Members of an object but one, as a table.
static void
write_facts(const TmbPageWriter* const writer,
            const char* const          title,
            json_t* const              facts)
{
  const char* key   = NULL;
  json_t*     value = NULL;
  if (!json_object_size(facts)) {
    return;
  }

  (void)fprintf(writer->out,
                "<section>\n<h2>%s</h2>\n<table class=\"facts\">\n<tbody>\n",
                title);
  json_object_foreach (facts, key, value) {
    (void)fputs("<tr><th scope=\"row\">", writer->out);
    write_key(writer->out, key);
    (void)fputs("</th><td>", writer->out);
    write_value(writer->out, value, 0U);
    (void)fputs("</td></tr>\n", writer->out);
  }
  (void)fputs("</tbody>\n</table>\n</section>\n", writer->out);
}

void
tmb_page_origin(const TmbPageWriter* const writer)
{
  json_t* const training = json_deep_copy(writer->page->training);
  json_t* const settings = json_incref(json_object_get(training, SETTINGS));
  if (json_is_object(settings)) {
    write_facts(writer, "Settings", settings);
    (void)json_object_del(training, SETTINGS);
  }
  write_facts(writer, "Data", training);
  json_decref(settings);
  json_decref(training);
}
