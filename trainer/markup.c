// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/markup.h"

#include "trainer/text.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void
tmb_markup_text(FILE* const out, const char* const text)
{
  char* const clean = tmb_text_clean(text, true);
  for (const char* c = clean ? clean : "?"; *c; ++c) {
    switch (*c) {
      case '&':
        (void)fputs("&amp;", out);
        break;
      case '<':
        (void)fputs("&lt;", out);
        break;
      case '>':
        (void)fputs("&gt;", out);
        break;
      case '"':
        (void)fputs("&quot;", out);
        break;
      case '\'':
        (void)fputs("&#39;", out);
        break;
      default:
        (void)fputc(*c, out);
    }
  }
  free(clean);
}

void
tmb_markup_string(FILE* const out, const char* const text)
{
  char* const   clean  = tmb_text_clean(text, true);
  json_t* const string = clean ? json_string(clean) : NULL;
  char* const   json   = json_dumps(string, JSON_ENCODE_ANY);
  for (const char* c = json ? json : "\"?\""; *c; ++c) {
    if (strchr("<>&", *c)) {
      (void)fprintf(out, "\\u%04x", (unsigned)*c);
    } else {
      (void)fputc(*c, out);
    }
  }
  free(json);
  json_decref(string);
  free(clean);
}

/// How many bytes `text` has of `prefix`: all or none.
static size_t
match(const char* const text, const char* const prefix)
{
  const size_t n = strlen(prefix);
  return strncmp(text, prefix, n) ? 0U : n;
}

/// Read rgb(R, G, B) as gnuplot pads it: its length in bytes, or 0.
static size_t
match_colour(const char* const text, unsigned rgb[3])
{
  char*  at = NULL;
  size_t n  = match(text, "rgb(");
  for (unsigned i = 0U; n && i < 3U; ++i) {
    const unsigned long value = strtoul(text + n, &at, 10);
    const bool          ok    = value < 256U && *at == (i < 2U ? ',' : ')');
    rgb[i]                    = (unsigned)value;
    n                         = ok ? (size_t)(at - text) + 1U : 0U;
  }
  return n;
}

/// Write a tag: its end in the text.
static const char*
write_tag(FILE* const out, const char* const tag, const char* const name)
{
  static const char* const ids[] = { " id='", " id=\"", "href='#", "url(#" };

  const char* at = tag;
  while (*at && *at != '>') {
    unsigned rgb[3] = { 0U };
    size_t   n      = match_colour(at, rgb);
    if (n) {
      (void)fprintf(out, "#%02x%02x%02x", rgb[0], rgb[1], rgb[2]);
      at += n;
      continue;
    }

    for (size_t i = 0U; !n && i < sizeof(ids) / sizeof(*ids); ++i) {
      n = match(at, ids[i]);
    }
    if (n) {
      (void)fprintf(out, "%.*s%s-", (int)n, at, name);
      at += n;
    } else {
      (void)fputc(*at++, out);
    }
  }
  return at;
}

/// What comes before gnuplot's elements, in place of what it wrote there.
static void
write_head(FILE* const         out,
           const TmbSvg* const svg,
           void (*const style)(FILE* out))
{
  (void)fprintf(out,
                "<svg viewBox=\"0 0 %u %u\" role=\"img\" "
                "aria-labelledby=\"%s-title %s-about\" "
                "xmlns=\"http://www.w3.org/2000/svg\" "
                "xmlns:xlink=\"http://www.w3.org/1999/xlink\"",
                svg->width,
                svg->height,
                svg->name,
                svg->name);
  if (style) {
    (void)fprintf(out, " width=\"%u\" height=\"%u\"", svg->width, svg->height);
  }
  (void)fprintf(out, ">\n<title id=\"%s-title\">", svg->name);
  tmb_markup_text(out, svg->title);
  (void)fprintf(out, "</title>\n<desc id=\"%s-about\">", svg->name);
  tmb_markup_text(out, svg->about);
  (void)fputs("</desc>\n", out);
  if (style) {
    (void)fputs("<style>\n", out);
    style(out);
    (void)fputs("</style>\n", out);
  }
}

void
tmb_markup_svg(FILE* const         out,
               const char* const   text,
               const TmbSvg* const svg,
               void (*const style)(FILE* out))
{
  static const char* const dropped[][2] = {
    { "<title>", "</title>" }, // Of each line too, which browsers would show
    { "<desc>", "</desc>" },
  };

  write_head(out, svg, style);
  const char* at = strstr(text, "<svg");
  at             = at ? strchr(at, '>') : NULL;
  at             = at ? at + 1 : "</svg>\n";
  while (*at) {
    const char* end = NULL;
    for (size_t i = 0U; !end && i < sizeof(dropped) / sizeof(*dropped); ++i) {
      end = match(at, dropped[i][0]) ? strstr(at, dropped[i][1]) : NULL;
      end = end ? end + strlen(dropped[i][1]) : NULL;
    }
    if (end) {
      at = end;
    } else if (*at == '<') {
      at = write_tag(out, at, svg->name);
    } else {
      (void)fputc(*at++, out);
    }
  }
}
