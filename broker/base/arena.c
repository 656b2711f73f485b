/* arena.c - a bump allocator over a list of blocks, newest first; each twice as large as the one
 * before. */
#include "base/arena.h"

#include <sanitizer/asan_interface.h> /* so that a use after reset is seen */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_MIN = 8192, ALIGN = 16, SPARE_MOST = 256 << 10 };

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

static void free_blocks(struct dcf_arena_block *b)
{
    while (b) {
        struct dcf_arena_block *next = b->next;
        free(b);
        b = next;
    }
}

/* What fits under the limit must not depend on the messages before this one: so a spare is no more
 * than memory that need not be asked for again, and counts when it is used. */
void dcf_arena_reset(dcf_arena *a)
{
    free_blocks(a->spare); /* larger than what was needed this time */
    a->spare = NULL;
    for (struct dcf_arena_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        if (b->size > SPARE_MOST) {
            free(b);
            continue;
        }
        ASAN_POISON_MEMORY_REGION(b->bytes, b->size);
        b->next = a->spare;
        a->spare = b;
    }
    a->pb.allocator_data = a;
    a->blocks = NULL;
    a->used = 0;
}

void dcf_arena_fini(dcf_arena *a)
{
    free_blocks(a->blocks);
    free_blocks(a->spare);
    a->blocks = a->spare = NULL;
    a->used = 0;
}

static struct dcf_arena_block *block_of(dcf_arena *a, size_t size)
{
    struct dcf_arena_block *b = a->spare;
    if (!b || b->size != size) return malloc(sizeof *b + size);
    a->spare = b->next;
    ASAN_UNPOISON_MEMORY_REGION(b->bytes, b->size);
    return b;
}

static struct dcf_arena_block *add_block(dcf_arena *a, size_t need)
{
    size_t size = a->blocks ? a->blocks->size * 2 : BLOCK_MIN;
    size_t left = a->limit > a->used ? a->limit - a->used : 0;
    if (size > left) size = left;
    if (size < need) size = need;
    if (size > left) return NULL;
    struct dcf_arena_block *b = block_of(a, size);
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

void *dcf_arena_room(dcf_arena *a, size_t size)
{
    return take(a, size ? size : 1, ALIGN);
}

void *dcf_arena_alloc(dcf_arena *a, size_t size)
{
    void *p = dcf_arena_room(a, size);
    return p ? memset(p, 0, size) : NULL;
}

uint8_t *dcf_arena_bytes(dcf_arena *a, size_t size)
{
    return take(a, size ? size : 1, 1);
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

char *dcf_arena_join(dcf_arena *a, const char *const *parts, size_t count)
{
    size_t size = 1;
    for (size_t i = 0; i < count; i++) size += strlen(parts[i]);
    char *out = take(a, size, 1), *to = out;
    for (size_t i = 0; out && i < count; i++) to = stpcpy(to, parts[i]);
    return out;
}

void dcf_arena_trim(dcf_arena *a, const uint8_t *p, size_t kept)
{
    a->blocks->fill = (size_t)(p - a->blocks->bytes) + kept;
}

size_t dcf_arena_left(const dcf_arena *a)
{
    return a->blocks ? a->blocks->size - a->blocks->fill : 0;
}

char *dcf_arena_printf(dcf_arena *a, const char *fmt, ...)
{
    char small[256]; /* most texts are printed once */
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    char *out = n < 0 ? NULL : take(a, (size_t)n + 1, 1);
    if (out && (size_t)n < sizeof small)
        memcpy(out, small, (size_t)n + 1);
    else if (out)
        vsnprintf(out, (size_t)n + 1, fmt, again);
    va_end(again);
    return out;
}

void *dcf_arena_grow(dcf_arena *a, const void *old, size_t old_count, size_t new_count, size_t item)
{
    if (item && new_count > SIZE_MAX / item) return NULL;
    size_t size = new_count * item, kept = old_count * item;
    uint8_t *p = take(a, size ? size : 1, ALIGN);
    if (!p) return NULL;
    if (kept) memcpy(p, old, kept);
    memset(p + kept, 0, size - kept);
    return p;
}
