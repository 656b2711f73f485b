/*
 * buf.h - a growing byte buffer with a ceiling, for output of unknown size.
 *
 * Appends never fail one by one: a failed one sets `failed` and later ones do
 * nothing, so a writer checks once, at the end. Owns its bytes.
 * Thread rule: one thread at a time. SPDX-License-Identifier: MIT
 */
#ifndef DCF_BASE_BUF_H
#define DCF_BASE_BUF_H

#include "dcf/span.h"
#include "dcf/status.h"

typedef struct dcf_buf {
    uint8_t *data;
    size_t size, capacity;
    size_t limit; /* bytes; 0 means no ceiling */
    bool failed;  /* out of memory or over the limit: the content is not whole */
} dcf_buf;

/* A zeroed dcf_buf is an empty one without ceiling. */
void dcf_buf_fini(dcf_buf *b);
void dcf_buf_clear(dcf_buf *b); /* empty, keeps memory, forgets failed */
void dcf_buf_add(dcf_buf *b, dcf_span s);
void dcf_buf_adds(dcf_buf *b, const char *s);
void dcf_buf_addc(dcf_buf *b, char c);
void dcf_buf_printf(dcf_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Adds size bytes for the caller to fill now; NULL when that failed. */
uint8_t *dcf_buf_room(dcf_buf *b, size_t size);
/* The content with a NUL after it (not counted); "" when empty; NULL when failed. Lives until the
 * next change. */
const char *dcf_buf_cstr(dcf_buf *b);
/* Borrowed; lives until the next change. */
dcf_span dcf_buf_span(const dcf_buf *b);
/* OK, or LIMIT when an append failed. */
DCF_RESULT dcf_buf_status(const dcf_buf *b);
/* Appends a whole file, at most max bytes; nothing of it on failure: LIMIT when longer, NOT_FOUND,
 * IO. */
DCF_RESULT dcf_buf_read_file(dcf_buf *b, const char *path, size_t max);

#endif
