// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PIECE_H
#define TMB_PIECE_H

#include "dsp/status.h"
#include "dsp/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
  A piece is what one process labels of one channel of a recording: all of it,
  or a stretch of a long one.  These are the messages with which a worker tells
  of one, in this order:

    OPENED  once the recording could be opened
    NOTE    for each note that ends in the piece
    BEAT    every now and then: it goes on
    END     always
*/

typedef enum {
  TMB_PIECE_OPENED,
  TMB_PIECE_NOTE,
  TMB_PIECE_BEAT,
  TMB_PIECE_END
} TmbPieceWord;

/// What is to be labelled; the path of the recording follows.
typedef struct {
  uint32_t channel;  ///< From 1 on, or 0 for the mean of all
  uint32_t number;   ///< Of the piece, 0 to n_pieces - 1
  uint32_t n_pieces; ///< In this channel; 0 if the worker is to say
  bool     is_probe; ///< Only tell, by an END, whether it is a recording
} TmbPieceJob;

typedef struct {
  double   rate_hz;
  uint64_t first; ///< Sample of the recording with which its pieces begin
  uint32_t n_channels;
  uint32_t n_pieces;
} TmbOpened;

/// The posterior of all outputs follows.
typedef struct {
  uint64_t   onset;    ///< Samples from the recording's begin
  uint64_t   duration; ///< Samples
  TmbVerdict verdict;
} TmbPieceNote;

typedef struct {
  uint64_t n_samples; ///< That were labelled since the last message
} TmbBeat;

typedef struct {
  TmbStatus  status;
  TmbMessage why;       ///< On error: one sentence that begins with the path
  uint64_t   n_samples; ///< That were labelled since the last beat
  uint64_t   end;       ///< Of the piece, in samples from the first one's begin
  /// tmb_recogniser_digest() where the piece began and where it ended: two
  /// pieces fit if the second began as the first one ended
  uint64_t begin_digest;
  uint64_t end_digest;
} TmbPieceEnd;

/// A message as it was received.
typedef struct {
  TmbPieceWord   word;
  const uint8_t* bytes; ///< [n]
  size_t         n;
} TmbPieceMessage;

#define TMB_MAX_PIECE_MESSAGE 8192U ///< Bytes, more than any has

/**
   Write a message.

   @param more [n_more] What follows, may be null; a multiple of 8 is not
   needed.
*/
void
tmb_piece_tell(FILE*        out,
               TmbPieceWord word,
               const void*  what,
               size_t       n_what,
               const void*  more,
               size_t       n_more);

/**
   The first message in what was received.

   @param bytes [n]
   @param[out] message Borrows from bytes.
   @return Bytes that it takes; 0 if not all of it is there.
*/
size_t
tmb_piece_parse(const uint8_t* bytes, size_t n, TmbPieceMessage* message);

#endif // TMB_PIECE_H
