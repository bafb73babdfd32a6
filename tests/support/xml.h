// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_XML_H
#define TMB_TEST_XML_H

/// Demand that xmllint finds nothing wrong with a file.
void
xml_expect(const char* path);

#endif // TMB_TEST_XML_H
