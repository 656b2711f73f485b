/*
 * case_changes.h - which cases a batch changed, each once and in order: only the last state of a
 * case in a transaction matters, so it is sent when the transaction is committed.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_CASE_CHANGES_H
#define DCF_DAEMON_CASE_CHANGES_H

#include "base/arena.h"
#include "dcf/status.h"

typedef struct dcf_case_change {
    int32_t partition;
    const char *key;
} dcf_case_change;

typedef struct dcf_case_changes {
    dcf_case_change *items;
    size_t count, capacity;
    dcf_arena arena; /* owned; as long as the batch, so as large as its most messages */
} dcf_case_changes;

void dcf_case_changes_init(dcf_case_changes *c);
void dcf_case_changes_fini(dcf_case_changes *c);
void dcf_case_changes_clear(dcf_case_changes *c);
/* Copies key. NOMEM. */
DCF_RESULT dcf_case_changes_add(dcf_case_changes *c, int32_t partition, const char *key);
/* By partition and key, each once. */
void dcf_case_changes_sort(dcf_case_changes *c);

#endif
