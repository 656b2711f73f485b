/*
 * arena.h - one bounded arena a message: everything made while one message is
 * handled is allocated here and goes at once.
 *
 * Invariant: used <= limit. Over the limit an allocation gives NULL, so hostile
 * input meets a refusal, not the end of the daemon's memory.
 * Thread rule: one thread at a time. SPDX-License-Identifier: MIT
 */
#ifndef DCF_BASE_ARENA_H
#define DCF_BASE_ARENA_H

#include "dcf/span.h"

#include <protobuf-c/protobuf-c.h>

typedef struct dcf_arena {
    ProtobufCAllocator pb; /* hand &arena->pb to any generated unpack(): its free is a no-op */
    size_t used;           /* bytes taken from the system */
    size_t limit;          /* bytes, ceiling */
    struct dcf_arena_block *blocks;
    struct dcf_arena_block *spare; /* of before the last reset, smallest first; not in used */
} dcf_arena;

/* limit in bytes. The arena takes nothing until the first allocation. */
void dcf_arena_init(dcf_arena *a, size_t limit);
/* Forgets all allocations; blocks up to a quarter of a megabyte are kept for reuse. Pointers into
 * the arena die. */
void dcf_arena_reset(dcf_arena *a);
void dcf_arena_fini(dcf_arena *a);

/* Zeroed memory, aligned for any type; NULL over the limit. size 0 gives a valid pointer. */
void *dcf_arena_alloc(dcf_arena *a, size_t size);
/* The same not zeroed; and neither zeroed nor aligned. */
void *dcf_arena_room(dcf_arena *a, size_t size);
uint8_t *dcf_arena_bytes(dcf_arena *a, size_t size);
/* A NUL-terminated copy; NULL over the limit. */
char *dcf_arena_strdup(dcf_arena *a, const char *s);
char *dcf_arena_str(dcf_arena *a, dcf_span s);
char *dcf_arena_printf(dcf_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The parts, one after the other. NULL over the limit. */
char *dcf_arena_join(dcf_arena *a, const char *const *parts, size_t count);
/* Keeps the first kept bytes of p, of dcf_arena_bytes, while that was the last allocation. */
void dcf_arena_trim(dcf_arena *a, const uint8_t *p, size_t kept);
/* Bytes that fit before the arena takes more memory. */
size_t dcf_arena_left(const dcf_arena *a);
/* Grows an array: a copy of old (old_count items) with room for new_count; NULL over the limit. */
void *dcf_arena_grow(dcf_arena *a, const void *old, size_t old_count, size_t new_count,
                     size_t item);

#endif
