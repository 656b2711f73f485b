/* base64.h - RFC 4648, with padding: how bytes stand in canonical JSON. SPDX-License-Identifier:
 * MIT */
#ifndef DCF_TRANSLATE_BASE64_H
#define DCF_TRANSLATE_BASE64_H

#include "base/arena.h"

/* Arena text; NULL over its limit. */
char *dcf_base64_encode(dcf_arena *a, dcf_span bytes);
/* Strict. out has room for text.size / 4 * 3. */
bool dcf_base64_decode(dcf_span text, uint8_t *out, size_t *ret_size);

#endif
