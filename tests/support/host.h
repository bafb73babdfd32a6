// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_HOST_H
#define TMB_TEST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
  An LV2 host without sound card or screen.  It finds the plugin through lilv
  as any host does, runs blocks of any size, and keeps what the plugin sends.
  All time is in samples, counted from the first that was run.
*/
typedef struct HostImpl Host;

/// What the host offers to the plugin.
typedef enum {
  HOST_FULL,      ///< Worker, options, log; atom ports connected
  HOST_NO_WORKER, ///< All but the worker
  HOST_BARE,      ///< Only urid:map; atom ports unconnected
  HOST_NOTHING    ///< Not even that
} HostKind;

typedef enum {
  HOST_MIDI,
  HOST_NOTE,
  HOST_INSTRUMENT,
  HOST_MODEL,        ///< patch:Set of the model
  HOST_PROPERTY,     ///< patch:Set of anything else
  HOST_PROPERTIES,   ///< patch:Put
  HOST_STATE_CHANGED ///< That there is something new to save
} HostType;

/// Properties that the plugin tells.
typedef enum {
  HOST_MODEL_PATH,
  HOST_MODEL_NAME,
  HOST_CLASSES,
  HOST_NOTES,
  HOST_N_PROPERTIES
} HostProperty;

/// Something that the plugin sent.
typedef struct {
  HostType type;
  uint64_t frame;
  uint8_t  midi[3]; ///< MIDI
  uint32_t n_midi;  ///< MIDI: bytes
  int64_t  onset;   ///< NOTE
  int      instrument;
  int      program;
  float    confidence;
  float    family_confidence; ///< NOTE
  char     label[64];         ///< NOTE, INSTRUMENT
  char     family[64];
} HostEvent;

/**
   Load a plugin from a bundle, instantiate and activate it, with controls at
   the defaults that the Turtle names.

   @param bundle Folder that holds manifest.ttl.
   @param uri Of the plugin.
   @return Freed with host_free(); null if the plugin can't be had.
*/
Host*
host_new_plugin(const char* bundle,
                const char* uri,
                HostKind    kind,
                double      rate_hz);

/// The same for urn:timbrel:mono.
Host*
host_new(const char* bundle, HostKind kind, double rate_hz);

void
host_free(Host* host);

/// Deactivate and activate again.
void
host_restart(Host* host);

void
host_set(Host* host, const char* symbol, float value);

float
host_get(const Host* host, const char* symbol);

/**
   Connect a port of sound or CV to what is read or written from the next block
   on, one block after the other.

   A port that is not connected so is `in` or, if it is the first of the sound
   outputs, `out` of the functions below; further outputs of sound are thrown
   away, and those of CV have no buffer.

   @param samples As many as are run; may be the buffer of another port, too.
*/
void
host_connect(Host* host, const char* symbol, float* samples);

/**
   Run one block.

   @param in [n] May be `out`.
   @param[out] out [n]
*/
void
host_run(Host* host, const float* in, float* out, uint32_t n);

/// Run a whole signal in blocks of at most `block` samples, in place of `out`.
void
host_run_all(Host* host, const float* in, float* out, size_t n, uint32_t block);

/// In the next block, send patch:Set of the model.
void
host_set_model(Host* host, const char* path);

/// The same with a path of `n` bytes that may be none, such as "\0".
void
host_set_model_bytes(Host* host, const char* path, uint32_t n);

/// At a frame of the next block, send the transport's speed; frames must not
/// fall.
void
host_set_speed(Host* host, float speed, uint32_t frame);

/// In the next block, send patch:Get of the model.
void
host_get_model(Host* host);

/**
   In the next block, send patch:Get.

   @param property URI, or null for all.
   @param subject URI, or null for the plugin.
*/
void
host_get_property(Host* host, const char* property, const char* subject);

/// In the next block, send patch:Set of something with a string.
void
host_set_property(Host* host, const char* property, const char* text);

/// The path in the newest patch:Set or patch:Put that the plugin sent, or "".
const char*
host_model(const Host* host);

/// The same of any property, as text.
const char*
host_property(const Host* host, HostProperty property);

/// What has been sent since the start or host_forget().
const HostEvent*
host_events(const Host* host, size_t* n);

void
host_forget(Host* host);

/// The newest thing the plugin logged, or "".
const char*
host_log(const Host* host);

/// Whether work is done right after the block that asks for it (as at first),
/// or only by host_work().
void
host_set_eager(Host* host, bool eager);

/// Do all the work that waits; responses come after the next block.
void
host_work(Host* host);

/// Refuse the next requests for work.
void
host_refuse(Host* host, unsigned n_requests);

/// Offer only so many bytes for the events of a block.
void
host_limit_events(Host* host, uint32_t n_bytes);

/// Call `guard` with true before each of the plugin's real-time functions, and
/// with false after it; call `count` with "log" whenever the plugin logs.
void
host_guard(Host* host, void (*guard)(bool), void (*count)(const char*));

/// Save the state to a folder, as a session does.
bool
host_save(Host* host, const char* folder);

/// Restore a state; `controls` as well, or only what the plugin keeps.
bool
host_restore(Host* host, const char* folder, bool controls);

/// Apply a preset of the bundle.
bool
host_preset(Host* host, const char* uri);

#endif // TMB_TEST_HOST_H
