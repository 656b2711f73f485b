/*
 * producer.h - messages into Kafka outside a transaction: gateways, receipts.
 *
 * Idempotent, acks=all. Enqueued is not delivered: the callback is the only
 * proof, and it comes exactly once for each message that send accepted.
 * A fatal client error (2.0.2: #3584, #4438) fails what is outstanding, and the
 * client is made anew inside; order and single effect across that are the
 * receiver's (ids), as after any failed callback.
 * Thread rule: any thread may send and flush; one closes, when no other calls.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_KAFKA_PRODUCER_H
#define DCF_KAFKA_PRODUCER_H

#include "kafka/client.h"
#include "kafka/record.h"

typedef struct dcf_producer dcf_producer;

/*
 * Runs in the producer's own thread, so keep it short; it may send, not flush or close.
 * OK: every in-sync replica has it. LIMIT, NOT_FOUND, CORRUPT, CONFIG: refused, certainly
 * not stored. TIMEOUT, UNAVAILABLE, FENCED: unknown; send it again.
 */
typedef void (*dcf_producer_done)(void *opaque, dcf_status status);

/* `outputs` (n topics, may be NULL) are looked up now, so that their first message does not wait a
 * second. */
DCF_RESULT dcf_producer_open(const dcf_kafka_conf *conf, const char *const *outputs, size_t n,
                             dcf_producer **ret, dcf_kafka_error *err);
/*
 * Copies out into the local queue. AGAIN: the queue is full, or the client is being
 * made anew; try later. LIMIT, NOT_FOUND: this message cannot be sent. done (may be
 * NULL) is called only after OK.
 */
DCF_RESULT dcf_producer_send(dcf_producer *p, const dcf_out *out, dcf_producer_done done,
                             void *opaque);
/* Waits until nothing is outstanding: OK or TIMEOUT. */
DCF_RESULT dcf_producer_flush(dcf_producer *p, int timeout_ms);
size_t dcf_producer_outstanding(dcf_producer *p);
/* Flushes, fails what is left after timeout_ms, frees. Every callback has run when it returns.
 * Accepts NULL. */
void dcf_producer_close(dcf_producer *p, int timeout_ms);
/* For tests: the client behaves as after a fatal protocol error. */
void dcf_producer_break(dcf_producer *p);

#endif
