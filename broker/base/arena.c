/* arena.c - a bump allocator over a list of blocks, newest first; each twice as large as the one
 * before. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_MIN = 8192, ALIGN = 16 };

struct dcf_arena_block {
    struct dcf_arena_block *next;
    size_t size, fill;
    _Alignas(ALIGN) uint8_t bytes[];
};

static void *pb_alloc(void *self, size_t size)
{
    return dcf_arena_alloc(self, size);
}

static void pb_free(void *self, void *p)
{
    (void)self;
    (void)p; /* the arena frees everything at once */
}

void dcf_arena_init(dcf_arena *a, size_t limit)
{
    *a = (dcf_arena){.pb = {.alloc = pb_alloc, .free = pb_free}, .limit = limit};
    a->pb.allocator_data = a;
}

/* Frees blocks up to (not with) last; returns what is left. */
static struct dcf_arena_block *free_blocks(struct dcf_arena_block *b,
                                           const struct dcf_arena_block *last)
{
    while (b != last) {
        struct dcf_arena_block *next = b->next;
        free(b);
        b = next;
    }
    return b;
}

/*
 * Only a first block of the usual size stays: with a larger one, what fits under
 * the limit would depend on the messages before this one.
 */
void dcf_arena_reset(dcf_arena *a)
{
    struct dcf_arena_block *first = a->blocks;
    while (first && first->next) first = first->next;
    if (first && first->size > BLOCK_MIN) first = NULL;
    a->pb.allocator_data = a;
    a->blocks = free_blocks(a->blocks, first);
    a->used = first ? first->size : 0;
    if (first) first->fill = 0;
}

void dcf_arena_fini(dcf_arena *a)
{
    a->blocks = free_blocks(a->blocks, NULL);
    a->used = 0;
}

static struct dcf_arena_block *add_block(dcf_arena *a, size_t need)
{
    size_t size = a->blocks ? a->blocks->size * 2 : BLOCK_MIN;
    size_t left = a->limit > a->used ? a->limit - a->used : 0;
    if (size > left) size = left;
    if (size < need) size = need;
    if (size > left) return NULL;
    struct dcf_arena_block *b = malloc(sizeof *b + size);
    if (!b) return NULL;
    *b = (struct dcf_arena_block){.next = a->blocks, .size = size};
    a->blocks = b;
    a->used += size;
    return b;
}

/* As it is in the block, not zeroed. align: a power of two, at most ALIGN. */
static void *take(dcf_arena *a, size_t size, size_t align)
{
    if (size > SIZE_MAX / 2) return NULL;
    struct dcf_arena_block *b = a->blocks;
    size_t from = b ? (b->fill + align - 1) & ~(align - 1) : 0;
    if (!b || from > b->size || b->size - from < size) {
        b = add_block(a, size);
        from = 0;
    }
    if (!b) return NULL;
    b->fill = from + size;
    return b->bytes + from;
}

void *dcf_arena_alloc(dcf_arena *a, size_t size)
{
    void *p = take(a, size ? size : 1, ALIGN);
    return p ? memset(p, 0, size) : NULL;
}

char *dcf_arena_str(dcf_arena *a, dcf_span s)
{
    char *copy = s.size < SIZE_MAX ? take(a, s.size + 1, 1) : NULL; /* texts stand side by side */
    if (!copy) return NULL;
    if (s.size) memcpy(copy, s.data, s.size);
    copy[s.size] = 0;
    return copy;
}

char *dcf_arena_strdup(dcf_arena *a, const char *s)
{
    return dcf_arena_str(a, dcf_span_str(s));
}

char *dcf_arena_printf(dcf_arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *out = n < 0 ? NULL : dcf_arena_alloc(a, (size_t)n + 1);
    if (out) vsnprintf(out, (size_t)n + 1, fmt, again);
    va_end(again);
    return out;
}

void *dcf_arena_grow(dcf_arena *a, const void *old, size_t old_count, size_t new_count, size_t item)
{
    if (item && new_count > SIZE_MAX / item) return NULL;
    void *p = dcf_arena_alloc(a, new_count * item);
    if (p && old_count) memcpy(p, old, old_count * item);
    return p;
}
