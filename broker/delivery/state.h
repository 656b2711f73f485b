/*
 * state.h - what a scheduler keeps, for the files it is made of. Internal to the room.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_DELIVERY_STATE_H
#define DCF_DELIVERY_STATE_H

#include "delivery/breaker.h"
#include "delivery/queue.h"

typedef struct dcf_partition {
    int32_t number;
    dcf_offsets offsets;
} dcf_partition;

struct dcf_scheduler {
    dcf_scheduler_config config;
    dcf_item *items, *free; /* free: those used before */
    size_t used;            /* items ever used */
    dcf_lines lines;
    dcf_line *long_lines;
    dcf_heap fresh;   /* lines whose head was never tried */
    dcf_heap retries; /* lines whose head failed and may be tried again */
    dcf_heap backoff; /* lines whose head failed and must wait, by time */
    dcf_breaker breaker;
    dcf_budget budget;
    dcf_partition *partitions; /* few: sought one by one */
    size_t partition_count;
    struct {
        size_t whole, absent, bytes;
    } lanes[DCF_LANES];
    size_t in_flight;
    uint64_t orders;
};

dcf_delivery dcf_handle_of(const dcf_scheduler *s, const dcf_item *item);
dcf_item *dcf_item_of(const dcf_scheduler *s, dcf_delivery d);           /* NULL: stale */
dcf_partition *dcf_partition_of(const dcf_scheduler *s, int32_t number); /* NULL: none */
bool dcf_lane_fits(const dcf_scheduler *s, dcf_lane lane, size_t size);  /* one more, whole */
void dcf_line_wait(dcf_scheduler *s, dcf_line *l);  /* where it belongs now, by its head */
void dcf_wake_up(dcf_scheduler *s, int64_t now_ms); /* what time alone changes: backoffs, budget */

/* absent.c: which of a long case's messages are whole, and which are known by their offset. */
/* Whether a message that joins this line (NULL: a new one) is kept by its offset alone. */
bool dcf_line_is_long(const dcf_scheduler *s, const dcf_line *l);
void dcf_item_joins(dcf_scheduler *s, dcf_item *item, bool absent);
void dcf_item_leaves(dcf_scheduler *s, dcf_item *item); /* the head of its line, still in it */

#endif
