// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/soundfont.h"

#include "tests/support/cmocka.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ 44100U
#define PERIOD 169U ///< Samples: near key 60
#define N_SAMPLES 44100U
#define N_ZEROS 46U ///< That must follow a sample
#define KEY 60U
#define INSTRUMENT_GENERATOR 41U
#define SAMPLE_GENERATOR 53U
#define MAX_BYTES 200000U

/*
  SoundFont Technical Specification 2.04: RIFF chunks, and in pdta tables of
  records whose last only ends the one before.  Numbers are little-endian.
*/

/// A file in the making.
typedef struct {
  uint8_t* bytes;
  size_t   n;
} Font;

static void
put(Font* const self, const uint32_t value, const unsigned n_bytes)
{
  assert_true(self->n + n_bytes <= MAX_BYTES);
  for (unsigned i = 0U; i < n_bytes; ++i) {
    self->bytes[self->n++] = (uint8_t)(value >> (8U * i));
  }
}

/// A name, filled up with zeros.
static void
put_name(Font* const self, const char* const name, const unsigned size)
{
  const size_t n = strlen(name);
  for (unsigned i = 0U; i < size; ++i) {
    put(self, (i < n) ? (uint8_t)name[i] : 0U, 1U);
  }
}

/// Begin a chunk; where its size is to be written.
static size_t
begin(Font* const self, const char* const id, const char* const form)
{
  put_name(self, id, 4U);
  const size_t at = self->n;
  put(self, 0U, 4U);
  put_name(self, form, (unsigned)strlen(form));
  return at;
}

static void
end(Font* const self, const size_t at)
{
  const size_t here = self->n;
  self->n           = at;
  put(self, (uint32_t)(here - at - 4U), 4U);
  self->n = here;
}

static void
put_info(Font* const self)
{
  const size_t list = begin(self, "LIST", "INFO");
  const size_t ifil = begin(self, "ifil", "");
  put(self, 2U, 2U);
  put(self, 1U, 2U);
  end(self, ifil);
  const size_t engine = begin(self, "isng", "");
  put_name(self, "EMU8000", 8U);
  end(self, engine);
  const size_t name = begin(self, "INAM", "");
  put_name(self, "test", 6U);
  end(self, name);
  end(self, list);
}

static void
put_samples(Font* const self)
{
  const size_t list = begin(self, "LIST", "sdta");
  const size_t smpl = begin(self, "smpl", "");
  for (uint32_t i = 0U; i < N_SAMPLES; ++i) {
    const double saw =
      1.0 - (2.0 * (double)(i % PERIOD) / (double)PERIOD); // From its height
    const double level = 20000.0 * exp(-4.0 * (double)i / RATE_HZ);
    put(self, (uint32_t)(int32_t)(level * saw), 2U);
  }
  put_name(self, "", 2U * N_ZEROS);
  end(self, smpl);
  end(self, list);
}

static void
put_preset(Font* const self, const unsigned program, const unsigned bag)
{
  const unsigned is_drums = program == SOUNDFONT_DRUMS;
  put_name(self, "test", 20U);
  put(self, is_drums ? 0U : program, 2U);
  put(self, is_drums ? 128U : 0U, 2U);
  put(self, bag, 2U);
  put_name(self, "", 12U);
}

/// Presets: each a bag of one generator, which names the instrument.
static void
put_presets(Font* const self, const unsigned* const programs, const unsigned n)
{
  const size_t phdr = begin(self, "phdr", "");
  for (unsigned i = 0U; i <= n; ++i) {
    put_preset(self, (i < n) ? programs[i] : 0U, i);
  }
  end(self, phdr);
  const size_t pbag = begin(self, "pbag", "");
  for (unsigned i = 0U; i <= n; ++i) {
    put(self, i, 2U);
    put(self, 0U, 2U);
  }
  end(self, pbag);
  const size_t pmod = begin(self, "pmod", "");
  put_name(self, "", 10U);
  end(self, pmod);
  const size_t pgen = begin(self, "pgen", "");
  for (unsigned i = 0U; i <= n; ++i) {
    put(self, (i < n) ? INSTRUMENT_GENERATOR : 0U, 2U);
    put(self, 0U, 2U);
  }
  end(self, pgen);
}

/// The instrument: a bag of one generator, which names the sample.
static void
put_instrument(Font* const self)
{
  const size_t inst = begin(self, "inst", "");
  for (unsigned i = 0U; i < 2U; ++i) {
    put_name(self, "test", 20U);
    put(self, i, 2U);
  }
  end(self, inst);
  const size_t ibag = begin(self, "ibag", "");
  for (unsigned i = 0U; i < 2U; ++i) {
    put(self, i, 2U);
    put(self, 0U, 2U);
  }
  end(self, ibag);
  const size_t imod = begin(self, "imod", "");
  put_name(self, "", 10U);
  end(self, imod);
  const size_t igen = begin(self, "igen", "");
  for (unsigned i = 0U; i < 2U; ++i) {
    put(self, i ? 0U : SAMPLE_GENERATOR, 2U);
    put(self, 0U, 2U);
  }
  end(self, igen);
}

static void
put_sample_header(Font* const self)
{
  const size_t shdr = begin(self, "shdr", "");
  put_name(self, "test", 20U);
  put(self, 0U, 4U);
  put(self, N_SAMPLES, 4U);
  put(self, N_SAMPLES - PERIOD, 4U); // Loop, which is not played
  put(self, N_SAMPLES - 1U, 4U);
  put(self, RATE_HZ, 4U);
  put(self, KEY, 1U);
  put(self, 0U, 1U);
  put(self, 0U, 2U);
  put(self, 1U, 2U); // Mono
  put_name(self, "EOS", 46U);
  end(self, shdr);
}

void
soundfont_write(const char* const     path,
                const unsigned* const programs,
                const unsigned        n)
{
  Font font = { (uint8_t*)malloc(MAX_BYTES), 0U };
  assert_non_null(font.bytes);

  const size_t riff = begin(&font, "RIFF", "sfbk");
  put_info(&font);
  put_samples(&font);
  const size_t list = begin(&font, "LIST", "pdta");
  put_presets(&font, programs, n);
  put_instrument(&font);
  put_sample_header(&font);
  end(&font, list);
  end(&font, riff);

  FILE* const file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(font.bytes, 1U, font.n, file), font.n);
  assert_int_equal(fclose(file), 0);
  free(font.bytes);
}
