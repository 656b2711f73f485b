/*
 * case_partitions.h - the partitions that the group has given the exchange. Each is cold first,
 * paused, until the states of its cases are restored; then it is warm, and read.
 * Thread rule: the exchange's thread only. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_CASE_PARTITIONS_H
#define DCF_DAEMON_CASE_PARTITIONS_H

#include "daemon/case_store.h"
#include "daemon/config.h"
#include "kafka/txn.h"

typedef struct dcf_case_partitions {
    dcf_case_restore how;
    const char *input; /* the topic whose partitions these are; borrowed */
    dcf_case_store stores[DCF_PARTITIONS_MAX];
    bool warm[DCF_PARTITIONS_MAX];
    size_t warm_count;
    int32_t cold[DCF_PARTITIONS_MAX];
    size_t cold_count;
    dcf_case_restoring *restoring; /* NULL: not begun, or nothing is cold; owned */
    int64_t cold_since_ms, retry_ms;
} dcf_case_partitions;

/* Those just assigned are cold: paused, and to be restored. */
void dcf_case_partitions_give(dcf_case_partitions *c, dcf_txn *txn, const int32_t *partitions,
                              size_t n);
/* These are another's. What was cold is assigned anew, or not. */
void dcf_case_partitions_take(dcf_case_partitions *c, const int32_t *partitions, size_t n);
/* None is left. Also what frees it. */
void dcf_case_partitions_forget(dcf_case_partitions *c);
/*
 * A step of the restore, of a second at most: poll the consumer between steps, so that it keeps its
 * place in the group however long the restore takes. True: all are warm now, and flow. What fails
 * is logged, and tried again.
 */
bool dcf_case_partitions_warm_up(dcf_case_partitions *c, dcf_txn *txn);

#endif
