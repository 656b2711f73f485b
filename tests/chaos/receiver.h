/*
 * receiver.h - the two parties as the broker meets them: a CPS that honours its idempotency keys
 * and otherwise behaves as badly as its mood says, and a force that takes what it is given. Thread
 * rule: any thread, after receiver_open. SPDX-License-Identifier: MIT
 */
#ifndef DCF_CHAOS_RECEIVER_H
#define DCF_CHAOS_RECEIVER_H

#include "book.h"
#include "dcf/status.h"

/* Shares of the deliveries, in thousandths; what is left is answered well. */
typedef struct receiver_mood {
    unsigned fail;      /* 503, nothing done */
    unsigned drop;      /* the connection ends before anything is done */
    unsigned take_drop; /* it is taken, and the connection ends without an answer */
    unsigned late;      /* it is taken, and answered after late_ms: the broker has given up */
    unsigned slow;      /* it is taken, and answered after slow_ms */
    unsigned late_ms, slow_ms;
    bool poisoned; /* the CPS fails for one case, and for that one always */
    size_t poison;
} receiver_mood;

typedef struct receiver receiver;

typedef struct receiver_config {
    book *book;              /* borrowed */
    const char *cps, *force; /* where they listen: "127.0.0.1:0" */
    uint64_t seed;
    /* A case file came for the first time: its triage outcome is to be sent. On an HTTP thread. */
    void (*triage)(void *self, size_t of_case);
    void *self;
} receiver_config;

DCF_RESULT receiver_open(const receiver_config *config, receiver **ret);
void receiver_close(receiver *r); /* accepts NULL */
void receiver_set_mood(receiver *r, receiver_mood mood);
/* Sends the answers that are due; to be called often. */
void receiver_tick(receiver *r, int64_t mono_ms);

#endif
