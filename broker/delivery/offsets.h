/*
 * offsets.h - which offsets of a partition are completed, in memory bounded by those that are not.
 *
 * Offsets are seen in ascending order, so it is enough to keep the open ones:
 * below `next`, what is not open is completed (or never was a message). The
 * low-water mark is the lowest open offset.
 * As text: a version digit and a strictly ascending list, each number as
 * the distance to the one before: the open offsets, and last the horizon. At and
 * above the horizon nothing is completed; a list cut short is therefore still
 * true, it only remembers less.
 * Ownership: nodes belong to the caller. Thread rule: one thread at a time.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_DELIVERY_OFFSETS_H
#define DCF_DELIVERY_OFFSETS_H

#include "dcf/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct dcf_offset_node {
    int64_t offset;
    struct dcf_offset_node *prev, *next;
} dcf_offset_node;

typedef struct dcf_offsets {
    dcf_offset_node *first, *last; /* open, ascending */
    int64_t next;                  /* lowest offset not yet seen */
    int64_t *restored;             /* as read from metadata: open ones and last the horizon */
    size_t restored_count;
} dcf_offsets;

/* Starts at a committed offset with its metadata (NULL or "": none). Usable even when CORRUPT is
 * returned. NOMEM. */
DCF_RESULT dcf_offsets_init(dcf_offsets *o, int64_t committed, const char *metadata);
void dcf_offsets_fini(dcf_offsets *o);
/* Whether an offset came before, to be opened or skipped. */
static inline bool dcf_offsets_seen(const dcf_offsets *o, int64_t offset)
{
    return offset < o->next;
}
/* Opens an offset on node. False when it was completed or seen before: then node is untouched. */
bool dcf_offsets_open(dcf_offsets *o, int64_t offset, dcf_offset_node *node);
void dcf_offsets_close(dcf_offsets *o, dcf_offset_node *node);
/* The offset to commit. */
int64_t dcf_offsets_low(const dcf_offsets *o);
/* What a commit says by itself: how many are open below *ret_from, from where on all are. What
 * cannot be read says nothing: then all are, from the committed offset on. */
void dcf_offsets_left(int64_t committed, const char *metadata, int64_t *ret_from,
                      uint64_t *ret_open);
/* Writes the metadata with its NUL into out; size > 16. */
void dcf_offsets_encode(const dcf_offsets *o, char *out, size_t size);

#endif
