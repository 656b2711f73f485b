/*
 * span.h - borrowed bytes: a pointer and a size in bytes. Never owns, never ends in NUL by promise.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_SPAN_H
#define DCF_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct dcf_span {
    const uint8_t *data;
    size_t size;
} dcf_span;

/* The bytes of a NUL-terminated string; NULL gives the empty span. */
static inline dcf_span dcf_span_str(const char *s)
{
    return (dcf_span){(const uint8_t *)s, s ? strlen(s) : 0};
}

static inline dcf_span dcf_span_of(const void *data, size_t size)
{
    return (dcf_span){(const uint8_t *)data, size};
}

static inline bool dcf_span_eq(dcf_span a, dcf_span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool dcf_span_eq_str(dcf_span a, const char *s)
{
    return dcf_span_eq(a, dcf_span_str(s));
}

/* Space, tab, CR or LF. */
static inline bool dcf_is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The span without leading and trailing space, tab, CR and LF. */
static inline dcf_span dcf_span_trim(dcf_span s)
{
    while (s.size && dcf_is_space(s.data[0])) s.data++, s.size--;
    while (s.size && dcf_is_space(s.data[s.size - 1])) s.size--;
    return s;
}

/* Nothing but those. */
static inline bool dcf_span_blank(dcf_span s)
{
    while (s.size && dcf_is_space(s.data[0])) s.data++, s.size--;
    return s.size == 0;
}

#endif
