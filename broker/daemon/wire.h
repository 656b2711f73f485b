/*
 * wire.h - what lies on Kafka: key = case, value = protobuf, headers = CloudEvents
 * in binary mode. Envelopes, and the records of the daemon's own
 * topics (held, audit, case state). SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_WIRE_H
#define DCF_DAEMON_WIRE_H

#include "base/arena.h"
#include "base/buf.h"
#include "dcf/v1/envelope.pb-c.h"
#include "kafka/producer.h"
#include "kafka/txn.h"

/* The nearest deadline of an envelope, in decimal milliseconds since 1970, when it has one. */
#define DCF_WIRE_DEADLINE "dcf_deadline"
/* Id of the message whose newer version this is, while that may still wait. */
#define DCF_WIRE_SUPERSEDES "dcf_supersedes"
/* What an audit record tells: received,applied,routed,routed. */
#define DCF_WIRE_HOPS "dcf_hops"

/* Sends e (packed is its packed form) inside the open transaction, to the partition of its key. The
 * arena is for what its headers say, until then. */
DCF_RESULT dcf_wire_send(dcf_txn *t, const char *topic, const Dcf__V1__Envelope *e, dcf_span packed,
                         dcf_arena *arena);
/* The same outside a transaction; done as in dcf_producer_send. */
DCF_RESULT dcf_wire_produce(dcf_producer *p, const char *topic, const Dcf__V1__Envelope *e,
                            dcf_span packed, dcf_producer_done done, void *opaque);

typedef struct dcf_wire_record { /* what is no envelope */
    const char *topic;
    int32_t partition; /* -1: by key */
    const char *key;   /* the case; "": the id */
    const char *id;
    const char *source; /* the stage that made it: "/dcf/exchange" */
    const char *type;   /* "uk.dcf.v1.Held" */
    const char *hops;   /* DCF_WIRE_HOPS; NULL: none */
    dcf_span value;
} dcf_wire_record;

DCF_RESULT dcf_wire_send_record(dcf_txn *t, const dcf_wire_record *r);

#endif
