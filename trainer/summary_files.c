// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/markup.h"
#include "trainer/summary_parts.h"

#include <inttypes.h>
#include <math.h>

static const char style[] =
  "<style>\n"
  "svg text{font-size:11.5px;fill:var(--ink)}svg .small{font-size:9.5px;"
  "fill:var(--soft)}\n"
  ".named{fill:var(--accent)}.unknown{fill:var(--bar)}"
  ".axis{stroke:var(--soft)}\n"
  "input,#more{font:inherit;color:inherit;background:var(--fill);"
  "border:1px solid var(--line);border-radius:.3rem;padding:.35rem .6rem}\n"
  "input{width:min(100%,24rem);margin:0 .75rem .25rem 0}\n"
  "#more,th button{cursor:pointer}\n"
  "th button{font:inherit;color:inherit;background:none;border:0;padding:0}\n"
  "[aria-sort] button::after{content:\"\\2002\\2191\"}"
  "[aria-sort=descending] button::after{content:\"\\2002\\2193\"}\n"
  "#list td:nth-child(2),#list th:nth-child(2),#list td:nth-child(3),"
  "#list th:nth-child(3),#errors th,#errors td{text-align:left}\n"
  "#list td:first-child{text-align:left;padding-left:0;white-space:normal;"
  "overflow-wrap:anywhere;min-width:9rem}\n"
  "#list td[colspan],#errors td{white-space:normal;overflow-wrap:anywhere;"
  "color:var(--soft)}\n"
  "@media print{#more,input{display:none}}\n"
  "</style>\n";

/**
   Shows rows by the hundred, so that a page of a million files is quick to
   search.  Names come in as text only.  Neither "<" nor "&", since it is XML.
*/
static const char script[] =
  "'use strict';\n"
  "(() => {\n"
  "const PAGE = 100;\n"
  "const KEYS = ['path', 'label', 'family', 'confidence', 'notes', "
  "'seconds'];\n"
  "const at = id => document.getElementById(id);\n"
  "const data = JSON.parse(at('data').textContent);\n"
  "const rows = data.files.map(([path, what, confidence, notes, seconds]) =>\n"
  "  typeof what === 'string' ? {path, reason: what}\n"
  "  : {path, label: data.kinds[what][0], family: data.kinds[what][1],\n"
  "     confidence, notes, seconds});\n"
  "const {compare} = new Intl.Collator(undefined, {numeric: true});\n"
  "const heads = [...document.querySelectorAll('#list thead th')];\n"
  "let found = rows, shown = PAGE;\n"
  "\n"
  "const clock = seconds => {\n"
  "  const s = Math.round(seconds), two = n => String(n).padStart(2, '0');\n"
  "  const minutes = Math.floor(s / 60), hours = Math.floor(s / 3600);\n"
  "  return (hours ? hours + ':' + two(minutes % 60) : minutes) + ':' +\n"
  "    two(s % 60);\n"
  "};\n"
  "const texts = row => row.reason !== undefined ? [row.path, row.reason] : [\n"
  "  row.path, row.label, row.family,\n"
  "  row.confidence === null ? '\\u2013' : "
  "Math.round(100 * row.confidence) + '\\u00A0%',\n"
  "  String(row.notes),\n"
  "  row.seconds === null ? '\\u2013' : clock(row.seconds)];\n"
  "const show = () => {\n"
  "  const body = document.createDocumentFragment();\n"
  "  for (const row of found.slice(0, shown)) {\n"
  "    const line = document.createElement('tr'), cells = texts(row);\n"
  "    for (const text of cells) {\n"
  "      const cell = document.createElement('td');\n"
  "      cell.textContent = text;\n"
  "      line.append(cell);\n"
  "    }\n"
  "    if (cells.length === 2) line.lastChild.colSpan = KEYS.length - 1;\n"
  "    body.append(line);\n"
  "  }\n"
  "  document.querySelector('#list tbody').replaceChildren(body);\n"
  "  at('found').textContent = found.length + ' of ' + rows.length + ' "
  "files';\n"
  "  at('more').hidden = shown >= found.length;\n"
  "};\n"
  "const search = () => {\n"
  "  const words = at('find').value.toLowerCase().split(/\\s+/);\n"
  "  found = rows.filter(row => {\n"
  "    const text = [row.path, row.label, row.family, row.reason].join(' ')\n"
  "      .toLowerCase();\n"
  "    return words.every(word => text.includes(word));\n"
  "  });\n"
  "  shown = PAGE;\n"
  "  show();\n"
  "};\n"
  "// What is not known comes last in both directions\n"
  "const known = value => value !== undefined ? value !== null : false;\n"
  "const sort = (key, sign) => rows.sort((a, b) => {\n"
  "  const x = a[key], y = b[key];\n"
  "  return !known(x) || !known(y) ? known(y) - known(x)\n"
  "    : sign * (typeof x === 'string' ? compare(x, y) : x - y);\n"
  "});\n"
  "\n"
  "heads.forEach((head, i) => head.addEventListener('click', () => {\n"
  "  const down = head.getAttribute('aria-sort') === 'ascending';\n"
  "  for (const other of heads) other.removeAttribute('aria-sort');\n"
  "  head.setAttribute('aria-sort', down ? 'descending' : 'ascending');\n"
  "  sort(KEYS[i], down ? -1 : 1);\n"
  "  search();\n"
  "}));\n"
  "let timer = 0;\n"
  "at('find').addEventListener('input', () => {\n"
  "  clearTimeout(timer);\n"
  "  timer = setTimeout(search, rows.length > 20000 ? 250 : 0);\n"
  "});\n"
  "at('more').addEventListener('click', () => { shown += PAGE; show(); });\n"
  "at('files').hidden = false;\n"
  "sort('path', 1);\n"
  "show();\n"
  "})();\n";

