// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PORTS_H
#define TMB_PORTS_H

#include "dsp/attributes.h"
#include "dsp/recogniser.h"

#include <stdint.h>

/*
  Every port of the three plugins: id, symbol, class, direction, default,
  minimum, maximum.  The Turtle repeats it for hosts; tests/test_bundle.c
  compares the two.  Symbols are fixed: sessions and scripts rely on them.

  CV is 0 to 1, but for the instrument's: of a model's n instruments, counted
  from 0, the i-th is 10 (i + 1) / n, and unknown is 0.
*/
// clang-format off
#define TMB_SOUND_PORTS(X)                                                     \
  X(TMB_PORT_IN,           "in",           AUDIO,   INPUT,  0, 0, 0)           \
  X(TMB_PORT_OUT,          "out",          AUDIO,   OUTPUT, 0, 0, 0)

#define TMB_STEREO_SOUND_PORTS(X)                                              \
  X(TMB_PORT_IN_LEFT,      "in_left",      AUDIO,   INPUT,  0, 0, 0)           \
  X(TMB_PORT_IN_RIGHT,     "in_right",     AUDIO,   INPUT,  0, 0, 0)           \
  X(TMB_PORT_OUT_LEFT,     "out_left",     AUDIO,   OUTPUT, 0, 0, 0)           \
  X(TMB_PORT_OUT_RIGHT,    "out_right",    AUDIO,   OUTPUT, 0, 0, 0)

#define TMB_COMMON_PORTS(X)                                                    \
  X(TMB_PORT_CONTROL,      "control",      ATOM,    INPUT,  0, 0, 0)           \
  X(TMB_PORT_EVENTS,       "events",       ATOM,    OUTPUT, 0, 0, 0)           \
  X(TMB_PORT_ENABLED,      "enabled",      CONTROL, INPUT,  1, 0, 1)           \
  X(TMB_PORT_SENSITIVITY,  "sensitivity",  CONTROL, INPUT,                     \
    tmb_default_settings.sensitivity, 0, 1)                                    \
  X(TMB_PORT_GATE,         "gate",         CONTROL, INPUT,                     \
    tmb_default_settings.gate_db, -120, 0)                                     \
  X(TMB_PORT_THRESHOLD,    "threshold",    CONTROL, INPUT,                     \
    tmb_default_settings.threshold, 0, 1)                                      \
  X(TMB_PORT_HOLD,         "hold",         CONTROL, INPUT,                     \
    tmb_default_settings.hold_ms, 0, 5000)                                     \
  X(TMB_PORT_DECISION,     "decision",     CONTROL, INPUT,                     \
    tmb_default_settings.decision_ms, 50, 500)                                 \
  X(TMB_PORT_MIDI_MODE,    "midi_mode",    CONTROL, INPUT,  1, 0, 4)           \
  X(TMB_PORT_MIDI_CHANNEL, "midi_channel", CONTROL, INPUT,  1, 1, 16)          \
  X(TMB_PORT_CC,           "cc",           CONTROL, INPUT,  20, 0, 117)        \
  X(TMB_PORT_WATCH,        "watch",        CONTROL, INPUT,                     \
    0, 0, TMB_MAX_CLASSES - 1U)                                                \
  X(TMB_PORT_INSTRUMENT,   "instrument",   CONTROL, OUTPUT,                    \
    -1, -1, TMB_MAX_CLASSES - 1U)                                              \
  X(TMB_PORT_PROGRAM,      "program",      CONTROL, OUTPUT, -1, -1, 127)       \
  X(TMB_PORT_CONFIDENCE,   "confidence",   CONTROL, OUTPUT, 0, 0, 1)           \
  X(TMB_PORT_ONSET,        "onset",        CONTROL, OUTPUT, 0, 0, 1)           \
  X(TMB_PORT_WATCHED,      "watched",      CONTROL, OUTPUT, 0, 0, 1)           \
  X(TMB_PORT_WATCHED_CONFIDENCE,                                               \
    "watched_confidence",                  CONTROL, OUTPUT, 0, 0, 1)           \
  X(TMB_PORT_LEVEL,        "level",        CONTROL, OUTPUT, -120, -120, 0)     \
  X(TMB_PORT_STATUS,       "status",       CONTROL, OUTPUT, 0, 0, 8)           \
  X(TMB_PORT_LATENCY,      "latency",      CONTROL, OUTPUT, 0, 0, 1)

