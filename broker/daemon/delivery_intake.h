/*
 * delivery_intake.h - reads a party's topics into its window: which partitions it has, which of
 * them flow, and what was read before the window had room for it.
 *
 * Nothing is passed over: what the window does not take stays in hand or is read again, and where
 * that cannot be promised a fetch says FENCED, so that the loop starts anew at what was committed.
 * Thread rule: the delivery thread. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_DELIVERY_INTAKE_H
#define DCF_DAEMON_DELIVERY_INTAKE_H

#include "daemon/delivery_window.h"
#include "kafka/txn.h"

#include <stdatomic.h>

typedef struct dcf_delivery_intake {
    /* Set by the owner, all borrowed. */
    dcf_txn *txn;
    dcf_window *window;
    dcf_job_list *final;           /* of a partition that goes they go, too */
    const char *topics[DCF_LANES]; /* the party's */
    size_t absent_most;            /* what may be absent in each lane of the window */
    atomic_llong *beat_ms;         /* written while partitions are taken on, which can take long */
    void *owner;                   /* of the jobs it makes */
    /* Its own. */
    bool assigned[DCF_PLACES_MAX];
    bool stalled[DCF_PLACES_MAX]; /* no more of it is to be read while so much is absent */
    int64_t untouched_from[DCF_PLACES_MAX]; /* what lay there when we came may have been tried */
    bool unsure;           /* how far a partition was done, or is read, is not known: start anew */
    bool flows[DCF_LANES]; /* is being read */
    dcf_job_list in_hand[DCF_LANES]; /* read, but the window had no room; no more of that lane is
                                        read before them */
} dcf_delivery_intake;

/* Readies what is its own. What it then holds goes by _forget_all. */
void dcf_intake_init(dcf_delivery_intake *in);
/* What txn.h calls; self is the intake. */
void dcf_intake_on_assign(void *self, const char *topic, const int32_t *partitions, size_t n);
void dcf_intake_on_revoke(void *self, const char *topic, const int32_t *partitions, size_t n);
/*
 * Reads what the window has room for, and again what it wants; waits at most timeout_ms for a
 * first record. FENCED: forget all and reopen the clients, as in txn.h. After any other failure,
 * too: what is in hand could not be put away.
 */
DCF_RESULT dcf_intake_fetch(dcf_delivery_intake *in, int timeout_ms);
/* As if every partition had gone; the window and final, too. */
void dcf_intake_forget_all(dcf_delivery_intake *in);

#endif
