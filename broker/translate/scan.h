/*
 * scan.h - skims plain bytes many at a time, for the readers: most of a document is text that
 * means nothing to a parser. Internal to translate/. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_SCAN_H
#define DCF_TRANSLATE_SCAN_H

#include "dcf/span.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define DCF_EACH_BYTE(b) (0x0101010101010101ULL * (b))

/* The high bit of the first byte that is b, and of none before it. */
static inline uint64_t dcf_scan_byte(uint64_t word, uint8_t b)
{
    uint64_t x = word ^ DCF_EACH_BYTE(b);
    return (x - DCF_EACH_BYTE(0x01)) & ~x & DCF_EACH_BYTE(0x80);
}

/* Bytes looked at together. */
#ifdef __SSE2__
enum { DCF_SCAN_BLOCK = 16 };
#elif __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { DCF_SCAN_BLOCK = 8 };
#else
enum { DCF_SCAN_BLOCK = 1 };
#endif

/* How many bytes from p come before one that is a, b, c or a control character: at most
 * DCF_SCAN_BLOCK, which must be there. */
static inline unsigned dcf_scan_block(const uint8_t *p, uint8_t a, uint8_t b, uint8_t c)
{
#ifdef __SSE2__
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i is_a = _mm_cmpeq_epi8(v, _mm_set1_epi8((char)a)),
            is_b = _mm_cmpeq_epi8(v, _mm_set1_epi8((char)b)),
            is_c = _mm_cmpeq_epi8(v, _mm_set1_epi8((char)c)),
            is_control = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1F)), v);
    __m128i stop = _mm_or_si128(_mm_or_si128(is_a, is_b), _mm_or_si128(is_c, is_control));
    return (unsigned)__builtin_ctz((unsigned)_mm_movemask_epi8(stop) | 1U << DCF_SCAN_BLOCK);
#elif __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t word;
    memcpy(&word, p, sizeof word);
    uint64_t control = (word - DCF_EACH_BYTE(0x20)) & ~word & DCF_EACH_BYTE(0x80);
    uint64_t stop =
        control | dcf_scan_byte(word, a) | dcf_scan_byte(word, b) | dcf_scan_byte(word, c);
    return stop ? (unsigned)__builtin_ctzll(stop) / 8 : DCF_SCAN_BLOCK;
#else
    return *p >= 0x20 && *p != a && *p != b && *p != c;
#endif
}

/* The first byte from p that is a, b, c or a control character; end when there is none. */
static inline const uint8_t *dcf_scan(const uint8_t *p, const uint8_t *end, uint8_t a, uint8_t b,
                                      uint8_t c)
{
    for (unsigned n; end - p >= DCF_SCAN_BLOCK; p += n)
        if ((n = dcf_scan_block(p, a, b, c)) < DCF_SCAN_BLOCK) return p + n;
    while (p < end && *p >= 0x20 && *p != a && *p != b && *p != c) p++;
    return p;
}

/* The same where one is sure to come, and DCF_SCAN_BLOCK bytes may be read from it on. */
static inline const uint8_t *dcf_scan_ended(const uint8_t *p, uint8_t a, uint8_t b)
{
    for (unsigned n = DCF_SCAN_BLOCK; n == DCF_SCAN_BLOCK; p += n) n = dcf_scan_block(p, a, b, b);
    return p;
}

/* dcf_span_eq without a call: names are short. */
static inline bool dcf_same(dcf_span a, dcf_span b)
{
    uint64_t x, y;
    uint32_t v, w;
    size_t n = a.size, i = 0;
    if (n != b.size) return false;
    if (n < 4) {
        while (i < n && a.data[i] == b.data[i]) i++;
        return i == n;
    }
    if (n < sizeof x) { /* both ends, which overlap */
        memcpy(&v, a.data, sizeof v), memcpy(&w, b.data, sizeof w);
        if (v != w) return false;
        memcpy(&v, a.data + n - sizeof v, sizeof v), memcpy(&w, b.data + n - sizeof w, sizeof w);
        return v == w;
    }
    for (; i + sizeof x < n; i += sizeof x) {
        memcpy(&x, a.data + i, sizeof x), memcpy(&y, b.data + i, sizeof y);
        if (x != y) return false;
    }
    memcpy(&x, a.data + n - sizeof x, sizeof x), memcpy(&y, b.data + n - sizeof y, sizeof y);
    return x == y;
}

enum { DCF_NAME_ENDS = 16 };

/* A name by its size and its ends, which are all of a name up to DCF_NAME_ENDS bytes. */
typedef struct dcf_name {
    uint64_t head, tail;
    uint32_t size;
} dcf_name;

static inline dcf_name dcf_name_of(dcf_span s)
{
    dcf_name n = {.size = (uint32_t)s.size};
    uint32_t head, tail;
    if (s.size >= 8) {
        memcpy(&n.head, s.data, 8), memcpy(&n.tail, s.data + s.size - 8, 8);
    } else if (s.size >= 4) {
        memcpy(&head, s.data, 4), memcpy(&tail, s.data + s.size - 4, 4);
        n.head = head, n.tail = tail;
    } else if (s.size) {
        n.head = (uint64_t)s.data[0] << 16 | (uint64_t)s.data[s.size / 2] << 8 | s.data[s.size - 1];
    }
    return n;
}

/* Whether both have the same size and ends. */
static inline bool dcf_name_like(dcf_name a, dcf_name b)
{
    return a.head == b.head && a.tail == b.tail && a.size == b.size;
}

/* For tables of names that no peer can choose. */
static inline uint32_t dcf_name_hash(dcf_name n)
{
    uint64_t ends = n.head ^ (n.tail << 23 | n.tail >> 41);
    return (uint32_t)(((ends + n.size) * 0x9E3779B97F4A7C15U) >> 32);
}

#endif
