// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/ports.h"

#define PORT_CASE(index, symbol, kind, flow, usual, least, largest)  \
  case index: {                                                      \
    const TmbPort port = { symbol, TMB_KIND_##kind, TMB_FLOW_##flow, \
                           usual,  least,           largest };       \
    return port;                                                     \
  }

TmbPort
tmb_port(const TmbPortIndex index)
{
  switch (index) {
    TMB_PORTS(PORT_CASE)
    case TMB_N_PORTS:
      break;
  }

  const TmbPort none = { "", TMB_KIND_CONTROL, TMB_FLOW_INPUT, 0, 0, 0 };
  return none;
}
