// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PLUGIN_H
#define TMB_PLUGIN_H

#include "dsp/attributes.h"
#include "dsp/recogniser.h"
#include "plugin/engine.h"
#include "plugin/midi.h"
#include "plugin/outbox.h"
#include "plugin/ports.h"
#include "plugin/uris.h"
#include "plugin/watch.h"

#include <lv2/core/lv2.h>
#include <lv2/log/logger.h>
#include <lv2/state/state.h>
#include <lv2/worker/worker.h>

#include <pthread.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TMB_CHUNK 512U ///< Samples that are passed and recognised at once

/// What listeners have to be told about the model, as bits.
typedef enum {
  TMB_TELL_MODEL      = 1,  ///< A patch:Set of its path
  TMB_TELL_PROPERTIES = 15, ///< Of all properties, the path too
  TMB_TELL_ALL        = 16, ///< A patch:Put of all properties
  TMB_TELL_CHANGE     = 32  ///< That there is something new to save
} TmbTelling;

/// What the outputs show of the music so far.
typedef struct {
  int      track;            ///< Class index or #TMB_UNKNOWN
  float    track_confidence; ///< Of the track, by its notes
  int      told;             ///< What listeners know as the track
  float    confidence;       ///< Of the newest note
  bool     onset;            ///< A note began in this block
  int      named;            ///< Class index of the newest note
  bool     holds;            ///< It plays, or is held
  uint64_t release;          ///< When it is let go, or #TMB_NEVER
  TmbWatch watch;            ///< Whether the watched instrument plays
  uint64_t pulse_end;        ///< When the onset's pulse ends, or #TMB_NEVER
  uint64_t stop;             ///< When the transport stops, or #TMB_NEVER
  uint64_t stopped;          ///< When it did; notes from before are over
} TmbHeard;

/**
   The plugin.

   Three kinds of threads meet here.  `run` and its like (audio) own everything
   but what is named below, and take no locks.  The worker, and hosts that save
   or restore, own `path`, under `lock`.  Engines travel between the two in the
   lists `arrived` and `retired`; all else is constant after instantiation.
*/
typedef struct {
  // Constant
  const TmbVariant*    variant;
  double               rate_hz;
  TmbUris              uris;
  LV2_Log_Logger       logger;
  LV2_Worker_Schedule* schedule; ///< Null if the host has no worker
  char*                factory;  ///< Path of the bundle's own model

  // Audio
  void*       ports[TMB_N_PORTS]; ///< By #TmbPortId; null if it has no such
  float       sound[TMB_MAX_CHANNELS][TMB_CHUNK];
  TmbEngine*  engine; ///< Its recogniser is null if there is no model
  TmbSettings settings;
  int         watch;                      ///< Class index
  float       posterior[TMB_MAX_CLASSES]; ///< Of the newest note
  TmbMidi     midi;
  TmbOutbox   outbox;
  TmbHeard    heard;
  bool        enabled;
  bool        rolls;                ///< The transport does
  uint64_t    clock;                ///< Samples since activation
  uint64_t    origin;               ///< Clock at the recogniser's first sample
  uint32_t    n_cv;                 ///< Samples of the block with CV written
  TmbStatus   status;               ///< Of the newest model that was asked for
  char        wanted[TMB_MAX_PATH]; ///< Model to ask the worker for
  bool        is_wanted;
  bool        has_garbage; ///< The worker should free `retired`
  unsigned    telling;     ///< Of #TmbTelling: what listeners don't know yet

  // Between threads
  atomic_bool   loading;   ///< The worker has a path
  atomic_bool   no_memory; ///< To audio: not even for an engine that says so
  TmbEngineList arrived;   ///< To audio: loaded
  TmbEngineList retired;   ///< From audio: no longer used

  // Worker, save and restore
  pthread_mutex_t lock;
  char*           path; ///< Of the model to save
} TmbPlugin;

// plugin/patch.c

/// Obey the messages at the `control` port, and answer them.
TMB_REALTIME void
tmb_patch_handle(TmbPlugin* self);

/// Tell listeners what they don't know yet.
TMB_REALTIME void
tmb_patch_notify(TmbPlugin* self);

// plugin/models.c

/// Load a model and hand it to `run`; not for the real-time thread.
/// @param is_restored Of a state: save this path even if it can't be loaded.
void
tmb_models_load(TmbPlugin* self, const char* path, bool is_restored);

/// Ask the worker for the wanted model and to free what is retired.
TMB_REALTIME void
tmb_models_request(TmbPlugin* self);

/// Use what has arrived.
TMB_REALTIME void
tmb_models_adopt(TmbPlugin* self);

extern const LV2_Worker_Interface tmb_worker_interface;

// plugin/state.c

extern const LV2_State_Interface tmb_state_interface;

// plugin/controls.c

/// Take up the control inputs.
TMB_REALTIME void
tmb_controls_read(TmbPlugin* self);

/// Write the control outputs.
TMB_REALTIME void
tmb_controls_write(const TmbPlugin* self);

// plugin/cv.c

/**
   Write the CV outputs, from where they are written to up to sample `end` of
   the block.  What is heard is right for these: so this comes before it changes
   at `end`.
*/
TMB_REALTIME void
tmb_cv_write(TmbPlugin* self, uint32_t end);

// plugin/listen.c

/// Forget what was heard: outputs go back and MIDI falls silent.
TMB_REALTIME void
tmb_listen_reset(TmbPlugin* self);

/// Start a block.
TMB_REALTIME void
tmb_listen_begin(TmbPlugin* self);

/**
   Recognise a part of the block and send what there is to send.

   @param begin Sample of the block at which the part begins.
   @param samples [n] Of the part.
*/
TMB_REALTIME void
tmb_listen(TmbPlugin* self, uint32_t begin, const float* samples, uint32_t n);

/// Watch an instrument from now on.
TMB_REALTIME void
tmb_listen_watch(TmbPlugin* self, int watch);

/**
   The transport stops at a frame of the block: what sounds then, ends.  Players
   may go on live, so the next note is heard as ever.
*/
TMB_REALTIME void
tmb_listen_stop(TmbPlugin* self, uint32_t frame);

/// How likely the newest note is the watched instrument's, see plugin/watch.h.
TMB_REALTIME float
tmb_watched_confidence(const TmbPlugin* self);

/// What to call an instrument of the current model.
TMB_REALTIME TmbNaming
tmb_naming(const TmbPlugin* self, int instrument, float confidence);

#endif // TMB_PLUGIN_H
