// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MARKUP_H
#define TMB_MARKUP_H

#include <stdint.h>
#include <stdio.h>

/*
  What HTML and SVG have in common.
*/

/// Write a text in which nothing is markup, between tags or in quotes.
void
tmb_markup_text(FILE* out, const char* text);

/// Write a text as a JSON string in which nothing is markup, for a script.
void
tmb_markup_string(FILE* out, const char* text);

/// A picture, in what gnuplot does not know of it.
typedef struct {
  const char*
    name; ///< Begins all of its ids, so that pictures can share a page
  const char* title; ///< For people who can't see it
  const char* about; ///< ..., in a sentence
  uint32_t    width; ///< In pixels
  uint32_t    height;
} TmbSvg;

/**
   Write what gnuplot's svg terminal wrote, as an element: with ids of its own,
   a title and a description, and colours as #rrggbb, which style sheets can
   look for.

   @param text A whole file; what is not SVG gives an empty picture.
   @param style A style sheet inside the picture, which makes it a file of its
   own; or null.
*/
void
tmb_markup_svg(FILE*         out,
               const char*   text,
               const TmbSvg* svg,
               void (*style)(FILE* out));

#endif // TMB_MARKUP_H
