// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MODEL_H
#define TMB_MODEL_H

#include "dsp/attributes.h"
#include "dsp/front_end.h"
#include "dsp/net.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
  The file: https://huggingface.co/docs/safetensors, that is a 64-bit
  little-endian header length, a JSON header that gives each tensor's dtype,
  shape and data_offsets, then the data.  Ours holds, all F32:

    mean [n_in], scale [n_in]                   standardisation
    layer.I.weight                              I = 0, 1, ..., of layers that
                                                have weights
      dense [out, in], conv [out channels, in channels, width],
      idct [views, coefficients, values] of several views
    layer.I.bias [out, or out channels]
    temperature [1], or [n_ages]                one for each of the front end's

  and no others, and in __metadata__ (strings; structured values as JSON text):

    timbrel.format      "2"
    timbrel.classes     [{"name": "violin", "program": 40, "family": "strings"}]
    timbrel.front_end   the fields of TmbFrontEnd by their names, without the
                        two counts that the arrays tell; absent in a model of
                        external features
    timbrel.network     a list of layers, whose last is dense:
                        {"type": "idct", "coefficients": 80, "views": 3}
                        {"type": "conv", "width": 7, "activation": "relu"}
                        {"type": "pool", "width": 2}
                        {"type": "dense", "activation": "identity"}
                        see dsp/net.h; activations are tmb_activation_names

  An idct layer without "views" has one view, and no weight.  A conv layer that
  comes first has the channels of its weight, and a pool layer
  that does has one.  Batch normalisation is no layer: it is folded into weight
  and bias.  The last of several classes may be {"name": "unknown",
  "program": -1, "family": ""}, an output for what is none of the others.

  Format 1 had neither that, nor layers that are not dense, nor more than one
  temperature, and is still read.

  and, for people, what tmb_model_metadata() can look up: timbrel.training,
  timbrel.accuracy, timbrel.creator, timbrel.date, timbrel.licence.
*/

#define TMB_MODEL_FORMAT 2               ///< The newest, which is written
#define TMB_MAX_MODEL_BYTES (64U << 20U) ///< Larger files are refused
#define TMB_MAX_LIVE_WORK (4U << 20U)    ///< For sound: about 1 ms a note
#define TMB_MAX_HEADER_BYTES (1U << 20U) ///< Larger headers are refused
#define TMB_MAX_CLASSES 1024U
#define TMB_MAX_NAME 48U ///< Bytes of a class or family name, with its end

#define TMB_UNKNOWN_LABEL "unknown" ///< What is none of the classes

#define TMB_KEY_FORMAT "timbrel.format"
#define TMB_KEY_CLASSES "timbrel.classes"
#define TMB_KEY_FRONT_END "timbrel.front_end"
#define TMB_KEY_NETWORK "timbrel.network"
#define TMB_KEY_TRAINING "timbrel.training"
#define TMB_KEY_ACCURACY "timbrel.accuracy"
#define TMB_KEY_CREATOR "timbrel.creator"
#define TMB_KEY_DATE "timbrel.date"
#define TMB_KEY_LICENCE "timbrel.licence"

/// The file's words for the enumerations, in their order; null at the end.
extern const char* const tmb_scale_names[];
extern const char* const tmb_norm_names[];
extern const char* const tmb_layer_names[];
extern const char* const tmb_activation_names[];

/// An instrument that a model can name, or #TMB_UNKNOWN_LABEL.
typedef struct {
  char name[TMB_MAX_NAME];   ///< Such as "violin"; unique
  char family[TMB_MAX_NAME]; ///< Such as "strings"; may be empty
  int  program;              ///< General MIDI program from 0, or -1 for none
} TmbClass;

/// Whether it stands for what is none of the instruments.
bool
tmb_class_is_unknown(const TmbClass* self);

/// A family that some of a model's instruments share.
typedef struct {
  char name[TMB_MAX_NAME];       ///< Such as "brass"; never empty
  char guess[TMB_MAX_NAME + 1U]; ///< "brass?", for an unknown one of them
} TmbFamily;

/// The distinct families of a model's classes.
typedef struct {
  uint32_t   n_classes;
  uint32_t   n_families;
  TmbFamily* families; ///< [n_families] In order of their first classes
  int*       of_class; ///< [n_classes] Index of a family, or -1 for none
} TmbFamilies;

/// A validated model.  Only read after creation, so threads may share it.
typedef struct TmbModelImpl TmbModel;

/**
   Read a model from memory.  The bytes are not trusted: sizes, bounds,
   overlaps, types, shapes and values are checked, then all is copied.

   @param bytes [n] Need not outlive the call.
   @param[out] model Owned by the caller, freed with tmb_model_free(); null on
   error.
   @param[out] why One sentence on error, or null.
   @return #TMB_OK, #TMB_NO_MEMORY, #TMB_BAD_FILE or #TMB_TOO_NEW.
*/
TMB_NODISCARD TmbStatus
tmb_model_read(const void* bytes, size_t n, TmbModel** model, TmbMessage* why);

/// Read a model file; also returns #TMB_NO_FILE.  `why` names the path.
TMB_NODISCARD TmbStatus
tmb_model_load(const char* path, TmbModel** model, TmbMessage* why);

void
tmb_model_free(TmbModel* model);

/// Instruments that it can name.
TMB_REALTIME uint32_t
tmb_model_n_classes(const TmbModel* model);

/// Outputs of its network: the classes, and perhaps one for "none of these".
TMB_REALTIME uint32_t
tmb_model_n_outputs(const TmbModel* model);

/// Class `i`, below tmb_model_n_outputs().
TMB_REALTIME const TmbClass*
tmb_model_class(const TmbModel* model, uint32_t i);

TMB_REALTIME const TmbFamilies*
tmb_model_families(const TmbModel* model);

/// Null if the model was trained on external features.
TMB_REALTIME const TmbFrontEnd*
tmb_model_front_end(const TmbModel* model);

TMB_REALTIME const TmbNet*
tmb_model_net(const TmbModel* model);

/**
   Whether a network is fast enough to be live, as one of Timbrel's own features
   has to be.

   @param net Its weights are not looked at.
   @return #TMB_OK, or #TMB_BAD_FILE with a sentence.
*/
TMB_NODISCARD TmbStatus
tmb_check_live(const TmbNet* net, TmbMessage* why);

/// A metadata string by key, or null.
const char*
tmb_model_metadata(const TmbModel* model, const char* key);

#endif // TMB_MODEL_H