void
tmb_summary_write_style(FILE* const out)
{
  (void)fputs(style, out);
}

/// A finite number, or null.
static void
write_number(FILE* const out, const char* const format, const double number)
{
  if (isfinite(number)) {
    (void)fprintf(out, format, number);
  } else {
    (void)fputs(",null", out);
  }
}

/// [path, kind, confidence, notes, seconds], or [path, reason].
static void
write_file(FILE* const out, const TmbHeardFile* const file)
{
  (void)fputc('[', out);
  tmb_markup_string(out, file->path);
  if (file->reason) {
    (void)fputc(',', out);
    tmb_markup_string(out, file->reason);
  } else {
    (void)fprintf(out, ",%u", file->kind);
    write_number(out, ",%.3f", file->confidence);
    (void)fprintf(out, ",%" PRIu64, file->n_notes);
    write_number(out, ",%.1f", file->seconds);
  }
  (void)fputc(']', out);
}

static void
write_data(const TmbSummary* const summary, FILE* const out)
{
  uint32_t                  n_kinds = 0U;
  size_t                    n_files = 0U;
  const TmbKind* const      kinds   = tmb_summary_kinds(summary, &n_kinds);
  const TmbHeardFile* const files   = tmb_summary_files(summary, &n_files);
  (void)fputs("<script type=\"application/json\" id=\"data\">\n{\"kinds\":[",
              out);
  for (uint32_t i = 0U; i < n_kinds; ++i) {
    (void)fputs(i ? ",\n[" : "[", out);
    tmb_markup_string(out, kinds[i].label);
    (void)fputc(',', out);
    tmb_markup_string(out, kinds[i].family);
    (void)fputc(']', out);
  }
  (void)fputs("],\n\"files\":[", out);
  for (size_t i = 0U; i < n_files; ++i) {
    (void)fputs(i ? ",\n" : "", out);
    write_file(out, &files[i]);
  }
  (void)fputs("]}\n</script>\n", out);
}

void
tmb_summary_write_files(const TmbSummary* const summary, FILE* const out)
{
  static const char* const columns[] = { "file",       "instrument", "family",
                                         "confidence", "notes",      "length" };

  (void)fputs("<section>\n<h2>Files</h2>\n"
              "<noscript><p>A script fills this table, and this browser runs "
              "none.</p></noscript>\n"
              "<div id=\"files\" hidden=\"hidden\">\n"
              "<p><input type=\"search\" id=\"find\" "
              "placeholder=\"Search names, instruments, families\" "
              "aria-label=\"Search\"/>"
              "<span id=\"found\" class=\"soft\" role=\"status\"></span></p>\n"
              "<div class=\"scroll\">\n<table class=\"full\" id=\"list\">\n"
              "<thead><tr>",
              out);
  for (size_t i = 0U; i < sizeof(columns) / sizeof(*columns); ++i) {
    (void)fprintf(
      out,
      "<th scope=\"col\"%s><button type=\"button\">%s</button></th>",
      i ? "" : " aria-sort=\"ascending\"",
      columns[i]);
  }
  (void)fputs("</tr></thead>\n<tbody></tbody>\n</table>\n</div>\n"
              "<p><button type=\"button\" id=\"more\">Show more</button></p>\n"
              "</div>\n</section>\n",
              out);
  write_data(summary, out);
  (void)fprintf(out, "<script>\n%s</script>\n", script);
}
