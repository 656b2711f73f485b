/*
 * trail.h - the native path where a reader or writer stands, as text: one growing
 * string, cut back on the way out. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_TRAIL_H
#define DCF_TRANSLATE_TRAIL_H

#include "base/arena.h"

typedef struct dcf_trail {
    dcf_arena *arena;
    char *text; /* NUL-terminated; never NULL after the first push */
    size_t size, capacity;
} dcf_trail;

/* Adds "/local", "/@local" or, index over 0, "/local[index]". False over the arena's limit. */
bool dcf_trail_push(dcf_trail *t, bool attribute, dcf_span local, uint32_t index);
void dcf_trail_cut(dcf_trail *t, size_t size);

#endif
