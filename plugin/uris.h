// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_URIS_H
#define TMB_URIS_H

#include <lv2/atom/atom.h>
#include <lv2/midi/midi.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>
#include <lv2/time/time.h>
#include <lv2/urid/urid.h>

#define TMB_NS "urn:timbrel:ns#"

/*
  Every URI that the plugin maps, and the field that holds its number.  What
  the project's own ones mean stands in the Turtle.
*/
// clang-format off
#define TMB_URIS(X)                                     \
  X(atom_Path,            LV2_ATOM__Path)               \
  X(atom_String,          LV2_ATOM__String)             \
  X(midi_MidiEvent,       LV2_MIDI__MidiEvent)          \
  X(patch_Get,            LV2_PATCH__Get)               \
  X(patch_Put,            LV2_PATCH__Put)               \
  X(patch_Set,            LV2_PATCH__Set)               \
  X(patch_body,           LV2_PATCH__body)              \
  X(patch_property,       LV2_PATCH__property)          \
  X(patch_subject,        LV2_PATCH__subject)           \
  X(patch_value,          LV2_PATCH__value)             \
  X(state_StateChanged,   LV2_STATE__StateChanged)      \
  X(time_Position,        LV2_TIME__Position)           \
  X(time_speed,           LV2_TIME__speed)              \
  X(ns_Instrument,        TMB_NS "Instrument")          \
  X(ns_Note,              TMB_NS "Note")                \
  X(ns_classes,           TMB_NS "classes")             \
  X(ns_confidence,        TMB_NS "confidence")          \
  X(ns_family,            TMB_NS "family")              \
  X(ns_familyConfidence,  TMB_NS "familyConfidence")    \
  X(ns_instrument,        TMB_NS "instrument")          \
  X(ns_label,             TMB_NS "label")               \
  X(ns_model,             TMB_NS "model")               \
  X(ns_modelName,         TMB_NS "modelName")           \
  X(ns_notes,             TMB_NS "notes")               \
  X(ns_onset,             TMB_NS "onset")               \
  X(ns_program,           TMB_NS "program")
// clang-format on

#define TMB_URI_FIELD(name, uri) LV2_URID name;
typedef struct {
  TMB_URIS(TMB_URI_FIELD)
  LV2_URID plugin; ///< Of this one of the plugins
} TmbUris;
#undef TMB_URI_FIELD

/// Not for the real-time thread.
void
tmb_uris_map(TmbUris* uris, const LV2_URID_Map* map, const char* plugin);

#endif // TMB_URIS_H
