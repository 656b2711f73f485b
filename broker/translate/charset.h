/*
 * charset.h - the encodings exports are still made in, to UTF-8 and back.
 * Sources: the WHATWG and Unicode tables of windows-1252; ISO 8859-1 is the first 256 code points;
 * RFC 2781 (UTF-16).
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_CHARSET_H
#define DCF_TRANSLATE_CHARSET_H

#include "base/arena.h"
#include "base/buf.h"

typedef enum dcf_charset {
    DCF_CHARSET_UTF8,
    DCF_CHARSET_WINDOWS_1252,
    DCF_CHARSET_ISO_8859_1,
    /* these are read, never written */
    DCF_CHARSET_US_ASCII,
    DCF_CHARSET_UTF16_LE,
    DCF_CHARSET_UTF16_BE
} dcf_charset;

/*
 * The text as UTF-8: itself, or a copy in the arena. *ret_bad is the offset of the first byte that
 * the encoding does not have, text.size when all are good. False out of memory.
 */
bool dcf_charset_decode(dcf_charset charset, dcf_span text, dcf_arena *arena, dcf_span *ret,
                        size_t *ret_bad);
/* Whether the encoding has all characters of valid UTF-8. */
bool dcf_charset_has(dcf_charset charset, dcf_span text);
/* Appends what the encoding has of valid UTF-8. */
void dcf_charset_encode(dcf_charset charset, dcf_span text, dcf_buf *out);

#endif
