/* txn_internal.h - the struct that txn.c (life, producing) and txn_consume.c (consuming) share.
 * SPDX-License-Identifier: MIT */
#ifndef DCF_KAFKA_TXN_INTERNAL_H
#define DCF_KAFKA_TXN_INTERNAL_H

#include "kafka/rk.h"
#include "kafka/txn.h"

#include <stdbool.h>

/* The opaque of the clients' callbacks. It may outlive the txn, in a client that hangs; then owner
 * is NULL. */
struct txn_link {
    dcf_txn *owner;
};

enum { TXN_PRODUCERS = 2 };

struct txn_producer {
    char *id;       /* transactional */
    rd_kafka_t *rk; /* NULL before reopen made it */
    struct txn_link *link;
};

struct dcf_txn {
    rd_kafka_conf_t *consumer_conf, *producer_conf;
    rd_kafka_topic_partition_list_t *topics;
    char **outputs;
    size_t output_count;
    dcf_txn_partitions on_assign, on_revoke;
    void *self;

    rd_kafka_t *consumer; /* NULL before reopen made it */
    struct txn_link *consumer_link;
    struct txn_producer producers[TXN_PRODUCERS];
    size_t producer_count, turn;
    rd_kafka_t *producer; /* of producers: the one whose turn it is */
    rd_kafka_topic_partition_list_t *paused;
    bool open;            /* a transaction was begun and neither committed nor aborted */
    bool lost;            /* it was aborted by a rebalance; the caller has not noticed */
    bool broken;          /* only reopen helps */
    bool rewind;          /* the consumer must go back to the committed offsets */
    int64_t rewind_since; /* monotonic ms */
    dcf_status refused;   /* the first delivery failure of this transaction */
};

/* Aborts on the producer's side. OK or FENCED (then broken is set). Asks for a rewind. */
dcf_status txn_abort_open(dcf_txn *t);
dcf_status txn_broken(dcf_txn *t, const char *why);
void txn_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err,
                      rd_kafka_topic_partition_list_t *list, void *opaque);

#endif
