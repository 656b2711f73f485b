/*
 * follow.h - the thread that keeps the ledger level with its topics.
 *
 * It reads committed records only, from the offsets the ledger holds, and starts
 * again by itself when Kafka or the disk fails; what it last failed of is logged
 * once a change. Topics that were made anew (their offsets begin before ours)
 * empty the ledger, which is then rebuilt. SPDX-License-Identifier: MIT
 */
#ifndef DCF_LEDGER_FOLLOW_H
#define DCF_LEDGER_FOLLOW_H

#include "kafka/client.h"
#include "ledger/ledger.h"

#include <stdatomic.h>

typedef struct dcf_ledger_follower {
    dcf_ledger *ledger; /* borrowed, as is all here; written to by this thread alone */
    const dcf_kafka_conf *kafka;
    const char *audit, *held; /* topics: "dcf.audit", "dcf.held" */
    _Atomic bool stop;        /* set from any thread: the function returns within about a second */
    _Atomic bool caught_up;   /* all that was committed when it last connected is in the ledger */
    _Atomic int64_t lag;      /* offsets known to lie ahead; -1: not connected */
} dcf_ledger_follower;

/* For pthread_create: returns when stop is set, always NULL. */
void *dcf_ledger_follow(void *follower);

#endif
