/*
 * wire.h - an envelope as a Kafka record: key = case, value = protobuf, headers =
 * CloudEvents in binary mode (design section 9). SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_WIRE_H
#define DCF_DAEMON_WIRE_H

#include "base/buf.h"
#include "dcf/v1/envelope.pb-c.h"
#include "kafka/producer.h"
#include "kafka/txn.h"

/* Sends e (packed is its packed form) inside the open transaction. partition -1: by key. */
DCF_RESULT dcf_wire_send(dcf_txn *t, const char *topic, int32_t partition, const Dcf__V1__Envelope *e, dcf_span packed);
/* The same outside a transaction; done as in dcf_producer_send. */
DCF_RESULT dcf_wire_produce(dcf_producer *p, const char *topic, const Dcf__V1__Envelope *e, dcf_span packed,
                            dcf_producer_done done, void *opaque);

#endif
