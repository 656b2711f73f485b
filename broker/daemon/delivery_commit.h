/*
 * delivery_commit.h - what became of deliveries, made known: their receipts, the held
 * records of those refused, and how far the topic is done, in one Kafka transaction.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_DELIVERY_COMMIT_H
#define DCF_DAEMON_DELIVERY_COMMIT_H

#include "daemon/delivery_window.h"
#include "kafka/txn.h"

typedef struct dcf_delivery_desk { /* all borrowed */
    dcf_txn *txn;
    dcf_window *window;
    const char *topics[DCF_LANES];        /* the party's: their offsets are committed */
    const char *submitted, *held, *audit; /* where receipts, held records and events go */
    size_t message_memory;                /* bytes of arena for one message */
} dcf_delivery_desk;

/*
 * Tells of the jobs of final, and frees them on OK. Nothing else may become final or be revoked
 * meanwhile. AGAIN: the transaction is aborted, the jobs are to be told later. FENCED: as in
 * txn.h; the jobs are the caller's to forget. A record that the cluster refuses for good is told
 * shorter, so that one does not hold up the rest.
 */
DCF_RESULT dcf_delivery_commit(const dcf_delivery_desk *d, dcf_job_list *final);

#endif
