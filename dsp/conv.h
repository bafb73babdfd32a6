// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_CONV_H
#define TMB_CONV_H

#include "dsp/attributes.h"
#include "dsp/net.h"

#include <stdint.h>

/// Multiplications that tmb_conv_apply() makes: more than there are products,
/// since what is left over of a block is made and thrown away.
uint64_t
tmb_conv_work(const TmbLayer* layer);

/// Floats of scratch that tmb_conv_apply() needs.
uint32_t
tmb_conv_scratch(const TmbLayer* layer);

/**
   Convolve, without the activation.

   Each output is its bias, to which the products are added one by one, channel
   by channel and from the first tap to the last: this order is fixed, so that
   the result is the same on any machine.

   @param layer A #TMB_CONV.
   @param x [in_channels][length]
   @param scratch [tmb_conv_scratch()] The caller's.
   @param[out] y [out_channels][length] Must overlap neither of the others.
*/
TMB_REALTIME void
tmb_conv_apply(const TmbLayer* layer, const float* x, float* scratch, float* y);

#endif // TMB_CONV_H
