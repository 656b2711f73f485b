/* utf8.c - UTF-8 as RFC 3629 defines it. */
#include "base/utf8.h"

static bool tail(uint8_t b)
{
    return (b & 0xC0) == 0x80;
}

size_t dcf_utf8_char(dcf_span s)
{
    const uint8_t *p = s.data;
    if (s.size == 0) return 0;
    if (p[0] < 0x80) return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF) return s.size >= 2 && tail(p[1]) ? 2 : 0;
    if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        if (s.size < 3 || !tail(p[1]) || !tail(p[2])) return 0;
        if (p[0] == 0xE0 && p[1] < 0xA0) return 0; /* overlong */
        if (p[0] == 0xED && p[1] > 0x9F) return 0; /* surrogate */
        return 3;
    }
    if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        if (s.size < 4 || !tail(p[1]) || !tail(p[2]) || !tail(p[3])) return 0;
        if (p[0] == 0xF0 && p[1] < 0x90) return 0; /* overlong */
        if (p[0] == 0xF4 && p[1] > 0x8F) return 0; /* past U+10FFFF */
        return 4;
    }
    return 0;
}

static dcf_span from(dcf_span s, size_t offset)
{
    return dcf_span_of(s.data + offset, s.size - offset);
}

size_t dcf_utf8_ascii(dcf_span s)
{
    uint64_t w[4];
    size_t i = 0;
    for (; s.size - i >= sizeof w; i += sizeof w) {
        memcpy(w, s.data + i, sizeof w);
        if ((w[0] | w[1] | w[2] | w[3]) & 0x8080808080808080U) break;
    }
    while (i < s.size && s.data[i] < 0x80) i++;
    return i;
}

size_t dcf_utf8_check(dcf_span s)
{
    size_t i = dcf_utf8_ascii(s);
    while (i < s.size) {
        size_t n = dcf_utf8_char(from(s, i));
        if (n == 0) return i;
        i += n;
        i += dcf_utf8_ascii(from(s, i));
    }
    return i;
}

size_t dcf_utf8_length(dcf_span s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.size; i++) n += !tail(s.data[i]);
    return n;
}

size_t dcf_utf8_prefix(dcf_span s, size_t n)
{
    size_t i = 0;
    while (i < s.size && (n > 0 || tail(s.data[i])))
        if (!tail(s.data[i++])) n--;
    return i;
}

bool dcf_utf8_is_xml(dcf_span s)
{
    for (size_t i = 0; i < s.size; i++) {
        uint8_t b = s.data[i];
        if (b < 0x20 && b != '\t' && b != '\n' && b != '\r') return false;
        if (b == 0xEF && s.size - i >= 3 && s.data[i + 1] == 0xBF && s.data[i + 2] >= 0xBE)
            return false;
    }
    return dcf_utf8_check(s) == s.size;
}

size_t dcf_utf8_encode(uint32_t c, uint8_t out[4])
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--, c >>= 6) out[i] = (uint8_t)(0x80 | (c & 0x3F));
    out[0] = (uint8_t)(lead[n] | c);
    return n;
}

void dcf_text_position(dcf_span s, size_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
    uint32_t line = 1, column = 1;
    for (size_t i = 0; i < offset && i < s.size; i++) {
        column++;
        if (s.data[i] == '\n') line++, column = 1;
    }
    *ret_line = line;
    *ret_column = column;
}
