/* base64.c - see base64.h. */
#include "translate/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *dcf_base64_encode(dcf_arena *a, dcf_span in)
{
    char *out = dcf_arena_alloc(a, (in.size + 2) / 3 * 4 + 1);
    if (!out) return NULL;
    char *p = out;
    for (size_t i = 0; i < in.size; i += 3) {
        size_t left = in.size - i;
        uint32_t v = (uint32_t)in.data[i] << 16;
        if (left > 1) v |= (uint32_t)in.data[i + 1] << 8;
        if (left > 2) v |= in.data[i + 2];
        *p++ = alphabet[v >> 18];
        *p++ = alphabet[v >> 12 & 63];
        *p++ = (char)(left > 1 ? alphabet[v >> 6 & 63] : '=');
        *p++ = (char)(left > 2 ? alphabet[v & 63] : '=');
    }
    return out;
}

static bool digit(uint8_t c, uint32_t *v)
{
    const char *found = c ? strchr(alphabet, c) : NULL;
    if (!found) return false;
    *v = *v << 6 | (uint32_t)(found - alphabet);
    return true;
}

bool dcf_base64_decode(dcf_span in, uint8_t *out, size_t *ret_size)
{
    if (in.size % 4) return false;
    size_t pad = in.size && in.data[in.size - 1] == '=' ? 1 + (in.data[in.size - 2] == '=') : 0;
    size_t n = 0;
    for (size_t i = 0; i < in.size; i += 4) {
        size_t digits = i + 4 == in.size ? 4 - pad : 4;
        uint32_t v = 0;
        for (size_t k = 0; k < digits; k++)
            if (!digit(in.data[i + k], &v)) return false;
        v <<= 6 * (4 - digits);
        for (size_t k = 0; k + 1 < digits; k++) out[n++] = (uint8_t)(v >> (16 - 8 * k));
        if (digits < 4 && (v & (digits == 3 ? 0xFFU : 0xFFFFU)))
            return false; /* bits past the end */
    }
    *ret_size = n;
    return true;
}
