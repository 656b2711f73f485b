/*
 * exchange_loop.h - stage 2: reads dcf.submitted, applies the rules, and commits
 * dedupe mark, case state, outputs and offsets as one Kafka transaction.
 *
 * The local store mirrors the transaction: written in a store transaction that is
 * committed after Kafka's and thrown away when Kafka's did not commit. When the
 * outcome is unknown both clients are made anew and the store is filled again
 * from dcf.case, which tells what was done (design invariant 3).
 * Thread rule: owns a thread. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_EXCHANGE_LOOP_H
#define DCF_DAEMON_EXCHANGE_LOOP_H

#include "daemon/config.h"
#include "daemon/measures.h"
#include "exchange/exchange.h"
#include "store/store.h"

typedef struct dcf_exchange_loop dcf_exchange_loop;

typedef struct dcf_exchange_loop_config { /* all borrowed, all outlive the loop */
    const dcf_config *config;
    const dcf_kafka_conf *kafka;
    const dcf_exchange *exchange;
    dcf_store *store;
    dcf_measures *measures;
} dcf_exchange_loop_config;

DCF_RESULT dcf_exchange_loop_start(const dcf_exchange_loop_config *config, dcf_exchange_loop **ret);
/* Asks it to end after the transaction in hand. Does not wait. */
void dcf_exchange_loop_stop(dcf_exchange_loop *x);
/* Waits for its thread and frees. Accepts NULL. */
void dcf_exchange_loop_join(dcf_exchange_loop *x);
/* When the thread last went round (monotonic ms): for the watchdog. */
int64_t dcf_exchange_loop_beat(const dcf_exchange_loop *x);
/* Partitions it works on now; 0 until the group has given it some and their state is restored. */
int dcf_exchange_loop_partitions(const dcf_exchange_loop *x);
/* Since when it has some, or none (wall clock, ms). */
int64_t dcf_exchange_loop_since(const dcf_exchange_loop *x);

#endif