#define TMB_CV_PORTS(X)                                                        \
  X(TMB_PORT_CV_WATCHED,   "cv_watched",   CV,      OUTPUT, 0, 0, 1)           \
  X(TMB_PORT_CV_CONFIDENCE,                                                    \
    "cv_confidence",                       CV,      OUTPUT, 0, 0, 1)           \
  X(TMB_PORT_CV_ONSET,     "cv_onset",     CV,      OUTPUT, 0, 0, 1)           \
  X(TMB_PORT_CV_INSTRUMENT,                                                    \
    "cv_instrument",                       CV,      OUTPUT, 0, 0, 10)
// clang-format on

/// All of them, each once.
#define TMB_PORTS(X)  \
  TMB_SOUND_PORTS(X)  \
  TMB_COMMON_PORTS(X) \
  TMB_CV_PORTS(X)     \
  TMB_STEREO_SOUND_PORTS(X)

/// Which port it is, in whatever plugin; its index depends on the plugin.
#define TMB_PORT_ID(id, symbol, kind, flow, usual, least, largest) id,
typedef enum { TMB_PORTS(TMB_PORT_ID) TMB_N_PORTS } TmbPortId;

typedef enum {
  TMB_KIND_AUDIO,
  TMB_KIND_ATOM,
  TMB_KIND_CONTROL,
  TMB_KIND_CV
} TmbPortKind;

typedef enum { TMB_FLOW_INPUT, TMB_FLOW_OUTPUT } TmbPortFlow;

typedef struct {
  const char* symbol;
  TmbPortKind kind;
  TmbPortFlow flow;
  float       usual;   ///< Default; control and CV ports only
  float       least;   ///< Minimum; control and CV ports only
  float       largest; ///< Maximum; control and CV ports only
} TmbPort;

/// A row of the table.
TMB_REALTIME TmbPort
tmb_port(TmbPortId id);

#define TMB_MAX_CHANNELS 2U

#define TMB_MONO_URI "urn:timbrel:mono"
#define TMB_STEREO_URI "urn:timbrel:stereo"
#define TMB_CV_URI "urn:timbrel:cv"

/// One of the plugins: they differ in their ports alone.
typedef struct {
  const char*      uri;
  uint32_t         n_ports;
  const TmbPortId* ports; ///< [n_ports] By index
  uint32_t         n_channels;
  TmbPortId        inputs[TMB_MAX_CHANNELS];  ///< [n_channels] Of sound
  TmbPortId        outputs[TMB_MAX_CHANNELS]; ///< [n_channels]
} TmbVariant;

typedef enum { TMB_MONO, TMB_STEREO, TMB_CV, TMB_N_VARIANTS } TmbVariantId;

extern const TmbVariant tmb_variants[TMB_N_VARIANTS];

/// What `midi_mode` can be.
typedef enum {
  TMB_MIDI_OFF,
  TMB_MIDI_PROGRAM,
  TMB_MIDI_NOTES,
  TMB_MIDI_CONTROLLER,
  TMB_MIDI_ALL
} TmbMidiMode;

/// What `status` can say.
typedef enum {
  TMB_STATE_READY,
  TMB_STATE_NARROW,   ///< Ready; the rate cuts off the model's upper bands
  TMB_STATE_LOADING,  ///< A model is being read, the old one still sounds
  TMB_STATE_MISSING,  ///< A model file can't be opened
  TMB_STATE_CORRUPT,  ///< A file is no model
  TMB_STATE_EXTERNAL, ///< A model was trained on external features
  TMB_STATE_TOO_NEW,  ///< A model is of a later format
  TMB_STATE_MEMORY,   ///< Memory is out
  TMB_STATE_RATE      ///< The sample rate is not 8 to 384 kHz
} TmbState;

#endif // TMB_PORTS_H
