/*
 * json_text.h - one JSON string, escaped (RFC 8259): for the places that print a
 * few fixed fields and need no JSON library. The text must be UTF-8.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_BASE_JSON_TEXT_H
#define DCF_BASE_JSON_TEXT_H

#include "base/buf.h"

/* Appends s in double quotes. */
void dcf_json_string(dcf_buf *out, dcf_span s);
/* Appends "key":"value" (value NULL prints ""), preceded by a comma unless first. */
void dcf_json_pair(dcf_buf *out, bool first, const char *key, const char *value);

#endif
