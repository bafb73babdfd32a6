// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_AUGMENTATION_H
#define TMB_AUGMENTATION_H

#include "dsp/status.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

/*
  How notes are drawn for training, and altered.  What a step of the alteration
  does is told in augment_steps.h.
*/

// clang-format off
/// X(name, default, largest value, what it is): the smallest is 0.
#define TMB_AUGMENTATION(X)                                                    \
  X(altered,  0.8,   1.0, "share of notes that are altered")                   \
  X(warp,     3.0,  12.0, "semitones that frequencies move at most")           \
  X(stretch,  0.2,   1.0, "logarithm of how much times are stretched at most") \
  X(shift,    3.0,  16.0, "whole frames that an onset moves at most")          \
  X(release,  0.4,   1.0, "share that is let go early")                        \
  X(tail,     0.3,   1.0, "share with a note before it that still sounds")     \
  X(reverb,   0.4,   1.0, "share with reverberation")                          \
  X(body,     0.6,   1.0, "share with some of another source's body")          \
  X(filter,   0.15,  1.0, "share with a low-pass; with a high-pass")           \
  X(noise,    1.0,   1.0, "share with a noise floor")                          \
  X(limit,    0.05,  1.0, "share as of a low sample rate")                     \
  X(exponent, 0.5,   1.0, "a source of n notes weighs n to this power")        \
  X(unknown,  1.5, 100.0, "weight of the class \"unknown\"; others have 1")    \
  X(several,  0.04,  1.0, "share of pairs of notes, which are \"unknown\"")
// clang-format on

#define TMB_AUGMENTATION_FIELD(name, value, most, about) double name;
#define TMB_AUGMENTATION_VALUE(name, value, most, about) .name = (value),

/// Numbers that can be changed to see what difference they make.
typedef struct {
  TMB_AUGMENTATION(TMB_AUGMENTATION_FIELD)
} TmbAugmentation;

/// The default, as an initialiser.
#define TMB_DEFAULT_AUGMENTATION             \
  {                                          \
    TMB_AUGMENTATION(TMB_AUGMENTATION_VALUE) \
  }

/// Print each number's name, default and meaning, for a command's help.
void
tmb_print_augmentation_help(void);

/**
   Change some numbers.

   @param text NAME=VALUE[,NAME=VALUE...], which is cut apart.
   @return Whether it is right; if not, a usage error has been printed.
*/
TMB_NODISCARD bool
tmb_read_augmentation(const char*      command,
                      char*            text,
                      TmbAugmentation* augmentation);

/// Whether any number is not the default.
bool
tmb_augmentation_is_changed(const TmbAugmentation* augmentation);

/// All numbers by name; null if memory is out.
json_t*
tmb_pack_augmentation(const TmbAugmentation* augmentation);

/// Those that are not the default, of which there may be none.
json_t*
tmb_pack_augmentation_changes(const TmbAugmentation* augmentation);

#endif // TMB_AUGMENTATION_H
