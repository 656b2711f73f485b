/*
 * embedded.h - a Kafka cluster inside this process (librdkafka's mock), for a
 * look without Java and for scripted protocol errors in tests.
 *
 * What it cannot do, so that nobody rests a claim on it:
 *   - its transactions have no effect: aborted messages are seen, offsets sent
 *     with a transaction are thrown away, a second producer fences nobody;
 *   - nothing survives the process; a partition keeps its newest 5 MiB and
 *     drops the oldest silently; a batch over about 2.5 MB vanishes;
 *   - no compaction, no retention time, no TLS, no ACL, no admin calls
 *     (topics are made by dcf_topics_ensure through its own door);
 *   - the first join of a group takes 3 s, each later rebalance about 5 s.
 * It listens on the loopback, on a port of its own choosing; other processes may connect.
 * Thread rule: any thread. SPDX-License-Identifier: MIT
 */
#ifndef DCF_KAFKA_EMBEDDED_H
#define DCF_KAFKA_EMBEDDED_H

#include "dcf/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct dcf_embedded dcf_embedded;

DCF_RESULT dcf_embedded_start(int brokers, dcf_embedded **ret);
/* Lives as long as e. */
const char *dcf_embedded_bootstrap(const dcf_embedded *e);
/* Idempotent: an existing topic stays as it is. */
DCF_RESULT dcf_embedded_topic(dcf_embedded *e, const char *name, int partitions);
/*
 * The next `count` requests of this kind are answered with this error. Both are
 * the numbers of the Kafka protocol (0 Produce, 1 Fetch, 24 AddPartitionsToTxn,
 * 26 EndTxn; 7 REQUEST_TIMED_OUT, 45 OUT_OF_ORDER_SEQUENCE_NUMBER, ...). A count of 0: no more of
 * those that were to come.
 */
void dcf_embedded_fail(dcf_embedded *e, int16_t api_key, int error, size_t count);
/* From now on nobody learns where a topic lies; who knows goes on. */
void dcf_embedded_hide_topics(dcf_embedded *e);
/* Its brokers close every connection and take none, until they are back. */
void dcf_embedded_away(dcf_embedded *e, bool away);
/* Accepts NULL. Close its clients first. */
void dcf_embedded_stop(dcf_embedded *e);

#endif
