/* buf.c - see buf.h. */
#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void dcf_buf_fini(dcf_buf *b)
{
    free(b->data);
    b->data = NULL;
    b->size = b->capacity = 0;
    b->failed = false;
}

void dcf_buf_clear(dcf_buf *b)
{
    b->size = 0;
    b->failed = false;
}

static bool reserve(dcf_buf *b, size_t more)
{
    if (b->failed) return false;
    if (more > SIZE_MAX / 4 - b->size || (b->limit && b->size + more > b->limit)) {
        b->failed = true;
        return false;
    }
    size_t need = b->size + more + 1; /* room for cstr's NUL */
    if (need <= b->capacity) return true;
    size_t capacity = b->capacity ? b->capacity : 256;
    while (capacity < need) capacity *= 2;
    uint8_t *data = realloc(b->data, capacity);
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->capacity = capacity;
    return true;
}

uint8_t *dcf_buf_room(dcf_buf *b, size_t size)
{
    if (!reserve(b, size)) return NULL;
    uint8_t *room = b->data + b->size;
    b->size += size;
    return room;
}

void dcf_buf_add(dcf_buf *b, dcf_span s)
{
    uint8_t *room = s.size ? dcf_buf_room(b, s.size) : NULL;
    if (room) memcpy(room, s.data, s.size);
}

void dcf_buf_adds(dcf_buf *b, const char *s)
{
    dcf_buf_add(b, dcf_span_str(s));
}

void dcf_buf_addc(dcf_buf *b, char c)
{
    dcf_buf_add(b, dcf_span_of(&c, 1));
}

void dcf_buf_printf(dcf_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) b->failed = true;
    if (n > 0 && reserve(b, (size_t)n)) {
        vsnprintf((char *)b->data + b->size, (size_t)n + 1, fmt, again);
        b->size += (size_t)n;
    }
    va_end(again);
}

const char *dcf_buf_cstr(dcf_buf *b)
{
    if (!reserve(b, 0)) return NULL;
    b->data[b->size] = 0;
    return (const char *)b->data;
}

dcf_span dcf_buf_span(const dcf_buf *b)
{
    return dcf_span_of(b->data, b->size);
}

dcf_status dcf_buf_status(const dcf_buf *b)
{
    return b->failed ? DCF_ERR(LIMIT) : DCF_OK;
}

static dcf_status read_all(dcf_buf *b, FILE *f, size_t max)
{
    size_t total = 0, n;
    uint8_t chunk[16384];
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0) {
        if (n > max - total) return DCF_ERR(LIMIT);
        total += n;
        dcf_buf_add(b, dcf_span_of(chunk, n));
        DCF_TRY(dcf_buf_status(b));
    }
    return ferror(f) ? DCF_ERR(IO) : DCF_OK;
}

dcf_status dcf_buf_read_file(dcf_buf *b, const char *path, size_t max)
{
    FILE *f = fopen(path, "rbe");
    if (!f) return errno == ENOENT || errno == ENOTDIR ? DCF_ERR(NOT_FOUND) : DCF_ERR(IO);
    size_t before = b->size;
    dcf_status s = read_all(b, f, max);
    fclose(f);
    if (dcf_failed(s)) b->size = before;
    return s;
}
