// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/page_frame.h"

#include "trainer/markup.h"

#include <math.h>

#define MAX_CELL 64U ///< Bytes of a number in a table

/// In two columns where there is room; tables and the matrix scroll by
/// themselves where there is not.
static const char style[] =
  ":root{color-scheme:light dark;--back:#fff;--ink:#1f2328;--soft:#59636e;"
  "--line:#d9dee3;--fill:#f4f6f8;--accent:#0068b5;--bar:#8fbde4}\n"
  "@media screen and (prefers-color-scheme:dark){:root{--back:#0d1117;"
  "--ink:#e6edf3;--soft:#9aa5b1;--line:#2d333b;--fill:#161b22;"
  "--accent:#58a6ff;--bar:#2f6699}}\n"
  "*{box-sizing:border-box}\n"
  "body{margin:0;background:var(--back);color:var(--ink);"
  "font:16px/1.5 system-ui,sans-serif}\n"
  "header,main,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}\n"
  "header{padding-top:2.5rem}\n"
  "h1{font-size:1.9rem;line-height:1.2;font-weight:650;margin:0;"
  "overflow-wrap:anywhere}\n"
  "h2{font-size:1.3rem;font-weight:650;margin:3.25rem 0 .5rem}\n"
  "h3{font-size:1rem;font-weight:600;margin:0 0 .5rem}\n"
  "p{max-width:44rem;margin:.5rem 0}\n"
  ".soft,figcaption,footer{color:var(--soft)}\n"
  "header p{overflow-wrap:anywhere}\n"
  "figcaption{font-size:.875rem;margin-top:.5rem;max-width:44rem}\n"
  "footer{margin-top:4rem;padding-bottom:2rem;font-size:.875rem}\n"
  "footer::before{content:\"\";display:block;margin-bottom:1rem;"
  "border-top:1px solid var(--line)}\n"
  ".cards{display:grid;gap:1.25rem 1.5rem;margin:1.75rem 0 0;padding:0;"
  "grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr))}\n"
  ".cards div{border-top:2px solid var(--line);padding-top:.5rem;"
  "display:flex;flex-direction:column-reverse;justify-content:flex-end}\n"
  ".cards dt{color:var(--soft);font-size:.85rem;line-height:1.35}\n"
  ".cards dd{margin:0;font-size:1.6rem;line-height:1.3;font-weight:600;"
  "font-variant-numeric:tabular-nums}\n"
  ".pair{display:grid;gap:2rem 2.5rem;align-items:start;margin-top:1rem;"
  "grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr))}\n"
  ".pair>*{min-width:0}\n"
  ".scroll+.pair{margin-top:2rem}.pair .pair{margin-top:0}\n"
  "figure{margin:0}\n"
  ".pair figure{max-width:31rem}\n"
  "svg{display:block;width:100%;height:auto}\n"
  "svg g{font-family:inherit}\n"
  ".scroll{overflow-x:auto}\n"
  ".scroll svg{width:auto;max-width:none}\n"
  "table{border-collapse:collapse;font-size:.9rem;"
  "font-variant-numeric:tabular-nums}\n"
  "caption{text-align:left;font-weight:600;font-size:1rem;"
  "padding-bottom:.4rem}\n"
  "th,td{padding:.3rem .7rem;text-align:right;vertical-align:top;"
  "border-bottom:1px solid var(--line);white-space:nowrap}\n"
  "thead th{color:var(--soft);font-weight:500;border-bottom-width:2px}\n"
  "tbody th{font-weight:500}\n"
  ".meaning{white-space:normal}.meaning span{font-weight:400;"
  "font-size:.85em}\n"
  ".meaning,.full{width:100%}\n"
  "th:first-child,.facts td{text-align:left}\n"
  "th:first-child,.facts th{padding-left:0}\n"
  "td.bar{background:linear-gradient(var(--bar),var(--bar)) "
  "no-repeat left bottom/var(--share) 3px;min-width:5.5rem}\n"
  "tr.best th,tr.best td{font-weight:700}\n"
  ".facts{width:100%}\n"
  ".facts th{width:11rem;color:var(--soft);white-space:normal}\n"
  ".facts td{white-space:normal;overflow-wrap:anywhere}\n"
  ".badge{color:var(--accent);font-weight:600;font-size:.8rem;"
  "margin-left:.5rem}\n"
  "@media(max-width:30rem){table{font-size:.8rem}th,td{padding:.3rem "
  ".25rem}.facts th{width:7rem}"
  "td.bar{min-width:0}h1{font-size:1.5rem}header{padding-top:1.5rem}h2{margin-"
  "top:2.5rem}}\n"
  "@media print{body{font-size:11pt}h2,caption{break-after:avoid}"
  "figure,tr{break-inside:avoid}.scroll{overflow:visible}"
  ".scroll div{max-width:100%}.scroll "
  "svg{width:100%}*{print-color-adjust:exact;"
  "-webkit-print-color-adjust:exact}}\n";

void
tmb_page_begin(FILE* const       out,
               const char* const title,
               void (*const head)(FILE* out))
{
  (void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
              "<meta charset=\"utf-8\"/>\n"
              "<meta name=\"viewport\" "
              "content=\"width=device-width, initial-scale=1\"/>\n"
              "<title>",
              out);
  tmb_markup_text(out, title);
  (void)fputs("</title>\n<style>\n", out);
  (void)fputs(style, out);
  (void)fputs("</style>\n", out);
  head(out);
  (void)fputs("</head>\n<body>\n<header>\n<h1>", out);
  tmb_markup_text(out, title);
  (void)fputs("</h1>\n", out);
}

void
tmb_page_end(FILE* const out)
{
  (void)fputs("</main>\n<footer>Timbrel " TMB_VERSION "</footer>\n"
              "</body>\n</html>\n",
              out);
}

void
tmb_page_card(FILE* const       out,
              const char* const format,
              const double      number,
              const char* const label)
{
  if (isfinite(number)) {
    (void)fputs("<div><dt>", out);
    tmb_markup_text(out, label);
    (void)fputs("</dt><dd>", out);
    (void)fprintf(out, format, number);
    (void)fputs("</dd></div>\n", out);
  }
}

/// A cell with what was made of a number.
static void
write_cell(FILE* const out, const double number, const char* const text)
{
  (void)fprintf(out, "<td>%s</td>", isfinite(number) ? text : "\xE2\x80\x93");
}

void
tmb_page_number_cell(FILE* const       out,
                     const char* const format,
                     const double      number)
{
  char text[MAX_CELL];
  (void)snprintf(text, sizeof(text), format, number);
  write_cell(out, number, text);
}

void
tmb_page_share_cell(FILE* const out, const double share)
{
  char text[MAX_CELL];
  (void)snprintf(text, sizeof(text), "%.1f&#160;%%", 100.0 * share);
  write_cell(out, share, text);
}
