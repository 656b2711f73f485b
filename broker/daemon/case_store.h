/*
 * case_store.h - the states of the cases of one partition, and when one is next
 * due, in the local store; filled from dcf.case when the partition is assigned.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_CASE_STORE_H
#define DCF_DAEMON_CASE_STORE_H

#include "base/arena.h"
#include "dcf/v1/case_state.pb-c.h"
#include "kafka/client.h"
#include "store/store.h"

typedef struct dcf_case_store { /* one partition's */
    dcf_store_ns cases, due;
    int64_t level; /* what lies before this offset of the state topic is in it; 0: not known */
} dcf_case_store;

/* Not inside a write transaction. Leaves level as it is. */
DCF_RESULT dcf_case_store_open(dcf_store *store, int32_t partition, dcf_case_store *ret);

typedef struct dcf_case_restore { /* all borrowed */
    dcf_store *store;
    const dcf_kafka_conf *kafka;
    const char *topic;
} dcf_case_restore;

typedef struct dcf_case_restoring dcf_case_restoring;

/*
 * Fills the stores of these partitions (stores is indexed by partition, and borrowed until the end)
 * from the state topic, up to where that ends now, in steps of about a second at most. What was
 * level before is read on from there only: a store is written to after its transaction was
 * committed, so all that is in it is on the topic, and reading that again changes nothing.
 * TRANSIENT but AGAIN: end this one and begin anew.
 */
DCF_RESULT dcf_case_restore_begin(const dcf_case_restore *how, const dcf_case_store *stores,
                                  const int32_t *partitions, size_t n, dcf_case_restoring **ret);
/* AGAIN: there is more to read. OK: all is there, and level says how far. */
DCF_RESULT dcf_case_restore_step(dcf_case_restoring *r, dcf_case_store *stores);
void dcf_case_restore_end(dcf_case_restoring *r); /* accepts NULL */

/* NOT_FOUND; the state lives in the arena. CORRUPT: the record is not readable. */
DCF_RESULT dcf_case_store_get(dcf_store_txn *t, const dcf_case_store *c, const char *key,
                              dcf_arena *arena, Dcf__V1__CaseState **ret);
/* next_tick_ms: INT64_MAX when nothing is due. */
DCF_RESULT dcf_case_store_put(dcf_store_txn *t, const dcf_case_store *c, const char *key,
                              dcf_span packed, int64_t next_tick_ms);
/* Takes up to most keys that are due at now_ms out of the due list, into the arena. */
DCF_RESULT dcf_case_store_take_due(dcf_store_txn *t, const dcf_case_store *c, int64_t now_ms,
                                   dcf_arena *arena, const char **ret_keys, size_t most,
                                   size_t *ret_count);

#endif
