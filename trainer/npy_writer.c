// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/npy_writer.h"

#include <inttypes.h>
#include <string.h>

#define HEADER_BYTES 128U ///< A multiple of 64, so that the data are aligned
#define PREFIX_BYTES 10U  ///< Magic, version and the length of the rest
#define VALUE_BYTES 4U

static size_t
row_bytes(const TmbNpyWriter* const self)
{
  return (self->n_columns ? self->n_columns : (size_t)1U) * VALUE_BYTES;
}

/// This machine's byte order, as NumPy writes it.
static char
byte_order(void)
{
  const uint16_t one   = 1U;
  unsigned char  first = 0U;
  memcpy(&first, &one, 1U);
  return first ? '<' : '>';
}

static TmbStatus
write_header(const TmbNpyWriter* const self, TmbMessage* const why)
{
  char shape[48] = "";
  if (self->n_columns) {
    (void)snprintf(
      shape, sizeof(shape), "%" PRIu64 ", %u", self->n_rows, self->n_columns);
  } else {
    (void)snprintf(shape, sizeof(shape), "%" PRIu64 ",", self->n_rows);
  }

  // Spaces, then a line end, fill up what Python's dictionary leaves
  char      header[HEADER_BYTES + 1U] = "\x93NUMPY\x01";
  const int n_text                    = HEADER_BYTES - PREFIX_BYTES - 1U;
  char      text[HEADER_BYTES]        = "";
  (void)snprintf(text,
                 sizeof(text),
                 "{'descr': '%c%s', 'fortran_order': False, 'shape': (%s), }",
                 byte_order(),
                 self->type == TMB_NPY_FLOAT32 ? "f4" : "i4",
                 shape);
  header[PREFIX_BYTES - 2U] = (char)(HEADER_BYTES - PREFIX_BYTES);
  (void)snprintf(header + PREFIX_BYTES,
                 sizeof(header) - PREFIX_BYTES,
                 "%-*s\n",
                 n_text,
                 text);
  (void)fwrite(header, 1U, HEADER_BYTES, self->file.out);
  return tmb_new_file_check(&self->file, why);
}

TmbStatus
tmb_npy_open(const char* const   path,
             const TmbNpyType    type,
             const uint32_t      n_columns,
             TmbNpyWriter* const writer,
             TmbMessage* const   why)
{
  *writer = (TmbNpyWriter){ .type = type, .n_columns = n_columns };

  TmbStatus status = tmb_new_file_open(path, &writer->file, why);
  if (!status) {
    status = write_header(writer, why);
  }
  if (!status) {
    tmb_npy_mark(writer);
  }
  return status;
}

TmbStatus
tmb_npy_write(TmbNpyWriter* const writer,
              const void* const   rows,
              const size_t        n,
              TmbMessage* const   why)
{
  const uint64_t most =
    ((uint64_t)INT64_MAX - HEADER_BYTES) / row_bytes(writer);
  if (n > most - writer->n_rows) {
    return tmb_fail(TMB_WRITE_FAILED,
                    why,
                    "%s can't be written: more than %" PRIu64 " rows",
                    writer->file.path,
                    most);
  }
  (void)fwrite(rows, row_bytes(writer), n, writer->file.out);
  writer->n_rows += n;
  return tmb_new_file_check(&writer->file, why);
}

void
tmb_npy_mark(TmbNpyWriter* const writer)
{
  tmb_new_file_mark(&writer->file);
  writer->n_marked = writer->n_rows;
}

void
tmb_npy_return(TmbNpyWriter* const writer)
{
  tmb_new_file_return(&writer->file);
  writer->n_rows = writer->n_marked;
}

TmbStatus
tmb_npy_close(TmbNpyWriter* const writer, TmbMessage* const why)
{
  TmbStatus   status = TMB_OK;
  FILE* const out    = writer->file.out;
  if (out) {
    const off_t end = ftello(out);
    (void)fseeko(out, 0, SEEK_SET); // rewind() would forget an error
    status = write_header(writer, why);
    (void)fseeko(out, end, SEEK_SET);
  }
  return status ? status : tmb_new_file_close(&writer->file, why);
}
