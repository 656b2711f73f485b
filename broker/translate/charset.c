/* charset.c - one-byte encodings: 256 bytes, of which 32 need a table; and UTF-16. */
#include "translate/charset.h"

#include "base/utf8.h"

/* windows-1252 from 0x80 to 0x9F; 0: no character. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

static dcf_span from(dcf_span s, size_t offset)
{
    return dcf_span_of(s.data + offset, s.size - offset);
}

static bool utf16(dcf_charset charset)
{
    return charset == DCF_CHARSET_UTF16_LE || charset == DCF_CHARSET_UTF16_BE;
}

/* The two bytes at offset; no unit at all past the end. */
static uint32_t unit(dcf_charset charset, dcf_span s, size_t offset)
{
    if (s.size < offset + 2) return UINT32_MAX;
    unsigned high = s.data[offset + (charset == DCF_CHARSET_UTF16_LE)];
    unsigned low = s.data[offset + (charset == DCF_CHARSET_UTF16_BE)];
    return high << 8 | low;
}

static size_t take_utf16(dcf_charset charset, dcf_span s, uint32_t *ret)
{
    uint32_t first = unit(charset, s, 0), second = unit(charset, s, 2);
    *ret = first;
    if (first < 0xD800 || (first > 0xDFFF && first <= 0xFFFF)) return 2;
    if (first > 0xDBFF || second < 0xDC00 || second > 0xDFFF) return 0;
    *ret = 0x10000 + ((first - 0xD800) << 10 | (second - 0xDC00));
    return 4;
}

/* The bytes of the character at the start of s, which is not empty; 0: the encoding has none. */
static size_t take(dcf_charset charset, dcf_span s, uint32_t *ret)
{
    if (utf16(charset)) return take_utf16(charset, s, ret);
    uint8_t byte = s.data[0];
    bool table = charset == DCF_CHARSET_WINDOWS_1252 && byte >= 0x80 && byte < 0xA0;
    *ret = table ? windows_1252[byte - 0x80] : byte;
    return !(table && *ret == 0) && !(charset == DCF_CHARSET_US_ASCII && byte >= 0x80);
}

bool dcf_charset_decode(dcf_charset charset, dcf_span text, dcf_arena *arena, dcf_span *ret,
                        size_t *ret_bad)
{
    if (charset == DCF_CHARSET_UTF8) {
        *ret = text;
        *ret_bad = dcf_utf8_check(text);
        return true;
    }
    size_t size = 0, n;
    uint32_t c;
    uint8_t room[4];
    for (*ret_bad = 0; *ret_bad < text.size; *ret_bad += n) {
        n = take(charset, from(text, *ret_bad), &c);
        if (n == 0) return true;
        size += dcf_utf8_encode(c, room);
    }
    uint8_t *out = dcf_arena_alloc(arena, size);
    if (!out) return false;
    *ret = dcf_span_of(out, size);
    for (size_t i = 0; i < text.size; i += n) {
        n = take(charset, from(text, i), &c);
        out += dcf_utf8_encode(c, out);
    }
    return true;
}

static uint32_t next_code_point(dcf_span text, size_t *at)
{
    size_t n = dcf_utf8_char(from(text, *at));
    uint8_t lead = text.data[*at];
    uint32_t c = n == 1 ? lead : lead & (0x7FU >> n);
    for (size_t i = 1; i < n; i++) c = c << 6 | (text.data[*at + i] & 0x3FU);
    *at += n ? n : 1;
    return c;
}

/* The byte of a character; -1 when the encoding has none. */
static int byte_of(dcf_charset charset, uint32_t c)
{
    bool table = charset == DCF_CHARSET_WINDOWS_1252;
    if (c < 0x80 || (c >= 0xA0 && c < 0x100) || (c < 0xA0 && !table)) return (int)c;
    for (int i = 0; table && i < 32; i++)
        if (windows_1252[i] == c) return 0x80 + i;
    return -1;
}

bool dcf_charset_has(dcf_charset charset, dcf_span text)
{
    if (charset == DCF_CHARSET_UTF8) return true;
    for (size_t i = 0; i < text.size;)
        if (byte_of(charset, next_code_point(text, &i)) < 0) return false;
    return true;
}

void dcf_charset_encode(dcf_charset charset, dcf_span text, dcf_buf *out)
{
    if (charset == DCF_CHARSET_UTF8) {
        dcf_buf_add(out, text);
        return;
    }
    for (size_t i = 0; i < text.size;) {
        int byte = byte_of(charset, next_code_point(text, &i));
        if (byte >= 0) dcf_buf_addc(out, (char)byte);
    }
}
