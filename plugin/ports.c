// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/ports.h"

#define PORT_CASE(id, symbol, kind, flow, usual, least, largest)     \
  case id: {                                                         \
    const TmbPort port = { symbol, TMB_KIND_##kind, TMB_FLOW_##flow, \
                           usual,  least,           largest };       \
    return port;                                                     \
  }

TmbPort
tmb_port(const TmbPortId id)
{
  switch (id) {
    TMB_PORTS(PORT_CASE)
    case TMB_N_PORTS:
      break;
  }

  const TmbPort none = { "", TMB_KIND_CONTROL, TMB_FLOW_INPUT, 0, 0, 0 };
  return none;
}

// By index, which can't change: sessions may know ports by it
// clang-format off
static const TmbPortId mono_ports[] = {
  TMB_SOUND_PORTS(TMB_PORT_ID)
  TMB_COMMON_PORTS(TMB_PORT_ID)
};

static const TmbPortId stereo_ports[] = {
  TMB_STEREO_SOUND_PORTS(TMB_PORT_ID)
  TMB_COMMON_PORTS(TMB_PORT_ID)
};

static const TmbPortId cv_ports[] = {
  TMB_SOUND_PORTS(TMB_PORT_ID)
  TMB_COMMON_PORTS(TMB_PORT_ID)
  TMB_CV_PORTS(TMB_PORT_ID)
};
// clang-format on

#define N_PORTS(ports) ((uint32_t)(sizeof(ports) / sizeof(TmbPortId)))

const TmbVariant tmb_variants[TMB_N_VARIANTS] = {
  [TMB_MONO]   = { .uri        = TMB_MONO_URI,
                   .n_ports    = N_PORTS(mono_ports),
                   .ports      = mono_ports,
                   .n_channels = 1U,
                   .inputs     = { TMB_PORT_IN },
                   .outputs    = { TMB_PORT_OUT } },
  [TMB_STEREO] = { .uri        = TMB_STEREO_URI,
                   .n_ports    = N_PORTS(stereo_ports),
                   .ports      = stereo_ports,
                   .n_channels = 2U,
                   .inputs     = { TMB_PORT_IN_LEFT, TMB_PORT_IN_RIGHT },
                   .outputs    = { TMB_PORT_OUT_LEFT, TMB_PORT_OUT_RIGHT } },
  [TMB_CV]     = { .uri        = TMB_CV_URI,
                   .n_ports    = N_PORTS(cv_ports),
                   .ports      = cv_ports,
                   .n_channels = 1U,
                   .inputs     = { TMB_PORT_IN },
                   .outputs    = { TMB_PORT_OUT } },
};
