/*
 * delivery_loop.h - stage 3, one party: reads dcf.deliver.PARTY into a bounded
 * window, lets the scheduler say what to try, and commits what is done together
 * with the receipts that tell the exchange, in one Kafka transaction.
 *
 * A delivery that is done but not committed when the daemon dies is tried again,
 * with the same Idempotency-Key (or the same file name).
 * Thread rule: owns a thread; explain and hold from any. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_DELIVERY_LOOP_H
#define DCF_DAEMON_DELIVERY_LOOP_H

#include "daemon/config.h"
#include "daemon/dialects.h"
#include "daemon/measures.h"
#include "ops/ops.h"

typedef struct dcf_delivery_loop dcf_delivery_loop;

typedef struct dcf_delivery_config { /* all borrowed, all outlive the loop */
    const dcf_config *config;
    const dcf_kafka_conf *kafka;
    const dcf_dialects *dialects;
    const dcf_party *party;
    dcf_measures *measures;
} dcf_delivery_config;

/* Starts the thread. CONFIG with err filled: no out link, token unreadable. */
DCF_RESULT dcf_delivery_loop_start(const dcf_delivery_config *config, dcf_delivery_loop **ret,
                                   dcf_yaml_error *err);
/* Asks it to end: nothing new is tried, what is in flight is finished. Does not wait. */
void dcf_delivery_loop_stop(dcf_delivery_loop *d);
/* Waits for its thread and frees. Accepts NULL. */
void dcf_delivery_loop_join(dcf_delivery_loop *d);

/* When the thread last went round (monotonic ms): for the watchdog. */
int64_t dcf_delivery_loop_beat(const dcf_delivery_loop *d);
const char *dcf_delivery_loop_party(const dcf_delivery_loop *d);
/* What waits and why: fills info, and calls each (may be NULL) for at most limit messages. */
void dcf_delivery_loop_explain(dcf_delivery_loop *d, dcf_queue_info *info, dcf_waiting_cb *each,
                               void *ctx, size_t limit);
/* As dcf_window_hold; from any thread. */
DCF_RESULT dcf_delivery_loop_hold(dcf_delivery_loop *d, const char *message_id, const char *job);

#endif
