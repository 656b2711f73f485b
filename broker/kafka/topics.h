/*
 * topics.h - makes sure that the topics of the exchange exist. SPDX-License-Identifier: MIT
 */
#ifndef DCF_KAFKA_TOPICS_H
#define DCF_KAFKA_TOPICS_H

#include "kafka/client.h"
#include "kafka/embedded.h"

#include "dcf/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct dcf_topic_spec {
    const char *name;
    int partitions;
    bool compacted;            /* keeps the newest record of each key */
    int64_t max_message_bytes; /* 0: the cluster's default */
    int64_t retention_ms;      /* 0: the cluster's default; -1: for ever */
} dcf_topic_spec;

/*
 * Creates those that are missing, replicated min(3, brokers) times (with three,
 * a write needs two), and waits until each has leaders. A topic that exists is
 * left as it is; another partition count than asked is logged, for order per
 * case rests on it. Through `embedded` when that is not NULL.
 * UNAVAILABLE, TIMEOUT, or CONFIG (the cluster refuses) with err filled (may be NULL).
 */
DCF_RESULT dcf_topics_ensure(const dcf_kafka_conf *conf, dcf_embedded *embedded,
                             const dcf_topic_spec *specs, size_t n, int timeout_ms,
                             dcf_kafka_error *err);
/* Where a record of this key lies among so many partitions (murmur2, as all producers do it). */
int32_t dcf_topic_partition_of(dcf_span key, int partitions);
/* NOT_FOUND when there is no such topic. */
DCF_RESULT dcf_topic_partitions(const dcf_kafka_conf *conf, const char *topic, int timeout_ms,
                                int *ret);

#endif
