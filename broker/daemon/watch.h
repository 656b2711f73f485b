/*
 * watch.h - looks at Kafka from outside of the work: whether it answers and takes transactions, and
 * how many records of a queue lie there beyond the window that delivery sees. Thread rule: owns a
 * thread; the questions may come from any. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_WATCH_H
#define DCF_DAEMON_WATCH_H

#include "daemon/config.h"
#include "ops/ops.h"

typedef struct dcf_watch dcf_watch;

typedef struct dcf_watch_config { /* all borrowed, all outlive the watch */
    const dcf_config *config;
    const dcf_kafka_conf *kafka;
    void *self;
    void (*queues)(void *self, dcf_queue_cb *cb, void *ctx); /* as delivery sees them */
    int every_ms;                                            /* between two looks; 0: 5 s */
    int away_ms;  /* so long without a transaction is not well; 0: 20 s, for another coordinator or
                     leader is found in 13 s */
    int probe_ms; /* longest wait for an answer; 0: 5 s */
} dcf_watch_config;

/* NOMEM. */
DCF_RESULT dcf_watch_start(const dcf_watch_config *config, dcf_watch **ret);
void dcf_watch_stop(dcf_watch *w); /* waits for its thread, a look may take seconds; accepts NULL */

/* Kafka as a role: not ok when for away_ms no transaction could have been committed. */
void dcf_watch_tell(dcf_watch *w, dcf_role_cb *cb, void *ctx);
/*
 * Whether a thread that last went round at beat_ms (monotonic) is not stuck. While Kafka takes no
 * transaction none is: calls of the client then last until it does, whatever time they are given.
 * w may be NULL.
 */
bool dcf_watch_moves(dcf_watch *w, int64_t beat_ms);
/* At least so many messages wait for the party: what lies on its topic, when that is more. */
uint64_t dcf_watch_depth(dcf_watch *w, const char *party, uint64_t seen);

#endif
