// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FORGE_H
#define TMB_FORGE_H

#include "dsp/attributes.h"

#include <lv2/atom/forge.h>

/*
  What of LV2's forge `run` uses.  A forge writes into a buffer or calls a sink,
  which could be any function; the plugin's has a buffer.
*/
TMB_TRUST(
  static inline LV2_Atom_Forge_Ref lv2_atom_forge_key(LV2_Atom_Forge* forge,
                                                      LV2_URID        key))
TMB_TRUST(
  static inline LV2_Atom_Forge_Ref lv2_atom_forge_int(LV2_Atom_Forge* forge,
                                                      int32_t         value))
TMB_TRUST(
  static inline LV2_Atom_Forge_Ref lv2_atom_forge_long(LV2_Atom_Forge* forge,
                                                       int64_t         value))
TMB_TRUST(
  static inline LV2_Atom_Forge_Ref lv2_atom_forge_float(LV2_Atom_Forge* forge,
                                                        float           value))
TMB_TRUST(
  static inline LV2_Atom_Forge_Ref lv2_atom_forge_urid(LV2_Atom_Forge* forge,
                                                       LV2_URID        id))
TMB_TRUST(
  static inline LV2_Atom_Forge_Ref lv2_atom_forge_string(LV2_Atom_Forge* forge,
                                                         const char*     text,
                                                         uint32_t        n))
TMB_TRUST(
  static inline LV2_Atom_Forge_Ref lv2_atom_forge_path(LV2_Atom_Forge* forge,
                                                       const char*     path,
                                                       uint32_t        n))
TMB_TRUST(static inline LV2_Atom_Forge_Ref lv2_atom_forge_object(
  LV2_Atom_Forge*       forge,
  LV2_Atom_Forge_Frame* frame,
  LV2_URID              id,
  LV2_URID              type))

#endif // TMB_FORGE_H
