/*
 * queue.h - the lines of messages, one a case, and the heaps they wait in.
 *
 * A line knows its head (first in, first out) and, by a monotonic queue, the
 * nearest urgency of all its messages: an urgent message hurries those before it.
 * Internal to the room. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DELIVERY_QUEUE_H
#define DCF_DELIVERY_QUEUE_H

#include "delivery/offsets.h"
#include "delivery/scheduler.h"

struct dcf_line;

typedef struct dcf_item {
    dcf_scheduler_message m;
    dcf_offset_node node;
    struct dcf_line *line;                /* NULL: slot is free */
    struct dcf_item *next;                /* in its line; in the free list when free */
    struct dcf_item *min_prev, *min_next; /* in its line's monotonic queue */
    int64_t urgency;                      /* in [arrived, arrived + ageing] */
    uint64_t order;                       /* of arrival in the window */
    int64_t since_ms;                     /* last change */
    uint32_t generation, attempts;
    bool in_flight;
    bool absent;               /* only its offset is known */
    bool perhaps_there;        /* the receiver may have it */
    const char *superseded_by; /* NULL: nothing does */
} dcf_item;

typedef bool dcf_line_before(const struct dcf_line *a, const struct dcf_line *b);

typedef struct dcf_heap {
    struct dcf_line **items;
    size_t count;
    dcf_line_before *before;
} dcf_heap;

typedef struct dcf_line {
    dcf_item *head, *tail;
    dcf_item *min_head, *min_tail; /* ascending urgency, ascending order */
    dcf_heap *heap;                /* where it waits; NULL: its head is in flight, or absent */
    size_t at;                     /* index there */
    int64_t not_before;            /* end of the head's backoff */
    size_t whole;                  /* items that are not absent: they come first */
    dcf_item *absent;              /* the first that is; NULL: none */
    struct dcf_line *next_long;    /* in the list of lines with absent items */
    bool asked;                    /* to be read again, and not enough came yet */
    struct dcf_line *chain;        /* next of its bucket; next free when free */
} dcf_line;

void dcf_heap_put(dcf_heap *h, dcf_line *l); /* room for every line is the owner's promise */
void dcf_heap_take(dcf_line *l);             /* out of the heap it is in; nothing when in none */
void dcf_heap_moved(dcf_line *l);            /* its key changed */

bool dcf_line_urgent_first(const dcf_line *a, const dcf_line *b);
bool dcf_line_early_first(const dcf_line *a, const dcf_line *b); /* by not_before */

void dcf_line_push(dcf_line *l, dcf_item *item);

/* Lines by partition and case key: a fixed number of lines, none allocated later. */
typedef struct dcf_lines {
    dcf_line *slots, *free;
    dcf_line **buckets;
    size_t mask, count;
} dcf_lines;

DCF_RESULT dcf_lines_init(dcf_lines *t, size_t capacity);
void dcf_lines_fini(dcf_lines *t);
dcf_line *dcf_lines_find(const dcf_lines *t, int32_t partition, const char *case_key);
/* An empty line, entered under the item's case; the item is pushed. NULL: none free. */
dcf_line *dcf_lines_add(dcf_lines *t, dcf_item *item);
/* Pops the head; the line goes when that was its last. Returns the line, or NULL when it went. */
dcf_line *dcf_lines_pop(dcf_lines *t, dcf_line *l);

#endif
