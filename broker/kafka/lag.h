/*
 * lag.h - how many records of a topic a group has not done: the depth of a queue.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_KAFKA_LAG_H
#define DCF_KAFKA_LAG_H

#include "kafka/client.h"

#include <stddef.h>
#include <stdint.h>

typedef struct dcf_lag_row {
    int32_t partition;
    int64_t committed; /* -1: the group never committed here */
    int64_t end;       /* one past the newest committed record or marker */
    uint64_t
        open; /* of the lag: what the commit's metadata names, before a stretch that is all open */
    int64_t lag; /* not done; exact up to DCF_LAG_EXACT; above, offsets, which count markers and
                    gaps too */
} dcf_lag_row;

enum { DCF_LAG_EXACT = 200 };

/* For groups that do records out of order and say so in the metadata of their commits: how many are
 * not done below *ret_from, from where on none is. */
typedef void (*dcf_lag_left)(int64_t committed, const char *metadata, int64_t *ret_from,
                             uint64_t *ret_open);

/*
 * One row a partition, at most capacity. Markers of transactions take offsets too, so a
 * short distance is read and counted: an empty queue is 0, not 1. Blocks for some
 * questions to the cluster; joins no group. left: NULL when commits have no metadata. NOT_FOUND,
 * UNAVAILABLE, TIMEOUT.
 */
DCF_RESULT dcf_lag(const dcf_kafka_conf *conf, const char *group, const char *topic,
                   dcf_lag_left left, dcf_lag_row *rows, size_t capacity, size_t *ret_n);

#endif
