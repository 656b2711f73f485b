/*
 * utf8.h - what text may be: UTF-8 without overlong forms, surrogates or NUL.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_BASE_UTF8_H
#define DCF_BASE_UTF8_H

#include "dcf/span.h"

/* The length in bytes (1 to 4) of the character at the start of s; 0 when it is none. */
size_t dcf_utf8_char(dcf_span s);
/* The offset of the first byte that is not ASCII; s.size when all is. */
size_t dcf_utf8_ascii(dcf_span s);
/* The offset of the first byte that is not UTF-8; s.size when all is. */
size_t dcf_utf8_check(dcf_span s);
/* Characters of valid UTF-8; and the bytes of its first n characters. */
size_t dcf_utf8_length(dcf_span s);
size_t dcf_utf8_prefix(dcf_span s, size_t n);
/* Valid UTF-8 that XML 1.0 can carry (no control characters but tab, LF, CR; no U+FFFE, U+FFFF). */
bool dcf_utf8_is_xml(dcf_span s);
/* The encoded form of a code point into out; its length. */
size_t dcf_utf8_encode(uint32_t code_point, uint8_t out[4]);
/* The line and column (bytes), from 1, of an offset. */
void dcf_text_position(dcf_span s, size_t offset, uint32_t *ret_line, uint32_t *ret_column);

#endif
