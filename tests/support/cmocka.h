// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_CMOCKA_H
#define TMB_TEST_CMOCKA_H

// What cmocka.h needs before it

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif // TMB_TEST_CMOCKA_H
